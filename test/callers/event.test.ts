import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { makeAuth } from '../../src/handlers/auth.ts';
import { applicationOfStage, askedOf } from '../../src/http/event.ts';
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
    ['a path two steps longer', http('GET', '/auth/x/y'), 'none'],
    ['a slash at the end', http('POST', '/auth/'), 'none'],
    ['upper case', rest('POST', '/AUTH'), 'none'],
    ['HEAD', http('HEAD', '/auth'), 'none'],
    ['PUT', rest('PUT', '/auth'), 'none'],
    ['OPTIONS', rest('OPTIONS', '/auth'), 'none'],
    ['a method in lower case', rest('post', '/auth'), 'none'],
    ['an application, REST API', rest('POST', '/auth/wiki'), 'POST /auth wiki'],
    ['an application, HTTP API with a named stage', http('GET', '/dev/auth/wiki'), 'GET /auth wiki'],
    ['an application behind a base path', rest('GET', '/login/auth/wiki'), 'GET /auth wiki'],
    ['an application, as the gateway matched it', { ...rest('POST', '/auth'), pathParameters: { application: 'wiki' } }, 'POST /auth wiki'],
    ['an application whose name cannot be one', rest('POST', '/auth/%77IKI'), 'POST /auth %77IKI'],
    ['an application called auth', rest('POST', '/auth/auth'), 'POST /auth auth'],
    ['an application called auth, REST API', { ...rest('POST', '/auth/auth'), resource: '/auth/{application}' }, 'POST /auth auth'],
    ['a base path called auth', { ...rest('POST', '/auth/auth'), resource: '/auth' }, 'POST /auth'],
    ['a stage called auth', { ...http('POST', '/auth/auth'), routeKey: 'POST /auth' }, 'POST /auth'],
    ['a stage called auth and an application', http('POST', '/auth/auth/wiki'), 'POST /auth wiki'],
    ['an application and more, without a template', rest('POST', '/auth/wiki/auth'), 'none'],
    ['the same, as the gateway matched it', { ...rest('POST', '/auth/wiki/auth'), resource: '/auth' }, 'POST /auth'],
    ['a plain invocation', { username: 'alice', password: 'x' }, 'plain'],
    ['one with an application', { username: 'alice', password: 'x', application: 'wiki' }, 'plain wiki'],
    ['one without a password', { username: 'alice' }, 'plain'],
    ['one without a name', { password: 'x' }, 'plain'],
    ['one with an application alone', { application: 'wiki' }, 'plain wiki'],
    ['an event by hand with such fields', { username: 'alice', password: 'x', body: '{}' }, 'POST /auth'],
    ['an event with headers and such fields', { username: 'alice', headers: {} }, 'POST /auth'],
    ['inherited fields', Object.create({ username: 'alice', password: 'x' }), 'POST /auth'],
  ])('%s', (_case, event, expected) => {
    const { way, application = '' } = askedOf(event);
    expect(`${way} ${application}`.trim()).toBe(expected);
  });

  test.each([
    ['a header', { headers: { application: 'wiki', 'x-application': 'wiki' } }],
    ['a query', { queryStringParameters: { application: 'wiki' } }],
    ['a field of the body', { body: '{"application":"wiki"}' }],
    ['a stage variable of its own', { stageVariables: { application: 'wiki' } }],
  ])('no application is chosen by %s', (_case, more) => {
    expect(askedOf({ ...postAuth({}), ...more })).toEqual({ way: 'POST /auth' });
  });

  test('is found for anything', () => {
    fc.assert(
      fc.property(fc.anything(), (event) => {
        expect(['POST /auth', 'GET /auth', 'plain', 'none']).toContain(askedOf(event).way);
      }),
    );
  });
});

test.each<[unknown, string | undefined]>([
  [{}, undefined],
  [{ stageVariables: null }, undefined],
  [{ stageVariables: {} }, undefined],
  [{ stageVariables: { application: 'wiki' } }, 'wiki'],
  [{ stageVariables: { application: '' } }, ''],
  [{ stageVariables: { application: null } }, ''],
  [{ stageVariables: { application: ['wiki'] } }, ''],
  [{ headers: { application: 'wiki' } }, undefined],
  [null, undefined],
])('the application of the stage in %j is %j', (event, expected) => {
  expect(applicationOfStage(event)).toBe(expected);
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
