import { describe, expect, test } from '@jest/globals';

import { type Config, readConfig } from '../../src/config/config.ts';
import { DIRECTORY_KINDS } from '../../src/config/directory-kinds.ts';
import type { Environment } from '../../src/config/environment.ts';
import { Secret } from '../../src/core/secret.ts';
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

describe('the smallest environments', () => {
  test('search and bind, with the contract’s defaults', () => {
    expect(configOf(SEARCHING)).toEqual({
      servers: [{ name: 'ldaps://dc1.example.com:636', host: 'dc1.example.com', port: 636, transport: 'tls' }],
      discovery: undefined,
      tls: { ca: undefined, servername: undefined, minVersion: 'TLSv1.2', client: undefined },
      directory: 'openldap',
      lookup: {
        kind: 'search-and-bind',
        account: {
          kind: 'service account',
          bindDn: 'cn=service,dc=example,dc=com',
          bindPassword: { kind: 'given', value: expect.any(Secret) },
        },
        bases: ['ou=people,dc=example,dc=com'],
        userFilter: '(&(|(objectClass=person)(objectClass=posixAccount))(uid={username}))',
        scope: 'sub',
        netbiosDomain: undefined,
        usernameAttribute: 'uid',
        attributes: [],
        groups: { asked: false, returned: false, baseDn: undefined, nested: false, lookup: 'group' },
      },
      requiredGroups: [],
      applications: new Map(),
      connectTimeoutMs: 2000,
      deadlineMs: 8000,
      passwordPolicy: true,
      disclosure: 'distinct',
      uniformFloorMs: 500,
      gate: undefined,
      logLevel: 'INFO',
    });
  });

  test('direct bind', () => {
    expect(configOf(DIRECT).lookup).toEqual({
      kind: 'direct-bind',
      template: DIRECT.LDAP_USER_DN_TEMPLATE,
      usernameAttribute: 'uid',
      attributes: [],
      groups: { asked: false, returned: false, baseDn: undefined, nested: false, lookup: 'group' },
    });
  });

  test.each([
    ['openldap', 'uid'],
    ['389ds', 'uid'],
    ['active-directory', 'sAMAccountName'],
  ])('%s: the user name is in %s', (directory, usernameAttribute) => {
    expect(configOf({ ...SEARCHING, LDAP_DIRECTORY: directory }).lookup).toMatchObject({ usernameAttribute });
    expect(configOf({ ...DIRECT, LDAP_DIRECTORY: directory }).lookup).toMatchObject({ usernameAttribute });
  });

  test('the password is the one given, byte for byte', () => {
    const { lookup } = configOf({ ...SEARCHING, LDAP_BIND_PASSWORD: '  pä"ss\\ ' });
    const account = lookup.kind === 'search-and-bind' ? lookup.account : undefined;
    const source = account?.kind === 'service account' ? account.bindPassword : undefined;
    expect(source?.kind === 'given' && source.value.reveal()).toBe('  pä"ss\\ ');
  });

  test('none at all: everything that is required, at once', () => {
    expect(problemsOf({})).toEqual(['LDAP_URL', 'LDAP_BASE_DN', 'LDAP_BIND_DN', 'LDAP_BIND_PASSWORD']);
  });
});

describe('each directory', () => {
  test.each([
    ['openldap', '(&(|(objectClass=person)(objectClass=posixAccount))(uid={username}))', false],
    ['389ds', '(&(objectClass=person)(uid={username}))', false],
    ['active-directory', '(&(sAMAccountType=805306368)(|(sAMAccountName={username})(userPrincipalName={username})))', true],
  ] as const)('%s has its filter and its way with groups', (directory, userFilter, nested) => {
    const { lookup, passwordPolicy } = configOf({ ...SEARCHING, LDAP_DIRECTORY: directory });
    expect(passwordPolicy).toBe(directory !== 'active-directory');
    expect(lookup).toMatchObject({ userFilter, groups: { nested } });
    expect(DIRECTORY_KINDS[directory].userFilter).toBe(userFilter);
  });
});

