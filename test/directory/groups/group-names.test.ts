import { describe, expect, test } from '@jest/globals';

import { namesBelow } from '../../../src/directory/groups/group-names.ts';

const PLACE = 'ou=groups,dc=x';

describe('the names of groups below a place', () => {
  test.each<[string, readonly string[], readonly string[] | undefined]>([
    ['groups directly below', [`cn=staff,${PLACE}`, `CN=b,OU=Groups,DC=X`], ['staff', 'b']],
    ['a group elsewhere, which is left out', [`cn=staff,${PLACE}`, 'cn=other,ou=elsewhere,dc=x'], ['staff']],
    ['a group further below, which is left out', [`cn=deep,ou=sub,${PLACE}`], []],
    ['other spellings of cn', [`commonName=a,${PLACE}`, `2.5.4.3=b,${PLACE}`], ['a', 'b']],
    ['a name that is no cn: another group may have it as its cn', [`ou=staff,${PLACE}`], undefined],
    ['one name in two spellings', [`cn=Staff,${PLACE}`, `cn=staff,${PLACE}`], undefined],
    ['a name of several parts', [`cn=staff+ou=a,${PLACE}`], undefined],
  ])('%s', (_what, dns, names) => {
    const told = namesBelow(dns, PLACE);
    expect(told.known ? told.value : undefined).toEqual(names);
  });
});
