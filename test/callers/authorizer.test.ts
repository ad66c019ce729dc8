import { describe, expect, test } from '@jest/globals';
import { inspect } from 'node:util';

import type { Outcome, Reason } from '../../src/core/outcome.ts';
import { type AuthorizerResult, makeAuthorizer } from '../../src/handlers/authorizer.ts';
import { contextOf, stageArnOf } from '../../src/http/policy.ts';
import { ANSWERS } from '../../src/http/response.ts';
import { lambdaContext } from '../support/ask.ts';
import { basic, httpAuthorizer, METHOD_ARN, restAuthorizer, STAGE_ARN } from './support/events.ts';
import { answering, OUTCOMES } from './support/outcomes.ts';

const CREDENTIALS = basic('alice', 'hidden password');

type Result = AuthorizerResult | Error;

async function ask(outcome: Outcome | (() => Promise<Outcome>), event: Parameters<ReturnType<typeof makeAuthorizer>>[0]): Promise<Result> {
  try {
    return await makeAuthorizer(answering(outcome).service)(event, lambdaContext());
  } catch (error) {
    return error instanceof Error ? error : new Error('not an error');
  }
}

function messageOf(result: Result): string {
  return result instanceof Error ? result.message : 'no error';
}

function allow(username: string, context: object): object {
  return {
    principalId: username,
    policyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: STAGE_ARN }] },
    context,
  };
}

function deny(reason: Reason): object {
  return {
    principalId: 'not-permitted',
    policyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: 'execute-api:Invoke', Resource: STAGE_ARN }] },
    context: { reason },
  };
}

describe.each(OUTCOMES)('%s', (reason, outcome) => {
  const { status } = ANSWERS[reason];
  const fault = `service unavailable: ${reason}`;

  test('for a REST API', async () => {
    const result = await ask(outcome, restAuthorizer(CREDENTIALS));
    if (status === 0) expect(result).toEqual(allow('alice', { username: 'alice', dn: 'uid=alice,dc=example,dc=org' }));
    else if (status === 3) expect(result).toEqual(deny(reason));
    else expect(messageOf(result)).toBe([1, 2, 4].includes(status) ? 'Unauthorized' : fault);
  });

  test('for an HTTP API', async () => {
    const result = await ask(outcome, httpAuthorizer(CREDENTIALS));
    if (status === 0) expect(result).toEqual({ isAuthorized: true, context: { username: 'alice', dn: 'uid=alice,dc=example,dc=org' } });
    else if (status <= 4) expect(result).toEqual({ isAuthorized: false, context: { reason } });
    else expect(messageOf(result)).toBe(fault);
  });
});

describe('an HTTP API with payload 1.0', () => {
  const event = { ...restAuthorizer(CREDENTIALS), version: '1.0' };

  test('gets a policy', async () => {
    expect(await ask({ kind: 'valid', identity: { username: 'alice' } }, event)).toEqual(allow('alice', { username: 'alice' }));
  });
});

describe('an event', () => {
  test.each([
    ['without a header', restAuthorizer()],
    ['with a malformed one', restAuthorizer('Basic x')],
    ['with U+FFFD in the password', restAuthorizer(basic('alice', 'gr\ufffd'))],
    ['with two', { ...restAuthorizer(CREDENTIALS), multiValueHeaders: { Authorization: [CREDENTIALS, CREDENTIALS] } }],
  ])('%s is unauthorized, and nobody is asked', async (_case, event) => {
    const { service, leftMs, answered } = answering({ kind: 'valid', identity: { username: 'alice' } });
    await expect(makeAuthorizer(service)(event, lambdaContext())).rejects.toThrow(/^Unauthorized$/);
    expect([leftMs, answered.map(({ outcome }) => outcome.kind)]).toEqual([[], ['malformed']]);
  });

  test('without a header is not authorized at an HTTP API', async () => {
    expect(await ask({ kind: 'valid', identity: { username: 'alice' } }, httpAuthorizer())).toMatchObject({ isAuthorized: false });
  });

  test('without a usable ARN is an error, and nobody is asked', async () => {
    const { service, leftMs, answered } = answering({ kind: 'valid', identity: { username: 'alice' } });
    const event = { ...restAuthorizer(CREDENTIALS), methodArn: '*' };
    await expect(makeAuthorizer(service)(event, lambdaContext())).rejects.toThrow('service unavailable: internal-error');
    expect([leftMs, answered.length]).toEqual([[], 1]);
  });
});

