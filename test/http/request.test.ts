import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { valuesOf } from '../../src/http/event.ts';
import { callerOf, checkLogin, INPUT_LIMITS, readBody, readLogin } from '../../src/http/request.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const GOOD = '{"username":"alice","password":"x"}';

type Refused = readonly [reason: string, field: string];

/** The text that was read, or what was wrong. */
function read(event: unknown): string | Refused {
  const result = readBody(event);
  if (result.ok) return result.value;
  return [result.outcome.reason, result.outcome.problems.map(({ field }) => field).join()];
}

function posted(body: unknown, more: object = {}): object {
  return { headers: JSON_TYPE, body, isBase64Encoded: false, ...more };
}
function base64(bytes: Buffer): object {
  return posted(bytes.toString('base64'), { isBase64Encoded: true });
}

const MALFORMED_BODY: Refused = ['malformed-request', 'body'];
const TOO_LARGE: Refused = ['request-too-large', 'body'];
const WRONG_TYPE: Refused = ['unsupported-media-type', 'Content-Type'];

describe('a body', () => {
  test.each<[string, unknown, string | Refused]>([
    ['as it is', posted(GOOD), GOOD],
    ['in base64', base64(Buffer.from(GOOD)), GOOD],
    ['in base64, with what is not ASCII', base64(Buffer.from('{"a":"ü😀"}')), '{"a":"ü😀"}'],
    ['that is not JSON (understood later)', posted('username=alice'), 'username=alice'],
    ['null', posted(null), MALFORMED_BODY],
    ['absent', { headers: JSON_TYPE }, MALFORMED_BODY],
    ['empty', posted(''), MALFORMED_BODY],
    ['an object', posted({ username: 'alice' }), MALFORMED_BODY],
    ['a number', posted(5), MALFORMED_BODY],
    ['invalid UTF-8 in base64', base64(Buffer.from([0x7b, 0xff, 0x7d])), MALFORMED_BODY],
    ['UTF-8 cut off in base64', base64(Buffer.from([0x7b, 0xc3])), MALFORMED_BODY],
    ['an overlong slash in base64', base64(Buffer.from([0xc0, 0xaf])), MALFORMED_BODY],
    ['a surrogate encoded in base64', base64(Buffer.from([0xed, 0xa0, 0x80])), MALFORMED_BODY],
    ['a lone high surrogate', posted('{"username":"\ud800"}'), MALFORMED_BODY],
    ['a lone low surrogate', posted('{"username":"\udc00"}'), MALFORMED_BODY],
    ['surrogates in the wrong order', posted('{"username":"\udc00\ud800"}'), MALFORMED_BODY],
    ['exactly 16 KiB', posted('x'.repeat(16_384)), 'x'.repeat(16_384)],
    ['a byte more', posted('x'.repeat(16_385)), TOO_LARGE],
    ['exactly 16 KiB of ü', posted('ü'.repeat(8192)), 'ü'.repeat(8192)],
    ['a byte more, of ü', posted(`x${'ü'.repeat(8192)}`), TOO_LARGE],
    ['exactly 16 KiB in base64', base64(Buffer.alloc(16_384, 'x')), 'x'.repeat(16_384)],
    ['a byte more in base64', base64(Buffer.alloc(16_385, 'x')), TOO_LARGE],
    ['megabytes', posted('x'.repeat(4_000_000)), TOO_LARGE],
    ['megabytes in base64', base64(Buffer.alloc(4_000_000, 'x')), TOO_LARGE],
  ])('%s', (_case, event, expected) => {
    expect(read(event)).toEqual(expected);
  });

  test.each([undefined, null, 5, 'text', true, () => GOOD])('of an event that is %p', (event) => {
    expect(read(event)).toEqual(['malformed-request', 'event']);
  });
});

