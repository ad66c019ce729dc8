import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EqualityFilter } from 'ldapts';

import { Authority } from '../../../tools/demo-directory/certificates.ts';
import { type EmbeddedDirectory, startDirectory } from '../../../tools/demo-directory/server.ts';
import { BASE_DN, SERVICE_DN, demoEntries, demoLogins } from '../../../tools/demo-directory/people.ts';
import { resultOf, withClient } from './garden.ts';

describe('the demo directory', () => {
  let directory: EmbeddedDirectory;
  beforeAll(async () => {
    const certificate = await (await Authority.create('Demo')).issue({ commonName: 'localhost', dnsNames: ['localhost'] });
    directory = await startDirectory({ entries: demoEntries('random'), certificate });
  });
  afterAll(() => directory.close());

  test.each(demoLogins)('lets $username be found and bound', async ({ username, password }) => {
    await withClient(directory.url, async (client) => {
      await client.bind(SERVICE_DN, 'random');
      const filter = new EqualityFilter({ attribute: 'uid', value: username });
      const { searchEntries } = await client.search(BASE_DN, { filter, attributes: ['uid', 'memberOf'] });
      expect(searchEntries.map(({ uid }) => uid)).toEqual([username]);
      expect([searchEntries[0]?.['memberOf']].flat()).toContain(`cn=staff,ou=groups,${BASE_DN}`);
      await client.bind(searchEntries[0]?.dn ?? '', password);
      expect(await resultOf(client.bind(searchEntries[0]?.dn ?? '', `${password}.`))).toBe(49);
    });
  });
});
