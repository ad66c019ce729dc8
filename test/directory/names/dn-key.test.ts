import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { dnKey, foldedRdnsOf, foldText } from '../../../src/directory/names/dn.ts';

describe('spellings of one DN have one key', () => {
  test.each([
    ['case', 'CN=Svc,DC=Example', 'cn=svc,dc=example'],
    ['spaces around separators', ' cn = svc , dc = example ', 'cn=svc,dc=example'],
    ['several spaces inside', 'cn=the  service,dc=example', 'cn=the service,dc=example'],
    ['an escaped comma and its hex pair', String.raw`cn=a\,b,dc=example`, String.raw`cn=a\2Cb,dc=example`],
    ['hex pairs of a character of several bytes', String.raw`cn=m\c3\bcller,dc=example`, 'cn=müller,dc=example'],
    ['hex pairs of what needs none', String.raw`cn=\73vc,dc=example`, 'cn=svc,dc=example'],
    ['quotes', 'cn="a,b+c",dc=example', String.raw`cn=a\,b\+c,dc=example`],
    ['escapes inside quotes', String.raw`cn="a\"b",dc=example`, String.raw`cn=a\"b,dc=example`],
    ['the order inside an RDN', 'cn=svc+uid=1,dc=example', 'uid=1+cn=svc,dc=example'],
    ['semicolons', 'cn=svc;dc=example', 'cn=svc,dc=example'],
    ['compatible forms of characters', 'cn=ｓｖｃ,dc=example', 'cn=svc,dc=example'],
    ['composed and decomposed', 'cn=ren\u00e9,dc=example', 'cn=rene\u0301,dc=example'],
    ['capitals that are two letters', 'cn=gro\u00df,dc=example', 'cn=GROSS,dc=example'],
  ])('%s', (_what, one, other) => {
    expect(dnKey(one, 'types and values')).toBe(dnKey(other, 'types and values'));
  });

  test('also with another name of an attribute type, by the values alone', () => {
    const [one, other] = ['commonName=svc,2.5.4.11=services,dc=example', 'cn=svc,ou=services,dc=example'];
    expect(dnKey(one, 'values')).toBe(dnKey(other, 'values'));
    expect(dnKey(one, 'types and values')).not.toBe(dnKey(other, 'types and values'));
  });
});

describe('other DNs have other keys', () => {
  test.each([
    ['another value', 'cn=svc2,dc=example', 'cn=svc,dc=example'],
    ['below it', 'cn=x,cn=svc,dc=example', 'cn=svc,dc=example'],
    ['above it', 'dc=example', 'cn=svc,dc=example'],
    ['a comma that separates', 'cn=a,b=c,dc=example', String.raw`cn=a\,b=c,dc=example`],
    ['a plus that separates', 'cn=a+b=c,dc=example', String.raw`cn=a\+b=c,dc=example`],
    ['an empty one', '', 'cn=svc'],
  ])('%s', (_what, one, other) => {
    expect(dnKey(one, 'types and values')).not.toBe(dnKey(other, 'types and values'));
    expect(dnKey(one, 'values')).not.toBe(dnKey(other, 'values'));
  });

  test('or only other types', () => {
    expect(dnKey('uid=svc,dc=example', 'types and values')).not.toBe(dnKey('cn=svc,dc=example', 'types and values'));
  });
});

test('a value is the same however many of its characters are escaped', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }), (value) => {
      fc.pre(value.isWellFormed());
      const pairs = Buffer.from(value)
        .toString('hex')
        .replace(/../g, (pair) => `\\${pair}`);
      const marked = value.replace(/[\\,+;="<>#]/g, (character) => `\\${character}`);
      expect(foldedRdnsOf(`cn=${pairs}`)[0]?.[0]?.value).toBe(foldText(value));
      expect(foldedRdnsOf(`cn=${marked}`)[0]?.[0]?.value).toBe(foldText(value));
    }),
  );
});

test('what is no DN has a key all the same, and at once', () => {
  for (const text of ['', '=', '\\', '"', 'cn="', ','.repeat(8000), '"'.repeat(8001), '\\'.repeat(8001), '+='.repeat(4000)])
    expect(typeof dnKey(text, 'values')).toBe('string');
});
