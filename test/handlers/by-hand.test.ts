import { readFileSync } from 'node:fs';

import { expect, test } from '@jest/globals';

import { makeAuth } from '../../src/handlers/auth.ts';
import { answering } from '../callers/support/outcomes.ts';
import { lambdaContext } from '../support/ask.ts';

test('the event that docs/operate.md sends by hand is read as API Gateway’s', async () => {
  const document = readFileSync(new URL('../../docs/operate.md', import.meta.url), 'utf8');
  const [, event = ''] = /serverless invoke -f auth .*--data '([^']+)'/.exec(document) ?? [];
  const { service, answered } = answering({ kind: 'valid', identity: { username: 'alice' } });
  expect(await makeAuth(service)(JSON.parse(event) as never, lambdaContext())).toMatchObject({ statusCode: 200 });
  expect(answered).toMatchObject([{ outcome: { kind: 'valid' } }]);
});
