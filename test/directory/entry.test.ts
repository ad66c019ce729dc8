import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { DIRECTORY_KINDS } from '../../src/config/directory-kinds.ts';
import { type Found, type Searched, understandUserSearch, usernameOf, valuesOf } from '../../src/directory/entry.ts';
import type { SearchEntry } from '../../src/ldap/message.ts';
import type { Cause, Failure } from '../../src/ldap/failure.ts';

function entry(dn: string, attributes: Readonly<Record<string, readonly string[]>> = {}): SearchEntry {
  return {
    dn,
    attributes: Object.entries(attributes).map(([description, values]) => ({
      description,
      values: values.map((value) => Buffer.from(value)),
    })),
  };
}

const ALICE = entry('uid=alice,dc=example,dc=org');
const BOB = entry('uid=bob,dc=example,dc=org');
const TREE = { kind: DIRECTORY_KINDS.openldap, baseDn: 'dc=example,dc=org' } as const;
const ALIAS = entry('uid=alias,dc=example,dc=org', { objectClass: ['extensibleObject', 'Alias'] });
const MAIL_ALIAS = entry('uid=mail,dc=example,dc=org', { objectClass: ['nisMailAlias'] });
const SUCCESS = { code: 0, diagnostic: '' };
const SIZE_LIMIT = { code: 4, diagnostic: '' };

function understand(searched: Partial<Searched>): Found {
  return understandUserSearch({ entries: [], references: [], result: SUCCESS, ...searched }, { ...TREE, referenceSpoils: 'none' });
}

function failed(reason: Failure['reason'], cause: Cause): Found {
  return { kind: 'failed', failure: { reason, step: 'search', cause } };
}

const NONE = { kind: 'none' };
const AMBIGUOUS = { kind: 'ambiguous' };
const UNSEARCHED = failed('directory-protocol-error', { kind: 'elsewhere' });

describe('a search for one person', () => {
  test.each<[string, Partial<Searched>, object]>([
    ['one entry', { entries: [ALICE] }, { kind: 'entry', entry: ALICE }],
    ['no entry', {}, NONE],
    ['two', { entries: [ALICE, BOB] }, AMBIGUOUS],
    ['the same twice', { entries: [ALICE, ALICE] }, AMBIGUOUS],
    ['more than were awaited', { entries: [ALICE, BOB], result: undefined }, AMBIGUOUS],
    ['one, and more by the size limit', { entries: [ALICE], result: SIZE_LIMIT }, AMBIGUOUS],
    ['two, and more by the size limit', { entries: [ALICE, BOB], result: SIZE_LIMIT }, AMBIGUOUS],
    ['none, but a size limit', { result: SIZE_LIMIT }, failed('directory-protocol-error', { kind: 'result', code: 4 })],
    [
      'one, then out of time',
      { entries: [ALICE], result: { code: 3, diagnostic: '' } },
      failed('directory-timeout', { kind: 'result', code: 3 }),
    ],
    [
      'one, then too busy',
      { entries: [ALICE], result: { code: 51, diagnostic: '' } },
      failed('directory-busy', { kind: 'result', code: 51 }),
    ],
    ['no such object: none, if that can be proved', { result: { code: 32, diagnostic: '' } }, NONE],
    [
      'one, and no such object',
      { entries: [ALICE], result: { code: 32, diagnostic: '' } },
      failed('directory-refused-service-account', { kind: 'result', code: 32 }),
    ],
    ['no such object, and a reference', { references: ['ldap://b/dc=b'], result: { code: 32, diagnostic: '' } }, UNSEARCHED],
    ['an alias', { entries: [ALIAS] }, { kind: 'alias' }],
    ['an alias by its OID', { entries: [entry('uid=a,dc=x', { objectclass: ['top', '2.5.6.1'] })] }, { kind: 'alias' }],
    ['an alias whose class is hidden', { entries: [entry('uid=a,dc=x', { aliasedObjectName: ['uid=b,dc=x'] })] }, { kind: 'alias' }],
    ['what only sounds like an alias', { entries: [MAIL_ALIAS] }, { kind: 'entry', entry: MAIL_ALIAS }],
    ['an alias, and somebody', { entries: [ALIAS, ALICE] }, AMBIGUOUS],
    ['no rights', { result: { code: 50, diagnostic: '' } }, failed('directory-refused-service-account', { kind: 'result', code: 50 })],
    ['a referral', { result: { code: 10, diagnostic: '' } }, failed('directory-protocol-error', { kind: 'result', code: 10 })],
    [
      'an entry without a name: its bind would be anonymous',
      { entries: [entry('')] },
      failed('directory-protocol-error', { kind: 'protocol', what: 'an entry without a name' }),
    ],
    ['one, and a reference', { entries: [ALICE], references: ['ldap://b/dc=b'] }, { kind: 'entry', entry: ALICE }],
    ['a reference alone', { references: ['ldap://b/dc=b'] }, UNSEARCHED],
    ['a reference that cannot be read', { references: ['nowhere'] }, UNSEARCHED],
    ['Active Directory’s partitions, elsewhere', { references: ['ldap://a/CN=Configuration,DC=example,DC=org'] }, UNSEARCHED],
  ])('%s', (_case, searched, expected) => {
    expect(understand(searched)).toEqual(expected);
  });
});