describe('a content type', () => {
  test.each<[object | null, string | Refused]>([
    [{ 'Content-Type': 'application/json' }, GOOD],
    [{ 'content-type': 'application/json' }, GOOD],
    [{ 'CONTENT-TYPE': 'Application/JSON' }, GOOD],
    [{ 'Content-Type': ' application/json ; charset=utf-8 ' }, GOOD],
    [{ 'Content-Type': 'application/json;charset=UTF-8' }, GOOD],
    [{ 'Content-Type': 'application/json; charset="utf-8"' }, GOOD],
    [{ 'Content-Type': 'application/json; Charset=utf8' }, GOOD],
    [{ 'Content-Type': 'application/json; version=1' }, GOOD],
    [{ 'Content-Type': 'application/json; charset=iso-8859-1' }, WRONG_TYPE],
    [{ 'Content-Type': 'application/json; CHARSET=UTF-16' }, WRONG_TYPE],
    [{ 'Content-Type': 'application/json; charset=utf-8; charset=latin1' }, WRONG_TYPE],
    [{ 'Content-Type': 'application/json; charset = iso-8859-1' }, WRONG_TYPE],
    [{ 'Content-Type': 'application/json; charset=' }, WRONG_TYPE],
    [{ 'Content-Type': 'application/jsonp' }, WRONG_TYPE],
    [{ 'Content-Type': 'application/json, text/plain' }, WRONG_TYPE],
    [{ 'Content-Type': 'application/vnd.api+json' }, WRONG_TYPE],
    [{ 'Content-Type': 'text/plain' }, WRONG_TYPE],
    [{ 'Content-Type': 'application/x-www-form-urlencoded' }, WRONG_TYPE],
    [{ 'Content-Type': '' }, WRONG_TYPE],
    [{ 'Content-Type': ['application/json'] }, WRONG_TYPE],
    [{ 'Content-Type': null }, WRONG_TYPE],
    [{ Accept: 'application/json' }, WRONG_TYPE],
    [{}, WRONG_TYPE],
    [null, WRONG_TYPE],
    [{ ...JSON_TYPE, 'Content-Encoding': 'identity' }, GOOD],
    [{ ...JSON_TYPE, 'content-encoding': 'gzip' }, ['unsupported-media-type', 'Content-Encoding']],
  ])('of %j', (headers, expected) => {
    expect(read({ headers, body: GOOD })).toEqual(expected);
  });
});

/** The fields that are refused; none when the two are accepted as they are. */
function refusedFields(username: unknown, password: unknown): readonly string[] {
  const result = checkLogin(username, password);
  if (!result.ok) return result.outcome.problems.map(({ field }) => field);
  expect([result.value.username, result.value.password.reveal()]).toEqual([username, password]);
  return [];
}

const ACCEPTED_BY_BOTH = [
  ...['a', ' ', ' alice ', '*', ')(uid=*', '__proto__'],
  ...['ａｌｉｃｅ', '张伟', '😀', 'e\u0301', '\u2028', '\u200b', '\ufeff'],
];
const REFUSED_BY_BOTH = [
  undefined,
  null,
  5,
  0,
  true,
  {},
  [],
  ['alice'],
  ...['', 'a\0', '\0', 'a\0b', '\ud800', 'a\udc00b', '\udc00\ud800', '\ufffd', 'a\ufffdb'],
  { length: 1 },
];
const CONTROLS = ['\u0001', '\t', '\n', '\r', '\u001b', '\u001f', '\u007f', '\u0080', '\u0085', '\u009f'];

describe('a user name', () => {
  test.each([...ACCEPTED_BY_BOTH, 'x'.repeat(256), '😀'.repeat(256), `${'😀'.repeat(255)}x`])('%j is taken as it is', (username) => {
    expect(refusedFields(username, 'x')).toEqual([]);
  });

  const tooLong = ['x'.repeat(257), '😀'.repeat(257), `${'😀'.repeat(256)}x`, 'x'.repeat(5000)];
  test.each([...REFUSED_BY_BOTH, ...CONTROLS.map((control) => `a${control}b`), ...tooLong])('%j is refused', (username) => {
    expect(refusedFields(username, 'x')).toEqual(['username']);
  });
});

describe('a password', () => {
  const taken = [...ACCEPTED_BY_BOTH, ...CONTROLS, 'x'.repeat(1024), '😀'.repeat(1024)];
  test.each(taken)('%j is taken as it is', (password) => {
    expect(refusedFields('alice', password)).toEqual([]);
  });

  test.each([...REFUSED_BY_BOTH, 'x'.repeat(1025), '😀'.repeat(1025), 'x'.repeat(9000)])('%j is refused', (password) => {
    expect(refusedFields('alice', password)).toEqual(['password']);
  });

  test('and a name are refused together', () => {
    expect(refusedFields('', '')).toEqual(['username', 'password']);
  });
});

