import { describe, expect, test } from '@jest/globals';

import fc from 'fast-check';

import { type Config, readConfig } from '../../src/config/config.ts';
import type { Environment } from '../../src/config/environment.ts';
import { SETTINGS } from '../../src/config/settings.ts';

const SEARCHING = {
  LDAP_URL: 'ldaps://dc1.example.com',
  LDAP_BIND_DN: 'cn=service,dc=example,dc=com',
  LDAP_BIND_PASSWORD: 'service password',
  LDAP_BASE_DN: 'ou=people,dc=example,dc=com',
} as const;

const DIRECT = { LDAP_URL: 'ldaps://dc1.example.com', LDAP_USER_DN_TEMPLATE: 'uid={username},dc=example,dc=com' } as const;

/** The variables that a changed environment has problems with, in the order of the report. */
function problemsOf(environment: Environment): readonly string[] {
  return readConfig(environment).problems.map(({ variable }) => variable);
}

function configOf(environment: Environment): Config {
  const { config, problems } = readConfig(environment);
  expect(problems).toEqual([]);
  return config;
}

describe('an attribute that holds a password', () => {
  const NAMES = ['userPassword', 'unicodePwd', 'sambaNTPassword', 'krbPrincipalKey', 'pwdHistory', 'ms-Mcs-AdmPwd', 'msDS-ManagedPassword'];
  const SPELLINGS: readonly ((name: string) => string)[] = [
    (name) => name,
    (name) => name.toUpperCase(),
    (name) => name.toLowerCase(),
    (name) => `${name};binary`,
    (name) => `${name.toUpperCase()};lang-de;x-y`,
    (name) => `mail, ${name} ,cn`,
  ];

  test.each(NAMES.flatMap((name) => SPELLINGS.map((spell) => spell(name))))('is refused: %s', (value) => {
    expect(problemsOf({ ...SEARCHING, LDAP_USER_ATTRIBUTES: value })).toEqual(['LDAP_USER_ATTRIBUTES']);
  });

  test.each(['pwdLastSet', 'passwordExpirationTime', 'shadowLastChange'])('%s holds none', (value) => {
    expect(problemsOf({ ...SEARCHING, LDAP_USER_ATTRIBUTES: value })).toEqual([]);
  });
});

describe('beside a template', () => {
  test.each<[keyof typeof SETTINGS, string]>([
    ['LDAP_BIND_DN', 'cn=service,dc=x'],
    ['LDAP_BIND_PASSWORD', 'x'],
    ['LDAP_BIND_PASSWORD_PARAMETER', '/ldap/password'],
    ['LDAP_BIND_PASSWORD_SECRET', 'ldap'],
    ['LDAP_BASE_DN', 'dc=x'],
    ['LDAP_ANONYMOUS_SEARCH', 'true'],
    ['LDAP_USER_FILTER', '(uid={username})'],
    ['LDAP_USER_SCOPE', 'sub'],
    ['LDAP_NETBIOS_DOMAIN', 'CORP'],
  ])('%s promises what never comes', (variable, value) => {
    expect(problemsOf({ ...DIRECT, [variable]: value })).toEqual([variable]);
  });

  test('what a valid answer tells is read with the user’s own rights', () => {
    const variables = {
      LDAP_USERNAME_ATTRIBUTE: 'cn',
      LDAP_USER_ATTRIBUTES: 'mail',
      LDAP_REQUIRED_GROUPS: '["cn=a,dc=x"]',
      LDAP_RETURN_GROUPS: 'true',
      LDAP_NESTED_GROUPS: 'true',
    };
    expect(configOf({ ...DIRECT, ...variables }).lookup).toMatchObject({
      usernameAttribute: 'cn',
      attributes: ['mail'],
      groups: { asked: true, returned: true, nested: true },
    });
  });
});

test('no problem ever shows a value', () => {
  const names = fc.constantFrom(...Object.keys(SETTINGS), 'LDAP_UNKNOWN', 'AUTH_UNKNOWN');
  const values = fc.string({ unit: 'binary' }).map((text) => `hidden${text}value`);
  const wrapped = fc
    .tuple(fc.constantFrom('', 'ldap://', 'ldaps://u:p@', '["', '{username}', '-----BEGIN '), values)
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.dictionary(names, wrapped), (environment) => {
      const report = JSON.stringify(readConfig(environment).problems);
      expect(report).not.toContain('hidden');
      for (const value of Object.values(environment)) expect(report).not.toContain(value);
    }),
  );
});
