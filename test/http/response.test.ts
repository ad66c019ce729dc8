import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { type Identity, type Outcome, type Reason, reasonOf } from '../../src/core/outcome.ts';
import { ANSWERS, toResponse } from '../../src/http/response.ts';

type Row = readonly [status: number, message: string, http: number, comeBack: 'retry' | 'no retry'];

/** contract.md, the outcome table, row by row; `retry` marks what may pass. */
const CONTRACT: Readonly<Record<Reason, Row>> = {
  authenticated: [0, 'auth ok', 200, 'no retry'],
  'user-not-found': [1, 'invalid user', 401, 'no retry'],
  'wrong-password': [2, 'invalid password', 401, 'no retry'],
  'invalid-credentials': [2, 'invalid credentials', 401, 'no retry'],
  'account-locked': [3, 'account not usable', 403, 'no retry'],
  'account-disabled': [3, 'account not usable', 403, 'no retry'],
  'account-expired': [3, 'account not usable', 403, 'no retry'],
  'password-expired': [3, 'account not usable', 403, 'no retry'],
  'password-must-change': [3, 'account not usable', 403, 'no retry'],
  'logon-not-permitted': [3, 'account not usable', 403, 'no retry'],
  'not-in-required-group': [3, 'account not usable', 403, 'no retry'],
  'malformed-request': [4, 'invalid request', 400, 'no retry'],
  'unsupported-media-type': [4, 'invalid request', 415, 'no retry'],
  'request-too-large': [4, 'invalid request', 413, 'no retry'],
  'directory-unreachable': [5, 'directory unavailable', 503, 'retry'],
  'directory-busy': [5, 'directory unavailable', 503, 'retry'],
  'directory-tls-failure': [5, 'directory unavailable', 503, 'no retry'],
  'directory-refused-service-account': [5, 'directory unavailable', 503, 'no retry'],
  'directory-protocol-error': [5, 'directory unavailable', 503, 'no retry'],
  'secret-unavailable': [5, 'directory unavailable', 503, 'no retry'],
  'ambiguous-user': [5, 'directory unavailable', 503, 'no retry'],
  'service-unavailable': [5, 'directory unavailable', 503, 'no retry'],
  'directory-timeout': [5, 'directory unavailable', 504, 'retry'],
  throttled: [6, 'too many attempts', 429, 'retry'],
  'user-throttled': [6, 'too many attempts', 429, 'no retry'], // by the outcome: see below
  misconfigured: [7, 'service misconfigured', 500, 'no retry'],
  'internal-error': [7, 'service misconfigured', 500, 'no retry'],
  'caller-not-permitted': [8, 'caller refused', 403, 'no retry'],
  'no-such-endpoint': [8, 'caller refused', 404, 'no retry'],
};

const ROWS = Object.entries(CONTRACT).map(([reason, row]) => [reason as Reason, ...row] as const);

const PROBLEMS = [{ field: 'username', expected: 'something else' }];

/** An outcome that carries this reason, in whichever kind has it. */
function outcomeOf(reason: Reason): Outcome | undefined {
  switch (reason) {
    case 'authenticated':
      return { kind: 'valid', identity: { username: 'alice' } };
    case 'malformed-request':
    case 'unsupported-media-type':
    case 'request-too-large':
      return { kind: 'malformed', reason, problems: PROBLEMS };
    case 'misconfigured':
    case 'internal-error':
      return { kind: 'out-of-order', reason };
    case 'caller-not-permitted':
    case 'no-such-endpoint':
      return { kind: 'caller-refused', reason };
    case 'throttled':
      return undefined; // the gateway's own answer
    case 'user-throttled':
      return { kind: 'throttled', reason };
    case 'directory-unreachable':
    case 'directory-busy':
    case 'directory-tls-failure':
    case 'directory-refused-service-account':
    case 'directory-protocol-error':
    case 'directory-timeout':
    case 'secret-unavailable':
    case 'ambiguous-user':
    case 'service-unavailable':
      return { kind: 'indeterminate', reason, attempted: false };
    default:
      return { kind: 'invalid', reason };
  }
}

const OUTCOMES = ROWS.flatMap(([reason]) => {
  const outcome = outcomeOf(reason);
  return outcome === undefined ? [] : [[reason, outcome] as const];
});

const FAULTS = OUTCOMES.flatMap(([reason, outcome]) => (outcome.kind === 'indeterminate' ? [[reason, outcome] as const] : []));

function bodyOf(outcome: Outcome): unknown {
  return JSON.parse(toResponse(outcome).body);
}

