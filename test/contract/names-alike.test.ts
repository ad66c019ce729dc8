import { describe, expect, test } from '@jest/globals';

import { makeService } from '../support/ask.ts';
import { running } from '../support/running.ts';
import { start389ds } from '../support/servers/389ds.ts';
import type { DirectoryEntry } from '../support/servers/server.ts';
import { describeWhere } from './availability.ts';
import { rdnOf } from './dn.ts';
import { BASE, personAt, unitEntry } from './entries.ts';

const PEOPLE = `ou=people,${BASE}`;
const GROUPS = `ou=groups,${BASE}`;
const KELVIN = '\u212a'; // its small letter, by Unicode, is the k of ASCII; to 389 Directory Server it is another letter
const NO_BREAK_SPACE = '\u00a0'; // JavaScript trims it

function person(uid: string): DirectoryEntry {
  return personAt(PEOPLE, uid, 'Passw0rd!');
}

function group(cn: string, objectClass: string, members: DirectoryEntry['attributes']): DirectoryEntry {
  return { dn: `cn=${cn},${GROUPS}`, attributes: { objectClass: [objectClass], cn: [cn], ...members } };
}

/** A name as a DN may spell it, and one that has the spelling's special characters as its own: `#0402…` is `Hi` in BER. */
const SPECIAL: ReadonlyMap<string, string> = new Map([
  ['#04024869', '#04024869'],
  ['"workers"', '"workers"'],
]);

const MEMBER = person('alice');
/** Whoever may add people and groups beside these chooses such names. */
const MALLORY = person('mallory');
const NEARLY_ALICE = person(`alice${NO_BREAK_SPACE}`);

const ENTRIES: readonly DirectoryEntry[] = [
  ...[unitEntry('people', BASE), unitEntry('groups', BASE), MEMBER, MALLORY, NEARLY_ALICE],
  group('workers', 'groupOfNames', { member: [MEMBER.dn] }),
  group(`wor${KELVIN}ers`, 'groupOfNames', { member: [MALLORY.dn] }),
  ...[...SPECIAL].map(([, cn]) => ({ ...group(cn, 'groupOfNames', { member: [MALLORY.dn] }), dn: `${rdnOf('cn', cn)},${GROUPS}` })),
  group('Hi', 'groupOfNames', { member: [MEMBER.dn] }),
  group('posix', 'posixGroup', { gidNumber: ['1000'], memberUid: ['alice'] }),
];

describeWhere('389ds', () => {
  describe('names that are alike, and that 389 Directory Server tells apart', () => {
    const directory = running(() => start389ds({ entries: ENTRIES }));

    const told = async (username: string, group: string): Promise<unknown> => {
      const required = JSON.stringify([`cn=${group},${GROUPS}`]);
      const ask = makeService({ ...directory().environment, LDAP_REQUIRED_GROUPS: required, LDAP_NESTED_GROUPS: 'true' });
      return (await ask(username, 'Passw0rd!')).body['reason'];
    };

    test('a group with a Kelvin sign is not the group with a k', async () => {
      expect(await told('alice', 'workers')).toBe('authenticated');
      expect(await told('mallory', 'workers')).toBe('not-in-required-group');
    });

    test.each([...SPECIAL.keys()])('a group whose name is the text %s is not the group that a DN spells so', async (spelled) => {
      expect(await told('mallory', spelled)).not.toBe('authenticated');
    });

    test('a login name with a no-break space at its end is not the name without it', async () => {
      expect(await told('alice', 'posix')).toBe('authenticated');
      expect(await told(`alice${NO_BREAK_SPACE}`, 'posix')).not.toBe('authenticated');
    });
  });
});
