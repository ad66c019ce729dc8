import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Control, PasswordPolicyControl } from 'ldapts';

import { search } from '../../../tools/demo-directory/operations.ts';
import { hashPassword } from '../../../tools/demo-directory/password.ts';
import { Tree } from '../../../tools/demo-directory/tree.ts';
import { type Garden, BASE, SERVICE, person, plant, resultOf, searchAsService, withClient, withoutPadding } from './garden.ts';

const PEOPLE = `ou=people,${BASE}`;

const WHO_AM_I = '1.3.6.1.4.1.4203.1.11.3';

const ENTRIES = [
  person('alice', { userPassword: [hashPassword('wonderland'), 'second'], mail: ['alice@example.org'], 'cn;lang-de': ['Alice (de)'] }),
  person('nopassword'),
  person('locked', { userPassword: ['right'], pwdAccountLockedTime: ['20260101000000Z'] }),
  person('fresh', { userPassword: ['right'], pwdReset: ['TRUE'] }),
  person('jörg, "the" +#', { userPassword: ['umlaut'] }),
  person(' edge ', { userPassword: ['spaces'] }),
  person('张伟', { userPassword: ['长城'], jpegPhoto: [Buffer.from([0xff, 0x00, 0xd8])] }),
];

let garden: Garden;
beforeAll(async () => {
  garden = await plant(ENTRIES);
});
afterAll(() => garden.close());

function bind(dn: string, password: string): Promise<number | string> {
  return withClient(garden.url, (client) => resultOf(client.bind(dn, password)));
}

describe('a bind', () => {
  test.each([
    ['the right password', `uid=alice,${PEOPLE}`, 'wonderland', 'success'],
    ['the second of two passwords', `uid=alice,${PEOPLE}`, 'second', 'success'],
    ['another spelling of the DN', `UID=ALICE, OU=people,dc=EXAMPLE,dc=org`, 'wonderland', 'success'],
    ['escapes in the DN', String.raw`uid=jo\CC\88rg\2c \22the\22 \2b\23,${PEOPLE}`, 'umlaut', 'success'],
    ['spaces at both ends', String.raw`uid=\20edge\ ,${PEOPLE}`, 'spaces', 'success'],
    ['Chinese', `uid=张伟,${PEOPLE}`, '长城', 'success'],
    ['no name and no password', '', '', 'success'],
    ['the wrong password', `uid=alice,${PEOPLE}`, 'Wonderland', 49],
    ['a password with a space more', `uid=alice,${PEOPLE}`, 'wonderland ', 49],
    ['a password with a NUL behind', `uid=alice,${PEOPLE}`, 'wonderland\0', 49],
    ['a name that is not there', `uid=nobody,${PEOPLE}`, 'wonderland', 49],
    ['an entry without a password', `uid=nopassword,${PEOPLE}`, 'x', 49],
    ['a password without a name', '', 'wonderland', 49],
    ['a locked entry, right', `uid=locked,${PEOPLE}`, 'right', 49],
    ['a locked entry, wrong', `uid=locked,${PEOPLE}`, 'wrong', 49],
    ['a password that must be changed', `uid=fresh,${PEOPLE}`, 'right', 'success'],
    ['a name and no password', `uid=alice,${PEOPLE}`, '', 53],
    ['a name that is not there and no password', `uid=nobody,${PEOPLE}`, '', 53],
    ['a name that is no DN', 'alice', 'wonderland', 34],
    ['SASL', 'PLAIN', 'x', 7],
  ])('with %s', async (_case, dn, password, result) => {
    expect(await bind(dn, password)).toBe(result);
  });

  test.each([
    ['locked', 'right', 49, { error: 1 }],
    ['locked', 'wrong', 49, { error: 1 }],
    ['fresh', 'right', 'success', { error: 2 }],
    ['fresh', 'wrong', 49, undefined],
    ['alice', 'wonderland', 'success', undefined],
  ])('asking for the password policy: %s with %s', async (uid, password, result, value) => {
    const control = new PasswordPolicyControl();
    const bound = await withClient(garden.url, (client) => resultOf(client.bind(`uid=${uid},${PEOPLE}`, password, control)));
    expect([bound, control.value]).toEqual([result, value]);
  });

  test('that is refused leaves the connection anonymous', async () => {
    await withClient(garden.url, async (client) => {
      await client.bind(SERVICE.dn, SERVICE.password);
      expect(await resultOf(client.bind(SERVICE.dn, 'wrong'))).toBe(49);
      expect(await resultOf(client.search(BASE))).toBe(32);
    });
  });

  test.each([
    ['non-critical', false, 'success'],
    ['critical', true, 12],
  ])('with a %s control that nobody knows', async (_criticality, critical, result) => {
    const control = new Control('1.2.3.4.5', { critical });
    expect(await withClient(garden.url, (client) => resultOf(client.bind(SERVICE.dn, SERVICE.password, control)))).toBe(result);
  });
});

