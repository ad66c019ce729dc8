import { afterEach, describe, expect, test } from '@jest/globals';

import type { Filter } from '../../tools/demo-directory/filter.ts';
import type { Operation } from '../../tools/demo-directory/message.ts';
import { makeService } from '../support/ask.ts';
import { bindResult, found, type Reply, type ScriptedDirectory, startScripted } from '../support/scripted-directory.ts';

const BASE = 'dc=corp,dc=example,dc=test';
const ALICE = `cn=Alice,${BASE}`;

let directory: ScriptedDirectory | undefined;

afterEach(async () => {
  await directory?.close();
});

function environmentOf(url: string, more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return {
    LDAP_URL: url,
    LDAP_ALLOW_PLAINTEXT: 'true',
    LDAP_BIND_DN: `cn=service,${BASE}`,
    LDAP_BIND_PASSWORD: 'service',
    LDAP_BASE_DN: BASE,
    ...more,
  };
}

type Script = { readonly service?: Reply; readonly search?: Reply; readonly proof?: Reply; readonly user?: Reply };

function play(script: Script) {
  return (operation: Operation, ordinal: number): Reply => {
    if (operation.kind === 'bind') {
      const isService = operation.name.startsWith('cn=service');
      return (isService ? script.service : script.user) ?? bindResult(0);
    }
    if (operation.kind === 'search' && operation.base === '' && operation.scope === 'base') return found([]); // Active Directory: who is bound
    const isProof = ordinal > 2; // after the service bind, the question who is bound, and the search for the name
    return (isProof ? script.proof : script.search) ?? found([]);
  };
}

async function askWith(script: Script, more: Readonly<Record<string, string>> = {}) {
  await directory?.close();
  directory = await startScripted(play(script));
  const { body } = await makeService(environmentOf(directory.url, more))('alice', 'secret');
  return body;
}

/** Whether the filter is for a name, and not for anybody. */
function isForName(filter: Filter): boolean {
  return filter.kind === 'and' && filter.filters.every(({ kind }) => kind !== 'present');
}

function wordsOf(operations: readonly Operation[]): readonly string[] {
  return operations.map((operation) => {
    if (operation.kind !== 'search') return operation.kind;
    return operation.scope === 'base' ? `base ${operation.base}` : operation.scope;
  });
}

function kindsOf(operations: readonly Operation[]): readonly string[] {
  return operations.map(({ kind }) => kind);
}

const BOB = `cn=Bob,${BASE}`;
const SEEN = found([BOB], 4);
const REFUSED = { status: 5, reason: 'directory-refused-service-account' } as const;
const AD = { LDAP_DIRECTORY: 'active-directory' };

