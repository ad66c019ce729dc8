import { describe, expect, test } from '@jest/globals';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import fc from 'fast-check';

import type { LoginRequest, Outcome } from '../../src/core/outcome.ts';
import { makeAuth } from '../../src/handlers/auth.ts';
import { type Answered, makeRecorder } from '../../src/observe/record.ts';
import type { Service } from '../../src/wiring.ts';
import { lambdaContext, postAuth } from '../support/ask.ts';

const VALID: Outcome = { kind: 'valid', identity: { dn: 'uid=alice,dc=x', username: 'alice' } };
const PASSWORD = 'hidden-Passw0rd!';
const GOOD = { username: 'alice', password: PASSWORD };

type Stage = {
  readonly auth: (event: unknown, context?: unknown) => Promise<APIGatewayProxyResult>;
  /** Name, password and milliseconds of each question to the directory. */
  readonly asked: (readonly [string, string, number])[];
  readonly lines: string[];
};

/** The handler around a service that answers as told, and what it wrote down. */
function stage(
  answer: (login: LoginRequest) => Promise<Outcome> = () => Promise.resolve(VALID),
  problems: Service['problems'] = [],
): Stage {
  const asked: (readonly [string, string, number])[] = [];
  const lines: string[] = [];
  const service: Service = {
    authenticate: (login, leftMs) => {
      asked.push([login.username, login.password.reveal(), leftMs]);
      return answer(login);
    },
    serves: () => true,
    record: makeRecorder(({ level, message, fields }) => lines.push(JSON.stringify({ level, message, ...fields }))),
    problems,
  };
  const auth = makeAuth(service);
  const callable = (event: unknown, context: unknown = lambdaContext()): Promise<APIGatewayProxyResult> =>
    auth(event as APIGatewayProxyEvent, context as Context);
  return { auth: callable, asked, lines };
}

async function tell(event: unknown, context?: unknown): Promise<readonly unknown[]> {
  const { statusCode, body } = await stage().auth(event, context);
  const { status, reason } = JSON.parse(body) as { status: unknown; reason: unknown };
  return [statusCode, status, reason];
}