describe('a good value', () => {
  test.each<[keyof typeof SETTINGS, string, object]>([
    ['LDAP_TLS_CA', '/etc/ca.pem', { tls: { ca: { kind: 'given', pem: '/etc/ca.pem' } } }],
    ['LDAP_TLS_CA_PARAMETER', '/ldap/ca', { tls: { ca: { kind: 'parameter', name: '/ldap/ca' } } }],
    ['LDAP_TLS_SERVERNAME', 'ldap.example.com', { tls: { servername: 'ldap.example.com' } }],
    ['LDAP_TLS_MIN_VERSION', 'TLSv1.2', { tls: { minVersion: 'TLSv1.2' } }],
    ['LDAP_TLS_MIN_VERSION', 'TLSv1.3', { tls: { minVersion: 'TLSv1.3' } }],
    ['LDAP_BASE_DN', '*', { lookup: { bases: [''] } }],
    ['LDAP_BASE_DN', ' ["ou=a,dc=x", "ou=b,dc=x", "ou=a,dc=x"]', { lookup: { bases: ['ou=a,dc=x', 'ou=b,dc=x'] } }],
    ['LDAP_USER_FILTER', '(mail={username})', { lookup: { userFilter: '(mail={username})' } }],
    ['LDAP_USER_SCOPE', 'one', { lookup: { scope: 'one' } }],
    ['LDAP_USERNAME_ATTRIBUTE', 'mail', { lookup: { usernameAttribute: 'mail' } }],
    ['LDAP_USER_ATTRIBUTES', 'mail', { lookup: { attributes: ['mail'] } }],
    ['LDAP_USER_ATTRIBUTES', ' mail , cn;lang-de,displayName ', { lookup: { attributes: ['mail', 'cn;lang-de', 'displayName'] } }],
    ['LDAP_REQUIRED_GROUPS', '["cn=a,dc=x","cn=\\"b\\",dc=x"]', { requiredGroups: ['cn=a,dc=x', 'cn="b",dc=x'] }],
    ['LDAP_RETURN_GROUPS', 'true', { lookup: { groups: { returned: true } } }],
    ['LDAP_PASSWORD_POLICY', 'false', { passwordPolicy: false }],
    ['LDAP_GROUP_LOOKUP', 'memberOf', { lookup: { groups: { lookup: 'memberOf' } } }],
    ['LDAP_NESTED_GROUPS', 'true', { lookup: { groups: { nested: true } } }],
    ['LDAP_CONNECT_TIMEOUT_MS', '10', { connectTimeoutMs: 10 }],
    ['LDAP_CONNECT_TIMEOUT_MS', '25000', { connectTimeoutMs: 25_000 }],
    ['LDAP_DEADLINE_MS', '50', { deadlineMs: 50 }],
    ['LDAP_DEADLINE_MS', '25000', { deadlineMs: 25_000 }],
    ['AUTH_DISCLOSURE', 'uniform', { disclosure: 'uniform' }],
    ['AUTH_UNIFORM_FLOOR_MS', '0', { uniformFloorMs: 0 }],
    ['LOG_LEVEL', 'DEBUG', { logLevel: 'DEBUG' }],
    ['LOG_LEVEL', 'INFO', { logLevel: 'INFO' }],
    ['LOG_LEVEL', 'WARN', { logLevel: 'WARN' }],
    ['LOG_LEVEL', 'ERROR', { logLevel: 'ERROR' }],
    ['LOG_LEVEL', 'SILENT', { logLevel: 'SILENT' }],
  ])('%s=%s', (variable, value, expected) => {
    expect(configOf({ ...SEARCHING, [variable]: value })).toMatchObject(expected);
  });

  test('LDAP_NETBIOS_DOMAIN for Active Directory, where groups need not be nested', () => {
    const variables = { LDAP_DIRECTORY: 'active-directory', LDAP_NETBIOS_DOMAIN: 'CORP', LDAP_NESTED_GROUPS: 'false' };
    expect(configOf({ ...SEARCHING, ...variables }).lookup).toMatchObject({ netbiosDomain: 'CORP', groups: { nested: false } });
  });

  test('LDAP_TLS_CERT with LDAP_TLS_KEY', () => {
    const { client } = configOf({ ...SEARCHING, LDAP_TLS_CERT: 'cert.pem', LDAP_TLS_KEY: 'key.pem' }).tls;
    const key = client?.key.kind === 'given' ? client.key.value : undefined;
    expect([client?.cert, key?.reveal(), String(key)]).toEqual(['cert.pem', 'key.pem', '[secret]']);
  });
});

