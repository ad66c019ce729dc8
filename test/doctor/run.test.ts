import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { Deadline } from '../../src/core/deadline.ts';
import { Secret } from '../../src/core/secret.ts';
import { Authority } from '../../tools/demo-directory/certificates.ts';
import { BASE_DN, demoLogins, SERVICE_DN } from '../../tools/demo-directory/people.ts';
import type { Row } from '../../src/doctor/check.ts';
import { examine } from '../../src/doctor/run.ts';
import { VERSION } from '../../src/doctor/version.ts';
import { prepare } from '../../src/wiring.ts';
import { passwordCheck } from '../../tools/doctor/password-check.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { type Demo, type Settings, startDemo } from '../support/demo.ts';
import { resolveTo } from '../support/resolver.ts';
import { DeafServer } from '../support/faults/deaf-server.ts';
import { examineWith, failed, outline, QUIET, rowOf } from './support/examine.ts';

let directory: Demo;
let settings: Settings;

beforeAll(async () => {
  directory = await startDemo({ dnsNames: ['directory.example.test'] });
  ({ settings } = directory);
});
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(() => directory.close());

test('the version is that of package.json', () => {
  expect(VERSION).toBe(packageJson.version);
});

test('a report has the shape of the contract, and no more', async () => {
  const { ok, version, checks, ...others } = await examineWith(settings, { username: 'alice' });
  expect({ ok, version, others }).toEqual({ ok: true, version: VERSION, others: {} });
  for (const row of checks) {
    const { id, title, status, ms, hint, ...rest } = row;
    expect({ id: typeof id, title: typeof title, ms: Number.isInteger(ms) && ms >= 0, rest }).toEqual({
      ...{ id: 'string', title: 'string', ms: true, rest: {} },
    });
    expect(['pass', 'fail', 'skip']).toContain(status);
    expect(['string', 'undefined']).toContain(typeof hint);
  }
  expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
});

test('rows are told as they come: each is started, then ended', async () => {
  const told: string[] = [];
  const started = ({ id }: Pick<Row, 'id'>): void => void told.push(`> ${id}`);
  const ended = ({ id }: Row): void => void told.push(`< ${id}`);
  const { checks } = await examine(prepare(settings), {}, Deadline.in(10_000), { started, ended });
  expect(told).toEqual(checks.flatMap(({ id }) => [`> ${id}`, `< ${id}`]));
});

test('nothing is left open', async () => {
  await examineWith(settings, { username: 'alice' });
  await examineWith({ ...settings, LDAP_USER_FILTER: '(|(uid={username})(uid=*))' }, { username: 'alice' });
  while (directory.counts.openConnections > 0) await new Promise((resolve) => setImmediate(resolve)); // bounded by Jest's timeout
  expect(directory.counts.openConnections).toBe(0);
});

describe('several servers', () => {
  test('are examined one after the other; ids and titles tell them apart', async () => {
    const report = await examineWith({ ...settings, LDAP_URL: `ldaps://127.0.0.1:1 ${directory.secureUrl}` });
    expect(failed(report).map(({ id, title }) => [id, title])).toEqual([['tcp', 'ldaps://127.0.0.1:1: TCP: port 1']]);
    expect(rowOf(report, 'bind-2')).toMatchObject({ status: 'pass', title: `${directory.secureUrl}: service bind: ${SERVICE_DN}` });
  });

  test('share the rest of a refused password: one bind, whatever their number, and none soon after', async () => {
    const { secureUrl, url } = directory;
    const parts = prepare({
      ...settings,
      LDAP_URL: `${secureUrl} ${url} ${secureUrl}`,
      LDAP_STARTTLS: 'true',
      LDAP_BIND_PASSWORD: 'wrong',
    });
    const before = directory.counts.binds;
    const first = await examine(parts, {}, Deadline.in(10_000), QUIET);
    const second = await examine(parts, {}, Deadline.in(10_000), QUIET);
    expect(directory.counts.binds - before).toBe(1);
    expect(failed(first).map(({ id }) => id)).toEqual(['bind', 'bind-2', 'bind-3']);
    expect(rowOf(first, 'bind').hint).not.toMatch(/30 s/);
    expect(rowOf(first, 'bind-2').hint).toMatch(/^LDAP_BIND_PASSWORD: .*refused less than 30 s ago/);
    expect(rowOf(second, 'bind')).toMatchObject({ status: 'fail', hint: expect.stringMatching(/refused less than 30 s ago/) });
  });
});

