import { afterEach, describe, expect, test } from '@jest/globals';

import type { Operation } from '../../src/dev/directory/message.ts';
import { makeService } from '../support/ask.ts';
import { bindResult, found, type Reply, type ScriptedDirectory, startScripted } from '../support/scripted-directory.ts';

const BASE = 'dc=corp,dc=example,dc=test';
const ALICE = `cn=Alice,${BASE}`;

let directory: ScriptedDirectory | undefined;

afterEach(async () => {
  await directory?.close();
});

const environmentOf = (url: string, more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => ({
  LDAP_URL: url,
  LDAP_ALLOW_PLAINTEXT: 'true',
  LDAP_BIND_DN: `cn=service,${BASE}`,
  LDAP_BIND_PASSWORD: 'service',
  LDAP_BASE_DN: BASE,
  ...more,
});

type Script = { readonly service?: Reply; readonly search?: Reply; readonly base?: Reply; readonly user?: Reply };

const play =
  (script: Script) =>
  (operation: Operation): Reply => {
    if (operation.kind === 'bind') {
      const isService = operation.name.startsWith('cn=service');
      return (isService ? script.service : script.user) ?? bindResult(0);
    }
    const isBase = operation.kind === 'search' && operation.scope === 'base';
    return (isBase ? script.base : script.search) ?? found([]);
  };

const askWith = async (script: Script, more: Readonly<Record<string, string>> = {}) => {
  directory = await startScripted(play(script));
  const { body } = await makeService(environmentOf(directory.url, more))('alice', 'secret');
  return body;
};

const kindsOf = (operations: readonly Operation[]): readonly string[] => operations.map(({ kind }) => kind);

const VISIBLE_BASE = found([BASE]);
const AD = { LDAP_DIRECTORY: 'active-directory' };

describe('none is claimed only with proof', () => {
  const rows: readonly (readonly [string, Script, Readonly<Record<string, string>>, object])[] = [
    ['no entry, and the base can be read', { base: VISIBLE_BASE }, {}, { status: 1, reason: 'user-not-found' }],
    ['no entry, and no base either', { base: found([]) }, {}, { status: 5, reason: 'directory-refused-service-account' }],
    ['no entry, and the base is not there', { base: found([], 32) }, {}, { status: 5, reason: 'directory-refused-service-account' }],
    ['no entry, and the base is hidden', { base: found([], 50) }, {}, { status: 5, reason: 'directory-refused-service-account' }],
    ['no entry, and the server is busy', { base: found([], 51) }, {}, { status: 5, reason: 'directory-busy' }],
    ['the search base is not there', { search: found([], 32) }, {}, { status: 5, reason: 'directory-refused-service-account' }],
    [
      'a reference to somewhere else',
      { search: found([], 0, ['ldap://elsewhere/ou=more,dc=corp']), base: VISIBLE_BASE },
      {},
      { status: 5, reason: 'directory-protocol-error' },
    ],
    [
      "AD's own partitions",
      {
        search: found([], 0, [
          `ldap://corp.example.test/CN=Configuration,${BASE}`,
          `ldap://DomainDnsZones.corp.example.test/DC=DomainDnsZones,${BASE}`,
          `ldap://ForestDnsZones.corp.example.test/DC=ForestDnsZones,${BASE}`,
        ]),
        base: VISIBLE_BASE,
      },
      AD,
      { status: 1, reason: 'user-not-found' },
    ],
    [
      "one of AD's own partitions, of somebody else",
      { search: found([], 0, ['ldap://x/CN=Configuration,DC=other,DC=test']), base: VISIBLE_BASE },
      AD,
      { status: 5, reason: 'directory-protocol-error' },
    ],
    [
      "what looks like AD's partition, where no AD is configured",
      { search: found([], 0, [`ldap://x/CN=Configuration,${BASE}`]), base: VISIBLE_BASE },
      {},
      { status: 5, reason: 'directory-protocol-error' },
    ],
    [
      'a child domain of AD',
      { search: found([], 0, [`ldap://child.corp.example.test/DC=child,${BASE}`]), base: VISIBLE_BASE },
      AD,
      { status: 5, reason: 'directory-protocol-error' },
    ],
  ];

  test.each(rows)('%s', async (_name, script, more, answer) => {
    expect(await askWith(script, more)).toMatchObject(answer);
  });

  test('an entry found a moment ago is proof; without one, the base is read each time', async () => {
    let isThere = false;
    directory = await startScripted((operation) => {
      if (operation.kind !== 'search') return bindResult(0);
      if (operation.scope === 'base') return VISIBLE_BASE;
      return found(isThere ? [ALICE] : []);
    });
    const ask = makeService(environmentOf(directory.url));
    await ask('nobody', 'x');
    await ask('nobody', 'x');
    isThere = true;
    await ask('alice', 'x');
    isThere = false;
    await ask('nobody', 'x');
    await directory.idle();
    expect(kindsOf(directory.operations)).toEqual([
      ...['bind', 'extended', 'search', 'search', 'unbind'], // "Who am I?", once
      ...['bind', 'search', 'search', 'unbind'],
      ...['bind', 'search', 'bind', 'unbind'],
      ...['bind', 'search', 'unbind'],
    ]);
  });

  test('the empty base is proved by a naming context, since anybody may read the root DSE', async () => {
    directory = await startScripted(play({ base: found(['']) }));
    const { body } = await makeService(environmentOf(directory.url, { LDAP_BASE_DN: '*' }))('alice', 'x');
    expect(body).toMatchObject({ status: 5, reason: 'directory-refused-service-account' });
  });
});

describe('exactly one entry, or nobody knows', () => {
  const rows: readonly (readonly [string, Script, object])[] = [
    ['two entries', { search: found([ALICE, `cn=Other,${BASE}`]) }, { status: 5, reason: 'ambiguous-user' }],
    ['one entry and a size limit', { search: found([ALICE], 4) }, { status: 5, reason: 'ambiguous-user' }],
    ['no entry and a size limit', { search: found([], 4) }, { status: 5, reason: 'directory-protocol-error' }],
    ['one entry and a time limit', { search: found([ALICE], 3) }, { status: 5, reason: 'directory-timeout' }],
    ['one entry and an unknown code', { search: found([ALICE], 123) }, { status: 5, reason: 'directory-protocol-error' }],
    ['an entry without a name', { search: found(['']) }, { status: 5, reason: 'directory-protocol-error' }],
  ];

  test.each(rows)('%s: no bind as the user', async (_name, script, answer) => {
    expect(await askWith(script)).toMatchObject(answer);
    expect(kindsOf(directory?.operations ?? []).filter((kind) => kind === 'bind')).toHaveLength(1);
  });

  test('one entry, and a reference to where it is not: the entry counts', async () => {
    expect(await askWith({ search: found([ALICE], 0, ['ldap://elsewhere/ou=more']) })).toMatchObject({ status: 0 });
  });
});

describe('the bind as the user', () => {
  const AD_TEXT = '80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data';
  const rows: readonly (readonly [string, Reply, object])[] = [
    ['49', bindResult(49), { status: 2, reason: 'wrong-password' }],
    ['49, data 52e', bindResult(49, `${AD_TEXT} 52e, v1db1`), { status: 2, reason: 'wrong-password' }],
    ['49, data 775', bindResult(49, `${AD_TEXT} 775, v1db1\0`), { status: 3, reason: 'account-locked' }],
    [
      '49, data 525, of an entry just found',
      bindResult(49, `${AD_TEXT} 525, v1db1`),
      { status: 5, reason: 'directory-protocol-error', attempted: true },
    ],
    ['49, data 54e', bindResult(49, `${AD_TEXT} 54e, v1db1`), { status: 5, reason: 'directory-protocol-error', attempted: true }],
    ['51', bindResult(51), { status: 5, reason: 'directory-busy', attempted: true }],
    ['53', bindResult(53, 'operation restricted'), { status: 5, reason: 'directory-protocol-error', attempted: true }],
    ['32', bindResult(32), { status: 5, attempted: true }],
  ];

  test.each(rows)('%s', async (_name, user, answer) => {
    expect(await askWith({ search: found([ALICE]), user })).toMatchObject(answer);
  });
});

describe('the entry of the service account itself', () => {
  const SERVICE = `CN=Service , ${BASE}`;

  /** The answer, and the passwords of the binds that were sent. */
  const askAs = async (entry: string, password: string, user: Reply, more: Readonly<Record<string, string>> = {}) => {
    const sent: unknown[] = [];
    let binds = 0;
    directory = await startScripted((operation) => {
      if (operation.kind !== 'bind') return found([entry]);
      sent.push([operation.name, operation.simple?.toString()]);
      binds += 1;
      return binds === 1 ? bindResult(0) : user;
    });
    const { body } = await makeService(environmentOf(directory.url, more))('alice', password);
    return { body, sent: sent.slice(1) };
  };

  const WRONG = { status: 2, message: 'invalid password', reason: 'wrong-password' };

  test.each([
    ['accepts it', bindResult(0)],
    ['refuses it', bindResult(49)],
    ['tells a state', bindResult(53, 'Account inactivated')],
  ])('is bound with its own password in the place of a wrong one; wrong, where the server %s', async (_what, user) => {
    for (const groups of [{}, { LDAP_REQUIRED_GROUPS: '["cn=nobody can read it"]' }])
      expect(await askAs(SERVICE, 'typed', user, groups)).toEqual({ body: WRONG, sent: [[SERVICE, 'service']] });
  });

  test('a fault of that bind is a fault after the bind, as for anybody', async () => {
    for (const entry of [SERVICE, ALICE]) {
      const { body } = await askAs(entry, 'typed', bindResult(51));
      expect(body).toMatchObject({ status: 5, reason: 'directory-busy', attempted: true });
    }
  });

  test('is bound with the right password like any other', async () => {
    expect(await askAs(SERVICE, 'service', bindResult(0))).toMatchObject({ body: { status: 0 }, sent: [[SERVICE, 'service']] });
    expect(await askAs(SERVICE, 'service', bindResult(49))).toEqual({ body: WRONG, sent: [[SERVICE, 'service']] });
  });

  test('and nobody else is bound with it', async () => {
    expect(await askAs(ALICE, 'typed', bindResult(49))).toEqual({ body: WRONG, sent: [[ALICE, 'typed']] });
  });
});
