import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createRequire } from 'node:module';

import { makeAuth } from '../../../src/handlers/auth.ts';
import { toForwardAuth } from '../../../src/http/forward-auth.ts';
import { makeDocument } from '../../../tools/openapi/document.ts';
import { checkLogin } from '../../../src/http/request.ts';
import { ANSWERS, toResponse } from '../../../src/http/response.ts';
import { gatewayResponses } from '../../../stack/api.ts';
import { lambdaContext, postAuth } from '../../support/ask.ts';
import { type Demo, startDemo } from '../../support/demo.ts';
import { witness } from '../../callers/support/ways.ts';
import { basic, getAuth } from '../../callers/support/events.ts';
import { OUTCOMES } from '../../callers/support/outcomes.ts';
import { deviations, documentText, isDocumentedRequest, valueAt } from '../../callers/support/validator.ts';

const require = createRequire(import.meta.url);

test('openapi.json is what the code would write: node tools/openapi/write.ts', () => {
  const version = String(valueAt('info', 'version'));
  expect(JSON.stringify(JSON.parse(documentText()))).toBe(JSON.stringify(makeDocument(version)));
  const manifest: unknown = require('../../../package.json');
  expect(manifest).toMatchObject({ version });
});

describe.each(OUTCOMES)('the response to %s', (_reason, outcome) => {
  test('of POST is in the document', () => {
    expect(deviations('post', toResponse(outcome))).toEqual([]);
  });

  test('of GET is in the document', () => {
    if (outcome.kind === 'malformed' && outcome.reason !== 'malformed-request') return; // GET has no body that could be so
    expect(deviations('get', toForwardAuth(outcome))).toEqual([]);
  });
});

test.each([
  ['attempted', { kind: 'indeterminate', reason: 'directory-timeout', attempted: true } as const],
  [
    'everything that a valid answer may hold',
    {
      kind: 'valid',
      identity: {
        username: 'a',
        attributes: { mail: ['a@x', 'b@x'] },
        groups: ['cn=x'],
        passwordExpiresInSeconds: 5,
        graceLoginsRemaining: 0,
      },
    } as const,
  ],
])('%s', (_case, outcome) => {
  expect(deviations('post', toResponse(outcome))).toEqual([]);
});

describe('the document refuses', () => {
  const response = (statusCode: number, body: object): Parameters<typeof deviations>[1] => ({
    statusCode,
    headers: {},
    body: JSON.stringify(body),
  });

  test.each([
    ['a reason with another’s status', response(401, { status: 1, message: 'invalid user', reason: 'wrong-password' })],
    ['a reason under another’s code', response(401, { status: 3, message: 'account not usable', reason: 'account-locked' })],
    ['a code of its own', response(418, {})],
    ['a valid answer without a user', response(200, { status: 0, message: 'auth ok', reason: 'authenticated' })],
    ['a field that nobody has described', response(401, { status: 1, message: 'invalid user', reason: 'user-not-found', password: 'x' })],
    ['a malformed request without problems', response(400, { status: 4, message: 'invalid request', reason: 'malformed-request' })],
  ])('%s', (_case, wrong) => {
    expect(deviations('post', wrong)).not.toEqual([]);
  });
});

test('every gateway answer in stack/api.ts is in the document', () => {
  for (const { Properties } of Object.values(gatewayResponses.Resources)) {
    const statusCode = Number(Properties.StatusCode);
    const body = Properties.ResponseTemplates['application/json'];
    expect([Properties.ResponseType, deviations('post', { statusCode, headers: {}, body })]).toEqual([Properties.ResponseType, []]);
  }
});

test('there is an example for every reason, and it is valid', () => {
  for (const [reason, { http }] of Object.entries(ANSWERS)) {
    const example = valueAt(
      'paths',
      '/auth',
      'post',
      'responses',
      String(http),
      'content',
      'application/json',
      'examples',
      reason,
      'value',
    );
    expect([reason, deviations('post', { statusCode: http, body: JSON.stringify(example) })]).toEqual([reason, []]);
  }
});

test('a request is as the document says exactly if the code takes it', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 5 }),
    fc.constantFrom(
      ...['', 'a\0', 'a\u0085', '\u009f'],
      ...['x'.repeat(256), '😀'.repeat(256), 'x'.repeat(257), 'x'.repeat(1024), '😀'.repeat(1025)],
    ),
    fc.anything(),
  );
  fc.assert(
    fc.property(texts, texts, (username, password) => {
      const isWellFormed = [username, password].every((text) => typeof text !== 'string' || text.isWellFormed()); // not JSON Schema’s to say
      fc.pre(isWellFormed);
      expect(isDocumentedRequest({ username, password })).toBe(checkLogin(username, password).ok);
    }),
    { numRuns: 1000 },
  );
});

describe('real answers', () => {
  let directory: Demo;

  beforeAll(async () => {
    directory = await startDemo();
  });

  afterAll(() => directory.close());

  test.each([
    ['valid', { LDAP_USER_ATTRIBUTES: 'mail,displayName', LDAP_RETURN_GROUPS: 'true' }, 'alice', 'wonderland', 200],
    ['wrong password', {}, 'alice', 'wrong', 401],
    ['uniform', { AUTH_DISCLOSURE: 'uniform', AUTH_UNIFORM_FLOOR_MS: '0' }, 'nobody', 'wrong', 401],
    ['unreachable', { LDAP_URL: 'ldaps://127.0.0.1:1' }, 'alice', 'wonderland', 503],
    ['misconfigured', { LDAP_BASE_DN: '' }, 'alice', 'wonderland', 500],
  ])('%s', async (_case, more, username, password, http) => {
    const auth = makeAuth(witness({ ...directory.settings, ...more }).service);
    const posted = await auth(postAuth({ username, password }), lambdaContext());
    const got = await auth(getAuth(basic(username, password)), lambdaContext());
    expect([posted.statusCode, deviations('post', posted)]).toEqual([http, []]);
    expect([got.statusCode, deviations('get', got)]).toEqual([http, []]);
  });
});
