import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { Secret } from '../src/core/secret.ts';
import { Trace } from '../src/core/trace.ts';
import { Authority, type Issued } from '../tools/demo-directory/certificates.ts';
import { wire } from '../src/wiring.ts';

let authority: Authority;
let client: Issued;
let other: Issued;
let folder: string;

beforeAll(async () => {
  authority = await Authority.create('wiring');
  client = await authority.issue({ commonName: 'client' });
  other = await authority.issue({ commonName: 'other' });
  folder = mkdtempSync(path.join(tmpdir(), 'wiring-'));
  writeFileSync(path.join(folder, 'ca.pem'), authority.pem);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const SEARCHING = {
  LDAP_URL: 'ldaps://127.0.0.1:1',
  LDAP_BIND_DN: 'cn=service,dc=example,dc=org',
  LDAP_BIND_PASSWORD: 'service password',
  LDAP_BASE_DN: 'dc=example,dc=org',
  LOG_LEVEL: 'SILENT',
} as const;

const DIRECT = { LDAP_URL: 'ldaps://127.0.0.1:1', LDAP_USER_DN_TEMPLATE: '{username}@example.org', LOG_LEVEL: 'SILENT' } as const;

const LOGIN = { username: 'alice', password: new Secret('x') } as const;

function problemsOf(environment: Readonly<Record<string, string>>): readonly string[] {
  return wire(environment).problems.map(({ variable }) => variable);
}

describe('a good environment', () => {
  test.each<[string, () => Readonly<Record<string, string>>]>([
    ['search and bind', () => SEARCHING],
    ['direct bind', () => DIRECT],
    ['Active Directory', () => ({ ...SEARCHING, LDAP_DIRECTORY: 'active-directory', LDAP_NETBIOS_DOMAIN: 'CORP' })],
    ['an authority in PEM', () => ({ ...SEARCHING, LDAP_TLS_CA: authority.pem })],
    ['several authorities', () => ({ ...SEARCHING, LDAP_TLS_CA: `${authority.pem}\ntext between\n${client.cert}` })],
    ['an authority with \\n for line ends', () => ({ ...SEARCHING, LDAP_TLS_CA: authority.pem.replaceAll('\n', String.raw`\n`) })],
    ['the path of an authority', () => ({ ...SEARCHING, LDAP_TLS_CA: path.join(folder, 'ca.pem') })],
    ['a client certificate', () => ({ ...SEARCHING, LDAP_TLS_CERT: client.cert, LDAP_TLS_KEY: client.key })],
  ])('%s has no problem', (_case, environment) => {
    expect(problemsOf(environment())).toEqual([]);
  });
});

describe('what only a look inside can tell is a problem of its variable', () => {
  test.each<[string, () => Readonly<Record<string, string>>, readonly string[]]>([
    ['a base that is no DN', () => ({ ...SEARCHING, LDAP_BASE_DN: 'example.org' }), ['LDAP_BASE_DN']],
    ['one of several', () => ({ ...SEARCHING, LDAP_BASE_DN: '["dc=x", "=y"]' }), ['LDAP_BASE_DN']],
    [
      'a place of groups that is no DN',
      () => ({ ...SEARCHING, LDAP_RETURN_GROUPS: 'true', LDAP_GROUP_BASE_DN: 'groups' }),
      ['LDAP_GROUP_BASE_DN'],
    ],
    [
      'a place of groups that is no DN, of a direct bind',
      () => ({ ...DIRECT, LDAP_RETURN_GROUPS: 'true', LDAP_GROUP_BASE_DN: 'groups' }),
      ['LDAP_GROUP_BASE_DN'],
    ],
    ['text that is no filter', () => ({ ...SEARCHING, LDAP_USER_FILTER: 'uid={username}' }), ['LDAP_USER_FILTER']],
    [
      'an authority that cannot be read, and a client certificate that is none',
      () => ({ ...SEARCHING, LDAP_TLS_CA: 'certs/none.pem', LDAP_TLS_CERT: client.key, LDAP_TLS_KEY: client.key }),
      ['LDAP_TLS_CA', 'LDAP_TLS_CERT'],
    ],
    [
      'a filter, a base and a place of groups',
      () => ({
        ...SEARCHING,
        ...{ LDAP_USER_FILTER: 'uid={username}', LDAP_BASE_DN: 'example.org', LDAP_RETURN_GROUPS: 'true', LDAP_GROUP_BASE_DN: 'groups' },
      }),
      ['LDAP_GROUP_BASE_DN', 'LDAP_BASE_DN', 'LDAP_USER_FILTER'],
    ],
    ['a filter without the name', () => ({ ...SEARCHING, LDAP_USER_FILTER: '(uid=alice)' }), ['LDAP_USER_FILTER']],
    [
      'a filter that compares the name with a password',
      () => ({ ...SEARCHING, LDAP_USER_FILTER: '(|(uid={username})(userPassword;binary={username}))' }),
      ['LDAP_USER_FILTER'],
    ],
    ['a bare template', () => ({ ...DIRECT, LDAP_USER_DN_TEMPLATE: '{username}' }), ['LDAP_USER_DN_TEMPLATE']],
    ['a template without the name', () => ({ ...DIRECT, LDAP_USER_DN_TEMPLATE: 'uid=alice,dc=x' }), ['LDAP_USER_DN_TEMPLATE']],
    ['no file', () => ({ ...SEARCHING, LDAP_TLS_CA: path.join(folder, 'none.pem') }), ['LDAP_TLS_CA']],
    ['a folder', () => ({ ...SEARCHING, LDAP_TLS_CA: folder }), ['LDAP_TLS_CA']],
    ['a file without a certificate', () => ({ ...SEARCHING, LDAP_TLS_CA: path.resolve('package.json') }), ['LDAP_TLS_CA']],
    ['a key as an authority', () => ({ ...SEARCHING, LDAP_TLS_CA: client.key }), ['LDAP_TLS_CA']],
    ['half a certificate', () => ({ ...SEARCHING, LDAP_TLS_CA: authority.pem.slice(0, 200) }), ['LDAP_TLS_CA']],
    ['a damaged certificate', () => ({ ...SEARCHING, LDAP_TLS_CA: authority.pem.replace(/\n(.{10})/, '\nAAAAAAAAAA') }), ['LDAP_TLS_CA']],
    [
      'one good and one damaged',
      () => ({ ...SEARCHING, LDAP_TLS_CA: authority.pem + client.cert.replace(/\n(.{10})/, '\nAAAAAAAAAA') }),
      ['LDAP_TLS_CA'],
    ],
    ['a certificate that is a key', () => ({ ...SEARCHING, LDAP_TLS_CERT: client.key, LDAP_TLS_KEY: client.key }), ['LDAP_TLS_CERT']],
    ['a key that is a certificate', () => ({ ...SEARCHING, LDAP_TLS_CERT: client.cert, LDAP_TLS_KEY: client.cert }), ['LDAP_TLS_KEY']],
    ['another key', () => ({ ...SEARCHING, LDAP_TLS_CERT: client.cert, LDAP_TLS_KEY: other.key }), ['LDAP_TLS_KEY']],
    ['a key that is not there', () => ({ ...SEARCHING, LDAP_TLS_CERT: client.cert, LDAP_TLS_KEY: 'no-such-file' }), ['LDAP_TLS_KEY']],
  ])('%s', (_case, environment, expected) => {
    expect(problemsOf(environment())).toEqual(expected);
  });

  test('everything is reported at once: variables, filter and PEM', () => {
    const environment = {
      ...SEARCHING,
      LDAP_URL: 'http://x',
      LDAP_DEADLINE_MS: 'soon',
      LDAP_USER_FILTER: '(uid=alice',
      LDAP_TLS_CA: 'no-such-file',
      LDAP_TLS_CERT: 'no-such-file',
      LDAP_TLS_KEY: 'no-such-file',
    };
    expect([...problemsOf(environment)].sort()).toEqual([
      'LDAP_DEADLINE_MS',
      'LDAP_TLS_CA',
      'LDAP_TLS_CERT',
      'LDAP_TLS_KEY',
      'LDAP_URL',
      'LDAP_USER_FILTER',
    ]);
  });

  test('everything is reported at once: a template and a key that does not fit', () => {
    const environment = { ...DIRECT, LDAP_USER_DN_TEMPLATE: '{username}', LDAP_TLS_CERT: client.cert, LDAP_TLS_KEY: other.key };
    expect([...problemsOf(environment)].sort()).toEqual(['LDAP_TLS_KEY', 'LDAP_USER_DN_TEMPLATE']);
  });

  test('no problem shows a value', () => {
    const hidden = 'hidden-value';
    const pem = `-----BEGIN CERTIFICATE-----\n${hidden}\n-----END CERTIFICATE-----`;
    const variables = ['LDAP_URL', 'LDAP_BIND_DN', 'LDAP_USER_FILTER', 'LDAP_TLS_CA', 'LDAP_TLS_CERT', 'LDAP_TLS_KEY', 'LDAP_X'];
    const environments = [hidden, pem, `(uid=${hidden})`].map((value) =>
      Object.fromEntries(variables.map((variable) => [variable, value])),
    );
    const direct = { LDAP_URL: hidden, LDAP_USER_DN_TEMPLATE: hidden, LDAP_TLS_CA: pem };
    for (const environment of [...environments, direct]) {
      const { problems } = wire(environment);
      expect(problems.length >= 3).toBe(true);
      expect(JSON.stringify(problems)).not.toContain(hidden);
    }
  });
});

describe('a service', () => {
  test('that is misconfigured answers so to everybody', async () => {
    const service = wire({ ...SEARCHING, LDAP_USER_FILTER: '(uid=alice)' });
    const outcome = { kind: 'out-of-order', reason: 'misconfigured' };
    const trace = new Trace();
    expect(await service.authenticate(LOGIN, 30_000, trace)).toEqual(outcome);
    expect(await service.authenticate(LOGIN, 0, trace)).toEqual(outcome);
    expect([trace.connections, trace.operations]).toEqual([0, 0]);
  });

  test.each([
    [0, 'directory-timeout', 0],
    [300, 'directory-timeout', 0], // 300 ms are for closing and for the answer
    [30_000, 'directory-unreachable', 1],
    [Number.POSITIVE_INFINITY, 'directory-unreachable', 1],
  ])('with %d ms left of its invocation answers %s', async (leftMs, reason, connections) => {
    const trace = new Trace();
    expect(await wire(SEARCHING).authenticate(LOGIN, leftMs, trace)).toEqual({ kind: 'indeterminate', reason, attempted: false });
    expect(trace.connections).toBe(connections);
  });
});
