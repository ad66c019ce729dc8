import dns from 'node:dns';

import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';

import type { Answer } from '../support/ask.ts';
import { FaultyDirectory, type FaultyOptions } from '../support/faults/directory.ts';
import type { Action, Fault, Step } from '../support/faults/fault.ts';
import { toldBy, TRUTH } from './expectation.ts';
import type { Transport } from './rows/row.ts';
import { closedPort, goodServer } from './run-row.ts';
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

async function start(fault?: Fault, transport: Transport = 'ldaps', others: Partial<FaultyOptions> = {}): Promise<FaultyDirectory> {
  const server = await FaultyDirectory.start({ ...goodServer(stage, transport), ...others }, fault);
  started.push(server);
  return server;
}

function at(step: Step, action: Action): Fault {
  return { step, action };
}

function laterBy(ms: number): void {
  const now = Date.now() + ms;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
}

function userBinds(servers: readonly FaultyDirectory[]): number {
  return servers.reduce((sum, { journal }) => sum + journal.count('user bind'), 0);
}

type Timed = { readonly answer: Answer; readonly ms: number };

async function timed(asking: Promise<Answer>): Promise<Timed> {
  const startedAt = performance.now();
  return { answer: await asking, ms: performance.now() - startedAt };
}

const BUSY: Action = { kind: 'send', payload: { kind: 'result', code: 51 }, then: 'hang' };

describe('past a server with a fault before the user bind, the next one is asked', () => {
  /** What waits has a short slice: 6000 ms less a third, by two servers. What does not wait has one that nobody could miss. */
  const LIMITS = {
    'after its slice': { environment: { LDAP_DEADLINE_MS: '6000', LDAP_CONNECT_TIMEOUT_MS: '2000' }, leastMs: 1995, mostMs: Infinity },
    'at once': { environment: { LDAP_DEADLINE_MS: '25000', LDAP_CONNECT_TIMEOUT_MS: '25000' }, leastMs: 0, mostMs: 11_250 },
  } as const;

  const faults: readonly (readonly [string, Fault, keyof typeof LIMITS])[] = [
    ['accepts and says nothing', at('connect', { kind: 'silence' }), 'after its slice'],
    ['resets at once', at('connect', { kind: 'reset' }), 'at once'],
    ['closes at once', at('connect', { kind: 'close' }), 'at once'],
    ['stalls in the TLS handshake', at('tls handshake', { kind: 'cut', then: 'hang' }), 'after its slice'],
    ['says nothing to the service bind', at('service bind', { kind: 'silence' }), 'after its slice'],
    ['is busy at the service bind', at('service bind', BUSY), 'at once'],
    ['resets at the service bind', at('service bind', { kind: 'reset' }), 'at once'],
    ['says nothing to the search', at('search', { kind: 'silence' }), 'after its slice'],
    ['is busy at the search', at('search', BUSY), 'at once'],
    ['resets at the search', at('search', { kind: 'reset' }), 'at once'],
    ['answers the search with garbage', at('search', { kind: 'send', payload: { kind: 'text', text: 'what?' }, then: 'hang' }), 'at once'],
  ];

  test.each(faults)('%s', async (_name, fault, pace) => {
    for (const [password, truth] of [
      [PASSWORDS.alice, TRUTH.right],
      [WRONG_PASSWORD, TRUTH.wrong],
    ] as const) {
      const bad = await start(fault);
      const good = await start();
      const limits = LIMITS[pace];
      const ask = serviceFor(stage, 'ldaps', [bad.url, good.url], limits.environment);
      const { answer, ms } = await timed(ask('alice', password));
      expect(toldBy(answer)).toEqual(truth);
      expect(bad.journal.opened).toBe(1);
      expect(userBinds([bad, good])).toBe(1);
      expect(ms).toBeGreaterThanOrEqual(limits.leastMs);
      expect(ms).toBeLessThan(limits.mostMs);
    }
  });

  test('refuses connections', async () => {
    const good = await start();
    const ask = serviceFor(stage, 'ldaps', [`ldaps://127.0.0.1:${String(await closedPort())}`, good.url]);
    expect(toldBy(await ask('alice', PASSWORDS.alice))).toEqual(TRUTH.right);
  });

  test('has no name', async () => {
    const good = await start();
    const ask = serviceFor(stage, 'ldaps', ['ldaps://directory.invalid', good.url]);
    expect(toldBy(await ask('alice', WRONG_PASSWORD))).toEqual(TRUTH.wrong);
    expect(userBinds([good])).toBe(1);
  });

  test('has an expired certificate', async () => {
    const bad = await start(undefined, 'ldaps', { certificate: stage.certificates.of.expired });
    const good = await start();
    const ask = serviceFor(stage, 'ldaps', [bad.url, good.url]);
    expect(toldBy(await ask('alice', PASSWORDS.alice))).toEqual(TRUTH.right);
  });

  test('all of them one after the other, and the last one still has its time', async () => {
    const servers = [
      await start(at('connect', { kind: 'silence' })),
      await start(at('service bind', { kind: 'silence' })),
      await start(at('search', { kind: 'stop reading' })),
      await start(at('search', BUSY)),
      await start(),
    ];
    const ask = serviceFor(
      stage,
      'ldaps',
      servers.map(({ url }) => url),
      { LDAP_DEADLINE_MS: '9000' },
    );
    const { answer, ms } = await timed(ask('alice', PASSWORDS.alice));
    expect(toldBy(answer)).toEqual(TRUTH.right);
    expect(userBinds(servers)).toBe(1);
    expect(ms).toBeGreaterThanOrEqual(3895); // 6500 ms by five servers: three wait 1300 ms
  });
});

