import { describe, expect, test } from '@jest/globals';

import { dnsDomainOf, domainDnOf, understandName } from '../../../src/directory/names/login-name.ts';

const CORP = { netbiosDomain: 'CORP', dnsDomain: 'corp.example.com' };
const NOTHING = { netbiosDomain: undefined, dnsDomain: undefined };

describe('a typed name', () => {
  test.each<[string, object | undefined]>([
    ['alice', { typed: 'alice', accountName: undefined }],
    [String.raw`CORP\alice`, { typed: 'alice', accountName: undefined }],
    [String.raw`corp\alice`, { typed: 'alice', accountName: undefined }],
    [String.raw`CORP\a\b`, { typed: String.raw`a\b`, accountName: undefined }],
    [String.raw`CORP\alice@corp.example.com`, { typed: 'alice@corp.example.com', accountName: undefined }],
    [String.raw`OTHER\alice`, undefined],
    [String.raw`\alice`, undefined],
    ['CORP\\', undefined],
    [String.raw`OTHER\alice@corp.example.com`, undefined],
    ['alice@corp.example.com', { typed: 'alice@corp.example.com', accountName: 'alice' }],
    ['alice@CORP.Example.COM', { typed: 'alice@CORP.Example.COM', accountName: 'alice' }],
    ['a@b@corp.example.com', { typed: 'a@b@corp.example.com', accountName: 'a@b' }],
    ['@corp.example.com', { typed: '@corp.example.com', accountName: undefined }],
    ['alice@example.com', { typed: 'alice@example.com', accountName: undefined }],
    ['alice@corp.example.com.', { typed: 'alice@corp.example.com.', accountName: undefined }],
    ['alice@xcorp.example.com', { typed: 'alice@xcorp.example.com', accountName: undefined }],
    [' alice ', { typed: ' alice ', accountName: undefined }],
  ])('%s in the domain CORP', (typed, expected) => {
    expect(understandName(typed, CORP)).toEqual(expected);
  });

  test.each([String.raw`CORP\alice`, 'alice@corp.example.com', 'undefined\\alice', 'alice@undefined'])(
    '%s elsewhere is just a name',
    (typed) => {
      expect(understandName(typed, NOTHING)).toEqual({ typed, accountName: undefined });
    },
  );
});

describe('the domain that a base lies in', () => {
  test.each<[string, string | undefined, string | undefined]>([
    ['dc=corp,dc=example,dc=com', 'corp.example.com', 'dc=corp,dc=example,dc=com'],
    ['OU=People, DC=Corp , DC = Example,DC=com', 'corp.example.com', 'dc=corp,dc=example,dc=com'],
    ['ou=dc,dc=example', 'example', 'dc=example'],
    [String.raw`ou=a\,dc=b,dc=corp,dc=com`, 'corp.com', 'dc=corp,dc=com'],
    ['o=example', undefined, undefined],
    ['dc=corp,o=example', undefined, undefined],
    ['', undefined, undefined],
    ['xdc=corp', undefined, undefined],
    ['dc=a+cn=b', undefined, undefined],
  ])('%j', (dn, domain, domainDn) => {
    expect([dnsDomainOf(dn), domainDnOf(dn)]).toEqual([domain, domainDn]);
  });
});
