import { describe, expect, test } from '@jest/globals';

import { makeAuth } from '../../src/handlers/auth.ts';
import { wire } from '../../src/wiring.ts';
import { lambdaContext, makeService, postAuth } from '../support/ask.ts';
import { cutHandshake, reset, result, send, silence } from '../support/faults/actions.ts';
import type { Fault } from '../support/faults/conversation.ts';
import type { FaultyDirectory } from '../support/faults/directory.ts';
import { resolveTo } from '../support/resolver.ts';
import { toldBy, TRUTH } from './expectation.ts';
import { setStage, timed } from './setting.ts';
import { PASSWORDS, PEOPLE, variablesFor, WRONG_PASSWORD } from './stage.ts';

const { stage, start, serviceAt } = setStage('ldaps');

describe('an invocation that has less left than LDAP_DEADLINE_MS', () => {
  test.each(['connect', 'service bind', 'search', 'user bind'] as const)(
    'is answered before it ends, when a server says nothing at %s',
    async (step) => {
      const server = await start({ step, action: silence });
      const long = { LDAP_DEADLINE_MS: '25000', LDAP_CONNECT_TIMEOUT_MS: '25000', LOG_LEVEL: 'SILENT' };
      const auth = makeAuth(wire({ ...variablesFor(stage(), 'ldaps', [server.url]), ...long }));
      const { result: response, ms } = await timed(auth(postAuth({ username: 'alice', password: PASSWORDS.alice }), lambdaContext(1500)));
      expect(response.statusCode).toBe(504);
      expect(ms).toBeLessThan(20_000); // the configured deadlines are 25 s; how much sooner depends on the machine
      expect(await server.connectionsLeft()).toBe(0);
    },
  );
});

test('a resolver that never answers is waited for no longer than its slice, and the next server is asked', async () => {
  const good = await start();
  const asked = resolveTo('never');
  expect(await serviceAt(['ldaps://directory.example.org', good], { LDAP_DEADLINE_MS: '6000' })()).toEqual(TRUTH.right);
  expect(asked()).toBe(1);
});

describe('a direct bind', () => {
  const startTwo = async (fault: Fault): Promise<readonly [FaultyDirectory, FaultyDirectory]> => [
    await start(fault, { lookup: 'direct-bind' }),
    await start(undefined, { lookup: 'direct-bind' }),
  ];
  const direct = (servers: readonly FaultyDirectory[]): ReturnType<typeof makeService> =>
    makeService({
      LDAP_URL: servers.map(({ url }) => url).join(' '),
      LDAP_TLS_CA: stage().certificates.ca,
      LDAP_USER_DN_TEMPLATE: `uid={username},${PEOPLE}`,
      LDAP_DEADLINE_MS: '6000',
    });

  test.each<[string, Fault, string]>([
    ['silent', { step: 'user bind', action: silence }, 'directory-timeout'],
    ['reset', { step: 'user bind', action: reset }, 'directory-unreachable'],
    ['reset before the server saw it', { step: 'user bind', when: 'request', action: reset }, 'directory-unreachable'],
    ['answered by another message id', { step: 'user bind', action: send(result(0, { id: 1 })) }, 'directory-protocol-error'],
  ])('that is %s was attempted, and goes nowhere else', async (_name, fault, reason) => {
    const [first, second] = await startTwo(fault);
    const told = toldBy(await direct([first, second])('alice', PASSWORDS.alice));
    expect(told).toMatchObject({ status: 5, reason, attempted: true, retryAfter: false });
    expect([first.count('user bind'), second.opened()]).toEqual([1, 0]);
  });

  test('goes past a server that stalls in the TLS handshake', async () => {
    const servers = await startTwo({ step: 'tls handshake', action: cutHandshake('hang') });
    const ask = direct(servers);
    expect(toldBy(await ask('alice', WRONG_PASSWORD))).toEqual(TRUTH.wrong);
    expect(toldBy(await ask('nobody', WRONG_PASSWORD))).toEqual(TRUTH.wrong); // the directory does not tell
    expect(servers[0].opened()).toBe(1);
  });
});
