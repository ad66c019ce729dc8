import { describe, expect, test } from '@jest/globals';

import { freePort } from '../../tools/start/ports.ts';
import { type Action, close, cutHandshake, reset, result, send, silence, stopReading, text } from '../support/faults/actions.ts';
import type { Fault, Step } from '../support/faults/conversation.ts';
import type { FaultyDirectory } from '../support/faults/directory.ts';
import { resolveTo } from '../support/resolver.ts';
import { TRUTH } from './expectation.ts';
import { countAt, laterBy, REST_MS, setStage, timed } from './setting.ts';
import { PASSWORDS, WRONG_PASSWORD } from './stage.ts';

const { stage, start, startAll, serviceAt } = setStage('ldaps');

function at(step: Step, action: Action): Fault {
  return { step, action };
}

function userBinds(...servers: readonly FaultyDirectory[]): number {
  return countAt(servers, 'user bind');
}

const BUSY = send(result(51));
const GARBAGE = send(text('what?'));
const REFUSAL = send(result(49));

describe('past a server with a fault before the user bind, the next one is asked', () => {
  /** What waits has a short slice: 6000 ms less a third, by two servers. What does not wait has one that nobody could miss. */
  const LIMITS = {
    'after its slice': { environment: { LDAP_DEADLINE_MS: '6000', LDAP_CONNECT_TIMEOUT_MS: '2000' }, leastMs: 1995, mostMs: Infinity },
    'at once': { environment: { LDAP_DEADLINE_MS: '25000', LDAP_CONNECT_TIMEOUT_MS: '25000' }, leastMs: 0, mostMs: 11_250 },
  } as const;

  test.each<[string, Fault, keyof typeof LIMITS]>([
    ['accepts and says nothing', at('connect', silence), 'after its slice'],
    ['resets at once', at('connect', reset), 'at once'],
    ['closes at once', at('connect', close), 'at once'],
    ['stalls in the TLS handshake', at('tls handshake', cutHandshake('hang')), 'after its slice'],
    ['says nothing to the service bind', at('service bind', silence), 'after its slice'],
    ['is busy at the service bind', at('service bind', BUSY), 'at once'],
    ['resets at the service bind', at('service bind', reset), 'at once'],
    ['says nothing to the search', at('search', silence), 'after its slice'],
    ['is busy at the search', at('search', BUSY), 'at once'],
    ['resets at the search', at('search', reset), 'at once'],
    ['answers the search with garbage', at('search', GARBAGE), 'at once'],
  ])('%s', async (_name, fault, pace) => {
    for (const [password, truth] of [
      [PASSWORDS.alice, TRUTH.right],
      [WRONG_PASSWORD, TRUTH.wrong],
    ] as const) {
      const [bad, good] = await startAll(fault, undefined);
      const { environment, leastMs, mostMs } = LIMITS[pace];
      const { result: told, ms } = await timed(serviceAt([bad, good], environment)(password));
      expect(told).toEqual(truth);
      expect(bad.opened()).toBe(1);
      expect(userBinds(bad, good)).toBe(1);
      expect(ms).toBeGreaterThanOrEqual(leastMs);
      expect(ms).toBeLessThan(mostMs);
    }
  });

  test('refuses connections', async () => {
    const login = serviceAt([`ldaps://127.0.0.1:${String(await freePort())}`, await start()]);
    expect(await login()).toEqual(TRUTH.right);
  });

  test('has no name', async () => {
    const good = await start();
    expect(await serviceAt(['ldaps://directory.invalid', good])(WRONG_PASSWORD)).toEqual(TRUTH.wrong);
    expect(userBinds(good)).toBe(1);
  });

  test('has an expired certificate', async () => {
    const bad = await start(undefined, { certificate: stage().certificates.of.expired });
    expect(await serviceAt([bad, await start()])()).toEqual(TRUTH.right);
  });

  test('all of them one after the other, and the last one still has its time', async () => {
    const faults = [at('connect', silence), at('service bind', silence), at('search', stopReading), at('search', BUSY)] as const;
    const servers = await startAll(...faults, undefined);
    const { result: told, ms } = await timed(serviceAt(servers, { LDAP_DEADLINE_MS: '9000' })());
    expect(told).toEqual(TRUTH.right);
    expect(userBinds(...servers)).toBe(1);
    expect(ms).toBeGreaterThanOrEqual(3895); // 6500 ms by five servers: three wait 1300 ms
  });
});

