import { afterEach, describe, expect, test } from '@jest/globals';

import type { Operation } from '../../tools/demo-directory/message.ts';
import { makeService } from '../support/ask.ts';
import { entryMessage, resultMessage } from '../support/faults/messages.ts';
import { bindResult, found, type Reply, type ScriptedDirectory, startScripted } from '../support/scripted-directory.ts';

const BASE = 'dc=example,dc=org';
const ALICE = `uid=alice,${BASE}`;
const SERVICE = `cn=service,${BASE}`;
const STAFF = `cn=staff,${BASE}`;

let directory: ScriptedDirectory | undefined;

afterEach(async () => {
  await directory?.close();
});

type Play = (operation: Operation, binds: number) => Reply | undefined;

/** A directory with alice and nobody's groups, unless `play` answers otherwise. */
async function ask(play: Play, password: string, more: Readonly<Record<string, string>> = {}) {
  let binds = 0;
  directory = await startScripted((operation) => {
    if (operation.kind === 'bind') binds += 1;
    const played = play(operation, binds);
    if (played !== undefined) return played;
    if (operation.kind === 'bind') return bindResult(operation.name === ALICE && password === 'wrong' ? 49 : 0);
    return operation.kind === 'search' && operation.scope !== 'base' && binds === 1 ? found([ALICE]) : found([]);
  });
  const environment = {
    ...{ LDAP_URL: directory.url, LDAP_ALLOW_PLAINTEXT: 'true', LDAP_BASE_DN: BASE },
    ...{ LDAP_BIND_DN: SERVICE, LDAP_BIND_PASSWORD: 'service' },
    ...{ LDAP_REQUIRED_GROUPS: JSON.stringify([STAFF]), LDAP_NESTED_GROUPS: 'true' },
    ...more,
  };
  const { body, headers } = await makeService(environment)('alice', password);
  await directory.idle();
  const names = directory.operations.map((operation) => (operation.kind === 'bind' ? `bind ${operation.name}` : operation.kind));
  return { body, headers, names };
}

const asUsual: Play = () => undefined;

describe('the proof of membership comes after the user’s bind', () => {
  test('with a second bind as the service account before anything is read, and no second one of the user', async () => {
    const { names, body } = await ask(asUsual, 'right');
    expect(body).toMatchObject({ status: 5, attempted: true });
    const binds = names.filter((name) => name.startsWith('bind'));
    expect(binds).toEqual([`bind ${SERVICE}`, `bind ${ALICE}`, `bind ${SERVICE}`]);
    expect(names[names.indexOf(`bind ${ALICE}`) + 1]).toBe(`bind ${SERVICE}`);
  });

  test('not after a wrong password', async () => {
    const { names, body } = await ask(asUsual, 'wrong');
    expect(body).toMatchObject({ status: 2, reason: 'wrong-password' });
    expect(names.slice(-2)).toEqual([`bind ${ALICE}`, 'unbind']);
  });

  test.each<[string, Reply]>([
    ['refused', bindResult(49)],
    ['busy', bindResult(51)],
  ])('a second service bind that is %s is unknown, and nobody is told to try again', async (_case, reply) => {
    const { body, headers } = await ask((operation, binds) => (operation.kind === 'bind' && binds === 3 ? reply : undefined), 'right');
    expect(body).toMatchObject({ status: 5, attempted: true });
    expect(headers).not.toHaveProperty('retry-after');
  });
});

describe('an answer about groups that depends on the entry shows itself only to the right password', () => {
  const rows: readonly (readonly [string, Reply])[] = [
    ['more groups than can be listed', found(Array.from({ length: 1500 }, (_, index) => `cn=${String(index)},${BASE}`))],
    ['a time limit', found([], 3)],
    ['an administrative limit', found([], 11)],
    [
      'more references than are counted',
      found(
        [],
        0,
        Array.from({ length: 150 }, (_, index) => `ldap://x/ou=${String(index)}`),
      ),
    ],
  ];
  // The first search below the base is the user's; the next ones are about groups.
  const inGroups = (reply: Reply): Play => {
    let below = 0;
    return (operation) => {
      if (operation.kind !== 'search' || operation.scope === 'base') return undefined;
      below += 1;
      return below === 1 ? undefined : reply;
    };
  };

  test.each(rows)('%s', async (_case, reply) => {
    const settings = { LDAP_RETURN_GROUPS: 'true' };
    expect((await ask(inGroups(reply), 'wrong', settings)).body).toMatchObject({ status: 2, reason: 'wrong-password' });
    await directory?.close();
    expect((await ask(inGroups(reply), 'right', settings)).body).toMatchObject({ status: 5, attempted: true });
  });

  test.each<[string, Reply, string]>([
    ['busy', found([], 51), 'directory-busy'],
    ['unavailable', found([], 52), 'directory-busy'],
  ])('a server that is %s is at fault: the user’s bind is not sent', async (_case, reply, reason) => {
    const { body, names } = await ask(inGroups(reply), 'right');
    expect(body).toMatchObject({ status: 5, reason });
    expect(body).not.toHaveProperty('attempted', true);
    expect(names.filter((name) => name.startsWith('bind'))).toEqual([`bind ${SERVICE}`]);
  });
});

/** An entry with these attributes, all of one made-up value. */
function shown(dn: string, attributes: readonly string[]): Reply {
  return (id) => [entryMessage(id, dn, attributes), resultMessage(id, 'done', 0)];
}

describe('a question that was not answered is no "no"', () => {
  const direct = { LDAP_NESTED_GROUPS: 'false' } as const;
  const rows: readonly (readonly [string, Reply])[] = [
    ['an error', found([], 80)],
    ['a reference', found([], 0, [`ldap://elsewhere/${STAFF}`])],
  ];
  /** The first question to the group is whether it holds alice; whatever comes next it shows. */
  const inFirst = (reply: Reply): Play => {
    let asked = 0;
    return (operation) => {
      if (operation.kind !== 'search' || operation.base !== STAFF) return undefined;
      asked += 1;
      return asked === 1 ? reply : shown(STAFF, ['objectClass']);
    };
  };

  test.each(rows)('whether a group holds the user: %s', async (_case, reply) => {
    expect((await ask(inFirst(reply), 'right', direct)).body).toMatchObject({ status: 5, attempted: true });
    await directory?.close();
    expect((await ask(inFirst(reply), 'wrong', direct)).body).toMatchObject({ status: 2 });
  });

  test('answered, it is one', async () => {
    expect((await ask(inFirst(found([])), 'right', direct)).body).toMatchObject({ status: 3, reason: 'not-in-required-group' });
  });
});

describe('an attribute that cannot be read whole', () => {
  const cutShort: Play = (operation, binds) => {
    if (operation.kind !== 'search' || binds !== 1) return undefined;
    return operation.scope === 'base' ? found([], 80) : shown(ALICE, ['uid', 'mail;range=0-1']);
  };
  const settings = { LDAP_USER_ATTRIBUTES: 'mail', LDAP_REQUIRED_GROUPS: '' } as const;

  test.each<[string, object]>([
    ['wrong', { status: 2, reason: 'wrong-password' }],
    ['right', { status: 5, attempted: true }],
  ])('shows itself only to the right password: %s', async (password, expected) => {
    expect((await ask(cutShort, password, settings)).body).toMatchObject(expected);
  });
});
