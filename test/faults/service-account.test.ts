import { setImmediate as nextTurn } from 'node:timers/promises';

import { describe, expect, test } from '@jest/globals';

import { type Action, control, delay, type Payload, reset, result, send, silence } from '../support/faults/actions.ts';
import type { Fault } from '../support/faults/conversation.ts';
import type { FaultyDirectory } from '../support/faults/directory.ts';
import { TRUTH } from './expectation.ts';
import { countAt, laterBy, type Login, REST_MS, setStage } from './setting.ts';
import { PASSWORDS, WRONG_PASSWORD } from './stage.ts';

const setting = setStage('ldaps');
const { start, startAll } = setting;

function serviceAt(servers: readonly FaultyDirectory[], more: Readonly<Record<string, string>> = {}): Login {
  return setting.serviceAt(servers, { LDAP_DEADLINE_MS: '1500', ...more });
}

function atBind(action: Action): Fault {
  return { step: 'service bind', action };
}

function serviceBinds(...servers: readonly FaultyDirectory[]): number {
  return countAt(servers, 'service bind');
}

/** So many requests, one after the other. */
async function inTurn(requests: number, login: Login): Promise<readonly unknown[]> {
  const told: unknown[] = [];
  for (let request = 0; request < requests; request += 1) told.push(await login());
  return told;
}

const SILENT = atBind(silence);
/** The server's own answer, after everybody has gone. */
const TOO_LATE = atBind(delay(20_000));
const TIMEOUT = { status: 5, reason: 'directory-timeout', http: 504, attempted: false, retryAfter: true };
const REFUSED = expect.objectContaining({ reason: 'directory-refused-service-account' });

describe('a service bind without an answer', () => {
  test('a refusal that comes too late: four requests at two servers send it twice', async () => {
    const servers = await startAll(TOO_LATE, TOO_LATE);
    const login = serviceAt(servers, { LDAP_BIND_PASSWORD: 'not the right one' });
    expect(await inTurn(4, login)).toEqual([TIMEOUT, TIMEOUT, TIMEOUT, TIMEOUT]);
    expect(serviceBinds(...servers)).toBe(2);
    laterBy(REST_MS - 1000);
    expect([await login(), serviceBinds(...servers)]).toEqual([TIMEOUT, 2]);
    for (const server of servers) server.arm(undefined);
    laterBy(2000);
    expect([await login(), serviceBinds(...servers)]).toEqual([REFUSED, 3]);
  });

  test('of three servers the third one is not asked', async () => {
    const servers = await startAll(SILENT, SILENT, undefined);
    expect(await serviceAt(servers)()).toEqual(TIMEOUT);
    expect(servers.map(({ count }) => count('service bind'))).toEqual([1, 1, 0]);
  });

  test('at the only server: the second request may try again, the third one may not', async () => {
    const only = await start(SILENT);
    expect(await inTurn(3, serviceAt([only]))).toEqual([TIMEOUT, TIMEOUT, TIMEOUT]);
    expect(serviceBinds(only)).toBe(2);
  });

  test('at the only server, of many requests at once: it is sent once, and the next request may try again', async () => {
    const only = await start(SILENT);
    const login = serviceAt([only]);
    const told = await Promise.all(Array.from({ length: 20 }, () => login()));
    expect(told).toEqual(told.map(() => TIMEOUT));
    expect(serviceBinds(only)).toBe(1);
    only.arm(undefined);
    expect(await login()).toEqual(TRUTH.right);
  });

  test('a server that hangs stops nobody at the healthy one: many requests, one shortly after the other', async () => {
    const [hanging, healthy] = await startAll(SILENT, undefined);
    const login = serviceAt([hanging, healthy], { LDAP_DEADLINE_MS: '9000' }); // time enough for twenty at once on a busy machine
    for (let round = 0; round < 3; round += 1) {
      const before = hanging.opened();
      const answers: ReturnType<Login>[] = [];
      for (let request = 1; request <= 20; request += 1) {
        answers.push(login(request % 2 === 0 ? PASSWORDS.alice : WRONG_PASSWORD));
        while (hanging.opened() - before < request) await nextTurn(); // each is at the hanging server before the next one comes
      }
      expect(await Promise.all(answers)).toEqual(answers.map((_, index) => (index % 2 === 1 ? TRUTH.right : TRUTH.wrong)));
      expect(await login()).toEqual(TRUTH.right);
      laterBy(REST_MS + 1000); // the hanging one is the first again
    }
  });
});

