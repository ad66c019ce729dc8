import { describe, expect, test } from '@jest/globals';

import { examineWith, rowOf } from '../doctor/support/examine.ts';
import { makeService } from '../support/ask.ts';
import { running } from '../support/running.ts';
import { start389ds } from '../support/servers/389ds.ts';
import { startOpenldap } from '../support/servers/openldap.ts';
import type { DirectoryEntry, StartedDirectory } from '../support/servers/server.ts';
import { describeWhere } from './availability.ts';
import { BASE, peopleEntries, unitEntry } from './entries.ts';
import { AMBIGUOUS_MAIL } from './people.ts';
import { PROTOCOL_ERROR, summarise, UNKNOWN } from './verdicts.ts';

const UNIFORM = { AUTH_DISCLOSURE: 'uniform', AUTH_UNIFORM_FLOOR_MS: '0' };

/** RFC 3296. */
function referral(parent: string): DirectoryEntry {
  return {
    dn: `ou=elsewhere,${parent}`,
    attributes: { objectClass: ['referral', 'extensibleObject'], ou: ['elsewhere'], ref: ['ldap://elsewhere.example.org/ou=elsewhere'] },
  };
}

/** Enough of one name that a server's size limit of two would end the search before the reference. */
const triplets: readonly DirectoryEntry[] = ['a', 'b', 'c', 'd'].map((cn) => ({
  dn: `cn=${cn},ou=people,${BASE}`,
  attributes: { objectClass: ['inetOrgPerson'], cn: [cn], sn: [cn], uid: ['triplet'] },
}));

function describeReferences(
  name: string,
  place: 'openldap' | '389ds',
  start: (entries: readonly DirectoryEntry[]) => Promise<StartedDirectory>,
): void {
  describe(`a reference below the base, on ${name}`, () => {
    const entries = [...peopleEntries(BASE, place), ...triplets, unitEntry('sites', BASE), referral(`ou=sites,${BASE}`)];
    const directory = running(() => start(entries));
    const settings = (changes: Readonly<Record<string, string>>): Readonly<Record<string, string>> => ({
      ...directory().environment,
      LDAP_USER_FILTER: '(|(uid={username})(mail={username}))',
      ...changes,
    });

    test('under uniform it is the answer for every name, cold and warm: known, unknown, ambiguous', async () => {
      const ask = makeService(settings(UNIFORM));
      for (const username of ['nobody', 'alice', 'nobody', AMBIGUOUS_MAIL, 'triplet', 'alice']) {
        expect([username, summarise(await ask(username, 'Passw0rd-alice'))]).toEqual([username, PROTOCOL_ERROR]);
      }
    });

    test.each([{ LDAP_BASE_DN: `ou=people,${BASE}` }, { LDAP_BASE_DN: `ou=people,${BASE}`, LDAP_USER_SCOPE: 'one' }])(
      'what the doctor proposes instead works: %j',
      async (changes) => {
        const ask = makeService(settings({ ...UNIFORM, ...changes }));
        expect((await ask('alice', 'Passw0rd-alice')).body).toMatchObject({ status: 0 });
        expect((await ask('nobody', 'x')).body).toMatchObject({ reason: 'invalid-credentials' });
        expect(summarise(await makeService(settings(changes))('nobody', 'x'))).toEqual(UNKNOWN);
      },
    );

    test.each(['distinct', 'uniform'])('the doctor proposes a narrower base or scope one, AUTH_DISCLOSURE=%s', async (disclosure) => {
      const hint = rowOf(await examineWith(settings({ AUTH_DISCLOSURE: disclosure })), 'base').hint;
      expect(hint).toMatch(/^LDAP_BASE_DN: part of that tree is on other servers.*narrower base.*LDAP_USER_SCOPE=one/);
      const narrower = await examineWith(settings({ AUTH_DISCLOSURE: disclosure, LDAP_BASE_DN: `ou=people,${BASE}` }));
      expect(rowOf(narrower, 'base').status).toBe('pass');
    });
  });
}

describeWhere('openldap', () => {
  describeReferences('OpenLDAP', 'openldap', (entries) => startOpenldap({ entries }));
});

describeWhere('389ds', () => {
  describeReferences('389DS', '389ds', (entries) => start389ds({ entries }));
});