describe('a bad value is a problem of exactly its variable', () => {
  test.each<[keyof typeof SETTINGS, string]>([
    ['LDAP_STARTTLS', 'yes'],
    ['LDAP_ALLOW_PLAINTEXT', '1'],
    ['LDAP_TLS_MIN_VERSION', 'TLSv1.1'],
    ['LDAP_TLS_MIN_VERSION', 'tlsv1.2'],
    ['LDAP_DIRECTORY', 'ad'],
    ['LDAP_USER_SCOPE', 'base'],
    ['LDAP_ANONYMOUS_SEARCH', 'yes'],
    ['LDAP_BASE_DN', '[]'],
    ['LDAP_BASE_DN', '["dc=x"'],
    ['LDAP_BASE_DN', '["*"]'],
    ['LDAP_BASE_DN', '["dc=x", 5]'],
    ['LDAP_GROUP_BASE_DN', 'ou=groups,dc=x'], // without LDAP_RETURN_GROUPS
    ['LDAP_GROUP_LOOKUP', 'memberof'],
    ['LDAP_USERNAME_ATTRIBUTE', '*'],
    ['LDAP_USERNAME_ATTRIBUTE', 'uid,cn;lang-de'],
    ['LDAP_USERNAME_ATTRIBUTE', 'UNICODEPWD'],
    ['LDAP_NETBIOS_DOMAIN', 'CORP'], // of an OpenLDAP
    ['LDAP_USER_ATTRIBUTES', '*'],
    ['LDAP_USER_ATTRIBUTES', '+'],
    ['LDAP_USER_ATTRIBUTES', '2.5.4.35'], // userPassword, for one
    ['LDAP_USER_ATTRIBUTES', 'mail cn'],
    ['LDAP_USER_ATTRIBUTES', 'mail,c n'],
    ['LDAP_REQUIRED_GROUPS', 'cn=a,dc=x'],
    ['LDAP_REQUIRED_GROUPS', '"cn=a,dc=x"'],
    ['LDAP_REQUIRED_GROUPS', '[]'],
    ['LDAP_REQUIRED_GROUPS', '["staff"]'],
    ['LDAP_REQUIRED_GROUPS', '["cn=a,dc=x", 5]'],
    ['LDAP_REQUIRED_GROUPS', '["cn=a,dc=x"'],
    ['LDAP_REQUIRED_GROUPS', '{"0":"cn=a,dc=x"}'],
    ['LDAP_RETURN_GROUPS', 'True'],
    ['LDAP_NESTED_GROUPS', 'no'],
    ['LDAP_PASSWORD_POLICY', '0'],
    ['LDAP_CONNECT_TIMEOUT_MS', '9'],
    ['LDAP_CONNECT_TIMEOUT_MS', '25001'],
    ['LDAP_DEADLINE_MS', '49'],
    ['LDAP_DEADLINE_MS', '25001'],
    ['LDAP_DEADLINE_MS', '8s'],
    ['AUTH_DISCLOSURE', 'none'],
    ['AUTH_UNIFORM_FLOOR_MS', '-1'],
    ['AUTH_UNIFORM_FLOOR_MS', '25001'],
    ['LOG_LEVEL', 'info'],
    ['LOG_LEVEL', 'TRACE'],
  ])('%s=%s', (variable, value) => {
    expect(problemsOf({ ...SEARCHING, [variable]: value })).toEqual([variable]);
  });

  test.each<[string, Environment, readonly string[]]>([
    ['a certificate without its key', { LDAP_TLS_CERT: 'cert.pem' }, ['LDAP_TLS_KEY']],
    ['a key without its certificate', { LDAP_TLS_KEY: 'key.pem' }, ['LDAP_TLS_CERT']],
    ['an empty password', { LDAP_BIND_PASSWORD: '' }, ['LDAP_BIND_PASSWORD']],
    ['no service account', { LDAP_BIND_DN: undefined, LDAP_BIND_PASSWORD: undefined }, ['LDAP_BIND_DN', 'LDAP_BIND_PASSWORD']],
    ['no base', { LDAP_BASE_DN: undefined }, ['LDAP_BASE_DN']],
  ])('%s', (_case, changes, expected) => {
    expect(problemsOf({ ...SEARCHING, ...changes })).toEqual(expected);
  });

  test.each<[string, Environment, readonly string[]]>([
    ['its default', { LDAP_DEADLINE_MS: '300' }, ['AUTH_UNIFORM_FLOOR_MS']],
    ['itself', { LDAP_DEADLINE_MS: '1000', AUTH_UNIFORM_FLOOR_MS: '1001' }, ['AUTH_UNIFORM_FLOOR_MS']],
    ['its jitter', { LDAP_DEADLINE_MS: '1000', AUTH_UNIFORM_FLOOR_MS: '1000' }, ['AUTH_UNIFORM_FLOOR_MS']],
    ['a millisecond of its jitter', { LDAP_DEADLINE_MS: '1100', AUTH_UNIFORM_FLOOR_MS: '1000' }, ['AUTH_UNIFORM_FLOOR_MS']],
    ['nothing of it', { LDAP_DEADLINE_MS: '1101', AUTH_UNIFORM_FLOOR_MS: '1000' }, []],
  ])('a uniform floor of which the deadline cuts off %s', (_case, changes, expected) => {
    expect(problemsOf({ ...SEARCHING, AUTH_DISCLOSURE: 'uniform', ...changes })).toEqual(expected);
    expect(problemsOf({ ...SEARCHING, AUTH_DISCLOSURE: 'distinct', ...changes })).toEqual([]);
  });

  test('all problems at once', () => {
    const wrong = { LDAP_URL: 'http://x', LDAP_USER_SCOPE: 'all', LDAP_DEADLINE_MS: '0', LOG_LEVEL: 'loud', LDAP_BASEDN: 'dc=x' };
    expect(problemsOf({ ...SEARCHING, ...wrong })).toEqual(['LDAP_BASEDN', 'LDAP_URL', 'LDAP_USER_SCOPE', 'LDAP_DEADLINE_MS', 'LOG_LEVEL']);
  });
});