describe('what never moves on', () => {
  test.each([
    ['a right password', PASSWORDS.alice, TRUTH.right],
    ['a wrong password', WRONG_PASSWORD, TRUTH.wrong],
  ])('a verdict: %s, asked of two servers, reaches one', async (_name, password, truth) => {
    const first = await start();
    const second = await start();
    const ask = serviceFor(stage, 'ldaps', [first.url, second.url]);
    expect(toldBy(await ask('alice', password))).toEqual(truth);
    expect(userBinds([first, second])).toBe(1);
    expect(second.journal.opened).toBe(0);
  });

  test('an unknown user', async () => {
    const first = await start();
    const second = await start();
    const ask = serviceFor(stage, 'ldaps', [first.url, second.url]);
    expect(toldBy(await ask('nobody', WRONG_PASSWORD))).toEqual(TRUTH.nobody);
    expect(second.journal.opened).toBe(0);
  });

  const afterTheBind: readonly (readonly [string, Action, string, number])[] = [
    ['a reset', { kind: 'reset' }, 'directory-unreachable', 503],
    ['a close', { kind: 'close' }, 'directory-unreachable', 503],
    ['silence', { kind: 'silence' }, 'directory-timeout', 504],
    ['busy', BUSY, 'directory-busy', 503],
    ['garbage', { kind: 'send', payload: { kind: 'text', text: 'what?' }, then: 'hang' }, 'directory-protocol-error', 503],
  ];

  test.each(afterTheBind)('%s after the user bind', async (_name, action, reason, http) => {
    const first = await start(at('user bind', action));
    const second = await start();
    const ask = serviceFor(stage, 'ldaps', [first.url, second.url], { LDAP_DEADLINE_MS: '6000' });
    expect(toldBy(await ask('alice', PASSWORDS.alice))).toEqual({ status: 5, reason, http, attempted: true, retryAfter: false });
    expect(userBinds([first, second])).toBe(1);
    expect(second.journal.opened).toBe(0);
  });

  test('a refused service account, which is not bound again for 30 s, anywhere', async () => {
    const refusal: Action = { kind: 'send', payload: { kind: 'result', code: 49 }, then: 'hang' };
    const first = await start(at('service bind', refusal));
    const second = await start();
    const ask = serviceFor(stage, 'ldaps', [first.url, second.url]);
    const refused = { status: 5, reason: 'directory-refused-service-account', http: 503, attempted: false, retryAfter: false };
    for (let request = 0; request < 5; request += 1) expect(toldBy(await ask('alice', PASSWORDS.alice))).toEqual(refused);
    laterBy(REST_MS - 1000);
    expect(toldBy(await ask('alice', PASSWORDS.alice))).toEqual(refused);
    expect(first.journal.count('service bind')).toBe(1);
    expect(second.journal.opened).toBe(0);
    first.arm(undefined);
    laterBy(REST_MS);
    expect(toldBy(await ask('alice', PASSWORDS.alice))).toEqual(TRUTH.right);
    expect(first.journal.count('service bind')).toBe(2);
  });

  test('twenty requests at once with a refused service account bind it once', async () => {
    const refusal: Action = { kind: 'send', payload: { kind: 'result', code: 49 }, then: 'hang' };
    const only = await start(at('service bind', refusal));
    const ask = serviceFor(stage, 'ldaps', [only.url]);
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask('alice', PASSWORDS.alice)));
    expect(new Set(answers.map(({ body }) => body['reason']))).toEqual(new Set(['directory-refused-service-account']));
    expect(only.journal.count('service bind')).toBe(1);
  });
});

