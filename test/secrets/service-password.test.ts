import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';

import { BASE_DN, SERVICE_DN } from '../../tools/demo-directory/people.ts';
import { type Ask, makeService } from '../support/ask.ts';
import { type Demo, startDemo } from '../support/demo.ts';
import { startStores, type Stores, useStores } from './stores.ts';

const PASSWORD = 'in the store';

let stores: Stores;
let directory: Demo;

beforeAll(async () => {
  stores = await startStores();
  useStores(stores);
  directory = await startDemo({ servicePassword: PASSWORD });
});

afterAll(async () => {
  jest.restoreAllMocks();
  await directory.close();
  await stores.close();
});

beforeEach(() => {
  stores.behaviour = 'answer';
  stores.values.clear();
  jest.restoreAllMocks();
});

function serviceWith(more: Readonly<Record<string, string>>): Ask {
  return makeService({ LDAP_URL: directory.url, LDAP_ALLOW_PLAINTEXT: 'true', LDAP_BASE_DN: BASE_DN, LDAP_BIND_DN: SERVICE_DN, ...more });
}

async function login(ask: Ask): Promise<unknown> {
  return (await ask('alice', 'wonderland')).body['reason'];
}

describe('the service password comes from', () => {
  const rows = [
    ['an SSM parameter', 'LDAP_BIND_PASSWORD_PARAMETER', PASSWORD],
    ['a secret in plain text', 'LDAP_BIND_PASSWORD_SECRET', PASSWORD],
    ['the password of a secret in JSON', 'LDAP_BIND_PASSWORD_SECRET', JSON.stringify({ username: SERVICE_DN, password: PASSWORD })],
  ] as const;

  test.each(rows)('%s', async (_name, variable, value) => {
    stores.values.set('/ldap/bind', value);
    expect(await login(serviceWith({ [variable]: '/ldap/bind' }))).toBe('authenticated');
  });
});

describe('a store', () => {
  test('is asked once in five minutes, whoever comes', async () => {
    stores.values.set('s', PASSWORD);
    const ask = serviceWith({ LDAP_BIND_PASSWORD_SECRET: 's' });
    const before = stores.asked();
    expect(await Promise.all(Array.from({ length: 20 }, () => login(ask)))).toEqual(Array.from({ length: 20 }, () => 'authenticated'));
    await login(ask);
    expect(stores.asked() - before).toBe(1);
    jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 301_000);
    await login(ask);
    expect(stores.asked() - before).toBe(2);
  });

  test.each(['hang', 'throttle', 'deny'] as const)(
    'that does %s at first leaves the verdict open, within the deadline',
    async (behaviour) => {
      stores.values.set('s', PASSWORD);
      stores.behaviour = behaviour;
      const answer = await serviceWith({ LDAP_BIND_PASSWORD_SECRET: 's', LDAP_DEADLINE_MS: '1500' })('alice', 'wonderland');
      expect([answer.http, answer.body]).toEqual([503, { status: 5, message: 'directory unavailable', reason: 'secret-unavailable' }]);
    },
  );

  test.each(['hang', 'throttle', 'deny'] as const)(
    'that does %s later on is not missed: the last good value is used',
    async (behaviour) => {
      stores.values.set('s', PASSWORD);
      const ask = serviceWith({ LDAP_BIND_PASSWORD_SECRET: 's', LDAP_DEADLINE_MS: '6000' });
      expect(await login(ask)).toBe('authenticated');
      stores.behaviour = behaviour;
      jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 301_000);
      expect([await login(ask), await login(ask)]).toEqual(['authenticated', 'authenticated']);
    },
  );

  test('without that name leaves the verdict open', async () => {
    expect(await login(serviceWith({ LDAP_BIND_PASSWORD_PARAMETER: '/missing' }))).toBe('secret-unavailable');
  });

  test.each(['', '{}', '{"password":""}', '{"password":1}'])(
    'that holds %j is misconfigured: an empty password would be accepted',
    async (value) => {
      stores.values.set('s', value);
      const before = directory.counts.binds;
      expect(await login(serviceWith({ LDAP_BIND_PASSWORD_SECRET: 's' }))).toBe('misconfigured');
      expect(directory.counts.binds).toBe(before);
    },
  );
});

describe('an empty value in a store', () => {
  test.each(['', '{"password":""}'])('%j is mended within seconds, and the store is asked once in 5 s at the most', async (empty) => {
    stores.values.set('s', empty);
    const ask = serviceWith({ LDAP_BIND_PASSWORD_SECRET: 's' });
    const before = stores.asked();
    const now = Date.now();
    const at = async (ms: number): Promise<readonly unknown[]> => {
      jest.spyOn(Date, 'now').mockReturnValue(now + ms);
      return [await login(ask), stores.asked() - before];
    };
    expect(await at(0)).toEqual(['misconfigured', 1]);
    expect(await at(4999)).toEqual(['misconfigured', 1]);
    expect(await at(5000)).toEqual(['misconfigured', 2]);
    stores.values.set('s', PASSWORD);
    expect(await at(9999)).toEqual(['misconfigured', 2]);
    expect(await at(10_000)).toEqual(['authenticated', 3]);
    expect(await at(60_000)).toEqual(['authenticated', 3]);
  });

  test('a store that fails meanwhile is asked no more often', async () => {
    stores.values.set('s', '');
    const ask = serviceWith({ LDAP_BIND_PASSWORD_SECRET: 's', LDAP_DEADLINE_MS: '1500' });
    const now = Date.now();
    expect(await login(ask)).toBe('misconfigured');
    stores.behaviour = 'deny';
    const before = stores.asked();
    for (const ms of [6000, 7000, 10_000]) {
      jest.spyOn(Date, 'now').mockReturnValue(now + ms);
      expect(await login(ask)).toBe('misconfigured');
    }
    expect(stores.asked() - before).toBe(1);
  });

  test('is not believed for five minutes when the one before it was refused', async () => {
    stores.values.set('s', 'an old one');
    const ask = serviceWith({ LDAP_BIND_PASSWORD_SECRET: 's' });
    const now = Date.now();
    const reasons: unknown[] = [];
    for (const [ms, value] of [
      [0, 'an old one'],
      [6000, ''],
      [12_000, PASSWORD],
    ] as const) {
      jest.spyOn(Date, 'now').mockReturnValue(now + ms);
      stores.values.set('s', value);
      reasons.push(await login(ask));
    }
    expect(reasons).toEqual(['directory-refused-service-account', 'directory-refused-service-account', 'authenticated']);
  });
});

test('two sources for one password are a problem', async () => {
  const both = { LDAP_BIND_PASSWORD: 'x', LDAP_BIND_PASSWORD_PARAMETER: '/ldap/bind' };
  expect(await login(serviceWith(both))).toBe('misconfigured');
});

test('a secret that is emptied after a refusal is no other password', async () => {
  stores.values.set('s', 'an old one');
  const ask = serviceWith({ LDAP_BIND_PASSWORD_SECRET: 's' });
  jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000);
  expect(await login(ask)).toBe('directory-refused-service-account');
  stores.values.set('s', '');
  jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 10_000);
  expect(await login(ask)).toBe('directory-refused-service-account');
});