describe('a wrong configuration', () => {
  test('is told whole, by variable; nothing is sent where a password might be sent in clear or to the wrong one', async () => {
    const before = directory.counts.connections;
    const report = await examineWith({ ...settings, LDAP_URL: directory.url, LDAP_ULR: 'x', LDAP_USER_FILTER: '(uid=alice)' });
    const [configuration] = report.checks;
    expect(configuration?.hint?.split('\n').map((line) => line.replace(/:.*/, ''))).toEqual([
      'LDAP_ULR',
      'LDAP_URL', // in clear text
      'LDAP_USER_FILTER',
    ]);
    expect(report.checks.slice(1).every(({ status }) => status === 'skip')).toBe(true);
    expect(directory.counts.connections).toBe(before);
  });

  test('that does not touch the connection: the server is looked at, without a bind', async () => {
    const before = directory.counts.binds;
    const report = await examineWith({ ...settings, LDAP_BASE_DN: '', LDAP_USER_FILTER: '(uid=alice)' }, { username: 'alice' });
    expect(outline(report).filter((line) => !line.startsWith('skip'))).toEqual([
      ...['fail configuration', 'pass certificates', 'pass dns', 'pass tcp', 'pass tls', 'pass root-dse'],
    ]);
    expect(rowOf(report, 'root-dse').hint).toBe(`LDAP_BASE_DN: set LDAP_BASE_DN=${BASE_DN}, or a place below`);
    expect(directory.counts.binds).toBe(before);
  });
});

test.each(['\n', '\r\n'])('the service password has a line break at its end (%j): a warning, and no more of the password', async (end) => {
  const report = await examineWith({ ...settings, LDAP_BIND_PASSWORD: `typed-into-a-file${end}` });
  expect(rowOf(report, 'secret')).toMatchObject({ status: 'pass', hint: expect.stringMatching(/^warning: .* line break, .*printf %s/) });
  expect(JSON.stringify(report)).not.toContain('typed-into');
});