describe('a login in a parsed body', () => {
  const login = (text: string): unknown => {
    const result = readLogin(JSON.parse(text));
    return result.ok ? [result.value.username, result.value.password.reveal()] : result.outcome.problems.map(({ field }) => field);
  };

  test.each<[string, string, readonly string[]]>([
    ['two strings', GOOD, ['alice', 'x']],
    ['unknown fields', '{"username":"alice","password":"x","LDAP_URL":"ldap://evil","user":"bob"}', ['alice', 'x']],
    ['a key twice: the last one counts', '{"username":"bob","username":"alice","password":"x"}', ['alice', 'x']],
    ['escapes', String.raw`{"username":"\u0061\ud83d\ude00","password":"\"\\\n"}`, ['a😀', '"\\\n']],
    ['an escaped lone surrogate', String.raw`{"username":"\ud800","password":"x\udfff"}`, ['username', 'password']],
    ['an escaped U+FFFD', String.raw`{"username":"a\ufffd","password":"x\ufffd"}`, ['username', 'password']],
    ['an escaped NUL', String.raw`{"username":"alice\u0000","password":"x\u0000"}`, ['username', 'password']],
    ['other cases of the names', '{"Username":"alice","PASSWORD":"x"}', ['username', 'password']],
    ['nothing', '{}', ['username', 'password']],
    ['null', '{"username":null,"password":null}', ['username', 'password']],
    ['__proto__', '{"__proto__":{"username":"alice","password":"x"}}', ['username', 'password']],
    ['an array', '[{"username":"alice","password":"x"}]', ['body']],
    ['an empty array', '[]', ['body']],
    ['null itself', 'null', ['body']],
    ['a string', '"alice"', ['body']],
    ['a number', '5', ['body']],
    ['true', 'true', ['body']],
  ])('%s', (_case, text, expected) => {
    expect(login(text)).toEqual(expected);
  });

  test('a field that is only inherited is none', () => {
    const inherited: unknown = Object.create({ username: 'alice', password: 'x' });
    expect(readLogin(inherited)).toMatchObject({ ok: false, outcome: { reason: 'malformed-request' } });
  });
});

describe('whatever comes', () => {
  const marked = fc.string({ unit: 'binary' }).map((text) => `hidden${text}value`);
  const headers = fc.oneof(
    fc.anything(),
    fc.dictionary(fc.constantFrom('Content-Type', 'content-type', 'x'), fc.oneof(marked, fc.constant('application/json'))),
  );
  const events = fc.record({ body: fc.oneof(marked, fc.anything()), headers, isBase64Encoded: fc.oneof(fc.boolean(), fc.anything()) });

  test('an event gives a body or what is wrong with it, never a throw, never a value', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), events), (event) => {
        const result = readBody(event);
        if (result.ok) expect(Buffer.byteLength(result.value) <= INPUT_LIMITS.bodyBytes && result.value.isWellFormed()).toBe(true);
        else expect(JSON.stringify(result.outcome)).not.toContain('hidden');
      }),
      { numRuns: 500 },
    );
  });

  test('a parsed body gives a login or what is wrong with it, never a throw, never a value', () => {
    const values = fc.oneof(marked, fc.anything(), fc.constantFrom('\ud800hidden', 'hidden\0', 'hidden'.repeat(500)));
    const bodies = fc.oneof(fc.anything(), fc.record({ username: values, password: values }, { requiredKeys: [] }));
    fc.assert(
      fc.property(bodies, (body) => {
        const result = readLogin(body);
        if (result.ok) expect(JSON.stringify(result.value.password)).toBe('"[secret]"');
        else expect(JSON.stringify(result.outcome)).not.toContain('hidden');
      }),
      { numRuns: 500 },
    );
  });
});

describe('the caller', () => {
  test.each<[string, unknown, object]>([
    [
      'a REST event',
      { requestContext: { identity: { apiKeyId: 'id', apiKey: 'key', sourceIp: '192.0.2.1' } } },
      { apiKeyId: 'id', sourceIp: '192.0.2.1' },
    ],
    ['no key', { requestContext: { identity: { apiKeyId: null, sourceIp: '192.0.2.1' } } }, { sourceIp: '192.0.2.1' }],
    ['no identity', { requestContext: {} }, {}],
    ['odd types', { requestContext: { identity: { apiKeyId: { a: 1 }, sourceIp: 5 } } }, {}],
    ['no context', {}, {}],
    ['null', null, {}],
    ['a string', 'event', {}],
  ])('of %s', (_case, event, expected) => {
    expect(callerOf(event)).toEqual(expected);
  });

  test.each<[unknown, readonly string[]]>([
    [{ 'X-Thing': 'a' }, ['a']],
    [{ 'x-thing': '' }, ['']],
    [{ 'X-THING': ['a'] }, []],
    [{ 'X-Thing': 'a', 'x-thing': 'b' }, ['a', 'b']],
    [{ 'x-things': 'a' }, []],
    [null, []],
    [undefined, []],
    ['x-thing: a', []],
  ])('the header in %j is %j', (headers, expected) => {
    expect(valuesOf(headers, 'x-thing')).toEqual(expected);
  });
});
