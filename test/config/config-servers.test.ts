import { describe, expect, test } from '@jest/globals';

import { readConfig, type Server } from '../../src/config/config.ts';
import type { Environment } from '../../src/config/environment.ts';

function read(variables: Environment): { readonly servers: readonly Server[]; readonly problems: readonly string[] } {
  const template = { LDAP_USER_DN_TEMPLATE: '{username}@example.com' };
  const { config, problems } = readConfig({ ...template, ...variables });
  return { servers: config.servers, problems: problems.map(({ variable }) => variable) };
}

function named(url: string): readonly (readonly [string, string, number, string])[] {
  return read({ LDAP_URL: url }).servers.map(({ name, host, port, transport }) => [name, host, port, transport] as const);
}

describe('LDAP_URL', () => {
  test.each([
    ['ldaps://dc1.example.com', 'ldaps://dc1.example.com:636', 'dc1.example.com', 636],
    ['ldaps://dc1.example.com/', 'ldaps://dc1.example.com:636', 'dc1.example.com', 636],
    ['ldaps://dc1.example.com:3269', 'ldaps://dc1.example.com:3269', 'dc1.example.com', 3269],
    ['LDAPS://DC1.Example.COM', 'ldaps://dc1.example.com:636', 'dc1.example.com', 636],
    ['ldaps://10.0.0.1:65535', 'ldaps://10.0.0.1:65535', '10.0.0.1', 65_535],
    ['ldaps://[2001:db8::1]', 'ldaps://[2001:db8::1]:636', '2001:db8::1', 636],
    ['ldaps://[::1]:1636', 'ldaps://[::1]:1636', '::1', 1636],
    ['ldaps://localhost', 'ldaps://localhost:636', 'localhost', 636],
  ])('%s', (url, name, host, port) => {
    expect(named(url)).toEqual([[name, host, port, 'tls']]);
  });

  test.each([
    ['a space', 'ldaps://a ldaps://b:1'],
    ['a comma', 'ldaps://a,ldaps://b:1'],
    ['both, and more of them', '  ldaps://a ,, \t ldaps://b:1\n,'],
  ])('several, separated by %s, keep their order', (_case, url) => {
    expect(named(url).map(([name]) => name)).toEqual(['ldaps://a:636', 'ldaps://b:1']);
  });

  test.each<[string, Environment, string]>([
    ['in clear, if that is allowed', { LDAP_ALLOW_PLAINTEXT: 'true' }, 'plain'],
    ['with StartTLS', { LDAP_STARTTLS: 'true' }, 'starttls'],
    ['with StartTLS, whatever else is allowed', { LDAP_STARTTLS: 'true', LDAP_ALLOW_PLAINTEXT: 'true' }, 'starttls'],
  ])('ldap:// %s', (_case, variables, transport) => {
    const { servers, problems } = read({ ...variables, LDAP_URL: 'ldap://a ldap://b:1' });
    expect(problems).toEqual([]);
    expect(servers.map((server) => [server.name, server.transport])).toEqual([
      ['ldap://a:389', transport],
      ['ldap://b:1', transport],
    ]);
  });

  test('ldaps:// beside StartTLS stays what it is', () => {
    const { servers, problems } = read({ LDAP_STARTTLS: 'true', LDAP_URL: 'ldap://a ldaps://b' });
    expect([servers.map(({ transport }) => transport), problems]).toEqual([['starttls', 'tls'], []]);
  });

  test.each<[string, Environment]>([
    ['neither StartTLS nor permission', {}],
    ['permission denied', { LDAP_ALLOW_PLAINTEXT: 'false', LDAP_STARTTLS: 'false' }],
  ])('ldap:// with %s is refused', (_case, variables) => {
    expect(read({ ...variables, LDAP_URL: 'ldap://a' }).problems).toEqual(['LDAP_ALLOW_PLAINTEXT']);
  });

  test.each(['ldaps://b ldap://a', 'ldap://a ldaps://b', 'ldaps://a ldap://a ldap://b'])('clear text beside TLS is refused: %s', (url) => {
    expect(read({ LDAP_ALLOW_PLAINTEXT: 'true', LDAP_URL: url }).problems).toEqual(['LDAP_URL']);
    expect(read({ LDAP_URL: url }).problems).toEqual(['LDAP_URL', 'LDAP_ALLOW_PLAINTEXT']);
  });

  test.each([
    ['none', ''],
    ['separators only', ' , '],
    ['no URL', 'dc1.example.com'],
    ['a host and a port', 'dc1.example.com:636'],
    ['no host', 'ldaps://'],
    ['no host, but a port', 'ldaps://:636'],
    ['no slashes', 'ldaps:dc1.example.com'],
    ['a path', 'ldaps://a/dc=example,dc=com'],
    ['a path without commas', 'ldaps://a/dc=com'],
    ['a query', 'ldaps://a?uid'],
    ['a fragment', 'ldaps://a#x'],
    ['a user', 'ldaps://admin@a'],
    ['a user and a password', 'ldaps://admin:secret@a'],
    ['a password', 'ldaps://:secret@a'],
    ['another scheme', 'https://a'],
    ['ldapi', 'ldapi://%2fvar%2frun%2fldapi'],
    ['an escaped host', 'ldaps://a%2eb'],
    ['letters that are not ASCII', 'ldaps://bücher.example'],
    ['a port that is no number', 'ldaps://a:ldaps'],
    ['port 0', 'ldaps://a:0'],
    ['a port beyond the last', 'ldaps://a:65536'],
    ['an IPv6 address without brackets', 'ldaps://2001:db8::1'],
    ['an IPv6 zone', 'ldaps://[fe80::1%25eth0]'],
    ['a good one and a bad one', 'ldaps://a http://b'],
  ])('%s is a problem', (_case, url) => {
    expect(read({ LDAP_URL: url }).problems).toEqual(['LDAP_URL']);
  });
});

