import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Attribute, Change, Client } from 'ldapts';

import { describeWhere } from '../contract/availability.ts';
import { peopleEntries } from '../contract/entries.ts';
import { type Ask, makeService } from '../support/ask.ts';
import { OPENLDAP_SERVICE, startOpenldap } from '../support/servers/openldap.ts';
import type { StartedDirectory } from '../support/servers/server.ts';
import { startStores, type Stores, useStores } from './stores.ts';

const BASE = 'dc=example,dc=org';
const SECRET = 'ldap-auth/service';

describeWhere('openldap', () => {
  let stores: Stores;
  let directory: StartedDirectory;
  let administrator: Client;

  beforeAll(async () => {
    stores = await startStores();
    useStores(stores);
    directory = await startOpenldap({ entries: peopleEntries(BASE, 'openldap') });
    administrator = new Client({ url: directory.url });
    await administrator.bind(directory.administrator.dn, directory.administrator.password);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  afterAll(async () => {
    await administrator.unbind();
    await directory.stop();
    await stores.close();
  });

  const changePassword = async (password: string): Promise<void> => {
    const modification = new Attribute({ type: 'userPassword', values: [password] });
    await administrator.modify(OPENLDAP_SERVICE.dn, new Change({ operation: 'replace', modification }));
  };

  /** Binds that slapd has begun, refused ones included; our own search is none. (It counts those it has completed only after it has answered them.) */
  const bindsSoFar = async (): Promise<number> => {
    const attributes = ['monitorOpInitiated'];
    const { searchEntries } = await administrator.search('cn=Bind,cn=Operations,cn=Monitor', { scope: 'base', attributes });
    return Number(searchEntries[0]?.['monitorOpInitiated']);
  };

  const serviceOf = (): Ask => {
    const { LDAP_BIND_PASSWORD: _, ...environment } = directory.environment;
    return makeService({ ...environment, LDAP_BIND_PASSWORD_SECRET: SECRET });
  };

  const login = async (ask: Ask): Promise<unknown> => (await ask('alice', 'Passw0rd-alice')).body['reason'];

  /** A login is two binds: whatever is more was refused. */
  const refusedDuring = async (logins: number, run: () => Promise<void>): Promise<number> => {
    const before = await bindsSoFar();
    await run();
    return (await bindsSoFar()) - before - 2 * logins;
  };

  describe('a rotation of the service password', () => {
    test('in the store first: one bind with the old one is refused, no login fails', async () => {
      await changePassword('first');
      stores.values.set(SECRET, 'first');
      const ask = serviceOf();
      expect(await login(ask)).toBe('authenticated');
      jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000);
      stores.values.set(SECRET, 'second');
      await changePassword('second');
      const reasons: unknown[] = [];
      const refused = await refusedDuring(5, async () => {
        for (let count = 0; count < 5; count += 1) reasons.push(await login(ask));
      });
      expect(reasons).toEqual(Array.from({ length: 5 }, () => 'authenticated'));
      expect(refused).toBe(1);
    });

    test('in the directory first: until the store follows the answer is unknown, and the old one is refused once', async () => {
      await changePassword('third');
      stores.values.set(SECRET, 'third');
      const ask = serviceOf();
      expect(await login(ask)).toBe('authenticated');
      jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000);
      await changePassword('fourth');
      const before = await bindsSoFar();
      expect(await login(ask)).toBe('directory-refused-service-account');
      expect(await login(ask)).toBe('directory-refused-service-account');
      stores.values.set(SECRET, 'fourth');
      jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 6_000); // the store is looked at again, long before the rest is over
      expect(await login(ask)).toBe('authenticated');
      expect((await bindsSoFar()) - before).toBe(3); // one refused, two of the login
    });
  });

  test('a wrong service password under 200 requests at once is refused once in 30 s', async () => {
    await changePassword('right');
    const ask = makeService({ ...directory.environment, LDAP_BIND_PASSWORD: 'wrong' });
    const reasons = new Set<unknown>();
    const before = await bindsSoFar();
    await Promise.all(Array.from({ length: 200 }, async () => reasons.add(await login(ask))));
    expect([...reasons]).toEqual(['directory-refused-service-account']);
    expect((await bindsSoFar()) - before).toBe(1);
  });
});
