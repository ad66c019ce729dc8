import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { makeAuth } from '../../src/handlers/auth.ts';
import { makeAuthorizer } from '../../src/handlers/authorizer.ts';
import { wire } from '../../src/wiring.ts';
import { describeWhere } from '../contract/availability.ts';
import { lambdaContext, makeService, postAuth } from '../support/ask.ts';
import { OPENLDAP_SERVICE } from '../support/servers/openldap.ts';
import { startTroubledDynamo, TABLE, type Trouble, useEndpoint } from './dynamo.ts';
import { burst, keptOf, LIMIT, processes, type Setting, startSetting, stopSetting, tally, variablesOf } from './logins.ts';
import { OPENLDAP, PASSWORD, type Person } from './places.ts';

const QUIET = { LOG_LEVEL: 'SILENT', LDAP_DEADLINE_MS: '20000' };

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

describeWhere('openldap', () => {
  let setting: Setting;
  beforeAll(async () => {
    setting = await startSetting(OPENLDAP);
  });
  afterAll(() => stopSetting(setting));

  describe('a user whom the gate stops', () => {
    beforeAll(async () => {
      const ask = makeService(variablesOf(setting, 'table'));
      for (let failure = 0; failure < LIMIT; failure += 1) await ask('alice', 'wrong');
    });

    test('is told 429 by forward auth, with the reason and the time', async () => {
      const auth = makeAuth(wire({ ...QUIET, ...variablesOf(setting, 'table') }));
      const event = postAuth(null, { httpMethod: 'GET', body: null, headers: { Authorization: basic('alice', PASSWORD) } });
      const { statusCode, headers } = await auth(event, lambdaContext());
      expect([statusCode, headers]).toMatchObject([
        429,
        { 'X-Auth-Reason': 'user-throttled', 'Retry-After': expect.stringMatching(/^\d+$/) },
      ]);
    });

    test('is an error of the authorizer, which nobody caches', async () => {
      const authorizer = makeAuthorizer(wire({ ...QUIET, ...variablesOf(setting, 'table') }));
      const event = {
        ...postAuth(null, { headers: { Authorization: basic('alice', PASSWORD) } }),
        type: 'REQUEST',
        methodArn: 'arn:aws:execute-api:eu-central-1:123456789012:api/test/GET/x',
      };
      const asked = authorizer(event as unknown as Parameters<typeof authorizer>[0], lambdaContext());
      await expect(asked).rejects.toThrow('service unavailable: user-throttled');
    });

    test('is nobody in particular under uniform: one answer, and the same calls for every name', async () => {
      const variables = { ...variablesOf(setting, 'table'), AUTH_DISCLOSURE: 'uniform', AUTH_UNIFORM_FLOOR_MS: '1' };
      const answers = await burst(makeService(variables), { count: 60, atOnce: 10 }, ['alice', 'nobody', 'bob', OPENLDAP.name], 'wrong');
      expect(new Set(answers.map(({ http, headers, text }) => JSON.stringify([http, headers, text]))).size).toBe(1);
      expect(answers[0]).toMatchObject({ http: 401, body: { reason: 'invalid-credentials' } });
      expect(await keptOf(setting, 'bob')).toEqual({ count: LIMIT, locked: false });
    });
  });

  describe('the service account', () => {
    test('is outside of the gate: its own name is answered as ever, and every other login goes on', async () => {
      const ask = makeService({ ...variablesOf(setting, 'table'), LDAP_USER_FILTER: '(|(uid={username})(cn={username}))' });
      for (let attempt = 0; attempt < 2 * LIMIT; attempt += 1)
        expect((await ask('ldap-auth', 'wrong')).body['reason']).toBe('wrong-password');
      expect((await ask('ldap-auth', OPENLDAP_SERVICE.password)).body['reason']).not.toBe('user-throttled');
      expect((await ask('carol', PASSWORD)).http).toBe(200);
    });
  });

  test('a direct bind: by the folded name, whatever its spelling', async () => {
    const { LDAP_URL = '', LDAP_TLS_CA = '' } = setting.directory.environment;
    const direct = { LDAP_URL, LDAP_TLS_CA, LDAP_USER_DN_TEMPLATE: 'uid={username},ou=people,dc=example,dc=org' };
    const ask = processes({ ...direct, AUTH_GATE_FAILURES: String(LIMIT), AUTH_GATE_WINDOW_SECONDS: '600', AUTH_GATE_TABLE: TABLE });
    const answers = await burst(ask, { count: 100, atOnce: 50 }, ['grace', 'GRACE', ' grace '], 'wrong');
    expect(tally(answers)).toEqual({ 'wrong-password': LIMIT, 'user-throttled': 100 - LIMIT });
    expect(await keptOf(setting, 'grace')).toEqual({ count: LIMIT, locked: false });
    expect((await ask('heidi', PASSWORD)).http).toBe(200);
  });

  /** `open`: the directory's counter decides alone; `closed`: 429. */
  describe('a table that', () => {
    test.each<[Trouble | 'is not there', Person, 'open' | 'closed']>([
      ['is not there', 'dave', 'open'],
      ['hang', 'dave', 'open'],
      ['error 500', 'dave', 'open'],
      ['AccessDeniedException', 'dave', 'open'],
      ['ResourceNotFoundException', 'dave', 'open'],
      ['nonsense', 'dave', 'open'],
      ['ThrottlingException', 'dave', 'closed'],
      ['ProvisionedThroughputExceededException', 'dave', 'closed'],
    ])('has the trouble "%s"', async (trouble, person, door) => {
      const dynamo = await startTroubledDynamo();
      try {
        if (trouble === 'is not there') await dynamo.close();
        else dynamo.trouble = trouble;
        useEndpoint(dynamo.url);
        const ask = makeService({ ...variablesOf(setting, 'table'), ...(trouble === 'hang' ? { LDAP_DEADLINE_MS: '6000' } : {}) });
        const right = await ask(person, PASSWORD);
        expect(right.body['reason']).toBe(door === 'open' ? 'authenticated' : 'user-throttled');
        if (door === 'closed') expect(right.headers['retry-after']).toBe('1');
      } finally {
        if (trouble !== 'is not there') await dynamo.close();
        useEndpoint(setting.dynamo.url);
      }
    });

    test('is down: one after the other is still bounded, by the directory’s counter', async () => {
      useEndpoint('http://127.0.0.1:1');
      const ask = makeService(variablesOf(setting, 'table'));
      const answers = [];
      for (let attempt = 0; attempt < 8; attempt += 1) answers.push(await ask('ivan', 'wrong'));
      useEndpoint(setting.dynamo.url);
      expect(tally(answers)).toEqual({ 'wrong-password': LIMIT, 'user-throttled': 8 - LIMIT });
      expect(await keptOf(setting, 'ivan')).toEqual({ count: LIMIT, locked: false });
    });
  });
});
