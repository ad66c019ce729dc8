import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EqualityFilter, ExtensibleFilter, type Filter, GreaterThanEqualsFilter, NotFilter, OrFilter, PresenceFilter } from 'ldapts';

import { type Garden, BASE, SERVICE, found, person, plant, withClient } from './garden.ts';

const PEOPLE = [
  person('alice', {
    cn: ['Alice  Liddell'],
    mail: ['shared@example.org', 'alice@example.org'],
    uidNumber: ['1000'],
    userAccountControl: ['514'],
    'description;lang-de': ['Wunderland'],
    homeDirectory: ['/home/Alice'],
    manager: [`uid=bob,ou=people,${BASE}`],
    userPassword: ['wonderland'],
  }),
  person('bob', { mail: ['shared@example.org'], uidNumber: ['9'], userAccountControl: ['512'], manager: [`uid=carol,ou=people,${BASE}`] }),
  person('carol', { uidNumber: ['200'], manager: [`uid=alice,ou=people,${BASE}`], favouriteTea: ['Assam'] }),
];

const groups = [
  {
    dn: `cn=inner,ou=groups,${BASE}`,
    attributes: { objectClass: ['groupOfNames'], cn: ['inner'], member: [`UID=Alice, ou=people,${BASE}`] },
  },
  {
    dn: `cn=outer,ou=groups,${BASE}`,
    attributes: { objectClass: ['groupOfNames'], cn: ['outer'], member: [`cn=inner,ou=groups,${BASE}`] },
  },
];

function equal(attribute: string, value: string): Filter {
  return new EqualityFilter({ attribute, value });
}

describe('a filter', () => {
  let garden: Garden;
  beforeAll(async () => {
    garden = await plant([...PEOPLE, ...groups]);
  });
  afterAll(() => garden.close());

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
    ['(uidNumber=200)', ['uid=carol']],
    ['(homeDirectory=/home/Alice)', ['uid=alice']],
    ['(homeDirectory=/home/alice)', []],
    ['(description=Wunderland)', ['uid=alice']],
    ['(favouriteTea=assam)', ['uid=carol']],
    [`(manager=UID=Bob, OU=People,${BASE})`, ['uid=alice']],
    [`(memberOf=cn=inner,ou=groups,${BASE})`, ['uid=alice']],
    [`(memberOf=cn=outer,ou=groups,${BASE})`, []],
  ])('%s finds %p', async (filter, names) => {
    expect(await found(garden, filter)).toEqual(names);
  });

  test.each<[string, Filter, readonly string[]]>([
    ['2.5.4.3', equal('2.5.4.3', 'bob'), ['uid=bob']],
    ['description;lang-de', equal('description;lang-de', 'wunderland'), ['uid=alice']],
    ['description;lang-en', equal('description;lang-en', 'wunderland'), []],
  ])('with the attribute %s', async (_name, filter, names) => {
    expect(await found(garden, filter)).toEqual(names);
  });

  test.each<[string, Filter]>([
    ['an attribute that nobody knows', equal('noSuchAttribute', 'x')],
    ['the presence of one', new PresenceFilter({ attribute: 'noSuchAttribute' })],
    ['a password', equal('userPassword', 'wonderland')],
    ['the presence of a password', new PresenceFilter({ attribute: 'userPassword' })],
    ['an empty directory string', equal('uid', '')],
    ['no integer', equal('uidNumber', '1e3')],
    ['an integer with a zero in front', equal('uidNumber', '0200')],
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

describe('any text', () => {
  test('is found by an equality filter with exactly that text, and by no other', async () => {
    const texts = fc.sample(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), 150);
    const awkward = ['*', 'a*b', '\\2a', 'x)(uid=*', ' ', ' a', 'a ', '#a', 'a,b', '\u0000', '\ufeffbom', 'é', '👩\u200d👩\u200d👧', 'ß'];
    const entries = [...texts, ...awkward].map((text, index) => person(`p${index}`, { cn: [text] }));
    const garden = await plant(entries);
    try {
      await withClient(garden.url, async (client) => {
        await client.bind(SERVICE.dn, SERVICE.password);
        for (const [index, entry] of entries.entries()) {
          const text = String(entry.attributes['cn']?.[0]);
          const { searchEntries } = await client.search(BASE, { filter: equal('cn', text), attributes: ['uid', 'cn'] });
          expect(searchEntries.map(({ uid }) => uid)).toContain(`p${index}`);
          const prepared = (value: unknown): string => String(value).normalize('NFKC').toLowerCase().replace(/ +/g, ' ').trim();
          expect(searchEntries.filter(({ cn }) => prepared(cn) !== prepared(text))).toEqual([]);
        }
      });
    } finally {
      await garden.close();
    }
  });
});
