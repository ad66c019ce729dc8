import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { normaliseDn, parseDn } from '../../../tools/demo-directory/dn.ts';

function asText(dn: string): unknown {
  return parseDn(dn)?.map((rdn) => rdn.map(({ type, value }) => [type, value.toString()]));
}

describe('parseDn', () => {
  test.each([
    ['', []],
    ['dc=example,dc=org', [[['dc', 'example']], [['dc', 'org']]]],
    [' uid = alice , dc = org ', [[['uid', 'alice']], [['dc', 'org']]]],
    ['cn=a+uid=b,o=c', [[['cn', 'a'], ['uid', 'b']], [['o', 'c']]]], // prettier-ignore
    [String.raw`cn=James \"Jim\" Smith\, III`, [[['cn', 'James "Jim" Smith, III']]]],
    [String.raw`cn=\23hash\5c\2c\2B`, [[['cn', '#hash\\,+']]]],
    [String.raw`cn=\ both\ `, [[['cn', ' both ']]]],
    [String.raw`cn=\20both\20  `, [[['cn', ' both ']]]],
    [String.raw`cn=Lu\C4\8Di\C4\87`, [[['cn', 'Lučić']]]],
    ['1.3.6.1.4.1.1466.0=#04024869', [[['1.3.6.1.4.1.1466.0', 'Hi']]]],
    ['OID.2.5.4.3=x', [[['2.5.4.3', 'x']]]],
    ['cn=a=b', [[['cn', 'a=b']]]],
    ['cn=', [[['cn', '']]]],
    ['cn=张伟 🦊', [[['cn', '张伟 🦊']]]],
  ])('reads %p', (dn, rdns) => {
    expect(asText(dn)).toEqual(rdns);
  });

  test.each([
    'alice',
    'alice@example.org',
    'CORP\\alice',
    'cn=a,',
    'cn=a+',
    ',cn=a',
    'cn=a,,cn=b',
    'cn="a"',
    'cn=a<b',
    'cn=a;b',
    'cn=a\0',
    'cn=a\\',
    'cn=a\\x',
    'cn=#',
    'cn=#0g',
    'cn=#0405',
    'c n=a',
    '=a',
    '1.=a',
  ])('refuses %p', (dn) => {
    expect(parseDn(dn)).toBeUndefined();
  });

  test('reads back any value that was escaped', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (value) => {
        const escaped = [...Buffer.from(value)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
        expect(parseDn(`uid=${escaped},dc=org`)?.[0]?.[0]?.value.toString()).toBe(Buffer.from(value).toString());
      }),
    );
  });

  test('takes no time over long runs of spaces', () => {
    const spaces = ' '.repeat(4_000_000);
    expect(parseDn(`cn=a${spaces}b${spaces}`)?.[0]?.[0]?.value.length).toBe(4_000_002);
  });
});

describe('normaliseDn', () => {
  test.each([
    ['UID=Alice,DC=Example,dc=ORG', 'uid=alice,dc=example,dc=org'],
    ['userid=alice,2.5.4.11=people', 'uid=alice,ou=people'],
    ['uid=b+cn=a', 'cn=a+uid=b'],
    ['cn=a   b', 'cn=A b'],
    [String.raw`cn=\ a\ `, 'cn=a'],
    ['cn=jo\u0308rg', 'cn=JÖRG'],
    ['cn=ａｌｉｃｅ', 'cn=alice'],
    ['cn=ΟΔΟΣ', 'cn=οδοσ'],
    ['cn=İ', 'cn=i'],
  ])('takes %p and %p for one', (one, other) => {
    expect(normaliseDn(one)).toEqual(normaliseDn(other));
  });

  test.each([
    ['cn=a,cn=b', 'cn=b,cn=a'],
    ['cn=a+uid=b', 'cn=a,uid=b'],
    [String.raw`cn=a\,cn\=b`, 'cn=a,cn=b'],
    [String.raw`cn=a\+uid\=b`, 'cn=a+uid=b'],
    ['cn=a b', 'cn=ab'],
    ['cn=Straße', 'cn=Strasse'],
    ['uid=a', 'cn=a'],
    [String.raw`cn=a\00`, 'cn=a'],
  ])('tells %p from %p', (one, other) => {
    expect(normaliseDn(one)).not.toEqual(normaliseDn(other));
  });

  test.each(['alice', 'cn=', 'cn=a,dc=', String.raw`cn=\ff`])('refuses %p', (dn) => {
    expect(normaliseDn(dn)).toBeUndefined();
  });
});
