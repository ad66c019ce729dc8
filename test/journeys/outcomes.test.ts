import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { Authority } from '../../tools/demo-directory/certificates.ts';
import { demoLogins } from '../../tools/demo-directory/people.ts';
import { makeAuth } from '../../src/handlers/auth.ts';
import { wire } from '../../src/wiring.ts';
import { type Answer, type Ask, lambdaContext, makeService, postAuth } from '../support/ask.ts';
import { SERVICE_PASSWORD, type Settings as Variables } from '../support/demo.ts';
import { person, type Stage, startStage } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await startStage([
    person('Locked', 'locked', { pwdAccountLockedTime: ['20260101000000Z'] }),
    person('New', 'new', { pwdReset: ['TRUE'] }),
    person('Twin 1', 'twin'),
    person('Twin 2', 'twin'),
  ]);
});
afterAll(async () => {
  await stage.directory.close();
});

const PEOPLE = 'ou=people,dc=example,dc=org';
const id: unknown = expect.stringMatching(/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/);
const ALICE = { dn: `uid=alice,${PEOPLE}`, username: 'alice', id };

function told(answer: Answer): readonly unknown[] {
  expect(answer.headers['cache-control']).toBe('no-store');
  return [answer.http, answer.body, answer.headers['retry-after']];
}

function valid(user: object, more: object = {}): readonly unknown[] {
  return [200, { status: 0, message: 'auth ok', reason: 'authenticated', user, ...more }, undefined];
}
const UNKNOWN = [401, { status: 1, message: 'invalid user', reason: 'user-not-found' }, undefined];
const WRONG = [401, { status: 2, message: 'invalid password', reason: 'wrong-password' }, undefined];
function unusable(reason: string): readonly unknown[] {
  return [403, { status: 3, message: 'account not usable', reason }, undefined];
}
function unavailable(reason: string, retryAfter?: string): readonly unknown[] {
  return [503, { status: 5, message: 'directory unavailable', reason }, retryAfter];
}
const MISCONFIGURED = [500, { status: 7, message: 'service misconfigured', reason: 'misconfigured' }, undefined];

const TRANSPORTS: readonly (readonly [string, () => Variables])[] = [
  ['ldaps', () => ({})],
  ['StartTLS', () => ({ LDAP_URL: stage.directory.url, LDAP_STARTTLS: 'true' })],
  ['plain ldap', () => ({ LDAP_URL: stage.directory.url, LDAP_ALLOW_PLAINTEXT: 'true' })],
];

describe.each(TRANSPORTS)('over %s', (_transport, variables) => {
  let ask: Ask;

  beforeAll(() => {
    ask = makeService({ ...stage.environment, ...variables() });
  });

  test.each(demoLogins)('$username is who the directory says', async ({ username, password }) => {
    const dn = `uid=${username.replaceAll(/[,+]/g, String.raw`\$&`)},${PEOPLE}`;
    expect(told(await ask(username, password))).toEqual(valid({ dn, username, id }));
  });

  test.each<[string, string, string, readonly unknown[]]>([
    ['another case', 'ALICE', 'wonderland', valid(ALICE)],
    ['spaces around the name', ' alice ', 'wonderland', valid(ALICE)],
    ['nobody', 'nobody', 'wonderland', UNKNOWN],
    ['nobody, with filter syntax', '*', 'wonderland', UNKNOWN],
    ['nobody, with more of it', 'alice)(uid=*', 'wonderland', UNKNOWN],
    ['nobody, with escapes', String.raw`\61lice`, 'wonderland', UNKNOWN],
    ['the service account, which is no person', 'ldap-auth', SERVICE_PASSWORD, UNKNOWN],
    ['a wrong password', 'alice', 'Wonderland', WRONG],
    ['another’s password', 'alice', 'builder-of-houses', WRONG],
    ['a password with a space behind it', 'alice', 'wonderland ', WRONG],
    ['a locked account', 'locked', 'Passw0rd!', unusable('account-locked')],
    ['a password to be changed', 'new', 'Passw0rd!', unusable('password-must-change')],
    ['a wrong one that is to be changed', 'new', 'x', WRONG],
    ['two of the same name', 'twin', 'Passw0rd!', unavailable('ambiguous-user')],
  ])('%s', async (_case, username, password, expected) => {
    expect(told(await ask(username, password))).toEqual(expected);
  });
});

describe('what is returned with a valid answer', () => {
  test.each<[string, Variables, object, object]>([
    ['attributes', { LDAP_USER_ATTRIBUTES: 'mail,title,fax' }, { attributes: { mail: ['alice@example.org'], title: ['Engineer'] } }, {}],
    [
      'groups',
      { LDAP_RETURN_GROUPS: 'true' },
      {},
      { groups: ['cn=staff,ou=groups,dc=example,dc=org', 'cn=admins,ou=groups,dc=example,dc=org'] },
    ],
    ['nothing more for a required group', { LDAP_REQUIRED_GROUPS: '["cn=admins,ou=groups,dc=example,dc=org"]' }, {}, {}],
  ])('%s', async (_case, variables, user, more) => {
    const ask = makeService({ ...stage.environment, ...variables });
    expect(told(await ask('alice', 'wonderland'))).toEqual(valid({ ...ALICE, ...user }, more));
  });

  test.each([
    ['the right password', 'builder-of-houses', unusable('not-in-required-group')],
    ['a wrong password, which is all that is told', 'x', WRONG],
  ])('outside of a required group, with %s', async (_case, password, expected) => {
    const ask = makeService({ ...stage.environment, LDAP_REQUIRED_GROUPS: '["cn=admins,ou=groups,dc=example,dc=org"]' });
    expect(told(await ask('bob', password))).toEqual(expected);
  });

  test('a required group that is not there lets nobody in, and nobody is told "no"', async () => {
    const ask = makeService({ ...stage.environment, LDAP_REQUIRED_GROUPS: '["cn=none,ou=groups,dc=example,dc=org"]' });
    const { http, body, headers } = await ask('alice', 'wonderland');
    expect([http, body['status'], headers['retry-after']]).toEqual([503, 5, undefined]);
  });
});

