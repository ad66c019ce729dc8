import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { type FilterNode, parseFilterText, type Value } from '../../../src/directory/names/filter-text.ts';

/** A value as text, with the hole in braces; what is not UTF-8 would show as such. */
function shown(value: Value): string {
  return value.map((part) => (part === 'username' ? '{username}' : part.toString('latin1'))).join('');
}

/** A filter as nested arrays: kind, attribute, value. */
function sketch(node: FilterNode): unknown {
  switch (node.kind) {
    case 'and':
    case 'or':
      return [node.kind, ...node.nodes.map(sketch)];
    case 'not':
      return ['not', sketch(node.node)];
    case 'present':
      return ['present', node.attribute];
    case 'substrings':
      return ['substrings', node.attribute, shown(node.initial), node.any.map(shown), shown(node.final)];
    case 'extensible':
      return ['extensible', node.attribute, node.rule, node.dn, shown(node.value)];
    default:
      return [node.kind, node.attribute, shown(node.value)];
  }
}

function parsed(text: string): unknown {
  const result = parseFilterText(text);
  return result.ok ? sketch(result.node) : result.expected;
}

function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}

describe('the examples of RFC 4515, 4', () => {
  test.each<[string, unknown]>([
    ['(cn=Babs Jensen)', ['equal', 'cn', 'Babs Jensen']],
    ['(!(cn=Tim Howes))', ['not', ['equal', 'cn', 'Tim Howes']]],
    [
      '(&(objectClass=Person)(|(sn=Jensen)(cn=Babs J*)))',
      ['and', ['equal', 'objectClass', 'Person'], ['or', ['equal', 'sn', 'Jensen'], ['substrings', 'cn', 'Babs J', [], '']]],
    ],
    ['(o=univ*of*mich*)', ['substrings', 'o', 'univ', ['of', 'mich'], '']],
    ['(seeAlso=)', ['equal', 'seeAlso', '']],
    ['(cn:caseExactMatch:=Fred Flintstone)', ['extensible', 'cn', 'caseExactMatch', false, 'Fred Flintstone']],
    ['(cn:=Betty Rubble)', ['extensible', 'cn', '', false, 'Betty Rubble']],
    ['(sn:dn:2.4.6.8.10:=Barney Rubble)', ['extensible', 'sn', '2.4.6.8.10', true, 'Barney Rubble']],
    ['(o:dn:=Ace Industry)', ['extensible', 'o', '', true, 'Ace Industry']],
    ['(:1.2.3:=Wilma Flintstone)', ['extensible', '', '1.2.3', false, 'Wilma Flintstone']],
    ['(:DN:2.4.6.8.10:=Dino)', ['extensible', '', '2.4.6.8.10', true, 'Dino']],
    [String.raw`(o=Parens R Us \28for all your parenthetical needs\29)`, ['equal', 'o', 'Parens R Us (for all your parenthetical needs)']],
    [String.raw`(cn=*\2A*)`, ['substrings', 'cn', '', ['*'], '']],
    [String.raw`(filename=C:\5cMyFile)`, ['equal', 'filename', String.raw`C:\MyFile`]],
    [String.raw`(bin=\00\00\00\04)`, ['equal', 'bin', '\0\0\0\u0004']],
    [String.raw`(sn=Lu\c4\8di\c4\87)`, ['equal', 'sn', latin1('Lučić')]],
    [String.raw`(1.3.6.1.4.1.1466.0=\04\02\48\69)`, ['equal', '1.3.6.1.4.1.1466.0', '\u0004\u0002Hi']],
  ])('%s', (text, expected) => {
    expect(parsed(text)).toEqual(expected);
  });
});