describe('a server that failed', () => {
  test('rests for 30 s and is asked last meanwhile', async () => {
    const first = await start(at('connect', { kind: 'silence' }));
    const second = await start();
    const ask = serviceFor(stage, 'ldaps', [first.url, second.url], { LDAP_DEADLINE_MS: '6000' });
    await ask('alice', PASSWORDS.alice);
    expect(toldBy(await ask('alice', PASSWORDS.alice))).toEqual(TRUTH.right);
    expect(first.journal.opened).toBe(1); // nobody waited for it again
    first.arm(undefined);
    laterBy(REST_MS + 1000);
    expect(toldBy(await ask('alice', PASSWORDS.alice))).toEqual(TRUTH.right);
    expect(first.journal.opened).toBe(2);
  });

  test('is asked all the same when the others fail too', async () => {
    const first = await start(at('connect', { kind: 'reset' }));
    const second = await start(at('connect', { kind: 'reset' }));
    const ask = serviceFor(stage, 'ldaps', [first.url, second.url]);
    expect(toldBy(await ask('alice', PASSWORDS.alice))).toMatchObject({
      reason: 'directory-unreachable',
      attempted: false,
      retryAfter: true,
    });
    first.arm(undefined);
    expect(toldBy(await ask('alice', PASSWORDS.alice))).toEqual(TRUTH.right);
  });

  test('after the user bind is not asked first again', async () => {
    const first = await start(at('user bind', { kind: 'reset' }));
    const second = await start();
    const ask = serviceFor(stage, 'ldaps', [first.url, second.url]);
    expect(toldBy(await ask('alice', PASSWORDS.alice)).attempted).toBe(true);
    expect(toldBy(await ask('alice', PASSWORDS.alice))).toEqual(TRUTH.right);
    expect(first.journal.opened).toBe(1);
  });
});

/** The name of a host with these addresses: its resolver is the one thing here that is not real. */
function resolveTo(addresses: readonly string[]): void {
  jest.spyOn(dns, 'lookup').mockImplementation((...given: readonly unknown[]) => {
    const callback = given.at(-1);
    const found = addresses.map((address) => ({ address, family: 4 }));
    if (typeof callback === 'function') Reflect.apply(callback, undefined, [null, found]);
  });
}

describe('a name with several addresses', () => {
  /** Two servers of one name, on the same port of two addresses. */
  const startTwins = async (fault: Fault | undefined): Promise<readonly [FaultyDirectory, FaultyDirectory, string]> => {
    const second = await start(undefined, 'ldaps', { host: '127.0.0.3' });
    const first = await start(fault, 'ldaps', { host: '127.0.0.2', port: second.port });
    resolveTo(['127.0.0.2', '127.0.0.3']);
    return [first, second, `ldaps://directory.example.org:${String(second.port)}`];
  };

  const faults: readonly (readonly [string, Fault])[] = [
    ['says nothing', at('connect', { kind: 'silence' })],
    ['resets', at('connect', { kind: 'reset' })],
    ['stalls in the TLS handshake', at('tls handshake', { kind: 'cut', then: 'hang' })],
    ['is busy at the service bind', at('service bind', BUSY)],
    ['says nothing to the service bind', at('service bind', { kind: 'silence' })],
    ['resets at the search', at('search', { kind: 'reset' })],
  ];

  test.each(faults)('tries the other one when the first one %s', async (_name, fault) => {
    const [first, second, url] = await startTwins(fault);
    const ask = serviceFor(stage, 'ldaps', [url], { LDAP_DEADLINE_MS: '9000', LDAP_CONNECT_TIMEOUT_MS: '1500' });
    expect(toldBy(await ask('alice', PASSWORDS.alice))).toEqual(TRUTH.right);
    expect([first.journal.opened, second.journal.opened]).toEqual([1, 1]);
  });

  test('tries the other one when nothing listens on the first one', async () => {
    const only = await start(undefined, 'ldaps', { host: '127.0.0.3' });
    resolveTo(['127.0.0.2', '127.0.0.3']);
    const ask = serviceFor(stage, 'ldaps', [`ldaps://directory.example.org:${String(only.port)}`]);
    expect(toldBy(await ask('alice', PASSWORDS.alice))).toEqual(TRUTH.right);
  });

  test('does not try the other one after the user bind', async () => {
    const [first, second, url] = await startTwins(at('user bind', { kind: 'reset' }));
    const ask = serviceFor(stage, 'ldaps', [url]);
    expect(toldBy(await ask('alice', WRONG_PASSWORD))).toMatchObject({ reason: 'directory-unreachable', attempted: true });
    expect(userBinds([first, second])).toBe(1);
    expect(second.journal.opened).toBe(0);
  });
});
