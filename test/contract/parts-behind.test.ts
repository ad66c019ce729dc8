import { describe, expect, test } from '@jest/globals';

import { makeService } from '../support/ask.ts';
import { running } from '../support/running.ts';
import { startOpenldap } from '../support/servers/openldap.ts';
import type { DirectoryEntry } from '../support/servers/server.ts';
import { describeWhere } from './availability.ts';
import { BASE, personAt, unitEntry } from './entries.ts';
import { NOT_IN_GROUP, summarise, WRONG_PASSWORD } from './verdicts.ts';

const PASSWORD = 'Passw0rd of everybody here';
const ALICE = personAt(`ou=people,${BASE}`, 'alice', PASSWORD);
const STAFF: DirectoryEntry = {
  dn: `cn=staff,ou=groups,${BASE}`,
  attributes: { objectClass: ['groupOfNames'], cn: ['staff'], member: [`uid=bob,ou=people,${BASE}`] },
};
const NOT_REACHED = { http: 503, status: 5, message: 'directory unavailable', reason: 'directory-unreachable' } as const;
const UNIFORM = { AUTH_DISCLOSURE: 'uniform', AUTH_UNIFORM_FLOOR_MS: '0' };

/** One branch of the tree is on a server on which nothing listens. */
const GLUED = [
  ...['moduleload back_ldap.so', 'database ldap', `suffix "ou=partners,${BASE}"`, 'subordinate'],
  ...['uri ldap://127.0.0.1:1'],
];

describeWhere('openldap', () => {
  describe('a part of the tree on a server that slapd cannot reach', () => {
    const entries = [unitEntry('people', BASE), unitEntry('groups', BASE), ALICE, STAFF];
    const directory = running(() => startOpenldap({ entries, directives: GLUED }));

    test('slapd says success: a name that is not in the other part is unknown, and no "invalid user"', async () => {
      const ask = makeService(directory().environment);
      expect(summarise(await ask('dave', PASSWORD))).toEqual(NOT_REACHED);
      expect((await ask('alice', PASSWORD)).body).toMatchObject({ status: 0 });
      expect(summarise(await ask('alice', 'wrong'))).toEqual(WRONG_PASSWORD);
    });

    test('under uniform every name gets the same answer', async () => {
      const ask = makeService({ ...directory().environment, ...UNIFORM });
      for (const username of ['alice', 'dave']) expect(summarise(await ask(username, PASSWORD))).toEqual(NOT_REACHED);
    });

    test('a list of groups is unknown, and a required group that is there is asked', async () => {
      const listed = makeService({ ...directory().environment, LDAP_RETURN_GROUPS: 'true' });
      expect((await listed('alice', PASSWORD)).body).toMatchObject({ status: 5, attempted: true });
      const required = makeService({ ...directory().environment, LDAP_REQUIRED_GROUPS: JSON.stringify([STAFF.dn]) });
      expect(summarise(await required('alice', PASSWORD))).toEqual(NOT_IN_GROUP);
    });
  });
});
