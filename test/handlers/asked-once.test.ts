import { expect, test } from '@jest/globals';
import type { APIGatewayProxyEvent } from 'aws-lambda';

import { makeAuth } from '../../src/handlers/auth.ts';
import { makeRecorder } from '../../src/observe/record.ts';
import { lambdaContext } from '../support/ask.ts';

const PASSWORD = 'hidden-Passw0rd!';
const GOOD = { username: 'alice', password: PASSWORD };

test.each([
  [
    'GET /auth',
    { httpMethod: 'GET', path: '/auth', headers: { authorization: `Basic ${Buffer.from(`alice:${PASSWORD}`).toString('base64')}` } },
  ],
  ['POST /auth', { httpMethod: 'POST', path: '/auth', headers: { 'content-type': 'application/json' }, body: JSON.stringify(GOOD) }],
  ['plain', GOOD],
])('%s: an answer that cannot be written is no second question to the directory', async (_way, event) => {
  const identity = {
    dn: 'uid=alice,dc=x',
    get username(): string {
      throw new Error('a bug');
    },
  };
  let asked = 0;
  const auth = makeAuth({
    authenticate: () => {
      asked += 1;
      return Promise.resolve({ kind: 'valid', identity });
    },
    serves: () => true,
    record: makeRecorder(() => undefined),
    problems: [],
  });
  await auth(event as unknown as APIGatewayProxyEvent, lambdaContext()).catch(() => undefined);
  expect(asked).toBe(1);
});
