import { expect, test } from '@jest/globals';

import { keyBeside, keyOfEntry, keyOfName } from '../../src/gate/key.ts';

test.each([
  ['uid=alice,dc=example,dc=org', 'UID=Alice, dc=example ,DC=org'],
  ['CN=Jürgen,DC=corp', 'cn=jürgen,dc=corp'],
])('%s and %s are one row', (one, other) => {
  expect(keyOfEntry(one)).toBe(keyOfEntry(other));
});

test('another entry, a name, and what is beside it are other rows, all of one length', () => {
  const keys = [keyOfEntry('uid=alice'), keyOfEntry('uid=bob'), keyOfName('uid=alice'), keyBeside(keyOfEntry('uid=alice'))];
  expect(new Set(keys).size).toBe(4);
  expect(keys.map((key) => key.length)).toEqual([43, 43, 43, 43]);
});

test.each([
  ['alice', ' ALICE '],
  ['alice', 'ａｌｉｃｅ'],
  ['renée', 'RENE\u0301E'],
  ['alice', 'al\u00adi\u200bce'],
  ['ada  lovelace', 'Ada Lovelace'],
  ['straße', 'STRASSE'],
])('the names %s and %s are one row', (one, other) => {
  expect(keyOfName(one)).toBe(keyOfName(other));
});
