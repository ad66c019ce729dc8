import { describe, expect, test } from '@jest/globals';

import { type Config, readConfig } from '../../src/config/config.ts';
import type { Environment } from '../../src/config/environment.ts';

const SEARCHING = {
  LDAP_URL: 'ldaps://dc1.example.com',
  LDAP_BIND_DN: 'cn=service,dc=example,dc=com',
  LDAP_BIND_PASSWORD: 'service password',
  LDAP_BASE_DN: 'ou=people,dc=example,dc=com',
} as const;

function configOf(environment: Environment): Config {
  const { config, problems } = readConfig(environment);
  expect(problems).toEqual([]);
  return config;
}

describe('settings that belong together', () => {
  test('LDAP_ANONYMOUS_SEARCH without an account', () => {
    const { LDAP_BIND_DN: _name, LDAP_BIND_PASSWORD: _password, ...rest } = SEARCHING;
    expect(configOf({ ...rest, LDAP_ANONYMOUS_SEARCH: 'true' }).lookup).toMatchObject({ account: { kind: 'anonymous' } });
  });

  test('LDAP_GROUP_BASE_DN with LDAP_RETURN_GROUPS', () => {
    const variables = { LDAP_RETURN_GROUPS: 'true', LDAP_GROUP_BASE_DN: 'ou=groups,dc=x' };
    expect(configOf({ ...SEARCHING, ...variables }).lookup).toMatchObject({ groups: { returned: true, baseDn: 'ou=groups,dc=x' } });
  });

  test.each<[string, Environment, readonly string[]]>([
    ['an anonymous search beside an account', { LDAP_ANONYMOUS_SEARCH: 'true' }, ['LDAP_BIND_DN', 'LDAP_BIND_PASSWORD']],
    ['memberOf beside nested groups', { LDAP_GROUP_LOOKUP: 'memberOf', LDAP_NESTED_GROUPS: 'true' }, ['LDAP_GROUP_LOOKUP']],
    [
      'memberOf on Active Directory',
      { LDAP_GROUP_LOOKUP: 'memberOf', LDAP_NESTED_GROUPS: 'false', LDAP_DIRECTORY: 'active-directory' },
      ['LDAP_GROUP_LOOKUP'],
    ],
  ])('contradict each other: %s', (_case, changes, expected) => {
    expect(readConfig({ ...SEARCHING, ...changes }).problems.map(({ variable }) => variable)).toEqual(expected);
  });
});
