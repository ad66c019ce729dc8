import { describe, expect, test } from '@jest/globals';

import { type Ask, makeService } from '../support/ask.ts';
import { running } from '../support/running.ts';
import { start389ds } from '../support/servers/389ds.ts';
import { startOpenldap } from '../support/servers/openldap.ts';
import { startSamba } from '../support/servers/samba.ts';
import type { DirectoryEntry, StartedDirectory } from '../support/servers/server.ts';
import { describeWhere } from './availability.ts';
import { DOMAIN_BASE, domainUnit, userAt } from './domain.ts';
import { BASE, unitEntry } from './entries.ts';

const PASSWORD = 'Passw0rd-of-somebody';
const WRONG = { status: 2, message: 'invalid password', reason: 'wrong-password' };

/** A service without an account of its own. */
function direct({ environment }: StartedDirectory, template: string): Ask {
  const { LDAP_URL = '', LDAP_TLS_CA = '', LDAP_DIRECTORY = 'openldap' } = environment;
  return makeService({ LDAP_URL, LDAP_TLS_CA, LDAP_DIRECTORY, LDAP_USER_DN_TEMPLATE: template });
}

function person(rdn: string, uid: readonly string[]): DirectoryEntry {
  return {
    dn: `${rdn},ou=several,${BASE}`,
    attributes: { objectClass: ['inetOrgPerson'], uid, cn: ['Several Names'], sn: ['x'], userPassword: [PASSWORD] },
  };
}

/** Whatever the order in which the values were written. */
const SEVERAL: readonly (readonly [rdn: string, uid: readonly string[], username: string])[] = [
  ['uid=mid', ['zed', 'mid', 'abe'], 'mid'],
  ['cn=Several Names+uid=late', ['late', 'early'], 'late'],
  ['cn=Several Names', ['zoe', 'amy'], 'amy'],
];

function describeSeveral(name: string, start: () => Promise<StartedDirectory>): void {
  describe(`${name}: an entry with several login names`, () => {
    const directory = running(start);

    test.each(SEVERAL)('%s has one user name, whichever was typed', async (_rdn, uid, username) => {
      const ask = makeService(directory().environment);
      for (const typed of uid) expect((await ask(typed, PASSWORD)).body).toMatchObject({ status: 0, user: { username } });
    });

    test.each([
      ['a tree that is not there', 'uid={username},dc=nowhere,dc=test'],
      ['a type that is not there', `noSuchType={username},${BASE}`],
      ['a base that has no such entry', `uid={username},ou=nowhere,${BASE}`],
    ])('a direct bind below %s is a wrong password, time after time', async (_case, template) => {
      const ask = direct(directory(), template);
      for (let time = 0; time < 2; time += 1) expect((await ask('mid', PASSWORD)).body).toEqual(WRONG);
    });
  });
}

const entries = [unitEntry('several', BASE), ...SEVERAL.map(([rdn, uid]) => person(rdn, uid))];

describeWhere('openldap', () => {
  describeSeveral('openldap', () => startOpenldap({ entries }));
});

describeWhere('389ds', () => {
  describeSeveral('389ds', () => start389ds({ entries }));
});

describeWhere('samba', () => {
  const user = userAt(`OU=several,${DOMAIN_BASE}`, 'Dora', PASSWORD, { sAMAccountName: ['dora'] });
  const domain = running(() => startSamba({ population: { entries: [domainUnit('several', DOMAIN_BASE), user] } }));

  test(String.raw`samba: a direct bind under DOMAIN\name`, async () => {
    const ask = direct(domain(), String.raw`CORP\{username}`);
    expect((await ask('dora', PASSWORD)).body).toMatchObject({ status: 0 });
    expect((await ask('dora', 'wrong')).body).toEqual(WRONG);
    expect((await ask('nobody', PASSWORD)).body).toEqual(WRONG);
    for (const other of [String.raw`CORP\dora`, 'dora@corp.example.test', 'corp.example.test/dora'])
      expect((await ask(other, PASSWORD)).body).toMatchObject({ status: 4, problems: [{ field: 'username' }] });
  });
});
