import { describe, expect, test } from '@jest/globals';

import { canonicalDn, foldDn, isAtOrBelow, isDn, parentOf } from '../../../src/directory/names/dn.ts';

describe('a DN', () => {
  test.each([
    'dc=x',
    'ou=people,dc=example,dc=org',
    ' OU = a b , DC = x ',
    String.raw`cn=a\,b+uid=\20c\+,2.5.4.11=\#d,dc=x`,
    'cn="a,b",dc=x',
    'cn=#0401ff,dc=x',
    'cn=a=b,dc=x',
    'cn=张伟 ü😀,dc=x',
  ])('%s', (text) => {
    expect(isDn(text)).toBe(true);
  });

  test.each([
    ...['', ' ', '*', 'example.org', 'dc', 'dc=', 'dc= ', '=x', 'dc=x,', ',dc=x', 'dc=x,,dc=y', 'ou=a,example', 'dc=x;dc=y', 'cn=a+,dc=x'],
    ...['ou=people dc=example,=x', 'cn=a\\', 'cn=a"b,dc=x', 'cn="a,dc=x'],
    ...['cn=\\q,dc=x', '<SID=S-1-5-32>', 'ldap://x/dc=x', '1=x', 'cn_a=x'],
  ])('%j is none', (text) => {
    expect(isDn(text)).toBe(false);
  });
});

describe('places in a tree', () => {
  test.each([
    ['DC=Example , DC = Org', 'dc=example,dc=org'],
    [' ou=A B,dc=x ', 'ou=a b,dc=x'],
    ['', ''],
  ])('%j is folded to %j', (dn, expected) => {
    expect(foldDn(dn)).toBe(expected);
  });

  test.each([
    ['dc=x', 'dc=x', true],
    ['ou=a,DC=X', 'dc=x', true],
    ['ou=a, dc=x', 'dc = x', true],
    ['anything', '', true],
    ['', '', true],
    ['dc=xx', 'dc=x', false],
    ['dc=a-dc=x', 'dc=x', false],
    ['dc=x', 'ou=a,dc=x', false],
    ['', 'dc=x', false],
  ])('%j lies at or below %j: %s', (dn, top, expected) => {
    expect(isAtOrBelow(dn, top)).toBe(expected);
  });

  test.each([
    ['cn=staff,ou=groups,dc=x', 'ou=groups,dc=x'],
    ['cn=staff, ou=groups', 'ou=groups'],
    [String.raw`cn=a\,b,dc=x`, 'dc=x'],
    [String.raw`cn=a\\,dc=x`, 'dc=x'],
    [String.raw`cn=a\2cb,dc=x`, 'dc=x'],
    ['cn=ü😀,dc=x', 'dc=x'],
    ['dc=x', ''],
    ['', ''],
  ])('the parent of %s is %j', (dn, expected) => {
    expect(parentOf(dn)).toBe(expected);
  });
});

describe('the canonical text', () => {
  test.each([
    ['cn=A b,dc=X', 'CN=a  b, DC=x'],
    ['cn=a+uid=b,dc=x', 'uid=b+cn=a,dc=x'],
    [String.raw`cn=a\2cb,dc=x`, String.raw`cn=a\,b,dc=x`],
    [String.raw`cn=\FF,dc=x`, String.raw`cn=\ff,dc=x`],
  ])('of %s and %s is one', (one, other) => {
    expect(canonicalDn(one)).toBe(canonicalDn(other));
  });

  test.each([
    [String.raw`cn=\ff,dc=x`, String.raw`cn=\fe,dc=x`], // bytes that are no UTF-8
    [String.raw`cn=\ff,dc=x`, 'cn=\uFFFD,dc=x'],
    ['cn=#04024869,dc=x', String.raw`cn=\#04024869,dc=x`],
    ['cn="a",dc=x', String.raw`cn=\"a\",dc=x`],
    ['cn=k,dc=x', 'cn=\u212A,dc=x'], // the Kelvin sign
    ['cn=a,dc=x', 'uid=a,dc=x'],
  ])('of %s and %s is never one', (one, other) => {
    expect(canonicalDn(one)).not.toBe(canonicalDn(other));
  });
});
