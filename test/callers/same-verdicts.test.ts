import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { BASE_DN } from '../../tools/demo-directory/people.ts';
import { startTestDirectory, type TestDirectory } from './support/directory.ts';
import { type Told, verdictOf, WAYS, type Witnessed, witness } from './support/ways.ts';

const ENVIRONMENTS = {
  plain: {},
  admins: { LDAP_REQUIRED_GROUPS: JSON.stringify([`cn=admins,ou=groups,${BASE_DN}`]) },
  uniform: {
    LDAP_REQUIRED_GROUPS: JSON.stringify([`cn=admins,ou=groups,${BASE_DN}`]),
    AUTH_DISCLOSURE: 'uniform',
    AUTH_UNIFORM_FLOOR_MS: '0',
  },
  down: { LDAP_URL: 'ldaps://127.0.0.1:1' },
  misconfigured: { LDAP_TYPO: 'x' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;

type Environment = keyof typeof ENVIRONMENTS;

/** What each way to call tells of one verdict: POST, GET, REST authorizer, HTTP API authorizer. */
const TELL = {
  valid: ['200', '200', 'Allow', 'true'],
  invalid: ['401', '401', 'Unauthorized', 'false'],
  'not usable': ['403', '403', 'Deny', 'false'],
  malformed: ['400', '401', 'Unauthorized', 'false'],
  unreachable: ['503', '503', 'error', 'error'],
  broken: ['500', '500', 'error', 'error'],
} as const satisfies Readonly<Record<string, readonly [post: Told, get: Told, rest: Told, http: Told]>>;

function long(length: number): string {
  return 'x'.repeat(length);
}

type Row = readonly [username: string, password: string, verdict: string, tell: keyof typeof TELL, environment?: Environment];

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
  ['nobody', 'wonderland', 'user-not-found', 'invalid'],
  ['*', 'wonderland', 'user-not-found', 'invalid'],
  ['alice)(uid=*', 'wonderland', 'user-not-found', 'invalid'],
  [long(256), 'wonderland', 'user-not-found', 'invalid'],
  ['alice', 'wrong', 'wrong-password', 'invalid'],
  ['alice', 'Wonderland', 'wrong-password', 'invalid'],
  ['alice', 'wonderland ', 'wrong-password', 'invalid'],
  ['alice', long(1024), 'wrong-password', 'invalid'],
  ['colin', 'a:b::c', 'wrong-password', 'invalid'],
  ['bob', 'wrong', 'wrong-password', 'invalid', 'admins'],
  ['nobody', 'x', 'invalid-credentials', 'invalid', 'uniform'],
  ['alice', 'x', 'invalid-credentials', 'invalid', 'uniform'],
  ['bob', 'builder-of-houses', 'invalid-credentials', 'invalid', 'uniform'],
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
];

let started: TestDirectory;
let witnesses: ReadonlyMap<string, Witnessed>;

beforeAll(async () => {
  started = await startTestDirectory();
  witnesses = new Map(Object.entries(ENVIRONMENTS).map(([name, more]) => [name, witness({ ...started.environment, ...more })]));
});

afterAll(() => started.directory.close());

function toldAt(way: string, tell: keyof typeof TELL): Told {
  const [post, get, rest, http] = TELL[tell];
  if (way.startsWith('authorizer')) return way.includes('REST') ? rest : http;
  return way.startsWith('POST') ? post : get;
}

function short(text: string): string {
  return JSON.stringify(text.length > 40 ? `${String(text.length)} × ${text.charAt(0)}` : text);
}

const titled = ROWS.map((row) => [`${short(row[0])} with ${short(row[1])}`, ...row] as const);

describe.each(titled)('%s', (_title, username, password, verdict, tell, environment = 'plain') => {
  test.each(Object.entries(WAYS))(`${environment} · %s`, async (name, ask) => {
    const witnessed = witnesses.get(environment) ?? witness({});
    const before = witnessed.answered.length;
    const told = await ask(witnessed.service, username, password);
    expect([told, verdictOf(witnessed)]).toEqual([toldAt(name, tell), verdict]);
    expect(witnessed.answered.length - before).toBe(1); // written down once, for every way to call
  });
});
