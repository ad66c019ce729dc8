import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BerWriter } from 'ldapts';

import { parseUserFilter } from '../../../src/directory/names/filter.ts';
import type { LoginName } from '../../../src/directory/names/login-name.ts';
import { hex, tlv } from '../../ldap/bytes.ts';

function written(text: string, name: string | LoginName): string {
  const parsed = parseUserFilter(text);
  if (!parsed.ok) return parsed.expected;
  const writer = new BerWriter();
  parsed.filter.forName(typeof name === 'string' ? { typed: name, accountName: undefined } : name).write(writer);
  return writer.buffer.toString('hex');
}

function equality(attribute: string, value: string | Buffer): Buffer {
  return tlv(0xa3, tlv(4, attribute), tlv(4, value));
}
function present(attribute: string): Buffer {
  return tlv(0x87, attribute);
}

describe('a filter on the wire (RFC 4511, 4.5.1)', () => {
  test.each<[string, Buffer]>([
    ['(uid={username})', hex('a3 0c 04 03 756964 04 05 616c696365')],
    ['(2.5.4.3={username})', equality('2.5.4.3', 'alice')],
    ['(&(a={username}))', tlv(0xa0, equality('a', 'alice'))],
    ['(|(a={username})(b=*))', tlv(0xa1, equality('a', 'alice'), tlv(0x87, 'b'))],
    ['(&(a={username})(!(b=c)))', tlv(0xa0, equality('a', 'alice'), tlv(0xa2, equality('b', 'c')))],
    ['(a=x-{username}-y)', equality('a', 'x-alice-y')],
    ['(a={username}{username})', equality('a', 'alicealice')],
    [String.raw`(&(a={username})(b=\00\ff\2a))`, tlv(0xa0, equality('a', 'alice'), equality('b', hex('00ff2a')))],
    [String.raw`(&(a={username})(sn=Lu\c4\8di\c4\87))`, tlv(0xa0, equality('a', 'alice'), equality('sn', 'Lučić'))],
    ['(a=i*{username}*f)', tlv(0xa4, tlv(4, 'a'), tlv(0x30, tlv(0x80, 'i'), tlv(0x81, 'alice'), tlv(0x82, 'f')))],
    ['(a={username}*)', tlv(0xa4, tlv(4, 'a'), tlv(0x30, tlv(0x80, 'alice')))],
    ['(a>={username})', tlv(0xa5, tlv(4, 'a'), tlv(4, 'alice'))],
    ['(a<={username})', tlv(0xa6, tlv(4, 'a'), tlv(4, 'alice'))],
    ['(a~={username})', tlv(0xa8, tlv(4, 'a'), tlv(4, 'alice'))],
    ['(cn:caseExactMatch:={username})', tlv(0xa9, tlv(0x81, 'caseExactMatch'), tlv(0x82, 'cn'), tlv(0x83, 'alice'))],
    ['(cn:dn:2.4.6:={username})', tlv(0xa9, tlv(0x81, '2.4.6'), tlv(0x82, 'cn'), tlv(0x83, 'alice'), hex('8401ff'))],
    ['(:1.2.3:={username})', tlv(0xa9, tlv(0x81, '1.2.3'), tlv(0x83, 'alice'))],
  ])('%s', (text, expected) => {
    expect(written(text, 'alice')).toBe(expected.toString('hex'));
  });

  test.each<[string, Buffer | undefined]>([
    ['(uid={username})', present('uid')],
    ['(&(objectClass=person)(uid={username}))', tlv(0xa0, equality('objectClass', 'person'), present('uid'))],
    ['(|(sAMAccountName={username})(userPrincipalName={username}@x))', tlv(0xa1, present('sAMAccountName'), present('userPrincipalName'))],
    ['(&(a=x{username}*)(b>={username})(c<={username})(d~={username}))', tlv(0xa0, ...['a', 'b', 'c', 'd'].map(present))],
    ['(cn:caseExactMatch:={username})', present('cn')],
    ['(cn;lang-de={username})', present('cn;lang-de')],
    // under a negation the assertion says nothing of the entry
    ['(&(uid={username})(!(mail={username})))', tlv(0xa0, present('uid'))],
    [
      '(&(uid={username})(!(|(mail={username})(blocked=TRUE))))',
      tlv(0xa0, present('uid'), tlv(0xa2, tlv(0xa1, equality('blocked', 'TRUE')))),
    ],
    ['(&(uid={username})(!(!(mail={username}))))', tlv(0xa0, present('uid'))],
    ['(&(uid={username})(!(blocked=TRUE)))', tlv(0xa0, present('uid'), tlv(0xa2, equality('blocked', 'TRUE')))],
    // without an attribute there is nothing whose presence could be asked for
    ['(&(uid={username})(:1.2.3:={username}))', tlv(0xa0, present('uid'))],
    ['(|(uid={username})(:1.2.3:={username}))', tlv(0xa1, present('uid'))],
    ['(:1.2.3:={username})', undefined],
  ])('for anybody: %s', (text, expected) => {
    const parsed = parseUserFilter(text);
    if (!parsed.ok) throw new Error(parsed.expected);
    const writer = new BerWriter();
    parsed.filter.forAnybody?.write(writer);
    expect(writer.buffer.toString('hex')).toBe(expected?.toString('hex') ?? '');
  });

  test.each([
    ...['*', 'a*', '(', ')', ')(uid=*', '*)(|(uid=*'],
    String.raw`\2a`,
    ...['\\', '{username}', 'a\u0001', 'jörg', '张伟', '😀', ' alice ', '=', '&'],
  ])('the name %j stands for itself', (name) => {
    expect(written('(uid={username})', name)).toBe(equality('uid', name).toString('hex'));
  });

  test('the default filter of Active Directory', () => {
    const text = '(&(sAMAccountType=805306368)(|(sAMAccountName={username})(userPrincipalName={username})))';
    const accounts = tlv(0xa1, equality('sAMAccountName', 'a@corp.test'), equality('sAMAccountName', 'a'));
    const expected = tlv(0xa0, equality('sAMAccountType', '805306368'), tlv(0xa1, accounts, equality('userPrincipalName', 'a@corp.test')));
    expect(written(text, { typed: 'a@corp.test', accountName: 'a' })).toBe(expected.toString('hex'));
  });

  test('whatever the name, its bytes are the value’s bytes, in every kind of filter', () => {
    const kinds: readonly (readonly [string, (name: string) => Buffer])[] = [
      ['(uid={username})', (name) => equality('uid', name)],
      ['(uid=<{username}>)', (name) => equality('uid', `<${name}>`)],
      ['(uid=*{username}*)', (name) => tlv(0xa4, tlv(4, 'uid'), tlv(0x30, tlv(0x81, name)))],
      ['(uid>={username})', (name) => tlv(0xa5, tlv(4, 'uid'), tlv(4, name))],
      ['(uid~={username})', (name) => tlv(0xa8, tlv(4, 'uid'), tlv(4, name))],
      ['(uid:1.2.3:={username})', (name) => tlv(0xa9, tlv(0x81, '1.2.3'), tlv(0x82, 'uid'), tlv(0x83, name))],
    ];
    const names = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.string({ unit: fc.constantFrom(...Array.from('\\*()&|!={}2a\u0000é😀')), minLength: 1 }),
    );
    fc.assert(
      fc.property(names, fc.constantFrom(...kinds), (name, [text, expected]) => {
        expect(written(text, name)).toBe(expected(name).toString('hex'));
      }),
      { numRuns: 1000 },
    );
  });

  test('one filter serves many names, one after the other', () => {
    const parsed = parseUserFilter('(&(objectClass=person)(uid={username}))');
    const writtenFor = (typed: string): string => {
      const writer = new BerWriter();
      if (parsed.ok) parsed.filter.forName({ typed, accountName: undefined }).write(writer);
      return writer.buffer.toString('hex');
    };
    const expected = (name: string): string => tlv(0xa0, equality('objectClass', 'person'), equality('uid', name)).toString('hex');
    expect(['a', 'b', 'a'].map(writtenFor)).toEqual(['a', 'b', 'a'].map(expected));
  });
});