/** The contract's shape, whatever was asked. */
function expectContract(response: APIGatewayProxyResult): void {
  expect(Object.keys(response).sort()).toEqual(['body', 'headers', 'statusCode']);
  expect(response.headers).toMatchObject({ 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  const body = JSON.parse(response.body) as Readonly<Record<string, unknown>>;
  expect(body).toMatchObject({
    status: expect.any(Number),
    message: expect.any(String),
    reason: expect.stringMatching(/^[a-z]+(-[a-z]+)*$/),
  });
  expect(Number.isInteger(body['status']) && response.statusCode >= 200 && response.statusCode < 600).toBe(true);
  expect(response.statusCode === 200).toBe(body['status'] === 0);
}

describe('POST /auth', () => {
  test('asks the service for exactly what was sent, once, and tells its answer', async () => {
    const { auth, asked } = stage();
    const response = await auth(postAuth({ username: ' Alice ', password: ' pä"ss\\ ' }), lambdaContext(7000));
    expect(asked).toEqual([[' Alice ', ' pä"ss\\ ', 7000]]);
    expect([response.statusCode, JSON.parse(response.body)]).toEqual([
      200,
      { status: 0, message: 'auth ok', reason: 'authenticated', user: { dn: 'uid=alice,dc=x', username: 'alice' } },
    ]);
  });

  test.each<[string, unknown, number, number, string]>([
    ['a good body', postAuth(GOOD), 200, 0, 'authenticated'],
    [
      'the same in base64',
      postAuth(Buffer.from(JSON.stringify(GOOD)).toString('base64'), { isBase64Encoded: true }),
      200,
      0,
      'authenticated',
    ],
    [
      'headers in another case',
      postAuth(GOOD, { headers: { 'content-TYPE': 'application/json; charset=utf-8' } }),
      200,
      0,
      'authenticated',
    ],
    ['a key twice: the last one counts', postAuth('{"username":"","username":"a","password":"x"}'), 200, 0, 'authenticated'],
    ['unknown fields', postAuth({ ...GOOD, LDAP_URL: 'ldap://evil', isBase64Encoded: true }), 200, 0, 'authenticated'],
    ['text that is not JSON', postAuth('username=alice&password=x'), 400, 4, 'malformed-request'],
    ['JSON cut short', postAuth('{"username":"alice","password":"x"'), 400, 4, 'malformed-request'],
    ['two bodies in one', postAuth('{"username":"alice","password":"x"}{}'), 400, 4, 'malformed-request'],
    ['null', postAuth('null'), 400, 4, 'malformed-request'],
    ['an array', postAuth([GOOD]), 400, 4, 'malformed-request'],
    ['a string', postAuth('"alice"'), 400, 4, 'malformed-request'],
    ['a number', postAuth('5'), 400, 4, 'malformed-request'],
    ['an empty body', postAuth(''), 400, 4, 'malformed-request'],
    ['no body', { ...postAuth(GOOD), body: null }, 400, 4, 'malformed-request'],
    ['an empty password', postAuth({ ...GOOD, password: '' }), 400, 4, 'malformed-request'],
    ['a NUL in the name', postAuth({ ...GOOD, username: 'alice\0' }), 400, 4, 'malformed-request'],
    ['an escaped lone surrogate', postAuth(String.raw`{"username":"a\ud800","password":"x"}`), 400, 4, 'malformed-request'],
    ['U+FFFD in the name', postAuth({ ...GOOD, username: 'ali\ufffdce' }), 400, 4, 'malformed-request'],
    ['U+FFFD in the password', postAuth({ ...GOOD, password: 'gr\ufffd\ufffde' }), 400, 4, 'malformed-request'],
    ['U+FFFD in a field that nobody reads', postAuth({ ...GOOD, note: '\ufffd' }), 200, 0, 'authenticated'],
    ['__proto__ beside them', postAuth('{"__proto__":{"username":""},"username":"a","password":"x"}'), 200, 0, 'authenticated'],
    ['__proto__ alone', postAuth('{"__proto__":{"username":"alice","password":"x"}}'), 400, 4, 'malformed-request'],
    ['a constructor beside them', postAuth('{"constructor":{"prototype":{}},"username":"a","password":"x"}'), 200, 0, 'authenticated'],
    ['a constructor in a field', postAuth('{"x":{"constructor":{"prototype":{}}},"username":"a","password":"x"}'), 200, 0, 'authenticated'],
    ['JSON nested 16,000 deep', postAuth(`${'['.repeat(8190)}${']'.repeat(8190)}`), 400, 4, 'malformed-request'],
    ['16 KiB and a byte', postAuth({ ...GOOD, filler: 'x'.repeat(16_384) }), 413, 4, 'request-too-large'],
    ['another type', postAuth(GOOD, { headers: { 'Content-Type': 'text/plain' } }), 415, 4, 'unsupported-media-type'],
    ['no type', postAuth(GOOD, { headers: {} }), 415, 4, 'unsupported-media-type'],
  ])('%s', async (_case, event, http, status, reason) => {
    expect(await tell(event)).toEqual([http, status, reason]);
  });

  test('says every problem at once, and asks nobody', async () => {
    const { auth, asked } = stage();
    const { body } = await auth(postAuth({ username: 5, password: '' }));
    expect(JSON.parse(body)).toEqual({
      status: 4,
      message: 'invalid request',
      reason: 'malformed-request',
      problems: [
        { field: 'username', expected: 'a string of 1 to 256 characters of well-formed Unicode, without control characters and U+FFFD' },
        { field: 'password', expected: 'a string of 1 to 1024 characters of well-formed Unicode, without NUL and U+FFFD' },
      ],
    });
    expect(asked).toEqual([]);
  });

  test.each([undefined, {}])('a context that is %p limits nothing', async (context) => {
    const { auth, asked } = stage();
    await auth(postAuth(GOOD), context ?? {});
    expect(asked).toEqual([['alice', PASSWORD, Number.POSITIVE_INFINITY]]);
  });

  test('one request leaves nothing behind for the next', async () => {
    const { auth, asked } = stage();
    await auth(postAuth('{'));
    await Promise.all(['a', 'b', 'c'].map((username) => auth(postAuth({ username, password: username.toUpperCase() }))));
    expect(asked.map(([username, password]) => [username, password])).toEqual([
      ['a', 'A'],
      ['b', 'B'],
      ['c', 'C'],
    ]);
  });

  test('the event itself is left as it was', async () => {
    const event = postAuth(GOOD);
    const before = structuredClone(event);
    await stage().auth(event);
    expect(event).toEqual(before);
  });
});

describe('whatever comes in, the contract’s shape comes out', () => {
  test.each([undefined, null, 5, '', [], {}, true])('for the event %p, with any context', async (event) => {
    for (const context of [undefined, null, {}, lambdaContext()]) {
      const callable = makeAuth({ authenticate: () => Promise.resolve(VALID), serves: () => true, record: () => undefined, problems: [] });
      expectContract(await callable(event as APIGatewayProxyEvent, context as Context));
    }
  });

  test.each([undefined, null])('for a good event with the context %p', async (context) => {
    const callable = makeAuth({ authenticate: () => Promise.resolve(VALID), serves: () => true, record: () => undefined, problems: [] });
    expectContract(await callable(postAuth(GOOD), context as unknown as Context));
  });

  test('for anything at all', async () => {
    const headers = fc.oneof(fc.constant({ 'Content-Type': 'application/json' }), fc.anything());
    const bodies = fc.oneof(fc.json(), fc.string({ unit: 'binary' }), fc.anything());
    const events = fc.record({ body: bodies, headers, isBase64Encoded: fc.oneof(fc.boolean(), fc.anything()) });
    const { auth } = stage();
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.anything(), events), async (event) => {
        expectContract(await auth(event));
      }),
      { numRuns: 500 },
    );
  });

  test('for every body that JSON can hold, with the same name and password or with a problem', async () => {
    const values = fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(fc.record({ username: values, password: values }), async (body) => {
        const { auth, asked } = stage();
        const response = await auth(postAuth(body));
        expectContract(response);
        if (response.statusCode === 200) expect(asked.map(([username, password]) => ({ username, password }))).toEqual([body]);
        else expect([response.statusCode, asked]).toEqual([400, []]);
      }),
    );
  });
});