test('"Who am I?" is answered with the DN as the entry has it, or nothing for nobody', async () => {
  await withClient(garden.url, async (client) => {
    expect((await client.exop(WHO_AM_I)).value ?? '').toBe('');
    await client.bind(`UID=ALICE, ${PEOPLE}`, 'wonderland');
    expect((await client.exop(WHO_AM_I)).value).toBe(`dn:uid=alice,${PEOPLE}`);
    expect(await resultOf(client.bind(SERVICE.dn, 'wrong'))).toBe(49);
    expect((await client.exop(WHO_AM_I)).value ?? '').toBe('');
  });
});

test('an entryUUID is the same after a restart, and each entry has its own', async () => {
  const uuids = async (of: Garden): Promise<readonly unknown[]> =>
    (await searchAsService(of, BASE, { attributes: ['entryUUID'] })).map(({ entryUUID }) => entryUUID);
  const again = await plant(ENTRIES);
  try {
    const before = await uuids(garden);
    expect(await uuids(again)).toEqual(before);
    expect(new Set(before).size).toBe(ENTRIES.length + 4);
  } finally {
    await again.close();
  }
});

test('a user reads its own entry and the groups', async () => {
  await withClient(garden.url, async (client) => {
    await client.bind(`uid=alice,${PEOPLE}`, 'wonderland');
    const dns = [`uid=alice,${PEOPLE}`, `ou=groups,${BASE}`];
    for (const dn of dns) expect((await client.search(dn, { scope: 'base' })).searchEntries.map((entry) => entry.dn)).toEqual([dn]);
  });
});

describe('a search', () => {
  const names = async (base: string, scope: 'base' | 'one' | 'sub'): Promise<readonly string[]> =>
    (await searchAsService(garden, base, { scope, filter: '(!(objectClass=inetOrgPerson))', attributes: ['1.1'] })).map(({ dn }) => dn);

  test('keeps to its scope', async () => {
    const children = [PEOPLE, `ou=groups,${BASE}`, SERVICE.dn];
    expect(await names(BASE, 'base')).toEqual([BASE]);
    expect(await names(BASE, 'one')).toEqual(children);
    expect(await names('DC=example, DC=org', 'sub')).toEqual([BASE, ...children]);
    expect(await names('', 'sub')).toEqual([BASE, ...children]);
    expect(await names(SERVICE.dn, 'one')).toEqual([]);
  });

  const read = async (attributes: readonly string[]): Promise<unknown> => {
    const [entry] = await searchAsService(garden, `uid=alice,${PEOPLE}`, { scope: 'base', attributes: [...attributes] });
    return entry;
  };
  const dn = `uid=alice,${PEOPLE}`;

  test.each([
    [['1.1'], { dn }],
    [['mail'], { dn, mail: 'alice@example.org' }],
    [['MAIL', '1.1'], { dn, mail: 'alice@example.org' }],
    [['cn'], { dn, cn: 'alice', 'cn;lang-de': 'Alice (de)' }],
    [['cn;lang-de'], { dn, 'cn;lang-de': 'Alice (de)' }],
    [['cn;lang-en'], { dn }],
    [['userPassword'], { dn }],
    [['2.5.4.35', 'nothing'], { dn }],
    [['entryDN'], { dn, entryDN: dn }],
  ])('returns what is asked for: %p', async (attributes, entry) => {
    expect(await read(attributes)).toEqual(entry);
  });

  test('returns the user attributes, or the operational ones, but never a password', async () => {
    const user = {
      objectClass: 'inetOrgPerson',
      uid: 'alice', cn: 'alice', sn: 'alice', mail: 'alice@example.org', 'cn;lang-de': 'Alice (de)',
    }; // prettier-ignore
    const operational = { entryDN: dn, entryUUID: expect.stringMatching(/^[0-9a-f-]{36}$/) };
    expect(await read([])).toEqual({ dn, ...user });
    expect(await read(['*'])).toEqual({ dn, ...user });
    expect(await read(['+'])).toEqual({ dn, ...operational });
    expect(await read(['*', '+'])).toEqual({ dn, ...user, ...operational });
  });

  test('returns names alone, or bytes', async () => {
    const base = `uid=张伟,${PEOPLE}`;
    const options = { scope: 'base', attributes: ['jpegPhoto'] } as const;
    const [bytes] = await searchAsService(garden, base, { ...options, attributes: ['jpegPhoto'], explicitBufferAttributes: ['jpegPhoto'] });
    expect(bytes?.['jpegPhoto']).toEqual(Buffer.from([0xff, 0x00, 0xd8]));
    await withClient(garden.url, async (client) => {
      await client.bind(SERVICE.dn, SERVICE.password);
      const [types] = (await client.search(base, { scope: 'base', returnAttributeValues: false })).searchEntries;
      expect(types).toEqual({ dn: base, objectClass: [], uid: [], cn: [], sn: [], jpegPhoto: [] });
    });
  });

  test('returns a DN that can be bound as it is', async () => {
    const entries = await searchAsService(garden, PEOPLE, { scope: 'one', filter: '(|(uid=j*)(uid=*edge*)(uid=张伟))' });
    const results = await Promise.all(['umlaut', 'spaces', '长城'].map((password, index) => bind(entries[index]?.dn ?? '', password)));
    expect(results).toEqual(['success', 'success', 'success']);
  });

  test('stops at the size limit', async () => {
    const search = (sizeLimit: number): Promise<readonly unknown[]> =>
      searchAsService(garden, PEOPLE, { scope: 'one', filter: '(uid=*e*)', sizeLimit, attributes: ['1.1'] });
    // ldapts takes sizeLimitExceeded for success and returns what came before it.
    expect((await search(1)).length).toBe(1);
    expect((await search(2)).length).toBe(2);
    expect((await search(5)).length).toBe(5);
    expect((await search(0)).length).toBe(5);
  });

  test.each([
    [`uid=x,uid=nobody,${PEOPLE}`, 32],
    ['dc=other', 32],
    ['alice', 34],
  ])('from the base %s', async (base, result) => {
    expect(await resultOf(searchAsService(garden, base, {}))).toBe(result);
  });

  test('without a bind sees the root DSE and nothing else', async () => {
    await withClient(garden.url, async (client) => {
      expect(await resultOf(client.search(BASE))).toBe(32);
      expect(await resultOf(client.search('', { scope: 'sub' }))).toBe(32);
      await client.bind('', '');
      expect(await resultOf(client.search(PEOPLE))).toBe(32);
      const [dse] = (await client.search('', { scope: 'base', attributes: ['*', '+'] })).searchEntries;
      expect(dse && withoutPadding(dse)).toEqual({
        dn: '',
        objectClass: 'top',
        namingContexts: BASE,
        supportedLDAPVersion: '3',
        supportedExtension: ['1.3.6.1.4.1.1466.20037', WHO_AM_I],
        supportedControl: PasswordPolicyControl.type,
        supportedFeatures: '1.3.6.1.4.1.4203.1.5.1',
        vendorName: 'ldap-auth embedded directory',
      });
    });
  });
});

