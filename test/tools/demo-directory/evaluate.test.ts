import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EqualityFilter, ExtensibleFilter, type Filter, GreaterThanEqualsFilter, NotFilter, OrFilter, PresenceFilter } from 'ldapts';

import { type Garden, BASE, PEOPLE, found, person, plant, searchAsService } from './garden.ts';

function group(cn: string, member: string): ReturnType<typeof person> {
  return { dn: `cn=${cn},ou=groups,${BASE}`, attributes: { objectClass: ['groupOfNames'], cn: [cn], member: [member] } };
}

/** Texts of every kind, and those that a filter or a comparison could mistake. */
const TEXTS = [
  ...fc.sample(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), 150),
  ...['*', 'a*b', '\\2a', 'x)(uid=*', ' ', ' a', 'a ', '#a', 'a,b', '\u0000', '\ufeffbom', 'é', '👩\u200d👩\u200d👧', 'ß'],
];

const ENTRIES = [
  person('alice', {
    ...{ cn: ['Alice  Liddell'], mail: ['shared@example.org', 'alice@example.org'], description: ['Wunderland'] },
    ...{ manager: [`uid=bob,${PEOPLE}`], userPassword: ['wonderland'] },
  }),
  person('bob', { mail: ['shared@example.org'], manager: [`uid=carol,${PEOPLE}`] }),
  person('carol', { manager: [`uid=alice,${PEOPLE}`], favouriteTea: ['Assam'] }),
  group('inner', `UID=Alice, ${PEOPLE}`),
  group('outer', `cn=inner,ou=groups,${BASE}`),
];

function equal(attribute: string, value: string): Filter {
  return new EqualityFilter({ attribute, value });
}

let garden: Garden;
let texts: Garden;
beforeAll(async () => {
  garden = await plant(ENTRIES);
  texts = await plant(TEXTS.map((text, index) => person(`p${index}`, { cn: [text] })));
});
afterAll(async () => {
  await garden.close();
  await texts.close();
});

describe('a filter', () => {
  const everyone = ['uid=alice', 'uid=bob', 'uid=carol'];

  test.each<[string, readonly string[]]>([
    ['(uid=alice)', ['uid=alice']],
    ['(uid=ALICE)', ['uid=alice']],
    ['(userid=alice)', ['uid=alice']],
    ['(uid=nobody)', []],
    ['(cn=alice liddell)', ['uid=alice']],
    ['(cn= alice   liddell )', ['uid=alice']],
    ['(mail=shared@example.org)', ['uid=alice', 'uid=bob']],
    ['(mail=ａlice@example.org)', []], // IA5: no full-width letters
    ['(uid=ａｌｉｃｅ)', ['uid=alice']],
    ['(objectClass=PERSON)', everyone],
    ['(&(objectClass=person)(uid=bob))', ['uid=bob']],
    ['(|(uid=alice)(uid=carol))', ['uid=alice', 'uid=carol']],
    ['(!(uid=alice))', ['uid=bob', 'uid=carol']],
    ['(mail=*)', ['uid=alice', 'uid=bob']],
    ['(!(mail=*))', ['uid=carol']],
    ['(uid=a*)', ['uid=alice']],
    ['(uid=*o*)', ['uid=bob', 'uid=carol']],
    ['(uid=*ol)', ['uid=carol']],
    ['(cn=a*ce*i*dell)', ['uid=alice']],
    ['(cn=alice *)', ['uid=alice']],
    ['(cn=alic *)', []],
    ['(uid=bob*b)', []], // parts may not overlap
    ['(description=Wunderland)', ['uid=alice']],
    ['(favouriteTea=assam)', ['uid=carol']],
    [`(manager=UID=Bob, OU=People,${BASE})`, ['uid=alice']],
    [`(memberOf=cn=inner,ou=groups,${BASE})`, ['uid=alice']],
    [`(memberOf=cn=outer,ou=groups,${BASE})`, []],
  ])('%s finds %p', async (filter, names) => {
    expect(await found(garden, filter)).toEqual(names);
  });

  test('finds by the OID of an attribute', async () => {
    expect(await found(garden, equal('2.5.4.3', 'bob'))).toEqual(['uid=bob']);
  });

  test.each<[string, Filter]>([
    ['an unknown attribute', equal('noSuchAttribute', 'x')],
    ['the presence of one', new PresenceFilter({ attribute: 'noSuchAttribute' })],
    ['a password', equal('userPassword', 'wonderland')],
    ['the presence of a password', new PresenceFilter({ attribute: 'userPassword' })],
    ['an empty directory string', equal('uid', '')],
    ['the order of names', new GreaterThanEqualsFilter({ attribute: 'uid', value: 'bob' })],
    ['no DN', equal('manager', 'bob')],
    ['a rule that is not offered', new ExtensibleFilter({ matchType: 'uid', rule: 'caseExactMatch', value: 'alice' })],
  ])('is Undefined about %s, and so is its negation', async (_name, filter) => {
    expect(await found(garden, filter)).toEqual([]);
    expect(await found(garden, new NotFilter({ filter }))).toEqual([]);
    expect(await found(garden, new OrFilter({ filters: [filter, equal('uid', 'bob')] }))).toEqual(['uid=bob']);
  });

  test.each(['*', 'a*', 'alice)(uid=*', '\\2a', 'alice\0', '(uid=alice)', 'alic', ''])('finds nobody for the name %p', async (name) => {
    expect(await found(garden, equal('uid', name))).toEqual([]);
  });
});

test('any text is found by an equality filter with exactly that text, and by no other', async () => {
  const prepared = (value: unknown): string => String(value).normalize('NFKC').toLowerCase().replace(/ +/g, ' ').trim();
  for (const [index, text] of TEXTS.entries()) {
    const entries = await searchAsService(texts, BASE, { filter: equal('cn', text), attributes: ['uid', 'cn'] });
    expect(entries.map(({ uid }) => uid)).toContain(`p${index}`);
    expect(entries.filter(({ cn }) => prepared(cn) !== prepared(text))).toEqual([]);
  }
});