const AS_ACTIVE_DIRECTORY = '80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error';

describe('a state of the service account is no fault of the server', () => {
  test.each([
    ['49', 49, ''],
    ['49, data 775 (locked)', 49, `${AS_ACTIVE_DIRECTORY}, data 775, v4563`],
    ['49, data 533 (disabled)', 49, `${AS_ACTIVE_DIRECTORY}, data 533, v4563`],
    ['49, data 773 (must change)', 49, `${AS_ACTIVE_DIRECTORY}, data 773, v4563`],
    ['53 `Account inactivated`', 53, 'Account inactivated. Contact system administrator.'],
    ['19 `Exceed password retry limit`', 19, 'Exceed password retry limit. Please try later.'],
  ])('%s: no other server is asked, and the same one is the first again', async (_name, code, diagnostic) => {
    const [first, second] = await startAll(atBind(send(result(code, { diagnostic }))), undefined);
    const login = serviceAt([first, second]);
    expect(await login()).toEqual(REFUSED);
    first.arm(undefined);
    laterBy(REST_MS + 1000);
    expect(await login()).toEqual(TRUTH.right);
    expect([first.opened(), second.opened()]).toEqual([2, 0]);
  });
});

/** The directory has counted it, whatever else it says. */
describe('a refusal that cannot be understood any further is one all the same', () => {
  const POLICY = '1.3.6.1.4.1.42.2.27.8.5.1';

  test.each<[string, Payload]>([
    ['a password policy response that cannot be read', control(49, POLICY, '3005')],
    ['an error of the password policy that nobody knows', control(49, POLICY, '3003810163')],
    ['the text of Active Directory without a sub-code', result(49, { diagnostic: AS_ACTIVE_DIRECTORY })],
  ])('49 with %s: it is sent once in 30 s, and to no other server', async (_name, payload) => {
    const servers = await startAll(atBind(send(payload)), atBind(send(payload)));
    expect(await inTurn(3, serviceAt(servers))).toEqual([REFUSED, REFUSED, REFUSED]);
    expect(serviceBinds(...servers)).toBe(1);
  });

  test('a sub-code that speaks of the server is its fault: the next one is asked', async () => {
    const noLogonServer = result(49, { diagnostic: `${AS_ACTIVE_DIRECTORY}, data 51f, v4563` });
    expect(await serviceAt(await startAll(atBind(send(noLogonServer)), undefined))()).toEqual(TRUTH.right);
  });
});

describe('who is bound is asked', () => {
  test('once in a process: a warm login is bind, search, bind and goodbye', async () => {
    const server = await start();
    expect(await inTurn(2, serviceAt([server]))).toEqual([TRUTH.right, TRUTH.right]);
    await server.connectionsLeft();
    expect(server.connections.map(({ requests }) => requests.map(({ step }) => step))).toEqual([
      ['service bind', 'who am I', 'search', 'user bind', 'unbind'],
      ['service bind', 'search', 'user bind', 'unbind'],
    ]);
  });

  test('again after five minutes', async () => {
    const server = await start();
    const login = serviceAt([server]);
    for (const later of [0, 299_000, 1000]) {
      laterBy(later);
      expect(await login()).toEqual(TRUTH.right);
    }
    expect(server.count('who am I')).toBe(2);
  });

  test('once by many requests at once', async () => {
    const server = await start();
    const login = serviceAt([server]);
    await Promise.all(Array.from({ length: 20 }, () => login()));
    expect(server.count('who am I')).toBe(1);
  });

  test('of a server that hangs up at it once: the next request is answered without it', async () => {
    const server = await start({ step: 'who am I', action: reset });
    const login = serviceAt([server]);
    expect((await login()).reason).toBe('directory-unreachable');
    expect(await login()).toEqual(TRUTH.right);
    expect(server.count('who am I')).toBe(1);
  });

  test('without an answer the next server is asked', async () => {
    const servers = await startAll({ step: 'who am I', action: silence }, undefined);
    expect(await serviceAt(servers)(WRONG_PASSWORD)).toEqual(TRUTH.wrong);
  });
});