describe('none is claimed only with proof', () => {
  const rows: readonly (readonly [string, Script, Readonly<Record<string, string>>, object])[] = [
    ['no entry, and somebody is shown', { proof: found([BOB]) }, {}, { status: 1, reason: 'user-not-found' }],
    ['the same, whatever the result: a size limit', { proof: found([BOB], 4) }, {}, { status: 1, reason: 'user-not-found' }],
    ['an administrative limit', { proof: found([BOB, ALICE], 11) }, {}, { status: 1, reason: 'user-not-found' }],
    ['more entries than asked for', { proof: found([BOB, ALICE, BASE, ALICE]) }, {}, { status: 1, reason: 'user-not-found' }],
    ['nobody at all', { proof: found([]) }, {}, REFUSED],
    ['the account itself alone, in another spelling', { proof: found([`CN=Service, ${BASE.toUpperCase()}`]) }, {}, REFUSED],
    ['nobody before an administrative limit', { proof: found([], 11) }, {}, REFUSED],
    ['the base is not there', { proof: found([], 32) }, {}, REFUSED],
    ['the base is hidden', { proof: found([], 50) }, {}, REFUSED],
    ['an entry without a name', { proof: found(['']) }, {}, REFUSED],
    ['the server is busy', { proof: found([], 51) }, {}, { status: 5, reason: 'directory-busy' }],
    ['no such object, and no proof', { search: found([], 32), proof: found([], 32) }, {}, REFUSED],
    ['no such object, and somebody is shown', { search: found([], 32), proof: SEEN }, {}, { status: 1, reason: 'user-not-found' }],
    ['Administrator, where AD is configured', { proof: found([`CN=Administrator,CN=Users,${BASE}`]) }, AD, REFUSED],
    ['krbtgt, where AD is configured', { proof: found([`CN=krbtgt,CN=Users,${BASE}`]) }, AD, REFUSED],
    ['a filter that compares the name with no attribute', { proof: SEEN }, { LDAP_USER_FILTER: '(:caseExactMatch:={username})' }, REFUSED],
    [
      'a reference to somewhere else',
      { search: found([], 0, ['ldap://elsewhere/ou=more,dc=corp']), proof: SEEN },
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
        proof: SEEN,
      },
      AD,
      { status: 1, reason: 'user-not-found' },
    ],
    [
      "one of AD's own partitions, of somebody else",
      { search: found([], 0, ['ldap://x/CN=Configuration,DC=other,DC=test']), proof: SEEN },
      AD,
      { status: 5, reason: 'directory-protocol-error' },
    ],
    [
      "what looks like AD's partition, where no AD is configured",
      { search: found([], 0, [`ldap://x/CN=Configuration,${BASE}`]), proof: SEEN },
      {},
      { status: 5, reason: 'directory-protocol-error' },
    ],
    [
      'a child domain of AD',
      { search: found([], 0, [`ldap://child.corp.example.test/DC=child,${BASE}`]), proof: SEEN },
      AD,
      { status: 5, reason: 'directory-protocol-error' },
    ],
  ];

  test.each(rows)('%s', async (_name, script, more, answer) => {
    expect(await askWith(script, more)).toMatchObject(answer);
  });

  test('whoever was found or shown is read again by the next connection, and another looked for where that has gone', async () => {
    let there: readonly string[] = [];
    await directory?.close();
    directory = await startScripted((operation) => {
      if (operation.kind !== 'search') return bindResult(0);
      if (operation.scope === 'base') return found(there.filter((dn) => dn === operation.base));
      return found(isForName(operation.filter) ? [] : there);
    });
    const ask = makeService(environmentOf(directory.url, { LDAP_USER_FILTER: '(&(uid={username}))' }));
    const askFor = async (...dns: readonly string[]): Promise<unknown> => {
      there = dns;
      return (await ask('nobody', 'x')).body['status'];
    };
    expect([await askFor(ALICE), await askFor(BOB, ALICE), await askFor(BOB), await askFor()]).toEqual([1, 1, 1, 5]);
    await directory.idle();
    expect(wordsOf(directory.operations)).toEqual([
      ...['bind', 'extended', 'sub', 'sub', 'unbind'], // "Who am I?", once
      ...['bind', 'sub', `base ${ALICE}`, 'unbind'],
      ...['bind', 'sub', `base ${ALICE}`, 'sub', 'unbind'],
      ...['bind', 'sub', `base ${BOB}`, 'sub', `base ${BASE}`, 'unbind'],
    ]);
  });

  test('a blind replica behind the same name: what another one showed a moment ago proves nothing', async () => {
    let isBlind = false;
    await directory?.close();
    directory = await startScripted((operation) => {
      if (operation.kind !== 'search') return bindResult(0);
      return found(isBlind || isForName(operation.filter) ? [] : [ALICE]);
    });
    const ask = makeService(environmentOf(directory.url, { LDAP_USER_FILTER: '(&(uid={username}))' }));
    expect((await ask('nobody', 'x')).body).toMatchObject({ status: 1 });
    isBlind = true;
    expect((await ask('nobody', 'x')).body).toMatchObject(REFUSED);
  });

  test('the empty base is proved like any other', async () => {
    for (const [proof, status] of [
      [found([BOB]), 1],
      [found([]), 5],
    ] as const) {
      await directory?.close();
      await directory?.close();
      directory = await startScripted(play({ proof }));
      const { body } = await makeService(environmentOf(directory.url, { LDAP_BASE_DN: '*' }))('alice', 'x');
      expect(body).toMatchObject({ status });
    }
  });

  test('under uniform, more entries than asked for do not end the conversation', async () => {
    await directory?.close();
    directory = await startScripted((operation, ordinal) => {
      if (operation.kind !== 'search') return bindResult(0);
      return ordinal === 2 ? found(Array.from({ length: 500 }, (_, index) => `cn=${String(index)},${BASE}`)) : found([ALICE]);
    });
    const { body } = await makeService(environmentOf(directory.url, { AUTH_DISCLOSURE: 'uniform' }))('alice', 'secret');
    expect(body).toMatchObject({ status: 0 });
  });
});

describe('exactly one entry, or unknown', () => {
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
    await directory?.close();
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

  const UNPROVED = { status: 5, message: 'directory unavailable', reason: 'directory-protocol-error', attempted: true };

  test.each([
    ['wrong, where the server accepts it', bindResult(0), WRONG],
    ['unknown, where the server refuses it: it may be another entry', bindResult(49), UNPROVED],
    ['unknown, where the server tells a state', bindResult(53, 'Account inactivated'), UNPROVED],
  ])('is bound with its own password in the place of a wrong one; %s', async (_what, user, body) => {
    for (const groups of [{}, { LDAP_REQUIRED_GROUPS: '["cn=nobody can read it"]' }])
      expect(await askAs(SERVICE, 'typed', user, groups)).toEqual({ body, sent: [[SERVICE, 'service']] });
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
