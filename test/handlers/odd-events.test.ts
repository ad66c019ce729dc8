import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { makeAuth } from '../../src/handlers/auth.ts';
import { makeAuthorizer } from '../../src/handlers/authorizer.ts';
import { makeDoctor } from '../../src/handlers/doctor.ts';
import type { Service } from '../../src/wiring.ts';
import { prepare } from '../../src/wiring.ts';
import { lambdaContext, postAuth } from '../support/ask.ts';

/** Whatever may be handed to a function that is invoked by hand: nothing of it comes back in an error, and nobody hangs. */

const MARK = 'hidden-Passw0rd';

const service: Service = {
  authenticate: () => Promise.resolve({ kind: 'valid', identity: { dn: 'uid=alice,dc=x', username: 'alice' } }),
  serves: () => true,
  record: () => undefined,
  problems: [],
};

/** Without a setting: it looks at nothing but the configuration. */
const doctor = makeDoctor(prepare({}));

type Handler = (event: unknown, context: unknown) => Promise<unknown>;

const HANDLERS: readonly (readonly [string, Handler])[] = [
  ['auth', makeAuth(service) as unknown as Handler],
  ['authorizer', makeAuthorizer(service) as unknown as Handler],
  ['doctor', doctor as Handler],
];

/** What comes of it: the result, or everything that Lambda would log of the error. */
async function told(
  handler: Handler,
  event: unknown,
  context: unknown,
): Promise<{ readonly thrown: string } | { readonly result: unknown }> {
  try {
    return { result: await handler(event, context) };
  } catch (error) {
    if (!(error instanceof Error)) return { thrown: `not an error: ${String(error)}` };
    return { thrown: [error.name, error.message, error.stack, JSON.stringify(error), String(error.cause)].join('\n') };
  }
}

const EVENTS: readonly unknown[] = [
  ...[undefined, null, 7, true, '', [], {}, MARK, [MARK], new Date(0)],
  { version: MARK },
  { version: '2.0' },
  { version: '2.0', headers: MARK },
  { methodArn: MARK },
  { methodArn: MARK, headers: { Authorization: `Basic ${MARK}` } },
  { headers: [MARK], multiValueHeaders: MARK },
  { user: MARK, requestContext: MARK },
  { requestContext: null, path: MARK, httpMethod: MARK },
  { type: 'TOKEN', authorizationToken: MARK },
];

const CONTEXTS: readonly unknown[] = [
  ...[undefined, null, 7, '', 'x', [], {}],
  { getRemainingTimeInMillis: () => Number.NaN },
  { getRemainingTimeInMillis: () => undefined },
  { getRemainingTimeInMillis: () => '5000' },
  { getRemainingTimeInMillis: () => Number.POSITIVE_INFINITY },
  { getRemainingTimeInMillis: 5000 },
  { getRemainingTimeInMillis: null },
  {
    getRemainingTimeInMillis: () => {
      throw new Error('no time');
    },
  },
  { awsRequestId: 7 },
];

describe.each(HANDLERS)('%s', (name, handler) => {
  test.each(EVENTS.map((event) => [event]))('%j', async (event) => {
    const came = await told(handler, event, lambdaContext());
    if (name !== 'authorizer') expect(came).toHaveProperty('result');
    if ('thrown' in came) {
      expect(came.thrown).not.toContain('hidden');
      expect(came.thrown).toMatch(/^Error\n(?:Unauthorized|service unavailable: [a-z-]+)\n/);
    }
  });

  test('anything at all', async () => {
    const keys = fc.constantFrom(
      ...['username', 'password', 'application', 'stageVariables', 'version', 'headers'],
      ...['multiValueHeaders', 'methodArn', 'body', 'user', 'requestContext', 'path', 'x'],
    );
    const values = fc.oneof(fc.anything(), fc.constantFrom(MARK, '2.0', '1.0', `Basic ${btoa(`alice:${MARK}`)}`));
    const events = fc.oneof(
      fc.anything(),
      fc.string().map((text) => MARK + text),
      fc.dictionary(keys, values),
    );
    await fc.assert(
      fc.asyncProperty(events, fc.constantFrom(...CONTEXTS, lambdaContext()), async (event, context) => {
        const came = await told(handler, event, context);
        if (name !== 'authorizer') expect(came).toHaveProperty('result');
        if ('thrown' in came) expect(came.thrown).not.toContain('hidden');
      }),
      { numRuns: 300 },
    );
  });
});

test.each(CONTEXTS.map((context) => [context]))('auth answers properly with the context %p', async (context) => {
  const [, auth] = HANDLERS[0] ?? [];
  expect(await auth?.(postAuth({ username: 'alice', password: MARK }), context)).toMatchObject({ statusCode: 200 });
});

test.each(CONTEXTS.map((context) => [context]))('the doctor answers with the context %p', async (context) => {
  const { ok, checks } = await doctor({}, context as never);
  expect({ ok, first: checks[0]?.id, statuses: new Set(checks.slice(1).map(({ status }) => status)) }).toEqual({
    ok: false,
    first: 'configuration',
    statuses: new Set(['skip']),
  });
});

test.each([true, false])('GET /auth reads no body, whatever is said of one: in base64 %s', async (isBase64Encoded) => {
  const credentials = Buffer.from('alice:wonderland').toString('base64');
  const headers = { Authorization: `Basic ${credentials}`, 'Content-Type': 'application/json' };
  const event = { httpMethod: 'GET', path: '/auth', headers, isBase64Encoded, body: '{"username": 5' };
  const handler = makeAuth(service) as unknown as Handler;
  expect(await handler(event, lambdaContext())).toMatchObject({ statusCode: 200 });
  expect(await handler({ ...event, path: '/other' }, lambdaContext())).toMatchObject({ statusCode: 404 });
});
