import { describe, expect, test } from '@jest/globals';

import { type Ask, makeService } from '../support/ask.ts';
import type { Settings } from '../support/demo.ts';
import { running } from '../support/running.ts';
import { DS389_SERVICE, start389ds } from '../support/servers/389ds.ts';
import { OPENLDAP_SERVICE, startOpenldap } from '../support/servers/openldap.ts';
import type { Credentials, DirectoryEntry, StartedDirectory } from '../support/servers/server.ts';
import { describeWhere } from './availability.ts';
import { BASE, personAt, unitEntry } from './entries.ts';
import { PROTOCOL_ERROR, summarise, WRONG_PASSWORD } from './verdicts.ts';

const PASSWORD = 'Passw0rd of the person';
/** Beside `cn=ldap-auth`, the service account. */
const NAMESAKE = personAt(`ou=services,${BASE}`, 'ldap-auth', PASSWORD);

function describeNamesake(name: string, service: Credentials, start: () => Promise<StartedDirectory>): void {
  describe(`a person on ${name} whose entry is named like the service account's`, () => {
    const directory = running(start);

    test('logs in with the own password, and with no other one', async () => {
      const ask = makeService(directory().environment);
      expect((await ask('ldap-auth', PASSWORD)).body).toMatchObject({ status: 0, user: { dn: NAMESAKE.dn } });
      for (const wrong of ['wrong', service.password]) expect(summarise(await ask('ldap-auth', wrong))).toEqual(WRONG_PASSWORD);
    });
  });
}

/** The capital of ß is SS, and these are two people. */
const GROSS = 'gross';
const GROSS_WITH_SHARP_S = 'groß';

function byCommonName(cn: string): DirectoryEntry {
  const { attributes } = personAt('', cn, `Passw0rd of ${cn}`);
  return { dn: `cn=${cn},ou=people,${BASE}`, attributes };
}

const TWO_PEOPLE = [unitEntry('people', BASE), ...[GROSS, GROSS_WITH_SHARP_S].map(byCommonName)];

describeWhere('openldap', () => {
  describeNamesake('openldap', OPENLDAP_SERVICE, () => startOpenldap({ entries: [NAMESAKE] }));

  describe('a person on openldap whose name differs in a letter that folds', () => {
    const bound = byCommonName(GROSS).dn;
    const directory = running(() => startOpenldap({ entries: TWO_PEOPLE, access: [`access to * by dn.exact="${bound}" read by * break`] }));
    const ask = (): Ask => {
      const account: Settings = { LDAP_BIND_DN: bound, LDAP_BIND_PASSWORD: `Passw0rd of ${GROSS}` };
      return makeService({ ...directory().environment, ...account });
    };

    test.each([GROSS, GROSS_WITH_SHARP_S])('%s logs in with the own password, and with no other one', async (uid) => {
      expect((await ask()(uid, `Passw0rd of ${uid}`)).body).toMatchObject({ status: 0, user: { username: uid } });
      const other = uid === GROSS ? GROSS_WITH_SHARP_S : GROSS;
      for (const wrong of ['wrong', `Passw0rd of ${other}`]) expect(summarise(await ask()(uid, wrong))).toEqual(WRONG_PASSWORD);
    });
  });

  describe('a namesake on openldap beside a service account that may not see the own entry', () => {
    const hidden = [`access to dn.exact="${OPENLDAP_SERVICE.dn}" by * none`];
    const directory = running(() => startOpenldap({ entries: [NAMESAKE], access: hidden }));

    test.each([PASSWORD, 'wrong'])('is unknown, never "wrong password": %s', async (password) => {
      const ask = makeService(directory().environment);
      expect(summarise(await ask('ldap-auth', password))).toEqual({ ...PROTOCOL_ERROR, attempted: true });
    });
  });
});

describeWhere('389ds', () => {
  describeNamesake('389ds', DS389_SERVICE, () => start389ds({ entries: [NAMESAKE] }));
});
