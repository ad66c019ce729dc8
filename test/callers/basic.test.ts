import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { readBasic } from '../../src/http/basic.ts';

function encode(text: string | Buffer): string {
  return Buffer.from(text).toString('base64');
}

/** The login that was read, or the field that is wrong. */
function read(headers: unknown, multiValueHeaders?: unknown): readonly string[] | string {
  const result = readBasic({ headers, multiValueHeaders });
  if (result.ok) return [result.value.username, result.value.password.reveal()];
  return [result.outcome.reason, ...result.outcome.problems.map(({ field }) => field)].join(' ');
}

function authorization(value: unknown): readonly string[] | string {
  return read({ Authorization: value });
}

const ALICE = encode('alice:wonderland');
const MALFORMED = 'malformed-request Authorization';

describe('an Authorization header', () => {
  test.each<[string, string, readonly string[]]>([
    ['as a browser sends it', `Basic ${ALICE}`, ['alice', 'wonderland']],
    ['scheme in lower case', `basic ${ALICE}`, ['alice', 'wonderland']],
    ['scheme in upper case', `BASIC ${ALICE}`, ['alice', 'wonderland']],
    ['several spaces', `Basic   ${ALICE}`, ['alice', 'wonderland']],
    ['blanks around it', ` \tBasic ${ALICE}\t `, ['alice', 'wonderland']],
    ['colons in the password', `Basic ${encode('alice:a:b::c:')}`, ['alice', 'a:b::c:']],
    ['a password that is a colon', `Basic ${encode('alice::')}`, ['alice', ':']],
    ['UTF-8', `Basic ${encode('jörg:größen😀')}`, ['jörg', 'größen😀']],
    ['a byte order mark, which is a character', `Basic ${encode('\ufeffalice:\ufeff')}`, ['\ufeffalice', '\ufeff']],
    ['blanks that belong to it', `Basic ${encode(' alice : x ')}`, [' alice ', ' x ']],
    ['a control character in the password', `Basic ${encode('alice:a\tb\n')}`, ['alice', 'a\tb\n']],
    ['the longest', `Basic ${encode(`${'😀'.repeat(256)}:${'😀'.repeat(1024)}`)}`, ['😀'.repeat(256), '😀'.repeat(1024)]],
  ])('%s', (_case, value, expected) => {
    expect(authorization(value)).toEqual(expected);
  });

  test.each<[string, unknown]>([
    ['none', undefined],
    ['empty', ''],
    ['a number', 5],
    ['only the scheme', 'Basic'],
    ['only the scheme and a blank', 'Basic '],
    ['another scheme', `Bearer ${ALICE}`],
    ['a longer scheme', `Basics ${ALICE}`],
    ['no scheme', ALICE],
    ['a tab after the scheme', `Basic\t${ALICE}`],
    ['no colon', `Basic ${encode('alice')}`],
    ['not base64', 'Basic ***'],
    ['base64 with a blank inside', `Basic ${ALICE.slice(0, 4)} ${ALICE.slice(4)}`],
    ['base64url', `Basic ${encode('alice:???>>>').replaceAll('+', '-').replaceAll('/', '_')}`],
    ['padding missing', `Basic ${encode('alice:wonder').replaceAll('=', '')}x`],
    ['padding where none belongs', `Basic ${encode('alice:wonde')}=`],
    ['bits hidden in the padding', 'Basic YTpiYx=='],
    ['something after the padding', `Basic ${encode('a:bc')}YQ==`],
    ['not UTF-8', `Basic ${encode(Buffer.from('alice:gr\xf6\xdfe', 'latin1'))}`],
    ['a surrogate in UTF-8', `Basic ${encode(Buffer.from([0x61, 0x3a, 0xed, 0xa0, 0x80]))}`],
    ['two, joined', `Basic ${ALICE}, Basic ${ALICE}`],
    ['two, joined without a blank', `Basic ${ALICE},Basic ${ALICE}`],
    ['parameters', 'Basic realm="x"'],
    ['far too long', `Basic ${encode(`alice:${'x'.repeat(20_000)}`)}`],
  ])('%s is malformed', (_case, value) => {
    expect(authorization(value)).toBe(MALFORMED);
  });

  test.each<[string, string, string]>([
    ['no name', ':wonderland', 'username'],
    ['no password', 'alice:', 'password'],
    ['neither', ':', 'username password'],
    ['NUL in the name', 'alice\0:wonderland', 'username'],
    ['NUL in the password', 'alice:wonder\0land', 'password'],
    ['U+FFFD in the name', 'ali\ufffdce:wonderland', 'username'],
    ['U+FFFD in the password', 'alice:\ufffd', 'password'],
    ['a line feed in the name', 'ali\nce:wonderland', 'username'],
    ['a name that is too long', `${'x'.repeat(257)}:wonderland`, 'username'],
    ['a password that is too long', `alice:${'x'.repeat(1025)}`, 'password'],
  ])('%s breaks the rules for what is asked', (_case, text, fields) => {
    expect(authorization(`Basic ${encode(text)}`)).toBe(`malformed-request ${fields}`);
  });
});

describe('several headers', () => {
  const one = `Basic ${ALICE}`;
  const other = `Basic ${encode('bob:builder')}`;

  test.each<[string, unknown, unknown, readonly string[] | string]>([
    ['the one in both maps', { Authorization: one }, { Authorization: [one] }, ['alice', 'wonderland']],
    ['only in the one', null, { Authorization: [one] }, ['alice', 'wonderland']],
    ['only in the other', { authorization: one }, null, ['alice', 'wonderland']],
    ['only in the other, beside other headers', { authorization: one }, { Accept: ['*/*'] }, ['alice', 'wonderland']],
    ['two', { Authorization: other }, { Authorization: [one, other] }, MALFORMED],
    ['the same twice', { Authorization: one }, { Authorization: [one, one] }, MALFORMED],
    ['two spellings', { Authorization: one, authorization: other }, null, MALFORMED],
    ['maps that contradict each other', { Authorization: other }, { Authorization: [one] }, MALFORMED],
    ['an empty one beside it', { Authorization: '' }, { Authorization: [one, ''] }, MALFORMED],
  ])('%s', (_case, headers, multi, expected) => {
    expect(read(headers, multi)).toEqual(expected);
  });
});

describe('whatever comes', () => {
  test('gives a login or what is wrong, never a throw, never a value', () => {
    const marked = fc.string({ unit: 'binary' }).map((text) => `hidden${text}`);
    const values = fc.oneof(
      marked,
      marked.map((text) => `Basic ${text}`),
      marked.map((text) => `Basic ${encode(text)}`),
      fc.anything(),
    );
    const events = fc.record({ headers: fc.oneof(fc.anything(), fc.record({ Authorization: values })), multiValueHeaders: fc.anything() });
    fc.assert(
      fc.property(fc.oneof(fc.anything(), events), (event) => {
        const result = readBasic(event);
        if (!result.ok) expect(JSON.stringify(result.outcome)).not.toContain('hidden');
      }),
      { numRuns: 500 },
    );
  });

  test('a name without a colon and a password arrive as they were sent', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }).filter((value) => value.isWellFormed());
    const names = text.filter((value) => !/[:\p{Cc}\ufffd]/u.test(value));
    fc.assert(
      fc.property(names, text, (username, password) => {
        fc.pre(!/[\0\ufffd]/.test(password));
        expect(authorization(`Basic ${encode(`${username}:${password}`)}`)).toEqual([username, password]);
      }),
    );
  });
});
