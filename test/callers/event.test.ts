import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { makeAuth } from '../../src/handlers/auth.ts';
import { endpointOf } from '../../src/http/event.ts';
import { callerOf } from '../../src/http/request.ts';
import { lambdaContext, postAuth } from '../support/ask.ts';
import { getAuth, payload2 } from './support/events.ts';
import { verdictOf, witness } from './support/ways.ts';

function rest(method: unknown, path: unknown): object {
  return { httpMethod: method, path };
}
function http(method: string, rawPath: string): object {
  return payload2({ method, rawPath }, {});
}

describe('what an event asks for', () => {
  test.each<[string, unknown, string]>([
    ['REST API', postAuth({}), 'POST /auth'],
    ['REST API, GET', getAuth(), 'GET /auth'],
    ['REST API behind a base path', rest('POST', '/login/auth'), 'POST /auth'],
    ['HTTP API', http('POST', '/auth'), 'POST /auth'],
    ['HTTP API with a named stage', http('GET', '/dev/auth'), 'GET /auth'],
    ['a body and headers alone', { headers: {}, body: '{}' }, 'POST /auth'],
    ['a method that is null', rest(null, null), 'POST /auth'],
    ['nothing', {}, 'POST /auth'],
    ['no event', null, 'POST /auth'],
    ['a root', http('POST', '/'), 'none'],
    ['another path', http('POST', '/oauth'), 'none'],
    ['a longer path', http('GET', '/auth/x'), 'none'],
    ['a slash at the end', http('POST', '/auth/'), 'none'],
    ['upper case', rest('POST', '/AUTH'), 'none'],
    ['HEAD', http('HEAD', '/auth'), 'none'],
    ['PUT', rest('PUT', '/auth'), 'none'],
    ['OPTIONS', rest('OPTIONS', '/auth'), 'none'],
    ['a method in lower case', rest('post', '/auth'), 'none'],
  ])('%s', (_case, event, expected) => {
    expect(endpointOf(event)).toBe(expected);
  });

  test('is found for anything', () => {
    fc.assert(
      fc.property(fc.anything(), (event) => {
        expect(['POST /auth', 'GET /auth', 'none']).toContain(endpointOf(event));
      }),
    );
  });
});

test.each([
  ['of an HTTP API', payload2({ method: 'GET', rawPath: '/auth' }, {}), { sourceIp: '192.0.2.7' }],
  [
    'of a function URL with IAM',
    { requestContext: { authorizer: { iam: { userArn: 'arn:aws:iam::1:user/a', accessKey: 'AKIA' } }, http: { sourceIp: '192.0.2.8' } } },
    { userArn: 'arn:aws:iam::1:user/a', sourceIp: '192.0.2.8' },
  ],
])('the caller %s', (_case, event, expected) => {
  expect(callerOf(event)).toEqual(expected);
});

test('what is no endpoint is a 404 of the contract, written down, and nobody is asked', async () => {
  const witnessed = witness({ LDAP_URL: 'ldaps://127.0.0.1:1' });
  const response = await makeAuth(witnessed.service)(payload2({ method: 'POST', rawPath: '/admin' }, {}), lambdaContext());
  expect([response.statusCode, JSON.parse(response.body), verdictOf(witnessed)]).toEqual([
    404,
    { status: 8, message: 'caller refused', reason: 'no-such-endpoint' },
    'no-such-endpoint',
  ]);
});