describe('a direct bind', () => {
  test.each<[string, string, string, readonly unknown[]]>([
    ['the right password', 'alice', 'wonderland', valid(ALICE)],
    ['the name in another case', 'ALICE', 'wonderland', valid(ALICE)],
    ['a name to be escaped', 'smith, j+k', 'p"l,u+s', valid({ dn: String.raw`uid=smith\, j\+k,${PEOPLE}`, username: 'smith, j+k', id })],
    ['a wrong password', 'alice', 'x', WRONG],
    ['an unknown name, which the directory does not tell', 'nobody', 'x', WRONG],
    ['a name that would lead elsewhere', 'alice,ou=people,dc=example,dc=org', 'wonderland', WRONG],
  ])('%s', async (_case, username, password, expected) => {
    const { LDAP_URL = '', LDAP_TLS_CA = '' } = stage.environment;
    const ask = makeService({ LDAP_URL, LDAP_TLS_CA, LDAP_USER_DN_TEMPLATE: `uid={username},${PEOPLE}` });
    expect(told(await ask(username, password))).toEqual(expected);
  });
});

describe('nobody can know', () => {
  const NOWHERE = 'ldaps://127.0.0.1:1';

  test.each<[string, () => Variables | Promise<Variables>, readonly unknown[]]>([
    ['no directory there', () => ({ LDAP_URL: NOWHERE }), unavailable('directory-unreachable', '5')],
    [
      'an authority that is not trusted',
      async () => ({ LDAP_TLS_CA: (await Authority.create('other')).pem }),
      unavailable('directory-tls-failure'),
    ],
    ['another name in the certificate', () => ({ LDAP_TLS_SERVERNAME: 'other.example.org' }), unavailable('directory-tls-failure')],
    ['a service account with a wrong password', () => ({ LDAP_BIND_PASSWORD: 'x' }), unavailable('directory-refused-service-account')],
    [
      'a service account that is not there',
      () => ({ LDAP_BIND_DN: 'cn=x,dc=example,dc=org' }),
      unavailable('directory-refused-service-account'),
    ],
    ['a base that is not there', () => ({ LDAP_BASE_DN: 'dc=none' }), unavailable('directory-refused-service-account')],
    ['clear text that was not allowed', () => ({ LDAP_URL: stage.directory.url }), MISCONFIGURED],
    ['a typing error in a variable', () => ({ LDAP_BASEDN: 'dc=x' }), MISCONFIGURED],
    ['the first server down: the second one answers', () => ({ LDAP_URL: `${NOWHERE} ${stage.directory.secureUrl}` }), valid(ALICE)],
  ])('%s', async (_case, variables, expected) => {
    const ask = makeService({ ...stage.environment, ...(await variables()) });
    expect(told(await ask('alice', 'wonderland'))).toEqual(expected);
    expect(told(await ask('alice', 'wonderland'))).toEqual(expected);
  });
});

describe('under uniform disclosure', () => {
  test('unknown, wrong, locked, to be changed and ambiguous are one answer, to the byte', async () => {
    const ask = makeService({ ...stage.environment, AUTH_DISCLOSURE: 'uniform', AUTH_UNIFORM_FLOOR_MS: '20' });
    const logins = [
      ['nobody', 'x'],
      ['alice', 'x'],
      ['locked', 'Passw0rd!'],
      ['new', 'Passw0rd!'],
      ['twin', 'Passw0rd!'],
    ] as const;
    const answers = await Promise.all(logins.map(([username, password]) => ask(username, password)));
    const [first] = answers;
    expect([first?.http, first?.text]).toEqual([401, '{"status":2,"message":"invalid credentials","reason":"invalid-credentials"}']);
    expect(answers).toEqual(answers.map(() => first));
    expect(told(await ask('alice', 'wonderland'))).toEqual(valid(ALICE));
  });
});

describe('what is refused before the directory is asked', () => {
  test.each<[string, Parameters<typeof postAuth>, number, string]>([
    ['an empty password', [{ username: 'alice', password: '' }], 400, 'malformed-request'],
    ['a NUL behind the password', [{ username: 'alice', password: 'wonderland\0' }], 400, 'malformed-request'],
    ['a NUL behind the name', [{ username: 'alice\0', password: 'wonderland' }], 400, 'malformed-request'],
    ['a password of 1,025 characters', [{ username: 'alice', password: '😀'.repeat(1025) }], 400, 'malformed-request'],
    ['no JSON', ['alice:wonderland'], 400, 'malformed-request'],
    ['another type', [{ username: 'alice', password: 'wonderland' }, { headers: {} }], 415, 'unsupported-media-type'],
    ['a long body', [' '.repeat(16_385)], 413, 'request-too-large'],
  ])('%s', async (_case, event, http, reason) => {
    const auth = makeAuth(wire({ ...stage.environment, LOG_LEVEL: 'SILENT' }));
    let response: unknown;
    const counts = await stage.counting(async () => {
      const { statusCode, body } = await auth(postAuth(...event), lambdaContext());
      response = [statusCode, JSON.parse(body)];
    });
    expect(response).toEqual([http, { status: 4, message: 'invalid request', reason, problems: expect.any(Array) }]);
    expect([counts.connections, counts.binds]).toEqual([0, 0]);
  });
});
