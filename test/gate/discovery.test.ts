import dns from 'node:dns';

import { afterEach, expect, jest, test } from '@jest/globals';

import { makeService } from '../support/ask.ts';
import { resolveTo } from '../support/resolver.ts';
import { bindResult, found, startScripted } from '../support/scripted-directory.ts';
import { startDynamo, TABLE } from './dynamo.ts';

const WRONG = bindResult(49, '80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data 52e, v4563');

const ended: (() => Promise<void>)[] = [];

afterEach(async () => {
  jest.restoreAllMocks();
  for (const end of ended.splice(0)) await end();
});

/** Wrong, right, wrong, right under a limit of two failures, by a domain that locks by the sum of its controllers. */
test.each([
  ['one controller that LDAP_URL names: a success clears', 'ldap://127.0.0.1', 'authenticated'],
  ['one that SRV records tell, today: it clears nothing', 'ldap+srv://corp.example.test', 'user-throttled'],
])('Active Directory, %s', async (_case, url, reason) => {
  const dynamo = await startDynamo();
  const domain = await startScripted((operation) => {
    if (operation.kind !== 'bind') return found(['']);
    return operation.simple?.toString() === 'right' ? bindResult(0) : WRONG;
  });
  ended.push(() => domain.close(), () => dynamo.close()); // prettier-ignore
  const port = Number(new URL(domain.url).port);
  resolveTo(['127.0.0.1']);
  jest.spyOn(dns.promises, 'resolveSrv').mockResolvedValue([{ name: 'dc1.corp.example.test', port, priority: 0, weight: 0 }]);
  const ask = makeService({
    LDAP_URL: url.includes('+srv') ? url : `${url}:${String(port)}`,
    LDAP_ALLOW_PLAINTEXT: 'true',
    LDAP_DIRECTORY: 'active-directory',
    LDAP_USER_DN_TEMPLATE: '{username}@corp.example.test',
    AUTH_GATE_FAILURES: '2',
    AUTH_GATE_WINDOW_SECONDS: '600',
    AUTH_GATE_TABLE: TABLE,
  });
  const reasons: unknown[] = [];
  for (const password of ['wrong', 'right', 'wrong', 'right']) reasons.push((await ask('alice', password)).body['reason']);
  expect(reasons).toEqual(['wrong-password', 'authenticated', 'wrong-password', reason]);
});
