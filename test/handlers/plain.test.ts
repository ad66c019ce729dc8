import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import type { Outcome } from '../../src/core/outcome.ts';
import { makeAuth } from '../../src/handlers/auth.ts';
import { lambdaContext } from '../support/ask.ts';
import { answering } from '../callers/support/outcomes.ts';

const PASSWORD = 'hidden-Passw0rd';
const VALID: Outcome = { kind: 'valid', identity: { dn: 'uid=alice,dc=x', username: 'alice', groups: ['cn=staff,dc=x'] } };

/** What comes of an event, as the runtime hands it on; and what was written down. */
async function invoke(event: unknown, outcome: Outcome | (() => Promise<Outcome>) = VALID) {
  const { service, answered } = answering(outcome);
  const auth = makeAuth({ ...service, serves: (application) => application === 'wiki' });
  const body: unknown = JSON.parse(JSON.stringify(await auth(event as never, lambdaContext())));
  return { body, lines: answered.length };
}

const MALFORMED = { status: 4, message: 'invalid request', reason: 'malformed-request' };

function problemsWith(...fields: readonly string[]): object {
  return { ...MALFORMED, problems: fields.map((field) => ({ field, expected: expect.any(String) })) };
}

describe('a plain invocation is answered with the body of the contract, and one line in the log:', () => {
  const ok = { status: 0, message: 'auth ok', reason: 'authenticated' };
  const alice = { ...ok, user: { dn: 'uid=alice,dc=x', username: 'alice' }, groups: ['cn=staff,dc=x'] };
  const login = { username: 'alice', password: PASSWORD };

  test.each<[string, unknown, object]>([
    ['valid', login, alice],
    ['of an application', { ...login, application: 'wiki' }, alice],
    ['unknown fields are ignored', { ...login, LDAP_URL: 'ldap://evil', note: [1], version: '2.0', path: '/x' }, alice],
    [
      'an application that is not configured',
      { ...login, application: 'mail' },
      { status: 8, message: 'caller refused', reason: 'no-such-endpoint' },
    ],
    ['an empty application', { ...login, application: '' }, { status: 8, message: 'caller refused', reason: 'no-such-endpoint' }],
    ['null for an application is not none', { ...login, application: null }, problemsWith('application')],
    ['a list for an application', { ...login, application: ['wiki'] }, problemsWith('application')],
    ['no password', { username: 'alice' }, problemsWith('password')],
    ['no name', { password: PASSWORD }, problemsWith('username')],
    ['an application alone', { application: 'wiki' }, problemsWith('username', 'password')],
    ['an empty password', { ...login, password: '' }, problemsWith('password')],
    ['a number for a name', { ...login, username: 5 }, problemsWith('username')],
    ['a lone surrogate', { ...login, password: '\ud800' }, problemsWith('password')],
    ['a NUL in the name', { ...login, username: 'alice\0' }, problemsWith('username')],
  ])('%s', async (_case, event, expected) => {
    expect(await invoke(event)).toEqual({ body: expected, lines: 1 });
  });

  test('unknown, with the bind sent', async () => {
    const { body } = await invoke(login, { kind: 'indeterminate', reason: 'directory-timeout', attempted: true });
    expect(body).toEqual({ status: 5, message: 'directory unavailable', reason: 'directory-timeout', attempted: true });
  });

  test('a valid answer without a name says so by leaving it out', async () => {
    expect((await invoke(login, { kind: 'valid', identity: { dn: 'uid=alice,dc=x' } })).body).toEqual({
      ...ok,
      user: { dn: 'uid=alice,dc=x' },
    });
  });

  test('a fault of the service is no throw, and does not quote the event', async () => {
    const { body } = await invoke(login, () => Promise.reject(new Error(PASSWORD)));
    expect(body).toEqual({ status: 7, message: 'service misconfigured', reason: 'internal-error' });
  });
});

test.each([[{}], [null], ['alice'], [[]], [7], [{ user: 'alice' }]])(
  'what is no event at all, %j, is answered as an unreadable POST /auth',
  async (event) => {
    const { body } = await invoke(event);
    const { statusCode, body: text } = body as { readonly statusCode: number; readonly body: string };
    expect([[400, 415].includes(statusCode), JSON.parse(text)]).toMatchObject([true, { status: 4 }]);
  },
);

test('whatever a login holds, the answer has an integer status and does not quote it', async () => {
  const values = fc.oneof(
    fc.anything(),
    fc.string().map((text) => `hidden${text}`),
  );
  const events = fc.record({ username: values, password: values, application: values }, { requiredKeys: ['username'] });
  await fc.assert(
    fc.asyncProperty(events, async (event) => {
      const { body, lines } = await invoke(event);
      expect([body, lines]).toEqual([expect.objectContaining({ status: expect.any(Number), reason: expect.any(String) }), 1]);
      expect(JSON.stringify(body)).not.toContain('hidden');
    }),
  );
});