describe('a filter', () => {
  test.each<[string, unknown]>([
    ['(uid={username})', ['equal', 'uid', '{username}']],
    ['(mail={username}@example.com)', ['equal', 'mail', '{username}@example.com']],
    ['(cn={username}{username})', ['equal', 'cn', '{username}{username}']],
    ['(cn=a*{username}*z)', ['substrings', 'cn', 'a', ['{username}'], 'z']],
    [
      '(memberOf:1.2.840.113556.1.4.1941:=cn={username},dc=x)',
      ['extensible', 'memberOf', '1.2.840.113556.1.4.1941', false, 'cn={username},dc=x'],
    ],
    ['(cn={user})', ['equal', 'cn', '{user}']],
    [String.raw`(cn=\7busername})`, ['equal', 'cn', '{username}']], // these very characters, but no hole: see filter.test.ts
    ['(uid=*)', ['present', 'uid']],
    ['(2.5.4.0=*)', ['present', '2.5.4.0']],
    ['(cn;lang-de;x-a=b)', ['equal', 'cn;lang-de;x-a', 'b']],
    ['(uidNumber>=1000)', ['greater', 'uidNumber', '1000']],
    ['(uidNumber<={username})', ['less', 'uidNumber', '{username}']],
    ['(cn~=smith)', ['approximate', 'cn', 'smith']],
    ['(cn=a=b)', ['equal', 'cn', 'a=b']],
    ['(cn=a>=b)', ['equal', 'cn', 'a>=b']],
    ['(cn=a:=b)', ['equal', 'cn', 'a:=b']],
    ['(sn=Lučić)', ['equal', 'sn', latin1('Lučić')]],
    ['(sn=😀)', ['equal', 'sn', latin1('😀')]],
    ['(cn= a )', ['equal', 'cn', ' a ']], // spaces in a value are the value's
    ['(&)', ['and']], // RFC 4526
    ['(|)', ['or']],
    ['(&(a=b))', ['and', ['equal', 'a', 'b']]],
    ['(!(!(a=b)))', ['not', ['not', ['equal', 'a', 'b']]]],
    ['  (a=b)\n', ['equal', 'a', 'b']],
    [' ( & ( a=b ) \n\t( ! (c=d) ) ) ', ['and', ['equal', 'a', 'b '], ['not', ['equal', 'c', 'd']]]],
    ['(a =b)', ['equal', 'a', 'b']],
  ])('%s', (text, expected) => {
    expect(parsed(text)).toEqual(expected);
  });

  test('is understood 50 deep, and no deeper', () => {
    const nested = (depth: number): string => `${'(!'.repeat(depth)}(a=b)${')'.repeat(depth)}`;
    expect([50, 51, 20_000].map((depth) => parseFilterText(nested(depth)).ok)).toEqual([true, false, false]);
  });
});

const PARENTHESES = 'a filter in parentheses that match (RFC 4515)';
const ITEM = 'attribute, operator and value between parentheses';
const ATTRIBUTE = 'attribute names or OIDs; {username} only inside assertion values';
const ESCAPES = String.raw`special characters in values as \28 \29 \2a \5c \00`;

describe('what is no filter', () => {
  test.each([
    ['', PARENTHESES],
    ['uid=a', PARENTHESES],
    ['{username}', PARENTHESES],
    ['(uid=a', PARENTHESES],
    ['(&(uid=a)', PARENTHESES],
    ['(&(uid=a)x)', PARENTHESES],
    ['((uid=a))', ITEM],
    ['()', ITEM],
    ['(uid)', ITEM],
    ['({username})', ITEM],
    ['(uid>a)', ITEM],
    ['(uid=a))', 'one filter, and nothing after it'],
    ['(uid=a)(uid=b)', 'one filter, and nothing after it'],
    ['(!)', 'exactly one filter after !'],
    ['(!(a=b)(c=d))', 'exactly one filter after !'],
    ['(=a)', ATTRIBUTE],
    ['({username}=a)', ATTRIBUTE],
    ['(u id=a)', ATTRIBUTE],
    ['(ü=a)', ATTRIBUTE],
    ['(5=a)', ATTRIBUTE],
    ['(1.=a)', ATTRIBUTE],
    ['(uid;=a)', ATTRIBUTE],
    ['(cn:{username}:=a)', ATTRIBUTE],
    ['(:={username})', 'an attribute or a matching rule before :='],
    ['(:dn:={username})', 'an attribute or a matching rule before :='],
    ['(cn:dn:1.2:3:=a)', 'attribute:dn:matchingRule:=value'],
    ['(cn=a**b)', 'something between two asterisks'],
    ['(cn=**)', 'something between two asterisks'],
    [String.raw`(cn=a\)`, ESCAPES],
    [String.raw`(cn=a\2)`, ESCAPES],
    [String.raw`(cn=a\zz)`, ESCAPES],
    [String.raw`(cn=\{username})`, ESCAPES],
    [String.raw`(cn=\4{username})`, ESCAPES],
    ['(cn=a\0)', ESCAPES],
    ['(cn=a(b)', ESCAPES],
    ['(cn>=*)', ESCAPES],
    [String.raw`(cn=\ff*)`, 'escaped bytes that are not UTF-8 only in (attribute=value)'],
  ])('%j: %s', (text, expected) => {
    expect(parsed(text)).toBe(expected);
  });

  test('any text is a filter or none, never a throw, and what is said of it never quotes it', () => {
    const pieces = fc.constantFrom(
      ...['(', ')', '&', '|', '!', '=', ':=', '~=', ':dn', '*', '\\', '\\2a'],
      ...['{username}', 'uid', ' ', 'hidden', '\0', 'ü'],
    );
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces, { maxLength: 20 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const result = parseFilterText(text);
        if (!result.ok) expect(result.expected).not.toContain('hidden');
      }),
      { numRuns: 2000 },
    );
  });
});
