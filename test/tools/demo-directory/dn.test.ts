import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { normaliseDn } from '../../../tools/demo-directory/dn.ts';

test('the empty DN has no parts', () => {
  expect(normaliseDn('')).toEqual([]);
});

test.each([
  [' uid = alice , dc = org ', 'uid=alice,dc=org'],
  ['UID=Alice,DC=Example,dc=ORG', 'uid=alice,dc=example,dc=org'],
  ['userid=alice,2.5.4.11=people', 'uid=alice,ou=people'],
  ['OID.2.5.4.3=x', 'cn=x'],
  ['uid=b+cn=a', 'cn=a+uid=b'],
  [String.raw`cn=James \"Jim\" Smith\, III`, String.raw`cn=James \22Jim\22 Smith\2c III`],
  [String.raw`cn=\23hash\5c\2c\2B`, String.raw`cn=\#hash\\\,\+`],
  [String.raw`cn=\20both\20  `, String.raw`cn=\ both\ `],
  [String.raw`cn=\ a\ `, 'cn=a'],
  [String.raw`cn=Lu\C4\8Di\C4\87`, 'cn=Lučić'],
  [String.raw`cn=a\=b`, 'cn=a=b'],
  ['cn=张伟 🦊', String.raw`cn=\e5\bc\a0伟 🦊`],
  ['cn=a   b', 'cn=A b'],
  ['cn=jo\u0308rg', 'cn=JÖRG'],
  ['cn=ａｌｉｃｅ', 'cn=alice'],
  ['cn=ΟΔΟΣ', 'cn=οδοσ'],
  ['cn=İ', 'cn=i'],
])('%p and %p are one', (one, other) => {
  expect(normaliseDn(one)).toEqual(normaliseDn(other));
  expect(normaliseDn(one)).toBeDefined();
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
])('%p and %p are two', (one, other) => {
  expect(normaliseDn(one)).not.toEqual(normaliseDn(other));
});

test.each([
  ...['alice', 'alice@example.org', 'CORP\\alice', 'cn=a,', 'cn=a+', ',cn=a', 'cn=a,,cn=b', 'cn="a"', 'cn=a<b', 'cn=a;b', 'cn=a\0'],
  ...['cn=a\\', 'cn=a\\x', 'cn=#', 'cn=#0g', 'cn=#0405', 'cn=#04024869', 'c n=a', '=a', '1.=a', 'cn=', 'cn=a,dc=', String.raw`cn=\ff`],
])('%p is none', (dn) => {
  expect(normaliseDn(dn)).toBeUndefined();
});

describe('any value', () => {
  const escaped = (value: string): string => [...Buffer.from(value)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');

  test('is the same however it is escaped', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (value) => {
        const marked = value.toWellFormed().replace(/[ "#+,;<=>\\]/g, '\\$&').replace(/\0/g, '\\00'); // prettier-ignore
        expect(normaliseDn(`uid=${escaped(value)},dc=org`)).toEqual(normaliseDn(`uid=${marked},dc=org`));
      }),
    );
  });

  test('takes no time, not even long runs of spaces', () => {
    const spaces = ' '.repeat(4_000_000);
    expect(normaliseDn(`cn=a${spaces}b${spaces}`)).toEqual(normaliseDn('cn=a b'));
  });
});