describe('what is written down', () => {
  const logged = async (event: unknown, answer?: () => Promise<Outcome>): Promise<Readonly<Record<string, unknown>>> => {
    const { auth, lines } = stage(answer);
    await auth(event);
    expect(lines.length).toBe(1);
    expect(lines[0]).not.toContain('hidden');
    return JSON.parse(lines[0] ?? '') as Readonly<Record<string, unknown>>;
  };

  test('is one line for each request, with who asked', async () => {
    expect(await logged(postAuth(GOOD))).toMatchObject({
      level: 'INFO',
      requestId: '00000000-0000-4000-8000-000000000001',
      verdict: 'valid',
      caller: { apiKeyId: 'key0123456', sourceIp: '192.0.2.1' },
    });
  });

  test.each<[string, unknown]>([
    ['a good login', postAuth({ username: 'hidden-name', password: PASSWORD })],
    ['a body that does not parse', postAuth(`{"username":"hidden-name","password":"${PASSWORD}"`)],
    ['a body that is no JSON', postAuth(PASSWORD)],
    ['a password of the wrong type', postAuth({ username: 'hidden-name', password: [PASSWORD] })],
    ['a forbidden key', postAuth(`{"__proto__":1,"password":"${PASSWORD}"}`)],
    ['another content type', postAuth(`password=${PASSWORD}`, { headers: { 'Content-Type': PASSWORD } })],
    ['too long a body', postAuth(PASSWORD.repeat(5000))],
    ['a key', postAuth(GOOD, { headers: { 'Content-Type': 'application/json', 'x-api-key': 'hidden-key' } })],
  ])('never holds what was typed: %s', async (_case, event) => {
    await logged(event);
  });

  test('a wrong password is the directory’s word, not the caller’s', async () => {
    const line = await logged(postAuth(GOOD), () => Promise.resolve({ kind: 'invalid', reason: 'wrong-password' }));
    expect(line).toMatchObject({ level: 'INFO', verdict: 'invalid', reason: 'wrong-password' });
  });

  test('the problems of a misconfigured service are in every line', async () => {
    const problems = [{ variable: 'LDAP_URL', expected: 'a URL' }];
    const { auth, lines } = stage(() => Promise.resolve({ kind: 'out-of-order', reason: 'misconfigured' }), problems);
    const { statusCode, body } = await auth(postAuth(GOOD));
    expect([statusCode, JSON.parse(body)]).toEqual([500, { status: 7, message: 'service misconfigured', reason: 'misconfigured' }]);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'ERROR', problems });
  });

  const renamed = (): Error => {
    const error = new TypeError(`cannot read ${PASSWORD}`);
    expect(error.stack).toContain(PASSWORD);
    error.message = 'cannot read it'; // the stack still says what it said
    return error;
  };

  test.each<[string, unknown]>([
    ['an error with the password in its message', new Error(`bind failed: ${PASSWORD}`)],
    ['an error whose message has lines', new Error(`bind failed:\n    at ${PASSWORD}\n${PASSWORD}`)],
    ['an error whose message was changed', renamed()],
    ['an error with the password as its cause', new Error('bind failed', { cause: new Error(PASSWORD) })],
    ['an error with a status of its own', Object.assign(new Error(PASSWORD), { statusCode: 422, expose: true, body: PASSWORD })],
    ['an error of several', new AggregateError([new Error(PASSWORD)], PASSWORD)],
    ['an error without a stack', Object.assign(new Error(PASSWORD), { stack: undefined })],
    ['a text', PASSWORD],
    ['an object', { message: PASSWORD, stack: PASSWORD }],
    ['nothing', undefined],
    ['null', null],
  ])('an exception is an internal error, told in general and logged without its message: %s', async (_case, thrown) => {
    const { promise, reject } = Promise.withResolvers<Outcome>();
    const { auth, lines } = stage(() => {
      reject(thrown);
      return promise;
    });
    const response = await auth(postAuth(GOOD));
    expectContract(response);
    expect([response.statusCode, JSON.parse(response.body)]).toEqual([
      500,
      { status: 7, message: 'service misconfigured', reason: 'internal-error' },
    ]);
    expect(lines.join('\n')).not.toContain('hidden');
    expect(lines.map((line) => (JSON.parse(line) as Answered & { level: string }).level)).toEqual(['ERROR']);
  });

  test('no line holds the password, whatever it is', async () => {
    const passwords = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 100 })
      .map((text) => `hidden${text.toWellFormed().replaceAll('\0', '')}`);
    const outcomes = fc.constantFrom<Outcome>(
      VALID,
      { kind: 'invalid', reason: 'wrong-password' },
      { kind: 'indeterminate', reason: 'directory-timeout', attempted: true },
    );
    await fc.assert(
      fc.asyncProperty(passwords, outcomes, fc.boolean(), async (password, outcome, throws) => {
        const { auth, lines } = stage(() => (throws ? Promise.reject(new Error(`x${password}y`)) : Promise.resolve(outcome)));
        const { body } = await auth(postAuth({ username: 'alice', password }));
        expect(`${body}${lines.join('')}`).not.toContain('hidden');
      }),
    );
  });
});