test.each([
  [0, 0, 2],
  [1, 4, 1],
  [2, 0, 2],
])('the size limit %i over two entries is answered with %i', (sizeLimit, code, count) => {
  const tree = Tree.plant([person('alice'), person('bob')]);
  const filter = { kind: 'present', attribute: 'uid' } as const;
  const reply = search(
    tree,
    { dn: SERVICE.dn },
    {
      kind: 'search',
      base: '',
      scope: 'sub',
      sizeLimit,
      types: 'only',
      filter,
      attributes: ['1.1'],
    },
  );
  expect([reply.result.code, reply.entries.length]).toEqual([code, count]);
});

describe('what the directory does not do', () => {
  test('is refused, and the connection goes on', async () => {
    await withClient(garden.url, async (client) => {
      await client.bind(SERVICE.dn, SERVICE.password);
      expect(await resultOf(client.del(SERVICE.dn))).toBe(53);
      expect(await resultOf(client.add(`cn=x,${BASE}`, { cn: ['x'] }))).toBe(53);
      expect(await resultOf(client.compare(SERVICE.dn, 'cn', 'service'))).toBe(53);
      expect(await resultOf(client.modifyDN(SERVICE.dn, 'cn=y'))).toBe(53);
      expect(await resultOf(client.exop('1.3.6.1.4.1.4203.1.11.1'))).toBe(2);
      expect((await client.search(BASE, { scope: 'base' })).searchEntries.length).toBe(1);
    });
  });
});

test.each([
  ['a DN that is none', [{ dn: 'alice', attributes: {} }]],
  ['two entries with one DN', [person('alice'), person('ALICE')]],
  ['a missing parent', [{ dn: `uid=a,ou=nowhere,${BASE}`, attributes: {} }]],
  ['a value against its syntax', [person('alice', { mail: ['jörg@example.org'] })]],
])('a directory with %s does not start', async (_fault, entries) => {
  await expect(plant(entries)).rejects.toThrow();
});