describe('LDAP_URL with servers that DNS tells', () => {
  const discovery = (variables: Environment) =>
    readConfig({ LDAP_USER_DN_TEMPLATE: '{username}@example.com', ...variables }).config.discovery;

  test.each([
    ['ldaps+srv://corp.example.com', 'corp.example.com'],
    ['LDAPS+SRV://Corp.Example.COM/', 'corp.example.com'],
    ['ldaps+srv://_ldap._tcp.Berlin._sites.corp.example.com', '_ldap._tcp.berlin._sites.corp.example.com'],
    ['ldaps+srv://_ldap._tcp.dc._msdcs.corp', '_ldap._tcp.dc._msdcs.corp'],
  ])('%s', (url, name) => {
    expect(read({ LDAP_URL: url })).toEqual({ servers: [], problems: [] });
    expect(discovery({ LDAP_URL: url })).toEqual({ name, transport: 'tls' });
  });

  test('ldap+srv:// is upgraded, or allowed in clear, as ldap:// is', () => {
    const url = { LDAP_URL: 'ldap+srv://corp.example.com' };
    expect(discovery({ ...url, LDAP_STARTTLS: 'true' })).toEqual({ name: 'corp.example.com', transport: 'starttls' });
    expect(discovery({ ...url, LDAP_ALLOW_PLAINTEXT: 'true' })).toMatchObject({ transport: 'plain' });
    expect(read(url).problems).toEqual(['LDAP_ALLOW_PLAINTEXT']);
  });

  test.each([
    'ldaps+srv://corp.example.com:636',
    'ldaps+srv://corp.example.com ldaps://dc1.corp.example.com',
    'ldaps+srv://corp.example.com/dc=corp',
    'ldaps+srv://user@corp.example.com',
    'ldaps+srv://',
    'ldaps+srv://_ldap._tcp',
    'ldaps+srv://corp..example.com',
    'ldaps+srv://.corp.example.com',
    'ldaps+srv://corp.example.com.',
    'ldaps+srv://[::1]',
    'ldaps+srv://10.0.0.1',
    'ldaps+srv://-',
  ])('%s is refused', (url) => {
    expect(read({ LDAP_URL: url }).problems).toEqual(['LDAP_URL']);
  });
});
