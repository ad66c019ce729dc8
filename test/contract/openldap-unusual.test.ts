import { afterAll, afterEach, describe, expect, test } from '@jest/globals';

import { type Ask, makeService } from '../support/ask.ts';
import { type OpenldapOptions, startOpenldap } from '../support/servers/openldap.ts';
import type { DirectoryEntry, StartedDirectory } from '../support/servers/server.ts';
import { describeWhere } from './availability.ts';
import { BASE, peopleEntries } from './entries.ts';
import { AMBIGUOUS_MAIL } from './people.ts';
import {
  AMBIGUOUS,
  PROTOCOL_ERROR,
  SERVICE_REFUSED,
  summarise,
  TLS_FAILURE,
  UNKNOWN,
  validAs,
  VerdictCounter,
  WRONG_PASSWORD,
} from './verdicts.ts';

const ALICE = { dn: `uid=alice,ou=people,${BASE}`, username: 'alice', id: expect.any(String) };
const ALICE_PASSWORD = 'Passw0rd-alice';

/** RFC 3296: the rest of the tree is on another server, which is not asked. */
const REFERRAL: DirectoryEntry = {
  dn: `ou=elsewhere,${BASE}`,
  attributes: { objectClass: ['referral', 'extensibleObject'], ou: ['elsewhere'], ref: ['ldap://elsewhere.example.org/ou=elsewhere'] },
};

describeWhere('openldap', () => {
  describe('an OpenLDAP of an unusual configuration', () => {
    const counter = new VerdictCounter('openldap');
    const running: StartedDirectory[] = [];
    const startWith = async (options: OpenldapOptions): Promise<StartedDirectory> => {
      const server = await startOpenldap({ ...options, entries: [...peopleEntries(BASE, 'openldap'), ...(options.entries ?? [])] });
      running.push(server);
      return server;
    };
    const ask = (server: StartedDirectory, changes: Readonly<Record<string, string>> = {}): Ask =>
      makeService({ ...server.environment, ...changes });
    const row = (username: string, password: string, expected: object) => ({ username, password, expected });
    const verdicts = [
      row('alice', ALICE_PASSWORD, validAs(ALICE)),
      row('alice', 'wrong', WRONG_PASSWORD),
      row('nobody', ALICE_PASSWORD, UNKNOWN),
    ];

    afterEach(async () => {
      await Promise.all(running.splice(0).map((server) => server.stop()));
    });
    afterAll(() => {
      counter.report('openldap, unusual configurations');
    });

    test('whose own size limit is 1: two entries of a name are ambiguous, not the one that it returned', async () => {
      const server = await startWith({ sizeLimit: 1 });
      const byMail = ask(server, { LDAP_USER_FILTER: '(mail={username})' });
      const passwords = ['Passw0rd of one of two entries with the same mail address', 'Passw0rd of the other of them', 'wrong'];
      await counter.checkAll(
        byMail,
        passwords.map((password) => row(AMBIGUOUS_MAIL, password, AMBIGUOUS)),
      );
      await counter.checkAll(ask(server), verdicts);
    });

    test('that demands TLS: a fault without it, verdicts with it', async () => {
      const server = await startWith({ plaintext: 'refused' });
      const plain = ask(server, { LDAP_URL: server.url, LDAP_ALLOW_PLAINTEXT: 'true' });
      await counter.checkAll(plain, [row('alice', ALICE_PASSWORD, TLS_FAILURE), row('alice', 'wrong', TLS_FAILURE)]);
      await counter.checkAll(ask(server, { LDAP_URL: server.url, LDAP_STARTTLS: 'true' }), verdicts);
      await counter.checkAll(ask(server), verdicts);
    });

    test('that takes a DN with an empty password for a success: it is never asked', async () => {
      const server = await startWith({ unauthenticatedBind: 'accepted' });
      const answer = summarise(await ask(server)('alice', ''));
      expect(answer).toMatchObject({ http: 400, status: 4, reason: 'malformed-request', problems: [{ field: 'password' }] });
      counter.add(1);
      await counter.checkAll(ask(server), [...verdicts, row('nopassword', 'anything', WRONG_PASSWORD)]);
    });

    test('with a part of the tree on another server: it is unknown whether a name is there', async () => {
      const server = await startWith({ entries: [REFERRAL] });
      await counter.checkAll(ask(server), [
        row('alice', ALICE_PASSWORD, validAs(ALICE)),
        row('alice', 'wrong', WRONG_PASSWORD),
        row('nobody', ALICE_PASSWORD, PROTOCOL_ERROR),
      ]);
    });

    test('whose service account may see nothing: its blindness is not an unknown user', async () => {
      const server = await startWith({});
      const blind = { LDAP_BIND_DN: `uid=bart,ou=people,${BASE}`, LDAP_BIND_PASSWORD: 'Passw0rd of two login names' };
      await counter.checkAll(ask(server, blind), [row('alice', ALICE_PASSWORD, SERVICE_REFUSED), row('nobody', 'x', SERVICE_REFUSED)]);
    });
  });
});