describe('a value that is refused', () => {
  test.each([
    ['example.org', 'openldap', '"example.org" is a domain name, not a DN; as a DN it is dc=example,dc=org'],
    ['corp.example.org', 'active-directory', '"corp.example.org" is a domain name, not a DN; as a DN it is DC=corp,DC=example,DC=org'],
    ['people', 'openldap', 'its value is not a DN; a DN looks like ou=people,dc=example,dc=org'],
    ['people', 'active-directory', 'its value is not a DN; a DN looks like OU=people,DC=example,DC=org'],
    ['["dc=example,dc=org","ou=people,"]', '389ds', 'its value is not a DN; a DN looks like ou=people,dc=example,dc=org'],
    ['["dc=example', 'openldap', 'expected the DN under which users are searched, or a JSON array of such DNs'],
    ['', 'openldap', 'expected the DN under which users are searched, or a JSON array of such DNs'],
  ])('LDAP_BASE_DN=%s with %s', async (base, kind, hint) => {
    const report = await examineWith({ ...settings, LDAP_BASE_DN: base, LDAP_DIRECTORY: kind });
    expect(rowOf(report, 'configuration').hint).toBe(`LDAP_BASE_DN: ${hint}`);
  });

  test.each([
    ['ldap://dc1.example.org', 'ldaps://dc1.example.org (with the port, if it is not 636)'],
    ['ldap://dc1.example.org:389 ldap://[::1]:1389', 'ldaps://dc1.example.org ldaps://[::1] (with the port, if it is not 636)'],
    ['ldap+srv://corp.example.org', 'ldaps+srv://corp.example.org.'],
  ])('%s in clear text: what to set', async (url, set) => {
    const { hint } = rowOf(await examineWith({ ...settings, LDAP_URL: url }), 'configuration');
    expect(hint).toContain(`Try first LDAP_URL=${set}`);
  });

  const toTheDn = 'is not a DN\nLDAP_BIND_DN: set LDAP_BIND_DN to the whole DN of the account, like';
  test.each([
    ['ldap-auth', 'active-directory', 'is neither a DN nor a name with its domain\nLDAP_BIND_DN: set LDAP_BIND_DN=ldap-auth@example.org'],
    ['ldap-auth', 'openldap', `${toTheDn} cn=ldap-auth,ou=services,dc=example,dc=org (ask the owners of the directory)`],
    ['svc@example.org', 'openldap', `${toTheDn} cn=NAME,ou=services,dc=example,dc=org (ask the owners of the directory)`],
  ])('LDAP_BIND_DN=%s with %s: what to set has the place of the directory', async (name, kind, hint) => {
    const report = await examineWith({ ...settings, LDAP_DIRECTORY: kind, LDAP_BIND_DN: name });
    expect(rowOf(report, 'bind').hint).toBe(`LDAP_BIND_DN: "${name}" ${hint}`);
  });

  test('a bind name that is no name: not sent again for the next server', async () => {
    const { secureUrl } = directory;
    const before = directory.counts.binds;
    const report = await examineWith({ ...settings, LDAP_URL: `${secureUrl} ${secureUrl}`, LDAP_BIND_DN: 'ldap-auth' });
    expect(directory.counts.binds - before).toBe(1);
    expect(rowOf(report, 'bind').hint).toMatch(
      /^LDAP_BIND_DN: "ldap-auth" is not a DN\nLDAP_BIND_DN: set .* cn=ldap-auth,ou=services,dc=example,dc=org \(ask the owners of the directory\)$/,
    );
    expect(rowOf(report, 'bind-2').hint).toMatch(/^LDAP_BIND_DN: the directory takes no name of this form \(refused less than 30 s ago/);
  });
});

describe('a direct bind', () => {
  test('has no service account: what needs one is skipped', async () => {
    const { LDAP_URL = '', LDAP_TLS_CA = '' } = settings;
    const report = await examineWith({ LDAP_URL, LDAP_TLS_CA, LDAP_USER_DN_TEMPLATE: `uid={username},ou=people,${BASE_DN}` });
    expect(report.ok).toBe(true);
    expect(outline(report).filter((line) => line.startsWith('pass'))).toEqual([
      ...['pass configuration', 'pass certificates', 'pass dns', 'pass tcp', 'pass tls', 'pass root-dse'],
    ]);
  });

  test('a password is tried all the same', async () => {
    const { LDAP_URL = '', LDAP_TLS_CA = '' } = settings;
    const [{ username, password }] = demoLogins;
    const direct = { LDAP_URL, LDAP_TLS_CA, LDAP_USER_DN_TEMPLATE: `uid={username},ou=people,${BASE_DN}` };
    const report = await examineWith(direct, { username, last: passwordCheck(username, new Secret(password)) });
    expect(rowOf(report, 'password')).toMatchObject({ status: 'pass', title: 'login with the password: authenticated as alice' });
  });
});

describe('a store of secrets that cannot be reached', () => {
  const unreachable = { reason: 'secret-unavailable', step: 'service password', cause: { kind: 'store', error: 'TimeoutError' } } as const;

  test.each([
    ['LDAP_BIND_PASSWORD_PARAMETER', { LDAP_BIND_PASSWORD_PARAMETER: '/ldap-auth/password' }],
    ['LDAP_BIND_PASSWORD_SECRET', { LDAP_BIND_PASSWORD_SECRET: 'ldap-auth/service' }],
  ])('the password’s: %s is named once, and nobody binds', async (variable, stored) => {
    const parts = prepare({ ...settings, LDAP_BIND_PASSWORD: '', ...stored });
    const lookup = parts.directory?.lookup;
    const searcher = lookup?.kind === 'search-and-bind' ? lookup.search.searcher : undefined;
    if (searcher?.kind !== 'service account') throw new Error('no service account');
    jest.spyOn(searcher.credentials, 'usable').mockResolvedValue({ ok: false, why: 'unavailable', failure: unreachable });
    const before = directory.counts.binds;
    const report = await examine(parts, {}, Deadline.in(10_000), QUIET);
    expect(failed(report)).toMatchObject([
      {
        id: 'secret',
        hint: expect.stringMatching(new RegExp(`^${variable}: the store did not give the password .*TimeoutError.*VPC endpoint$`)),
      },
    ]);
    expect(directory.counts.binds).toBe(before);
  });

  test('the authority’s: LDAP_TLS_CA_PARAMETER is named, and nobody is connected to', async () => {
    const parts = prepare({ ...settings, LDAP_TLS_CA: '', LDAP_TLS_CA_PARAMETER: '/ldap-auth/ca' });
    if (parts.identity === undefined) throw new Error('no identity');
    const failure = {
      reason: 'secret-unavailable',
      step: 'LDAP_TLS_CA_PARAMETER',
      cause: { kind: 'store', error: 'TimeoutError' },
    } as const;
    jest.spyOn(parts.identity, 'current').mockResolvedValue({ ok: false, why: 'unavailable', failure });
    const before = directory.counts.connections;
    const { checks } = await examine(parts, {}, Deadline.in(10_000), QUIET);
    expect(checks.find(({ id }) => id === 'certificates')).toMatchObject({
      status: 'fail',
      hint: expect.stringMatching(/^LDAP_TLS_CA_PARAMETER: TimeoutError; check the name, the function's permission/),
    });
    expect(directory.counts.connections).toBe(before);
  });
});

describe('addresses', () => {
  test('one that refuses is told, although the login goes on to the next one', async () => {
    resolveTo(['127.0.0.9', '127.0.0.1']);
    const { port } = new URL(directory.secureUrl.replace('ldaps', 'http'));
    const report = await examineWith({ ...settings, LDAP_URL: `ldaps://directory.example.test:${port}` });
    expect(report.ok).toBe(true);
    expect(rowOf(report, 'dns').title).toBe('DNS: directory.example.test is 127.0.0.9, 127.0.0.1');
    expect(rowOf(report, 'tcp').hint).toMatch(new RegExp(`^LDAP_URL: 127\\.0\\.0\\.9 port ${port}: nothing listens there`));
  });

  test('one with a certificate of another authority is told, and the good one used', async () => {
    resolveTo(['127.0.0.9', '127.0.0.1']);
    const stranger = await Authority.create('Another authority');
    const certificate = await stranger.issue({ commonName: 'x', dnsNames: ['directory.example.test'] });
    const { port } = new URL(directory.secureUrl.replace('ldaps', 'http'));
    const bad = await startDemo({ certificate, host: '127.0.0.9', securePort: Number(port) });
    try {
      const report = await examineWith({ ...settings, LDAP_URL: `ldaps://directory.example.test:${port}` });
      expect(report.ok).toBe(true);
      expect(rowOf(report, 'tls').hint).toMatch(/^LDAP_TLS_CA: .* signed by "Another authority", .* \[127\.0\.0\.9\]\n/);
      expect([bad.counts.binds, bad.counts.searches]).toEqual([0, 0]);
    } finally {
      await bad.close();
    }
  });

  test('none at all', async () => {
    resolveTo([]);
    const report = await examineWith({ ...settings, LDAP_URL: 'ldaps://directory.example.test' });
    expect(failed(report)).toMatchObject([{ id: 'dns', hint: 'LDAP_URL: the host "directory.example.test" has no address' }]);
  });

  test('a black hole: no answer to a connection', async () => {
    const deaf = await DeafServer.start();
    try {
      const report = await examineWith({
        ...settings,
        ...{ LDAP_URL: `ldaps://127.0.0.1:${String(deaf.port)}`, LDAP_CONNECT_TIMEOUT_MS: '100' },
      });
      expect(failed(report)).toMatchObject([
        {
          id: 'tcp',
          hint: expect.stringMatching(/^LDAP_URL: .*no answer within LDAP_CONNECT_TIMEOUT_MS=100: a firewall or security group/),
        },
      ]);
    } finally {
      await deaf.close();
    }
  });
});

test('a name in another domain is an unknown user: LDAP_NETBIOS_DOMAIN', async () => {
  const changes = { LDAP_DIRECTORY: 'active-directory', LDAP_NETBIOS_DOMAIN: 'CORP', LDAP_USER_FILTER: '(uid={username})' };
  const report = await examineWith({ ...settings, ...changes }, { username: 'OTHER\\alice' });
  expect(rowOf(report, 'user')).toMatchObject({ status: 'fail', hint: expect.stringMatching(/^LDAP_NETBIOS_DOMAIN: /) });
});

test('without time the first check that has none fails, and the others are skipped: never "all is well"', async () => {
  const report = await examine(prepare(settings), {}, Deadline.in(0), QUIET);
  expect(report.ok).toBe(false);
  expect(outline(report)).toEqual(['fail configuration', ...outline(report).slice(1)]);
  expect(outline(report).slice(1)).toEqual(report.checks.slice(1).map(({ id }) => `skip ${id}`));
  expect(report.checks[0]?.hint).toMatch(/^LDAP_DEADLINE_MS: no time was left/);
});

test('a fault of its own is a row too, without what the error says', async () => {
  const parts = prepare(settings);
  const lookup = parts.directory?.lookup;
  const searcher = lookup?.kind === 'search-and-bind' ? lookup.search.searcher : undefined;
  if (searcher?.kind !== 'service account') throw new Error('no service account');
  jest.spyOn(searcher.credentials, 'usable').mockRejectedValue(new TypeError('with a secret in it'));
  const report = await examine(parts, {}, Deadline.in(10_000), QUIET);
  expect(rowOf(report, 'secret')).toMatchObject({ status: 'fail', hint: 'the doctor itself failed (TypeError); please report this' });
  expect(JSON.stringify(report)).not.toContain('with a secret in it');
});