describe('under uniform', () => {
  const uniform = (searched: Partial<Searched>, kind: 'openldap' | 'active-directory' = 'openldap'): Found =>
    understandUserSearch(
      { entries: [], references: [], result: SUCCESS, ...searched },
      { ...TREE, kind: DIRECTORY_KINDS[kind], referenceSpoils: 'every name' },
    );

  test.each<[string, Partial<Searched>]>([
    ['nobody', {}],
    ['somebody', { entries: [ALICE] }],
    ['two', { entries: [ALICE, BOB] }],
    ['two and more', { entries: [ALICE, BOB], result: SIZE_LIMIT }],
    ['an alias', { entries: [ALIAS] }],
    ['no such object', { result: { code: 32, diagnostic: '' } }],
  ])('a reference is the answer for every name: %s', (_case, searched) => {
    expect(uniform({ ...searched, references: ['ldap://b/dc=b'] })).toEqual(UNSEARCHED);
  });

  test('Active Directory’s own are no answer', () => {
    const references = ['ldap://a/CN=Configuration,DC=example,DC=org'];
    expect(uniform({ entries: [ALICE], references }, 'active-directory')).toEqual({ kind: 'entry', entry: ALICE });
    expect(uniform({ references }, 'active-directory')).toEqual(NONE);
  });
});