describe('what never moves on', () => {
  test.each([
    ['a right password', PASSWORDS.alice, TRUTH.right],
    ['a wrong password', WRONG_PASSWORD, TRUTH.wrong],
  ])('a verdict: %s, asked of two servers, reaches one', async (_name, password, truth) => {
    const [first, second] = await startAll(undefined, undefined);
    expect(await serviceAt([first, second])(password)).toEqual(truth);
    expect([userBinds(first, second), second.opened()]).toEqual([1, 0]);
  });

  test('an unknown user', async () => {
    const [first, second] = await startAll(undefined, undefined);
    expect(await serviceAt([first, second])(WRONG_PASSWORD, 'nobody')).toEqual(TRUTH.nobody);
    expect(second.opened()).toBe(0);
  });

  test.each<[string, Action, string, number]>([
    ['a reset', reset, 'directory-unreachable', 503],
    ['a close', close, 'directory-unreachable', 503],
    ['silence', silence, 'directory-timeout', 504],
    ['busy', BUSY, 'directory-busy', 503],
    ['garbage', GARBAGE, 'directory-protocol-error', 503],
  ])('%s after the user bind', async (_name, action, reason, http) => {
    const [first, second] = await startAll(at('user bind', action), undefined);
    const login = serviceAt([first, second], { LDAP_DEADLINE_MS: '6000' });
    expect(await login()).toEqual({ status: 5, reason, http, attempted: true, retryAfter: false });
    expect([userBinds(first, second), second.opened()]).toEqual([1, 0]);
  });

  const refused = { status: 5, reason: 'directory-refused-service-account', http: 503, attempted: false, retryAfter: false };

  test('a refused service account, which is not bound again for 30 s, anywhere', async () => {
    const [first, second] = await startAll(at('service bind', REFUSAL), undefined);
    const login = serviceAt([first, second]);
    for (let request = 0; request < 5; request += 1) expect(await login()).toEqual(refused);
    laterBy(REST_MS - 1000);
    expect(await login()).toEqual(refused);
    expect([first.count('service bind'), second.opened()]).toEqual([1, 0]);
    first.arm(undefined);
    laterBy(REST_MS);
    expect(await login()).toEqual(TRUTH.right);
    expect(first.count('service bind')).toBe(2);
  });

  test('twenty requests at once with a refused service account bind it once', async () => {
    const only = await start(at('service bind', REFUSAL));
    const login = serviceAt([only]);
    const told = await Promise.all(Array.from({ length: 20 }, () => login()));
    expect(told).toEqual(told.map(() => refused));
    expect(only.count('service bind')).toBe(1);
  });
});

describe('a server that failed', () => {
  test('rests for 30 s and is asked last meanwhile', async () => {
    const [first, second] = await startAll(at('connect', silence), undefined);
    const login = serviceAt([first, second], { LDAP_DEADLINE_MS: '6000' });
    await login();
    expect(await login()).toEqual(TRUTH.right);
    expect(first.opened()).toBe(1); // nobody waited for it again
    first.arm(undefined);
    laterBy(REST_MS + 1000);
    expect(await login()).toEqual(TRUTH.right);
    expect(first.opened()).toBe(2);
  });

  test('is asked all the same when the others fail too', async () => {
    const [first, second] = await startAll(at('connect', reset), at('connect', reset));
    const login = serviceAt([first, second]);
    expect(await login()).toMatchObject({ reason: 'directory-unreachable', attempted: false, retryAfter: true });
    first.arm(undefined);
    expect(await login()).toEqual(TRUTH.right);
  });

  test('after the user bind is not asked first again', async () => {
    const [first, second] = await startAll(at('user bind', reset), undefined);
    const login = serviceAt([first, second]);
    expect((await login()).attempted).toBe(true);
    expect(await login()).toEqual(TRUTH.right);
    expect(first.opened()).toBe(1);
  });
});

describe('a name with several addresses', () => {
  /** Two servers of one name, on the same port of two addresses. */
  const startTwins = async (fault: Fault | undefined): Promise<readonly [FaultyDirectory, FaultyDirectory, string]> => {
    const second = await start(undefined, { host: '127.0.0.3' });
    const first = await start(fault, { host: '127.0.0.2', port: second.port });
    resolveTo(['127.0.0.2', '127.0.0.3']);
    return [first, second, `ldaps://directory.example.org:${String(second.port)}`];
  };

  test.each<[string, Fault]>([
    ['says nothing', at('connect', silence)],
    ['resets', at('connect', reset)],
    ['stalls in the TLS handshake', at('tls handshake', cutHandshake('hang'))],
    ['is busy at the service bind', at('service bind', BUSY)],
    ['says nothing to the service bind', at('service bind', silence)],
    ['resets at the search', at('search', reset)],
  ])('tries the other one when the first one %s', async (_name, fault) => {
    const [first, second, url] = await startTwins(fault);
    expect(await serviceAt([url], { LDAP_DEADLINE_MS: '9000', LDAP_CONNECT_TIMEOUT_MS: '1500' })()).toEqual(TRUTH.right);
    expect([first.opened(), second.opened()]).toEqual([1, 1]);
  });

  test('tries the other one when nothing listens on the first one', async () => {
    const only = await start(undefined, { host: '127.0.0.3' });
    resolveTo(['127.0.0.2', '127.0.0.3']);
    expect(await serviceAt([`ldaps://directory.example.org:${String(only.port)}`])()).toEqual(TRUTH.right);
  });

  test('does not try the other one after the user bind', async () => {
    const [first, second, url] = await startTwins(at('user bind', reset));
    expect(await serviceAt([url])(WRONG_PASSWORD)).toMatchObject({ reason: 'directory-unreachable', attempted: true });
    expect([userBinds(first, second), second.opened()]).toEqual([1, 0]);
  });
});
