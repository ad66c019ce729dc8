import { expect, test } from '@jest/globals';

import { placesFor } from '../../src/directory/user-search.ts';

const CORP = { dn: 'ou=a,dc=corp,dc=example', names: { netbiosDomain: 'CORP', dnsDomain: 'corp.example' } };
const OTHER = { dn: 'ou=b,dc=other,dc=example', names: { netbiosDomain: 'CORP', dnsDomain: 'other.example' } };

test.each([
  ['alice', 'alice', undefined, undefined],
  ['alice@corp.example', 'alice@corp.example', 'alice', undefined],
  ['alice@OTHER.example', 'alice@OTHER.example', undefined, 'alice'],
  ['corp\\alice', 'alice', undefined, undefined],
])('%s means an account of that domain below its base alone', (typed, sought, inCorp, inOther) => {
  expect(placesFor({ bases: [CORP, OTHER] }, typed)).toEqual([
    { base: CORP.dn, name: { typed: sought, accountName: inCorp } },
    { base: OTHER.dn, name: { typed: sought, accountName: inOther } },
  ]);
});

test('a name of another domain is looked for nowhere', () => {
  expect(placesFor({ bases: [CORP, OTHER] }, 'ELSE\\alice')).toBeUndefined();
});