describe('a reference of Active Directory', () => {
  const none = (baseDn: string, ...references: readonly string[]): boolean =>
    understandUserSearch(
      { entries: [], references, result: SUCCESS },
      { kind: DIRECTORY_KINDS['active-directory'], baseDn, referenceSpoils: 'none' },
    ).kind === 'none';

  test.each([
    ['CN=Configuration,DC=corp,DC=example,DC=test', 'DC=corp,DC=example,DC=test'],
    ['DC=DomainDnsZones,DC=corp,DC=example,DC=test', 'dc=corp, dc=example, dc=test'],
    ['DC=ForestDnsZones,DC=corp,DC=example,DC=test', 'OU=People,DC=corp,DC=example,DC=test'],
    ['CN=Configuration,DC=example,DC=test', 'DC=corp,DC=example,DC=test'], // the forest’s, seen from a child domain
    ['dc=domaindnszones,dc=corp,dc=example,dc=test', 'DC=CORP,DC=EXAMPLE,DC=TEST'],
    ['CN=Configuration,%20DC=corp,%20DC=example,DC=test', 'DC=corp,DC=example,DC=test'],
  ])('to %s is its own, under %s', (dn, baseDn) => {
    expect(none(baseDn, `ldap://corp.example.test/${dn}`, `ldap://corp.example.test:3268/${dn}??sub`)).toBe(true);
  });

  test.each([
    ['a child domain', 'DC=child,DC=corp,DC=example,DC=test'],
    ['another domain’s zones', 'DC=DomainDnsZones,DC=child,DC=corp,DC=example,DC=test'],
    ['another forest', 'CN=Configuration,DC=other,DC=test'],
    ['a name that ends alike', 'CN=Configuration,DC=xcorp,DC=example,DC=test'],
    ['a container of that name', 'OU=Configuration,DC=corp,DC=example,DC=test'],
    ['a zone of that name', 'CN=DomainDnsZones,DC=corp,DC=example,DC=test'],
    ['what lies below', 'CN=Sites,CN=Configuration,DC=corp,DC=example,DC=test'],
    ['what lies between', 'CN=Configuration,OU=x,DC=corp,DC=example,DC=test'],
    ['more in the name', 'CN=Configuration2,DC=corp,DC=example,DC=test'],
    ['a partition of nothing', 'CN=Configuration'],
    ['nothing', ''],
    ['a broken escape', 'CN=Configuration,DC=corp,DC=example,DC=test%'],
  ])('to %s is not', (_case, dn) => {
    expect(none('DC=corp,DC=example,DC=test', `ldap://corp.example.test/${dn}`)).toBe(false);
  });

  test('does not excuse another one beside it', () => {
    const [own, other] = ['ldap://c/CN=Configuration,DC=corp', 'ldap://c/DC=child,DC=corp'];
    expect([none('DC=corp', own), none('DC=corp', own, other), none('DC=corp', other, own)]).toEqual([true, false, false]);
  });
});

describe('values of an attribute', () => {
  const photo = entry('cn=x', { mail: ['a@x', 'b@x'], 'mail;lang-de': ['c@x'], MAIL: ['d@x'], cn: [] });

  test.each([
    ['mail', ['a@x', 'b@x', 'd@x']],
    ['MaiL', ['a@x', 'b@x', 'd@x']],
    ['mail;lang-de', ['c@x']],
    ['cn', []],
    ['sn', []],
  ])('%s', (name, expected) => {
    expect(valuesOf(photo, name).map(String)).toEqual(expected);
  });
});

