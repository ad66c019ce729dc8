import { once } from 'node:events';
import net from 'node:net';

import { describe, expect, test } from '@jest/globals';
import { PresenceFilter } from 'ldapts';

import { Deadline } from '../../src/core/deadline.ts';
import { Secret } from '../../src/core/secret.ts';
import { Trace } from '../../src/core/trace.ts';
import { Session } from '../../src/ldap/session.ts';
import { makeService } from '../support/ask.ts';
import { running } from '../support/running.ts';
import { SAMBA_SERVICE, startSamba } from '../support/servers/samba.ts';
import { describeWhere } from './availability.ts';
import { DOMAIN_BASE, domainUnit, userAt } from './domain.ts';
import { CONCEALED, summarise, UNKNOWN, WRONG_PASSWORD } from './verdicts.ts';

const PEOPLE = `OU=people,${DOMAIN_BASE}`;

describeWhere('samba', () => {
  describe('the proof on a domain with more people than a page', () => {
    const names = ['alice', ...Array.from({ length: 40 }, (_, index) => `user${String(index)}`)];
    const entries = [domainUnit('people', DOMAIN_BASE), ...names.map((name) => userAt(PEOPLE, name, 'alice-P@ssw0rd'))];
    const domain = running(() => startSamba({ population: { entries }, plaintext: 'allowed' }));

    test('a page ends the search where a size limit is ignored, and the connection can be used on', async () => {
      const { hostname, port } = new URL(domain().url);
      const socket = net.connect({ host: hostname, port: Number(port) });
      await once(socket, 'connect');
      const session = new Session(socket, new Trace());
      const deadline = Deadline.in(60_000);
      await session.bind(SAMBA_SERVICE.dn, new Secret(SAMBA_SERVICE.password), [], deadline);
      const filter = new PresenceFilter({ attribute: 'sAMAccountName' });
      const people = { base: PEOPLE, scope: 'sub', filter, attributes: ['cn'], mostEntries: 1000 } as const;
      const countOf = async (more: { readonly sizeLimit: number; readonly pageSize?: number }): Promise<number | undefined> => {
        const reply = await session.search({ ...people, ...more }, deadline);
        return reply.ok ? reply.entries.length : undefined;
      };
      const counts = [await countOf({ sizeLimit: 20 }), await countOf({ sizeLimit: 20, pageSize: 10 }), await countOf({ sizeLimit: 20 })];
      await session.close();
      expect(counts).toEqual([41, 10, 41]);
    });

    test.each(['distinct', 'uniform'])('the empty base of a global catalog is proved by the same search, %s', async (disclosure) => {
      const environment = { ...domain().environment, LDAP_URL: domain().globalCatalogUrl, LDAP_BASE_DN: '*' };
      const ask = makeService({ ...environment, AUTH_DISCLOSURE: disclosure, AUTH_UNIFORM_FLOOR_MS: '0' });
      for (const username of ['nobody', 'alice', 'nobody']) {
        const known = username === 'alice' ? WRONG_PASSWORD : UNKNOWN;
        expect(summarise(await ask(username, 'wrong'))).toEqual(disclosure === 'uniform' ? CONCEALED : known);
      }
      expect((await ask('alice', 'alice-P@ssw0rd')).body).toMatchObject({ status: 0 });
    });
  });
});
