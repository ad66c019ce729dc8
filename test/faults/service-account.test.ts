import { setImmediate as nextTurn } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { FaultyDirectory } from '../support/faults/directory.ts';
import type { Action, Fault, Step } from '../support/faults/fault.ts';
import { toldBy, TRUTH } from './expectation.ts';
import { goodServer } from './run-row.ts';
import { PASSWORDS, serviceFor, type Stage, startStage, WRONG_PASSWORD } from './stage.ts';

const REST_MS = 30_000;

let stage: Stage;
const started: FaultyDirectory[] = [];

beforeAll(async () => {
  stage = await startStage();
});

afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(started.splice(0).map((server) => server.close()));
});

afterAll(() => stage.openldap.stop());

async function start(action?: Action, step: Step = 'service bind'): Promise<FaultyDirectory> {
  const fault: Fault | undefined = action === undefined ? undefined : { step, action };
  const server = await FaultyDirectory.start(goodServer(stage, 'ldaps'), fault);
  started.push(server);
  return server;
}

function serviceAt(servers: readonly FaultyDirectory[], more: Readonly<Record<string, string>> = {}): ReturnType<typeof serviceFor> {
  return serviceFor(
    stage,
    'ldaps',
    servers.map(({ url }) => url),
    { LDAP_DEADLINE_MS: '1500', ...more },
  );
}

function serviceBinds(servers: readonly FaultyDirectory[]): number {
  return servers.reduce((sum, { journal }) => sum + journal.count('service bind'), 0);
}

function laterBy(ms: number): void {
  const now = Date.now() + ms;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
}

const SILENCE: Action = { kind: 'silence' };
/** The server's own answer, after everybody has gone. */
const TOO_LATE: Action = { kind: 'delay', ms: 20_000 };
const TIMEOUT = { status: 5, reason: 'directory-timeout', http: 504, attempted: false, retryAfter: true };

describe('a service bind without an answer', () => {
  test('a refusal that comes too late: four requests at two servers send it twice', async () => {
    const servers = [await start(TOO_LATE), await start(TOO_LATE)];
    const ask = serviceAt(servers, { LDAP_BIND_PASSWORD: 'not the right one' });
    for (let request = 0; request < 4; request += 1) expect(toldBy(await ask('alice', PASSWORDS.alice))).toEqual(TIMEOUT);
    expect(serviceBinds(servers)).toBe(2);
    laterBy(REST_MS - 1000);
    expect(toldBy(await ask('alice', PASSWORDS.alice))).toEqual(TIMEOUT);
    expect(serviceBinds(servers)).toBe(2);
    for (const server of servers) server.arm(undefined);
    laterBy(2000);
    expect(toldBy(await ask('alice', PASSWORDS.alice)).reason).toBe('directory-refused-service-account');
    expect(serviceBinds(servers)).toBe(3);
  });

  test('of three servers the third one is not asked', async () => {
    const servers = [await start(SILENCE), await start(SILENCE), await start()];
    expect(toldBy(await serviceAt(servers)('alice', PASSWORDS.alice))).toEqual(TIMEOUT);
    expect(servers.map(({ journal }) => journal.count('service bind'))).toEqual([1, 1, 0]);
  });

  test('at the only server: the second request may try again, the third one may not', async () => {
    const only = await start(SILENCE);
    const ask = serviceAt([only]);
    for (let request = 0; request < 3; request += 1) expect(toldBy(await ask('alice', PASSWORDS.alice))).toEqual(TIMEOUT);
    expect(serviceBinds([only])).toBe(2);
  });

  test('at the only server, of many requests at once: it is sent once, and the next request may try again', async () => {
    const only = await start(SILENCE);
    const ask = serviceAt([only]);
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask('alice', PASSWORDS.alice)));
    expect(new Set(answers.map((answer) => JSON.stringify(toldBy(answer))))).toEqual(new Set([JSON.stringify(TIMEOUT)]));
    expect(serviceBinds([only])).toBe(1);
    only.arm(undefined);
    expect(toldBy(await ask('alice', PASSWORDS.alice))).toEqual(TRUTH.right);
  });

  test('a server that hangs stops nobody at the healthy one: many requests, one shortly after the other', async () => {
    const hanging = await start(SILENCE);
    const healthy = await start();
    const ask = serviceAt([hanging, healthy], { LDAP_DEADLINE_MS: '9000' }); // time enough for twenty at once on a busy machine
    for (let round = 0; round < 3; round += 1) {
      const before = hanging.journal.opened;
      const answers: ReturnType<typeof ask>[] = [];
      for (let request = 1; request <= 20; request += 1) {
        answers.push(ask('alice', request % 2 === 0 ? PASSWORDS.alice : WRONG_PASSWORD));
        while (hanging.journal.opened - before < request) await nextTurn(); // each is at the hanging server before the next one comes
      }
      for (const [index, answer] of (await Promise.all(answers)).entries())
        expect(toldBy(answer)).toEqual(index % 2 === 1 ? TRUTH.right : TRUTH.wrong);
      expect(toldBy(await ask('alice', PASSWORDS.alice))).toEqual(TRUTH.right);
      laterBy(REST_MS + 1000); // the hanging one is the first again
    }
  });
});

