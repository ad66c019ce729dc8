import { describe, expect, test } from '@jest/globals';

import { foldDn, isAtOrBelow, parentOf } from '../../../src/directory/names/dn.ts';

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
