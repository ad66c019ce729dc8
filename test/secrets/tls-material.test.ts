import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';

import { Authority, type Issued } from '../../tools/demo-directory/certificates.ts';
import { makeService } from '../support/ask.ts';
import { type Demo, startDemo } from '../support/demo.ts';
import { startStores, type Stores, useStores } from './stores.ts';

let stores: Stores;
let directory: Demo;
let authority: Authority;
let client: Issued;

beforeAll(async () => {
  stores = await startStores();
  useStores(stores);
  directory = await startDemo();
  ({ authority } = directory);
  client = await authority.issue({ commonName: 'ldap-auth' });
});

afterAll(async () => {
  await directory.close();
  await stores.close();
});

beforeEach(() => {
  stores.behaviour = 'answer';
  stores.values.clear();
  jest.restoreAllMocks();
});

function serviceWith(more: Readonly<Record<string, string>>) {
  const { LDAP_TLS_CA: _, ...settings } = directory.settings;
  const ask = makeService({ ...settings, LDAP_DEADLINE_MS: '6000', ...more });
  return async (): Promise<unknown> => (await ask('alice', 'wonderland')).body['reason'];
}

test('the authority comes from an SSM parameter, asked once', async () => {
  stores.values.set('/ldap/ca', authority.pem);
  const login = serviceWith({ LDAP_TLS_CA_PARAMETER: '/ldap/ca' });
  const before = stores.asked();
  expect([await login(), await login()]).toEqual(['authenticated', 'authenticated']);
  expect(stores.asked() - before).toBe(1);
});

test('another authority in the parameter is another authority to trust', async () => {
  stores.values.set('/ldap/ca', (await Authority.create('Another authority')).pem);
  const login = serviceWith({ LDAP_TLS_CA_PARAMETER: '/ldap/ca' });
  expect(await login()).toBe('directory-tls-failure');
  stores.values.set('/ldap/ca', authority.pem);
  jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 301_000);
  expect(await login()).toBe('authenticated');
});

test('the key of a client certificate comes from Secrets Manager', async () => {
  stores.values.set('ldap/key', client.key);
  const login = serviceWith({ LDAP_TLS_CA: authority.pem, LDAP_TLS_CERT: client.cert, LDAP_TLS_KEY_SECRET: 'ldap/key' });
  expect(await login()).toBe('authenticated');
});

test('a key that is not the certificate’s is misconfigured', async () => {
  stores.values.set('ldap/key', (await authority.issue({ commonName: 'another' })).key);
  const login = serviceWith({ LDAP_TLS_CA: authority.pem, LDAP_TLS_CERT: client.cert, LDAP_TLS_KEY_SECRET: 'ldap/key' });
  expect(await login()).toBe('misconfigured');
});

test('a parameter that holds no certificate is misconfigured', async () => {
  stores.values.set('/ldap/ca', 'no PEM');
  expect(await serviceWith({ LDAP_TLS_CA_PARAMETER: '/ldap/ca' })()).toBe('misconfigured');
});

test('what cannot be used is mended within seconds, not minutes', async () => {
  stores.values.set('/ldap/ca', 'no PEM');
  const login = serviceWith({ LDAP_TLS_CA_PARAMETER: '/ldap/ca' });
  const now = Date.now();
  const before = stores.asked();
  const at = async (ms: number): Promise<readonly unknown[]> => {
    jest.spyOn(Date, 'now').mockReturnValue(now + ms);
    return [await login(), stores.asked() - before];
  };
  expect(await at(0)).toEqual(['misconfigured', 1]);
  stores.values.set('/ldap/ca', authority.pem);
  expect(await at(4999)).toEqual(['misconfigured', 1]);
  expect(await at(5000)).toEqual(['authenticated', 2]);
});

test('a store that does not answer leaves the verdict open', async () => {
  stores.behaviour = 'hang';
  expect(await serviceWith({ LDAP_TLS_CA_PARAMETER: '/ldap/ca' })()).toBe('secret-unavailable');
});