describe('a state of the service account is no fault of the server', () => {
  const states = [
    ['49', 49, ''],
    ['49, data 775 (locked)', 49, '80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 775, v4563'],
    ['49, data 533 (disabled)', 49, '80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 533, v4563'],
    ['49, data 773 (must change)', 49, '80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 773, v4563'],
    ['53 `Account inactivated`', 53, 'Account inactivated. Contact system administrator.'],
    ['19 `Exceed password retry limit`', 19, 'Exceed password retry limit. Please try later.'],
  ] as const;

  test.each(states)('%s: no other server is asked, and the same one is the first again', async (_name, code, diagnostic) => {
    const servers = [await start({ kind: 'send', payload: { kind: 'result', code, diagnostic }, then: 'hang' }), await start()];
    const ask = serviceAt(servers);
    expect(toldBy(await ask('alice', PASSWORDS.alice)).reason).toBe('directory-refused-service-account');
    servers[0]?.arm(undefined);
    laterBy(REST_MS + 1000);
    expect(toldBy(await ask('alice', PASSWORDS.alice))).toEqual(TRUTH.right);
    expect(servers.map(({ journal }) => journal.opened)).toEqual([2, 0]);
  });
});

describe('who is bound is asked', () => {
  test('once in a process: a warm login is bind, search, bind and goodbye', async () => {
    const server = await start();
    const ask = serviceAt([server]);
    for (let request = 0; request < 2; request += 1) expect(toldBy(await ask('alice', PASSWORDS.alice))).toEqual(TRUTH.right);
    await server.connectionsLeft();
    expect(server.journal.connections.map(({ requests }) => requests.map(({ step }) => step))).toEqual([
      ['service bind', 'who am I', 'search', 'user bind', 'unbind'],
      ['service bind', 'search', 'user bind', 'unbind'],
    ]);
  });

  test('again after five minutes', async () => {
    const server = await start();
    const ask = serviceAt([server]);
    for (const later of [0, 299_000, 1000]) {
      laterBy(later);
      expect(toldBy(await ask('alice', PASSWORDS.alice))).toEqual(TRUTH.right);
    }
    expect(server.journal.count('who am I')).toBe(2);
  });

  test('once by many requests at once', async () => {
    const server = await start();
    const ask = serviceAt([server]);
    await Promise.all(Array.from({ length: 20 }, () => ask('alice', PASSWORDS.alice)));
    expect(server.journal.count('who am I')).toBe(1);
  });

  test('of a server that hangs up at it once: the next request is answered without it', async () => {
    const server = await start({ kind: 'reset' }, 'who am I');
    const ask = serviceAt([server]);
    expect(toldBy(await ask('alice', PASSWORDS.alice)).reason).toBe('directory-unreachable');
    expect(toldBy(await ask('alice', PASSWORDS.alice))).toEqual(TRUTH.right);
    expect(server.journal.count('who am I')).toBe(1);
  });

  test('without an answer the next server is asked', async () => {
    const [bad, good] = [await start(SILENCE, 'who am I'), await start()];
    expect(toldBy(await serviceAt([bad, good])('alice', WRONG_PASSWORD))).toEqual(TRUTH.wrong);
  });
});
