import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Control, PasswordPolicyControl } from 'ldapts';

import { hashPassword } from '../../../tools/demo-directory/password.ts';
import { search } from '../../../tools/demo-directory/operations.ts';
import { Tree } from '../../../tools/demo-directory/tree.ts';
import { type Garden, BASE, PEOPLE, SERVICE, person, plant, resultOf, searchAsService, withClient, withoutPadding } from './garden.ts';

const WHO_AM_I = '1.3.6.1.4.1.4203.1.11.3';

const ENTRIES = [
  person('alice', { userPassword: [hashPassword('wonderland'), 'second'], mail: ['alice@example.org'] }),
  person('nopassword'),
  person('locked', { userPassword: ['right'], pwdAccountLockedTime: ['20260101000000Z'] }),
  person('fresh', { userPassword: ['right'], pwdReset: ['TRUE'] }),
  person('jörg, "the" +#', { userPassword: ['umlaut'] }),
  person(' edge ', { userPassword: ['spaces'] }),
  person('张伟', { userPassword: ['长城'] }),
];

let garden: Garden;
beforeAll(async () => {
  garden = await plant(ENTRIES);
});
afterAll(() => garden.close());

function bind(dn: string, password: string, control?: Control): Promise<unknown> {
  return withClient(garden.url, (client) => resultOf(client.bind(dn, password, control)));
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
  ])('of %s with %s: the password policy is told if it is asked for', async (uid, password, result, value) => {
    const control = new PasswordPolicyControl();
    expect([await bind(`uid=${uid},${PEOPLE}`, password, control), control.value]).toEqual([result, value]);
    expect(await bind(`uid=${uid},${PEOPLE}`, password)).toBe(result);
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
  ])('with an unknown %s control', async (_criticality, critical, result) => {
    expect(await bind(SERVICE.dn, SERVICE.password, new Control('1.2.3.4.5', { critical }))).toBe(result);
  });
});

test('"Who am I?" is answered with the DN as the entry has it, or nothing for nobody', async () => {
  await withClient(garden.url, async (client) => {
    const asked = async (): Promise<string> => (await client.exop(WHO_AM_I)).value ?? '';
    expect(await asked()).toBe('');
    await client.bind(`UID=ALICE, ${PEOPLE}`, 'wonderland');
    expect(await asked()).toBe(`dn:uid=alice,${PEOPLE}`);
    expect(await resultOf(client.exop('1.3.6.1.4.1.4203.1.11.1'))).toBe(2); // no other extended operation
    expect(await resultOf(client.bind(SERVICE.dn, 'wrong'))).toBe(49);
    expect(await asked()).toBe('');
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
  const dn = `uid=alice,${PEOPLE}`;

  test('keeps to its scope', async () => {
    const names = async (base: string, scope: 'base' | 'one' | 'sub'): Promise<readonly string[]> =>
      (await searchAsService(garden, base, { scope, filter: '(!(objectClass=inetOrgPerson))', attributes: ['1.1'] })).map((one) => one.dn);
    const children = [PEOPLE, `ou=groups,${BASE}`, SERVICE.dn];
    expect(await names(BASE, 'base')).toEqual([BASE]);
    expect(await names(BASE, 'one')).toEqual(children);
    expect(await names('DC=example, DC=org', 'sub')).toEqual([BASE, ...children]);
    expect(await names('', 'sub')).toEqual([BASE, ...children]);
    expect(await names(SERVICE.dn, 'one')).toEqual([]);
  });

  const everything = {
    ...{ dn, objectClass: 'inetOrgPerson', uid: 'alice', cn: 'alice', sn: 'alice', mail: 'alice@example.org' },
    ...{ entryDN: dn, entryUUID: expect.stringMatching(/^[0-9a-f-]{36}$/) },
  };

  test.each([
    [['1.1'], { dn }],
    [['mail'], { dn, mail: 'alice@example.org' }],
    [['MAIL', '1.1'], { dn, mail: 'alice@example.org' }],
    [['userPassword'], { dn }],
    [['2.5.4.35', 'nothing'], { dn }],
    [['entryDN'], { dn, entryDN: dn }],
    [[], everything],
    [['*'], everything],
  ])('returns what is asked for, and never a password: %j', async (attributes, entry) => {
    expect(await searchAsService(garden, dn, { scope: 'base', attributes })).toEqual([entry]);
  });

  test('returns a DN that can be bound as it is', async () => {
    const entries = await searchAsService(garden, PEOPLE, { scope: 'one', filter: '(|(uid=j*)(uid=*edge*)(uid=张伟))' });
    const results = await Promise.all(['umlaut', 'spaces', '长城'].map((password, index) => bind(entries[index]?.dn ?? '', password)));
    expect(results).toEqual(['success', 'success', 'success']);
  });

  test.each([
    [1, 1],
    [2, 2],
    [5, 5],
    [0, 5],
  ])('under the size limit %i returns %i', async (sizeLimit, count) => {
    // ldapts takes sizeLimitExceeded for success and returns what came before it.
    const entries = await searchAsService(garden, PEOPLE, { scope: 'one', filter: '(uid=*e*)', sizeLimit, attributes: ['1.1'] });
    expect(entries).toHaveLength(count);
  });

  test.each([
    [0, 0],
    [1, 4],
    [2, 0],
  ])('the size limit %i over two entries is answered with %i', (sizeLimit, code) => {
    const filter = { kind: 'present', attribute: 'uid' } as const;
    const request = { kind: 'search', base: '', scope: 'sub', sizeLimit, filter, attributes: ['1.1'] } as const;
    expect(search(Tree.plant([person('alice'), person('bob')]), { dn: SERVICE.dn }, request).result.code).toBe(code);
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
      const [dse] = (await client.search('', { scope: 'base' })).searchEntries;
      expect(dse && withoutPadding(dse)).toEqual({
        ...{ dn: '', objectClass: 'top', namingContexts: BASE, supportedLDAPVersion: '3' },
        ...{ supportedExtension: ['1.3.6.1.4.1.1466.20037', WHO_AM_I], supportedControl: PasswordPolicyControl.type },
        vendorName: 'ldap-auth embedded directory',
      });
    });
  });
});

test.each([
  ['a DN that is none', [{ dn: 'alice', attributes: {} }]],
  ['two entries with one DN', [person('alice'), person('ALICE')]],
  ['a value against its syntax', [person('alice', { mail: ['jörg@example.org'] })]],
])('a directory with %s does not start', async (_fault, entries) => {
  await expect(plant(entries)).rejects.toThrow();
});