describe('the outcome table of the contract', () => {
  test.each(ROWS)('%s is status %d "%s", HTTP %d, %s', (reason, status, message, http, comeBack) => {
    const retry = comeBack === 'retry' ? { retryAfterSeconds: expect.any(Number) } : {};
    expect(ANSWERS[reason]).toEqual({ status, message, http, ...retry });
  });

  test('every number of seconds to wait is a whole one, and more than none', () => {
    const waits = Object.values(ANSWERS).flatMap((answer) => ('retryAfterSeconds' in answer ? [answer.retryAfterSeconds] : []));
    expect(waits.filter((wait: number) => !Number.isInteger(wait) || wait < 1)).toEqual([]);
  });

  test.each(OUTCOMES)('%s is told as the table says', (reason, outcome) => {
    const [status, message, http, comeBack] = CONTRACT[reason];
    const response = toResponse(outcome);
    expect(reasonOf(outcome)).toBe(reason);
    expect(response.statusCode).toBe(http);
    expect(JSON.parse(response.body)).toMatchObject({ status, message, reason });
    expect(response.headers).toEqual({
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      ...(comeBack === 'retry' ? { 'Retry-After': expect.stringMatching(/^[1-9]\d*$/) } : {}),
    });
  });

  test.each(FAULTS)('%s after the user’s bind says so, and never "retry"', (reason, outcome) => {
    const [status, message, http] = CONTRACT[reason];
    const response = toResponse({ ...outcome, attempted: true });
    expect(response.statusCode).toBe(http);
    expect(JSON.parse(response.body)).toEqual({ status, message, reason, attempted: true });
    expect(Object.keys(response.headers)).toEqual(['Content-Type', 'Cache-Control', 'X-Content-Type-Options']);
  });

  test.each(OUTCOMES.filter(([, { kind }]) => kind !== 'valid' && kind !== 'malformed'))('%s says nothing more', (reason, outcome) => {
    const [status, message] = CONTRACT[reason];
    expect(bodyOf(outcome)).toEqual({ status, message, reason });
  });

  test.each(OUTCOMES.filter(([, { kind }]) => kind === 'malformed'))('%s says what was wrong', (reason, outcome) => {
    expect(bodyOf(outcome)).toEqual({ status: 4, message: 'invalid request', reason, problems: PROBLEMS });
  });
});

describe('who was authenticated', () => {
  const DN = 'uid=alice,ou=people,dc=example,dc=org';

  test.each<[string, Identity, object]>([
    ['an entry', { dn: DN, username: 'alice' }, { user: { dn: DN, username: 'alice' } }],
    ['a principal name', { username: 'alice' }, { user: { username: 'alice' } }],
    [
      'attributes',
      { dn: DN, username: 'alice', attributes: { mail: ['a@example.org', 'b@example.org'], cn: [] } },
      { user: { dn: DN, username: 'alice', attributes: { mail: ['a@example.org', 'b@example.org'], cn: [] } } },
    ],
    [
      'groups',
      { dn: DN, username: 'alice', groups: ['cn=staff,dc=x'] },
      { user: { dn: DN, username: 'alice' }, groups: ['cn=staff,dc=x'] },
    ],
    ['no groups', { dn: DN, username: 'alice', groups: [] }, { user: { dn: DN, username: 'alice' }, groups: [] }],
    [
      'a password near its end',
      { dn: DN, username: 'alice', passwordExpiresInSeconds: 0, graceLoginsRemaining: 0 },
      { user: { dn: DN, username: 'alice' }, passwordExpiresInSeconds: 0, graceLoginsRemaining: 0 },
    ],
  ])('%s', (_case, identity, told) => {
    expect(bodyOf({ kind: 'valid', identity })).toEqual({ status: 0, message: 'auth ok', reason: 'authenticated', ...told });
  });

  test('any name survives the journey through JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (dn, username) => {
        expect(bodyOf({ kind: 'valid', identity: { dn, username } })).toMatchObject({ user: { dn, username } });
      }),
    );
  });
});

describe('a user whom the gate stops', () => {
  test('is told when to come back, as long as failures age', () => {
    const response = toResponse({ kind: 'throttled', reason: 'user-throttled', retryAfterSeconds: 1234 });
    expect([response.statusCode, response.headers['Retry-After'], JSON.parse(response.body)]).toEqual([
      429,
      '1234',
      { status: 6, message: 'too many attempts', reason: 'user-throttled' },
    ]);
    expect(toResponse({ kind: 'throttled', reason: 'user-throttled' }).headers['Retry-After']).toBeUndefined();
  });
});