describe('an error', () => {
  const faults: readonly (Outcome | (() => Promise<Outcome>))[] = [
    { kind: 'invalid', reason: 'wrong-password' },
    { kind: 'indeterminate', reason: 'directory-timeout', attempted: true },
    () => Promise.reject(new Error('of hidden password')),
  ];

  test.each(faults)('has no password and no stack, whatever Lambda prints of it', async (outcome) => {
    const result = await ask(outcome, restAuthorizer(CREDENTIALS));
    expect(result instanceof Error ? result.stack : '').toBe(`Error: ${messageOf(result)}`);
    expect(inspect(result, { showHidden: true, depth: 9 })).not.toMatch(/hidden password|YWxpY2U/);
  });
});

test.each([
  [30_000, 8000],
  [8000, 8000],
  [3000, 3000],
])('with %i ms left the directory has %i', async (left, expected) => {
  const { service, leftMs } = answering({ kind: 'valid', identity: { username: 'alice' } });
  await makeAuthorizer(service)(restAuthorizer(CREDENTIALS), lambdaContext(left));
  expect(leftMs).toEqual([expected]);
});

test.each<[unknown, string | undefined]>([
  [METHOD_ARN, STAGE_ARN.slice(0, -2)],
  ['arn:aws:execute-api:eu-central-1:123456789012:abc/$default/GET/', 'arn:aws:execute-api:eu-central-1:123456789012:abc/$default'],
  ['arn:aws-cn:execute-api:cn-north-1:1:abc/prod/POST/a/*/b', 'arn:aws-cn:execute-api:cn-north-1:1:abc/prod'],
  ['arn:aws:execute-api:r:random-account-id:random-api-id/local/GET/x', 'arn:aws:execute-api:r:random-account-id:random-api-id/local'],
  ['arn:aws:execute-api:eu-central-1:123456789012:*/prod/GET/', undefined],
  ['arn:aws:execute-api:eu-central-1:123456789012:abc', undefined],
  ['arn:aws:lambda:eu-central-1:123456789012:function/x/y', undefined],
  ['', undefined],
  [undefined, undefined],
])('the stage of %j', (methodArn, expected) => {
  expect(stageArnOf(methodArn)).toBe(expected);
});

describe('the context', () => {
  const identity = {
    username: 'jörg',
    id: '6f1c-1',
    dn: 'uid=jörg,dc=example,dc=org',
    groups: ['cn=a\\,b,dc=x', 'cn="c"'],
    attributes: { mail: ['joerg@example.org'], displayName: ['["not a list"]'] },
    passwordExpiresInSeconds: 5,
  };

  test('is strings: name, identifier and DN as they are, the rest as JSON arrays', () => {
    expect(contextOf({ kind: 'valid', identity })).toEqual({
      username: 'jörg',
      id: '6f1c-1',
      dn: 'uid=jörg,dc=example,dc=org',
      mail: '["joerg@example.org"]',
      displayName: '["[\\"not a list\\"]"]',
      groups: '["cn=a\\\\,b,dc=x","cn=\\"c\\""]',
    });
  });

  test('takes no attribute for a field of its own', () => {
    const attributes = {
      username: ['root'],
      Id: ['1'],
      DN: ['cn=root'],
      Groups: ['admins'],
      omitted: ['x'],
      reason: ['y'],
      principalId: ['z'],
    };
    expect(contextOf({ kind: 'valid', identity: { username: 'alice', attributes } })).toEqual({
      username: 'alice',
      attribute_username: '["root"]',
      attribute_Id: '["1"]',
      attribute_DN: '["cn=root"]',
      attribute_Groups: '["admins"]',
      attribute_omitted: '["x"]',
      attribute_reason: '["y"]',
      attribute_principalId: '["z"]',
    });
  });

  test('leaves out whole what API Gateway would not take, and says so', async () => {
    const groups = Array.from({ length: 200 }, (_, index) => `cn=group ${String(index)},ou=groups,dc=example,dc=org`);
    const attributes = { jpegPhoto: ['x'.repeat(9000)], mail: ['a@example.org'] };
    const result = await ask({ kind: 'valid', identity: { username: 'alice', groups, attributes } }, restAuthorizer(CREDENTIALS));
    expect(result).toMatchObject({ context: { username: 'alice', mail: '["a@example.org"]', omitted: '["jpegPhoto","groups"]' } });
    expect(Object.keys('context' in result ? (result.context ?? {}) : {})).toEqual(['username', 'mail', 'omitted']);
    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(8192);
  });
});
