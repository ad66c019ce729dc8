import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { BASE_DN } from '../../tools/demo-directory/people.ts';
import type { Demo } from '../support/demo.ts';
import { startWithColin } from './support/directory.ts';
import { type Told, type Typed, verdictOf, WAYS, type Witnessed, witness } from './support/ways.ts';

const APPLICATIONS = JSON.stringify({
  wiki: [`cn=staff,ou=groups,${BASE_DN}`],
  console: [`cn=admins,ou=groups,${BASE_DN}`],
  both: [`cn=admins,ou=groups,${BASE_DN}`, `cn=staff,ou=groups,${BASE_DN}`],
});

const ENVIRONMENTS = {
  plain: {},
  admins: { LDAP_REQUIRED_GROUPS: JSON.stringify([`cn=admins,ou=groups,${BASE_DN}`]) },
  applications: { LDAP_REQUIRED_GROUPS: JSON.stringify([`cn=admins,ou=groups,${BASE_DN}`]), AUTH_APPLICATIONS: APPLICATIONS },
  uniform: {
    AUTH_APPLICATIONS: APPLICATIONS,
    LDAP_REQUIRED_GROUPS: JSON.stringify([`cn=admins,ou=groups,${BASE_DN}`]),
    AUTH_DISCLOSURE: 'uniform',
    AUTH_UNIFORM_FLOOR_MS: '0',
  },
  down: { LDAP_URL: 'ldaps://127.0.0.1:1', AUTH_APPLICATIONS: APPLICATIONS },
  misconfigured: { LDAP_TYPO: 'x' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;

type Environment = keyof typeof ENVIRONMENTS;

/** What the ways tell of one verdict: POST, GET, plain invocation, REST authorizer, HTTP API authorizer. */
const TELL = {
  valid: ['200', '200', '0', 'Allow', 'true'],
  nobody: ['401', '401', '1', 'Unauthorized', 'false'],
  wrong: ['401', '401', '2', 'Unauthorized', 'false'],
  'not usable': ['403', '403', '3', 'Deny', 'false'],
  malformed: ['400', '401', '4', 'Unauthorized', 'false'],
  unreachable: ['503', '503', '5', 'error', 'error'],
  broken: ['500', '500', '7', 'error', 'error'],
  'no endpoint': ['404', '404', '8', 'error', 'error'],
} as const satisfies Readonly<Record<string, readonly [post: Told, get: Told, plain: Told, rest: Told, http: Told]>>;

function long(length: number): string {
  return 'x'.repeat(length);
}

type Row = readonly [
  username: string,
  password: string,
  verdict: string,
  tell: keyof typeof TELL,
  environment?: Environment,
  application?: string,
];

const ROWS: readonly Row[] = [
  ['alice', 'wonderland', 'authenticated alice', 'valid'],
  ['ALICE', 'wonderland', 'authenticated alice', 'valid'],
  [' alice ', 'wonderland', 'authenticated alice', 'valid'],
  ['ａｌｉｃｅ', 'wonderland', 'authenticated alice', 'valid'],
  ['jörg', 'größenwahn', 'authenticated jörg', 'valid'],
  ['张伟', '天下為公-2026', 'authenticated 张伟', 'valid'],
  ["o'hara", 'Tomorrow is another day', "authenticated o'hara", 'valid'],
  ['smith, j+k', 'p"l,u+s', 'authenticated smith, j+k', 'valid'],
  ['colin', 'a:b::c:', 'authenticated colin', 'valid'],
  ['alice', 'wonderland', 'authenticated alice', 'valid', 'admins'],
  ['nobody', 'wonderland', 'user-not-found', 'nobody'],
  ['*', 'wonderland', 'user-not-found', 'nobody'],
  ['alice)(uid=*', 'wonderland', 'user-not-found', 'nobody'],
  [long(256), 'wonderland', 'user-not-found', 'nobody'],
  ['alice', 'wrong', 'wrong-password', 'wrong'],
  ['alice', 'Wonderland', 'wrong-password', 'wrong'],
  ['alice', 'wonderland ', 'wrong-password', 'wrong'],
  ['alice', long(1024), 'wrong-password', 'wrong'],
  ['colin', 'a:b::c', 'wrong-password', 'wrong'],
  ['bob', 'wrong', 'wrong-password', 'wrong', 'admins'],
  ['nobody', 'x', 'invalid-credentials', 'wrong', 'uniform'],
  ['alice', 'x', 'invalid-credentials', 'wrong', 'uniform'],
  ['bob', 'builder-of-houses', 'invalid-credentials', 'wrong', 'uniform'],
  ['bob', 'builder-of-houses', 'not-in-required-group', 'not usable', 'admins'],
  ['', 'wonderland', 'malformed-request', 'malformed'],
  ['alice', '', 'malformed-request', 'malformed'],
  ['alice\0', 'wonderland', 'malformed-request', 'malformed'],
  ['alice', 'wonderland\0', 'malformed-request', 'malformed'],
  ['alice\u0085', 'wonderland', 'malformed-request', 'malformed'],
  [long(257), 'wonderland', 'malformed-request', 'malformed'],
  ['alice', long(1025), 'malformed-request', 'malformed'],
  ['alice', 'wonderland', 'directory-unreachable', 'unreachable', 'down'],
  ['alice', 'wonderland', 'misconfigured', 'broken', 'misconfigured'],
  ['bob', 'builder-of-houses', 'authenticated bob', 'valid', 'applications', 'wiki'],
  ['bob', 'builder-of-houses', 'authenticated bob', 'valid', 'applications', 'both'],
  ['bob', 'builder-of-houses', 'not-in-required-group', 'not usable', 'applications', 'console'],
  ['bob', 'builder-of-houses', 'not-in-required-group', 'not usable', 'applications'],
  ['bob', 'wrong', 'wrong-password', 'wrong', 'applications', 'console'],
  ['alice', 'wonderland', 'authenticated alice', 'valid', 'applications', 'console'],
  ['colin', 'a:b::c:', 'not-in-required-group', 'not usable', 'applications', 'wiki'],
  ['nobody', 'x', 'user-not-found', 'nobody', 'applications', 'wiki'],
  ['alice', '', 'malformed-request', 'malformed', 'applications', 'wiki'],
  ...['unknown', 'WIKI', 'wik', 'constructor', '__proto__', 'wi/ki', '', 'wiki '].map(
    (application) => ['alice', 'wonderland', 'no-such-endpoint', 'no endpoint', 'applications', application] as const,
  ),
  ['alice', 'wonderland', 'no-such-endpoint', 'no endpoint', 'plain', 'wiki'],
  ['alice', '', 'no-such-endpoint', 'no endpoint', 'applications', 'unknown'],
  ['bob', 'builder-of-houses', 'authenticated bob', 'valid', 'uniform', 'wiki'],
  ['bob', 'builder-of-houses', 'invalid-credentials', 'wrong', 'uniform', 'console'],
  ['alice', 'wonderland', 'directory-unreachable', 'unreachable', 'down', 'wiki'],
  ['alice', 'wonderland', 'no-such-endpoint', 'no endpoint', 'down', 'unknown'],
  ['alice', 'wonderland', 'misconfigured', 'broken', 'misconfigured', 'wiki'],
];

let directory: Demo;
let witnesses: ReadonlyMap<string, Witnessed>;

beforeAll(async () => {
  directory = await startWithColin();
  witnesses = new Map(Object.entries(ENVIRONMENTS).map(([name, more]) => [name, witness({ ...directory.settings, ...more })]));
});

afterAll(() => directory.close());

function toldBy(way: string, tell: keyof typeof TELL): Told {
  const [post, get, plain, rest, http] = TELL[tell];
  if (way.startsWith('authorizer')) return way.includes('REST') ? rest : http;
  if (way.startsWith('plain')) return plain;
  return way.startsWith('POST') ? post : get;
}

function short(text: string): string {
  return JSON.stringify(text.length > 40 ? `${String(text.length)} × ${text.charAt(0)}` : text);
}

const titled = ROWS.map((row) => [`${short(row[0])} with ${short(row[1])}`, row] as const);

describe.each(titled)('%s', (_title, [username, password, verdict, tell, environment = 'plain', application]) => {
  const where = application === undefined ? environment : `${environment} /auth/${application}`;
  test.each(Object.entries(WAYS))(`${where} · %s`, async (name, way) => {
    const witnessed = witnesses.get(environment) ?? witness({});
    const before = witnessed.answered.length;
    const told = await way(witnessed.service, { username, password, application });
    expect([told, verdictOf(witnessed)]).toEqual([toldBy(name, tell), verdict]);
    expect(witnessed.answered.length - before).toBe(1); // written down once, however it was asked
    if (tell === 'no endpoint') expect(witnessed.answered.at(-1)?.trace.connections).toBe(0); // nobody was asked
  });
});

describe('what an application costs in LDAP operations', () => {
  const operations = async (environment: Environment, login: Typed): Promise<readonly (number | undefined)[]> => {
    const witnessed = witnesses.get(environment) ?? witness({});
    await WAYS['plain invocation'](witnessed.service, login); // a cold process asks besides who is bound
    const counted: (number | undefined)[] = [];
    for (const way of Object.values(WAYS)) {
      await way(witnessed.service, login);
      counted.push(witnessed.answered.at(-1)?.trace.operations);
    }
    return counted;
  };
  const bob = { username: 'bob', password: 'builder-of-houses' };
  const allWays = (count: number): readonly number[] => Object.keys(WAYS).map(() => count);

  test('is what the same group costs in LDAP_REQUIRED_GROUPS, in every way to call', async () => {
    const [plain = 0] = await operations('plain', bob);
    const [required = 0] = await operations('admins', bob);
    expect(await operations('applications', { ...bob, application: 'console' })).toEqual(allWays(required));
    expect(await operations('applications', { ...bob, application: 'wiki' })).toEqual(allWays(plain + 1)); // the group says: in
  });

  test('is nothing for one that is not configured', async () => {
    expect(await operations('applications', { ...bob, application: 'unknown' })).toEqual(allWays(0));
  });
});
