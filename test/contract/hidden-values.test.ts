import { describe, expect, test } from '@jest/globals';

import { makeService } from '../support/ask.ts';
import { running } from '../support/running.ts';
import { startOpenldap } from '../support/servers/openldap.ts';
import type { DirectoryEntry } from '../support/servers/server.ts';
import { describeWhere } from './availability.ts';
import { BASE, personAt, unitEntry } from './entries.ts';
import { NOT_IN_GROUP, SERVICE_REFUSED, summarise, WRONG_PASSWORD } from './verdicts.ts';

const PASSWORD = 'Passw0rd of everybody here';
const [ALICE, BOB, CAROL] = ['alice', 'bob', 'carol'].map((uid) => personAt(`ou=people,${BASE}`, uid, PASSWORD));

function group(cn: string, objectClass: string, members: DirectoryEntry['attributes']): DirectoryEntry {
  return { dn: `cn=${cn},ou=groups,${BASE}`, attributes: { objectClass: [objectClass], cn: [cn], ...members } };
}

const people = [ALICE, BOB, CAROL].filter((entry) => entry !== undefined);
const both = [ALICE, BOB].flatMap((entry) => entry?.dn ?? []);
const GROUPS = [
  group('byMember', 'groupOfNames', { member: both }),
  group('byUniqueMember', 'groupOfUniqueNames', { uniqueMember: both }),
  group('byRole', 'organizationalRole', { roleOccupant: both }),
  group('byLogin', 'posixGroup', { gidNumber: ['1000'], memberUid: ['alice', 'bob'] }),
];

/** One value of each group is hidden from everybody, and the others are shown. */
const ACCESS = [
  ...['member', 'uniqueMember', 'roleOccupant'].map((type) => `access to attrs=${type} val.exact="${both[0] ?? ''}" by * none`),
  'access to attrs=memberUid val.exact="alice" by * none',
];

describeWhere('openldap', () => {
  describe.each(GROUPS.map(({ dn }) => [dn]))('a member whom the group does not show, beside one whom it shows: %s', (dn) => {
    const entries = [unitEntry('people', BASE), unitEntry('groups', BASE), ...people, ...GROUPS];
    const directory = running(() => startOpenldap({ entries, access: ACCESS }));

    test.each(['false', 'true'])('is never "not in the group" (nested: %s)', async (nested) => {
      const settings = { LDAP_REQUIRED_GROUPS: JSON.stringify([dn]), LDAP_NESTED_GROUPS: nested };
      const ask = makeService({ ...directory().environment, ...settings });
      expect(summarise(await ask('alice', PASSWORD))).toEqual({ ...SERVICE_REFUSED, attempted: true });
      expect(summarise(await ask('alice', 'wrong'))).toEqual(WRONG_PASSWORD);
      expect((await ask('bob', PASSWORD)).body).toMatchObject({ status: 0 });
      expect(summarise(await ask('carol', PASSWORD))).toEqual(NOT_IN_GROUP);
    });
  });
});
