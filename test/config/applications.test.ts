import { describe, expect, test } from '@jest/globals';

import { readConfig } from '../../src/config/config.ts';

const SEARCHING = {
  LDAP_URL: 'ldaps://ldap.example.com',
  LDAP_BIND_DN: 'cn=service,dc=example,dc=com',
  LDAP_BIND_PASSWORD: 'service password',
  LDAP_BASE_DN: 'ou=people,dc=example,dc=com',
};

function read(value: string): ReturnType<typeof readConfig> {
  return readConfig({ ...SEARCHING, AUTH_APPLICATIONS: value });
}

const LONGEST = 'x'.repeat(64);

describe('AUTH_APPLICATIONS is', () => {
  test.each<[string, string, object]>([
    ['one application', '{"wiki":["cn=a,dc=x"]}', { wiki: ['cn=a,dc=x'] }],
    [
      'several, and blanks',
      ' {"wiki": ["cn=a,dc=x"], "mail-2": ["cn=a,dc=x", "cn=b,dc=x"]} ',
      { wiki: ['cn=a,dc=x'], 'mail-2': ['cn=a,dc=x', 'cn=b,dc=x'] },
    ],
    ['a DN that looks like a member', '{"wiki":["cn=\\"a\\":,dc=x", "cn=b:,dc=x"]}', { wiki: ['cn="a":,dc=x', 'cn=b:,dc=x'] }],
    ['one called constructor', '{"constructor":["cn=a,dc=x"]}', { constructor: ['cn=a,dc=x'] }],
    ['the longest name', `{"${LONGEST}":["cn=a,dc=x"]}`, { [LONGEST]: ['cn=a,dc=x'] }],
    ['the path of a file', 'test/config/applications.json', { wiki: ['cn=a,dc=x'] }],
  ])('%s', (_case, value, expected) => {
    const { config, problems } = read(value);
    expect([problems, config.applications]).toEqual([[], new Map(Object.entries(expected))]);
    expect(config.lookup).toMatchObject({ groups: { asked: true } });
  });

  test('nothing where it is empty', () => {
    expect(read('').config.applications.size).toBe(0);
  });
});

describe('it is misconfigured, and nothing of it counts:', () => {
  test.each([
    ['an array', '["cn=a,dc=x"]'],
    ['a text', '"wiki"'],
    ['no application', '{}'],
    ['no group', '{"wiki":[]}'],
    ['no group of one', '{"wiki":["cn=a,dc=x"],"mail":[]}'],
    ['a group without an array', '{"wiki":"cn=a,dc=x"}'],
    ['a group that is no DN', '{"wiki":["staff"]}'],
    ['a group that is no text', '{"wiki":["cn=a,dc=x",5]}'],
    ['JSON cut short', '{"wiki":["cn=a,dc=x"]'],
    ['a name given twice', '{"wiki":["cn=a,dc=x"],"mail":["cn=a,dc=x"],"wiki":["cn=b,dc=x"]}'],
    ['a name given twice, once with an escape', String.raw`{"wiki":["cn=a,dc=x"],"\u0077iki" :["cn=b,dc=x"]}`],
    ['a capital letter', '{"Wiki":["cn=a,dc=x"]}'],
    ['an underscore', '{"wi_ki":["cn=a,dc=x"]}'],
    ['a slash', '{"wiki/x":["cn=a,dc=x"]}'],
    ['a line end', String.raw`{"wiki\n":["cn=a,dc=x"]}`],
    ['an empty name', '{"":["cn=a,dc=x"]}'],
    ['__proto__', '{"__proto__":["cn=a,dc=x"]}'],
    ['a name that is too long', `{"${LONGEST}x":["cn=a,dc=x"]}`],
    ['a file that is not there', 'no-such-file.json'],
    ['a file that is no JSON', 'README.md'],
    ['a folder', '.'],
  ])('%s', (_case, value) => {
    const { config, problems } = read(value);
    expect([problems.map(({ variable }) => variable), config.applications.size]).toEqual([['AUTH_APPLICATIONS'], 0]);
  });
});

test('beside a direct bind the groups of an application are asked with the user’s rights', () => {
  const direct = { LDAP_URL: 'ldaps://x', LDAP_USER_DN_TEMPLATE: '{username}@x', AUTH_APPLICATIONS: '{"wiki":["cn=a,dc=x"]}' };
  const { config, problems } = readConfig(direct);
  expect([problems, config.applications.get('wiki'), config.lookup.groups.asked]).toEqual([[], ['cn=a,dc=x'], true]);
});