describe('the attributes that the name is compared with', () => {
  test.each<[string, readonly string[]]>([
    ['(uid={username})', ['uid']],
    ['(|(sAMAccountName={username})(userPrincipalName={username}))', ['samaccountname', 'userprincipalname']],
    ['(&(uid={username})(!(mail={username})))', ['uid']],
    ['(|(cn=*{username}*)(uidNumber>={username}))', ['cn', 'uidnumber']],
    ['(:1.2.3:={username})', ['']],
  ])('%s', (text, expected) => {
    const parsed = parseUserFilter(text);
    expect(parsed.ok && parsed.filter.nameAttributes).toEqual(expected);
  });
});

describe('a filter that does not ask for the name', () => {
  const expected = 'a filter with {username} in an assertion value, not only under !';

  test.each([
    ...['(uid=alice)', '(!(uid={username}))', '(uid=*)', '(uid={user})', '(uid={USERNAME})'],
    String.raw`(uid=\7busername})`,
    '(&)',
    '(&(objectClass=person)(|))',
  ])('%s', (text) => {
    expect(parseUserFilter(text)).toEqual({ ok: false, expected });
  });

  test('text that is no filter is refused in the parser’s words', () => {
    expect(parseUserFilter('uid={username}')).toEqual({ ok: false, expected: 'a filter in parentheses that match (RFC 4515)' });
  });
});
