import { afterEach, describe, expect, test } from '@jest/globals';

import { makeService } from '../../support/ask.ts';
import { entryOf, resultMessage } from '../../support/faults/messages.ts';
import { bindResult, type Reply, type ScriptedDirectory, startScripted } from '../../support/scripted-directory.ts';

const USERS = 'dc=users';
const ALICE = `uid=alice,${USERS}`;
const GROUPS = 'ou=groups,dc=groups';
const ADMINS = `cn=admins,${GROUPS}`;

let directory: ScriptedDirectory | undefined;

afterEach(async () => {
  await directory?.close();
});

function shows(dn?: string, attributes: Readonly<Record<string, readonly string[]>> = {}): Reply {
  return (id) => [...(dn === undefined ? [] : [entryOf(id, dn, attributes)]), resultMessage(id, 'done', 0)];
}

/** Two trees; alice is in a group of the other one. `memberOf`: whether her entry says so. */
async function groupsOf(memberOf: boolean, more: Readonly<Record<string, string>>): Promise<unknown> {
  let isUserFound = false;
  directory = await startScripted((operation) => {
    if (operation.kind !== 'search') return bindResult(0);
    const { base, scope } = operation;
    if (base === '') return shows('', { namingContexts: [USERS, 'dc=groups'] });
    if (scope === 'base') return shows(base, { objectClass: ['groupOfNames'], member: ['uid=bob,dc=users'] });
    if (!isUserFound) {
      isUserFound = true;
      return shows(ALICE, { uid: ['alice'], ...(memberOf ? { memberOf: [ADMINS] } : {}) });
    }
    return base.endsWith('dc=groups') ? shows(ADMINS) : shows();
  });
  const { body } = await makeService({
    ...{ LDAP_URL: directory.url, LDAP_ALLOW_PLAINTEXT: 'true', LDAP_BASE_DN: USERS, LDAP_RETURN_GROUPS: 'true' },
    ...{ LDAP_BIND_DN: 'cn=service', LDAP_BIND_PASSWORD: 'service', LDAP_NESTED_GROUPS: 'true' },
    ...more,
  })('alice', 'right');
  return body['groups'] ?? body['status'];
}

describe('groups in another tree than the users', () => {
  test('are looked for where LDAP_GROUP_BASE_DN says', async () => {
    expect(await groupsOf(false, { LDAP_GROUP_BASE_DN: GROUPS })).toEqual(['admins']);
  });

  test('that memberOf names and nothing looked for are unknown, not left out', async () => {
    expect(await groupsOf(true, {})).toBe(5);
    await directory?.close();
    expect(await groupsOf(true, { LDAP_NESTED_GROUPS: 'false' })).toBe(5);
  });
});