describe('the user name, as the directory spells it', () => {
  test.each<[string, SearchEntry, string | undefined]>([
    ['the only one', entry('cn=Alice,dc=x', { uid: ['Alice'] }), 'Alice'],
    ['of another attribute: none', entry('cn=Alice,dc=x', { sAMAccountName: ['asmith'] }), undefined],
    ['beside others', entry('cn=Alice,dc=x', { sAMAccountName: ['asmith'], uid: ['alice'] }), 'alice'],
    ['an empty one: none', entry('cn=Alice,dc=x', { uid: [''] }), undefined],
    ['empty ones beside it', entry('cn=Alice,dc=x', { uid: ['', 'alice'] }), 'alice'],
    ['of several, the one in the RDN', entry('uid=alice,dc=x', { uid: ['asmith', 'alice'] }), 'alice'],
    ['in its own case', entry('UID=ALICE,dc=x', { uid: ['asmith', 'Alice'] }), 'Alice'],
    ['with a comma in the RDN', entry(String.raw`uid=smith\2c j,dc=x`, { uid: ['js', 'smith, j'] }), 'smith, j'],
    ['with an escaped comma', entry(String.raw`uid=smith\, j,dc=x`, { uid: ['js', 'smith, j'] }), 'smith, j'],
    ['with bytes in the RDN', entry(String.raw`uid=j\c3\b6rg,dc=x`, { uid: ['joerg', 'jörg'] }), 'jörg'],
    ['with a backslash in hex', entry(String.raw`uid=a\5cb,dc=x`, { uid: ['ab', String.raw`a\b`] }), String.raw`a\b`],
    ['with an escaped backslash', entry(String.raw`uid=a\\b,dc=x`, { uid: ['ab', String.raw`a\b`] }), String.raw`a\b`],
    ['in an RDN of two', entry('uid=alice+cn=Alice,dc=x', { uid: ['asmith', 'alice'] }), 'alice'],
    ['in the second part of an RDN of two', entry('cn=Alice+uid=alice,dc=x', { uid: ['asmith', 'alice'] }), 'alice'],
    [
      'in a later part, behind an escaped plus',
      entry(String.raw`cn=A\+uid=asmith + UID = alice ,dc=x`, { uid: ['asmith', 'alice'] }),
      'alice',
    ],
    ['in a quoted part', entry('cn="A+uid=asmith"+uid="alice",dc=x', { uid: ['asmith', 'alice'] }), 'alice'],
    ['behind a part whose type is an OID', entry('2.5.4.3=Alice+uid=smith,dc=x', { uid: ['asmith', 'smith'] }), 'smith'],
    ['before a semicolon', entry('uid=smith;dc=x', { uid: ['asmith', 'smith'] }), 'smith'],
    ['in the RDN alone, not in the parent', entry('cn=Alice,uid=alice,dc=x', { uid: ['b', 'alice', 'a'] }), 'a'],
    ['twice in the RDN: the least', entry('uid=zoe+uid=bob,dc=x', { uid: ['a', 'zoe', 'bob'] }), 'bob'],
    ['in two cases: as in the RDN', entry('uid=alice,dc=x', { uid: ['ALICE', 'alice'] }), 'alice'],
    ['in two cases, neither as in the RDN: the least', entry('uid=aLICE,dc=x', { uid: ['alice', 'ALICE'] }), 'ALICE'],
    ['of several, none in the RDN: the least', entry('cn=Alice,dc=x', { uid: ['bsmith', 'alice', 'zoe'] }), 'alice'],
    ['of several, another attribute in the RDN', entry('cn=zoe,dc=x', { uid: ['zoe', 'alice'] }), 'alice'],
    ['the least by code point, not by UTF-16 unit', entry('cn=x,dc=x', { uid: ['\u{1f98a}', '\uff41'] }), '\uff41'],
    ['the least by code point, not by a language', entry('cn=x,dc=x', { uid: ['a', 'B', 'ä'] }), 'B'],
    ['of very many, none in the RDN', entry('cn=x,dc=x', { uid: [...Array(3000).keys()].map((n) => `n${String(9000 - n)}`) }), 'n6001'],
    ['of very many, the one in the RDN', entry('uid=me,dc=x', { uid: [...Array(3000).keys()].map(String).concat('me') }), 'me'],
    ['none that can be read: none, not another kind of name', entry('cn=Alice,dc=x', { mail: ['a@x'] }), undefined],
  ])('%s', (_case, person, expected) => {
    expect(usernameOf(person, 'uid')).toBe(expected);
  });

  test('never depends on the order of the values', () => {
    const dns = fc.constantFrom('uid=b,dc=x', 'cn=b,dc=x', 'cn=x+uid=B,dc=x', 'uid=nobody,dc=x');
    const values = fc.uniqueArray(fc.string({ unit: fc.constantFrom('a', 'b', 'B', 'ä', '\uff41', '\u{1f98a}'), minLength: 1 }), {
      minLength: 1,
    });
    const shuffled = values.chain((names) => fc.tuple(fc.constant(names), fc.shuffledSubarray(names, { minLength: names.length })));
    fc.assert(
      fc.property(dns, shuffled, (dn, [names, others]) => {
        expect(usernameOf(entry(dn, { uid: others }), 'uid')).toBe(usernameOf(entry(dn, { uid: names }), 'uid'));
      }),
    );
  });
});