describe('an unknown variable', () => {
  test.each([
    'LDAP_URI',
    'LDAP_BASEDN',
    'LDAP_',
    'LDAP_TLS_REJECT_UNAUTHORIZED',
    'AUTH_DISCLOSE',
    'LDAP_url',
    'LDAP_toString',
    'AUTH___proto__',
    'Ldap_Required_Groups',
    'ldap_url',
    'ldap_uri',
    'auth_disclosure',
    'Auth_X',
  ])('%s is a problem', (variable) => {
    expect(problemsOf({ ...SEARCHING, [variable]: 'x' })).toEqual([variable]);
  });

  test.each(['LDAPURL', 'ldapurl', 'AWS_REGION', 'AUTHOR', 'MY_LDAP_URL', 'LOG_LEVELS'])('%s is not ours', (variable) => {
    expect(problemsOf({ ...SEARCHING, [variable]: 'x' })).toEqual([]);
  });

  test('an empty one is an unset one', () => {
    const empty = Object.fromEntries([...Object.keys(SETTINGS), 'LDAP_URI', 'AUTH_X'].map((variable) => [variable, '']));
    expect(configOf({ ...empty, ...SEARCHING })).toEqual(configOf(SEARCHING));
    expect(problemsOf(empty)).toEqual(problemsOf({}));
  });
});

describe('the gate', () => {
  test('counts 30 minutes long, without a table, unless it is told otherwise', () => {
    expect(configOf({ ...SEARCHING, AUTH_GATE_FAILURES: '4' }).gate).toEqual({ failures: 4, windowSeconds: 1800, table: undefined });
    const told = { ...SEARCHING, AUTH_GATE_FAILURES: '100', AUTH_GATE_WINDOW_SECONDS: '0', AUTH_GATE_TABLE: 'ldap-auth.prod_gate' };
    expect(configOf(told).gate).toEqual({ failures: 100, windowSeconds: 0, table: 'ldap-auth.prod_gate' });
  });

  test.each<[string, Environment, readonly string[]]>([
    ['no failure at all', { AUTH_GATE_FAILURES: '0' }, ['AUTH_GATE_FAILURES']],
    ['too many', { AUTH_GATE_FAILURES: '101' }, ['AUTH_GATE_FAILURES']],
    ['a window that is too short', { AUTH_GATE_FAILURES: '4', AUTH_GATE_WINDOW_SECONDS: '59' }, ['AUTH_GATE_WINDOW_SECONDS']],
    ['a window that is too long', { AUTH_GATE_FAILURES: '4', AUTH_GATE_WINDOW_SECONDS: '86401' }, ['AUTH_GATE_WINDOW_SECONDS']],
    ['what is no name of a table', { AUTH_GATE_FAILURES: '4', AUTH_GATE_TABLE: 'a table' }, ['AUTH_GATE_TABLE']],
    [
      'the others without the number',
      { AUTH_GATE_WINDOW_SECONDS: '600', AUTH_GATE_TABLE: 'gate' },
      ['AUTH_GATE_WINDOW_SECONDS', 'AUTH_GATE_TABLE'],
    ],
    ['a global catalog without a table', { AUTH_GATE_FAILURES: '4', LDAP_BASE_DN: '*' }, ['AUTH_GATE_TABLE']],
  ])('%s is misconfigured', (_case, changes, variables) => {
    expect(problemsOf({ ...SEARCHING, ...changes })).toEqual(variables);
  });

  test('a direct bind needs the table', () => {
    expect(problemsOf({ ...DIRECT, AUTH_GATE_FAILURES: '4' })).toEqual(['AUTH_GATE_TABLE']);
    expect(problemsOf({ ...DIRECT, AUTH_GATE_FAILURES: '4', AUTH_GATE_TABLE: 'gate' })).toEqual([]);
  });
});
