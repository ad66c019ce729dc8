import { afterEach, describe, expect, test } from '@jest/globals';

import type { Operation } from '../../tools/demo-directory/message.ts';
import { makeService } from '../support/ask.ts';
import { bindResult, found, type Reply, type ScriptedDirectory, startScripted } from '../support/scripted-directory.ts';
import { SAID } from './said.ts';

/** What a bind's answer means to a caller, asked through the whole service. */

const BASE = 'dc=example,dc=org';
const ALICE = `uid=alice,${BASE}`;

const open: ScriptedDirectory[] = [];

afterEach(async () => {
  for (const directory of open.splice(0)) await directory.close();
});

/** A server that answers binds under these names so, and finds alice. */
async function start(binds: Readonly<Record<string, Reply>>): Promise<ScriptedDirectory> {
  const play = (operation: Operation): Reply => {
    if (operation.kind !== 'bind') return found([ALICE]);
    return Object.entries(binds).find(([name]) => operation.name.includes(name))?.[1] ?? bindResult(0);
  };
  const directory = await startScripted(play);
  open.push(directory);
  return directory;
}

function urls(directories: readonly ScriptedDirectory[]): Readonly<Record<string, string>> {
  return { LDAP_URL: directories.map(({ url }) => url).join(' '), LDAP_ALLOW_PLAINTEXT: 'true' };
}

function searching(...directories: readonly ScriptedDirectory[]): Readonly<Record<string, string>> {
  return { ...urls(directories), LDAP_BIND_DN: `cn=service,${BASE}`, LDAP_BIND_PASSWORD: 'service', LDAP_BASE_DN: BASE };
}

function direct(...directories: readonly ScriptedDirectory[]): Readonly<Record<string, string>> {
  return { ...urls(directories), LDAP_USER_DN_TEMPLATE: `uid={username},${BASE}` };
}

function bindsAt({ operations }: ScriptedDirectory): number {
  return operations.filter(({ kind }) => kind === 'bind').length;
}

const IDLE = 'Account inactivity limit exceeded. Contact system administrator to reset.';

describe('the state of an account', () => {
  test.each(SAID)('spoken by a server: %d %j', async (code, text, reason) => {
    const directory = await start({ alice: bindResult(code, text) });
    for (const settings of [searching(directory), direct(directory)]) {
      const { http, body } = await makeService(settings)('alice', 'secret');
      expect({ http, body }).toEqual({ http: 403, body: { status: 3, message: 'account not usable', reason } });
    }
  });

  test.each([
    ['after a search', searching],
    ['in a direct bind', direct],
  ])('never puts its server last, %s', async (_case, settings) => {
    const [first, second] = [await start({ alice: bindResult(19, IDLE) }), await start({})];
    const ask = makeService(settings(first, second));
    for (let time = 0; time < 3; time += 1)
      expect((await ask('alice', 'secret')).body).toMatchObject({ status: 3, reason: 'account-locked' });
    expect([first.operations.length > 0, second.operations.length]).toEqual([true, 0]);
  });

  test('of the service account is its refusal, and rests', async () => {
    const [first, second] = [await start({ service: bindResult(19, IDLE) }), await start({})];
    const ask = makeService(searching(first, second));
    for (let time = 0; time < 3; time += 1)
      expect((await ask('alice', 'secret')).body).toMatchObject({ status: 5, reason: 'directory-refused-service-account' });
    expect([bindsAt(first), bindsAt(second)]).toEqual([1, 0]);
  });
});

describe('a direct bind', () => {
  test.each([32, 34, 49])('answers 2 to result %d, and goes on asking the server', async (code) => {
    const [first, second] = [await start({ alice: bindResult(code) }), await start({})];
    const ask = makeService(direct(first, second));
    for (let time = 0; time < 2; time += 1) {
      const { http, body } = await ask('alice', 'secret');
      expect({ http, body }).toEqual({ http: 401, body: { status: 2, message: 'invalid password', reason: 'wrong-password' } });
    }
    expect([bindsAt(first), second.operations.length]).toEqual([2, 0]);
  });

  test('reads no state in what may be the words of whoever typed the name', async () => {
    const text = 'NDS error: alice (-197)';
    const directory = await start({ alice: bindResult(53, text) });
    expect((await makeService(direct(directory))('alice', 'secret')).body).toMatchObject({ status: 5, attempted: true });
    expect((await makeService(searching(directory))('alice', 'secret')).body).toMatchObject({ status: 3, reason: 'account-locked' });
  });

  test(String.raw`under DOMAIN\name binds so`, async () => {
    const directory = await start({});
    const ask = makeService({
      ...urls([directory]),
      LDAP_DIRECTORY: 'active-directory',
      LDAP_USER_DN_TEMPLATE: String.raw`CORP\{username}`,
    });
    expect((await ask('alice', 'secret')).body).toMatchObject({ status: 0 });
    expect((await ask(String.raw`OTHER\alice`, 'secret')).body).toMatchObject({ status: 4, problems: [{ field: 'username' }] });
    expect(directory.operations.flatMap((operation) => (operation.kind === 'bind' ? [operation.name] : []))).toEqual([
      String.raw`CORP\alice`,
    ]);
  });
});
