import dns from 'node:dns';

import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { makeAuth } from '../../src/handlers/auth.ts';
import { wire } from '../../src/wiring.ts';
import { makeService, postAuth, lambdaContext } from '../support/ask.ts';
import { FaultyDirectory } from '../support/faults/directory.ts';
import type { Action, Fault } from '../support/faults/fault.ts';
import { OPENLDAP_SERVICE } from '../support/servers/openldap.ts';
import { toldBy, TRUTH } from './expectation.ts';
import { goodServer } from './run-row.ts';
import { BASE, PASSWORDS, PEOPLE, SERVICE_PASSWORD, serviceFor, type Stage, startStage, WRONG_PASSWORD } from './stage.ts';

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

async function start(fault?: Fault, lookup?: 'direct-bind'): Promise<FaultyDirectory> {
  const options = { ...goodServer(stage, 'ldaps'), ...(lookup === undefined ? {} : { lookup }) };
  const server = await FaultyDirectory.start(options, fault);
  started.push(server);
  return server;
}

const ANOTHER_ID: Action = { kind: 'send', payload: { kind: 'result', code: 0, id: 'of the next one' }, then: 'hang' };

async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

describe('an invocation that has less left than LDAP_DEADLINE_MS', () => {
  const silences: readonly Fault[] = (['connect', 'service bind', 'search', 'user bind'] as const).map((step) => ({
    step,
    action: { kind: 'silence' },
  }));

  test.each(silences)('is answered before it ends, when a server says nothing at $step', async (fault) => {
    const server = await start(fault);
    const auth = makeAuth(
      wire({
        LOG_LEVEL: 'SILENT',
        LDAP_URL: server.url,
        LDAP_TLS_CA: stage.certificates.ca,
        LDAP_BIND_DN: OPENLDAP_SERVICE.dn,
        LDAP_BIND_PASSWORD: SERVICE_PASSWORD,
        LDAP_BASE_DN: BASE,
        LDAP_DEADLINE_MS: '25000',
        LDAP_CONNECT_TIMEOUT_MS: '25000',
      }),
    );
    const leftMs = 1500;
    const ms = await elapsed(async () => {
      const { statusCode } = await auth(postAuth({ username: 'alice', password: PASSWORDS.alice }), lambdaContext(leftMs));
      expect(statusCode).toBe(504);
    });
    expect(ms).toBeLessThan(20_000); // the configured deadlines are 25 s; how much sooner depends on the machine
    expect(await server.connectionsLeft()).toBe(0);
  });
});

describe('a resolver that never answers', () => {
  test('is waited for no longer than its slice, and the next server is asked', async () => {
    const good = await start();
    const real = jest.spyOn(dns, 'lookup').mockImplementation(() => undefined); // the one thing here that is not real
    const ask = serviceFor(stage, 'ldaps', ['ldaps://directory.example.org', good.url], { LDAP_DEADLINE_MS: '6000' });
    expect(toldBy(await ask('alice', PASSWORDS.alice))).toEqual(TRUTH.right);
    expect(real).toHaveBeenCalledTimes(1);
  });
});

describe('a direct bind', () => {
  const direct = (urls: readonly string[]): ReturnType<typeof makeService> =>
    makeService({
      LDAP_URL: urls.join(' '),
      LDAP_TLS_CA: stage.certificates.ca,
      LDAP_USER_DN_TEMPLATE: `uid={username},${PEOPLE}`,
      LDAP_DEADLINE_MS: '6000',
    });

  test.each<[string, Fault, string]>([
    ['silent', { step: 'user bind', action: { kind: 'silence' } }, 'directory-timeout'],
    ['reset', { step: 'user bind', action: { kind: 'reset' } }, 'directory-unreachable'],
    ['reset before the server saw it', { step: 'user bind', when: 'request', action: { kind: 'reset' } }, 'directory-unreachable'],
    ['answered by another message id', { step: 'user bind', action: ANOTHER_ID }, 'directory-protocol-error'],
  ])('that is %s was attempted, and goes nowhere else', async (_name, fault, reason) => {
    const first = await start(fault, 'direct-bind');
    const second = await start(undefined, 'direct-bind');
    const told = toldBy(await direct([first.url, second.url])('alice', PASSWORDS.alice));
    expect(told).toMatchObject({ status: 5, reason, attempted: true, retryAfter: false });
    expect([first.journal.count('user bind'), second.journal.opened]).toEqual([1, 0]);
  });

  test('goes past a server that stalls in the TLS handshake', async () => {
    const first = await start({ step: 'tls handshake', action: { kind: 'cut', then: 'hang' } }, 'direct-bind');
    const second = await start(undefined, 'direct-bind');
    const ask = direct([first.url, second.url]);
    expect(toldBy(await ask('alice', WRONG_PASSWORD))).toEqual(TRUTH.wrong);
    expect(toldBy(await ask('nobody', WRONG_PASSWORD))).toEqual(TRUTH.wrong); // the directory does not tell
    expect(first.journal.opened).toBe(1);
  });
});
