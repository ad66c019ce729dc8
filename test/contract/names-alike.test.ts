import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { makeService } from '../support/ask.ts';
import { start389ds } from '../support/servers/389ds.ts';
import type { DirectoryEntry, StartedDirectory } from '../support/servers/server.ts';
import { describeWhere } from './availability.ts';

const BASE = 'dc=example,dc=org';
const GROUPS = `ou=groups,${BASE}`;
const KELVIN = '\u212a'; // its small letter, by Unicode, is the k of ASCII; to 389 Directory Server it is another letter
const NO_BREAK_SPACE = '\u00a0'; // JavaScript trims it

function entry(dn: string, objectClass: readonly string[], attributes: DirectoryEntry['attributes']): DirectoryEntry {
  return { dn, attributes: { objectClass, ...attributes } };
}

function person(uid: string): DirectoryEntry {
  return entry(`uid=${uid},ou=people,${BASE}`, ['inetOrgPerson'], { uid: [uid], cn: ['x'], sn: ['x'], userPassword: ['Passw0rd!'] });
}

const MEMBER = person('alice');
/** Whoever may add people and groups beside these chooses such names. */
const MALLORY = person('mallory');
const NEARLY_ALICE = person(`alice${NO_BREAK_SPACE}`);

const ENTRIES: readonly DirectoryEntry[] = [
  entry(`ou=people,${BASE}`, ['organizationalUnit'], { ou: ['people'] }),
  entry(GROUPS, ['organizationalUnit'], { ou: ['groups'] }),
  ...[MEMBER, MALLORY, NEARLY_ALICE],
  entry(`cn=workers,${GROUPS}`, ['groupOfNames'], { cn: ['workers'], member: [MEMBER.dn] }),
  entry(`cn=wor${KELVIN}ers,${GROUPS}`, ['groupOfNames'], { cn: [`wor${KELVIN}ers`], member: [MALLORY.dn] }),
  entry(`cn=posix,${GROUPS}`, ['posixGroup'], { cn: ['posix'], gidNumber: ['1000'], memberUid: ['alice'] }),
];

describeWhere('389ds', () => {
  describe('names that are alike, and that 389 Directory Server tells apart', () => {
    let directory: StartedDirectory;

    beforeAll(async () => {
      directory = await start389ds({ entries: ENTRIES });
    });
    afterAll(() => directory.stop());

    const told = async (username: string, group: string): Promise<unknown> => {
      const required = JSON.stringify([`cn=${group},${GROUPS}`]);
      const ask = makeService({ ...directory.environment, LDAP_REQUIRED_GROUPS: required, LDAP_NESTED_GROUPS: 'true' });
      return (await ask(username, 'Passw0rd!')).body['reason'];
    };

    test('a group with a Kelvin sign is not the group with a k', async () => {
      expect(await told('alice', 'workers')).toBe('authenticated');
      expect(await told('mallory', 'workers')).toBe('not-in-required-group');
    });

    test('a login name with a no-break space at its end is not the name without it', async () => {
      expect(await told('alice', 'posix')).toBe('authenticated');
      expect(await told(`alice${NO_BREAK_SPACE}`, 'posix')).not.toBe('authenticated');
    });
  });
});
