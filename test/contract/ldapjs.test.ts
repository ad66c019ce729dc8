import { expect, test } from '@jest/globals';

import { examineWith, failed, rowOf } from '../doctor/support/examine.ts';
import { startLdapjs } from '../support/servers/ldapjs.ts';
import { describeContract } from './contract-suite.ts';
import { markOf, peopleEntries } from './entries.ts';
import { directMembers, givenIdentities, type Member, membersOf } from './members.ts';
import { peopleOf } from './people.ts';

const BASE = 'dc=example,dc=org';

/** It compares what was typed with what it holds: passwords in clear text. */
const PASSWORDS = new Map(peopleOf('ldapjs').map((person) => [markOf(person), person.stored === undefined ? [person.password] : []]));
const PEOPLE = peopleEntries(BASE, 'ldapjs').map(({ dn, attributes }, index) => {
  const entryUUID = [`00000000-0000-4000-8000-${String(index).padStart(12, '0')}`];
  return { dn, attributes: { ...attributes, entryUUID, userPassword: PASSWORDS.get(String(attributes['description']?.[0])) ?? [] } };
});

/** ldapjs 3.0.7 reads the values of filters as text with escapes, and writes DNs in its own way: such people it does not find. */
function isReadable({ trait, typed: [login] }: Member): boolean {
  return /^[\w.+#";<>,]+(?: +[\w.]+)*$/.test(login) && !trait.startsWith('units');
}

/** Case and blanks count. */
function asTyped(member: Member): Member {
  return {
    ...member,
    typed: [member.typed[0], ...member.typed.slice(1).filter((name) => name.toLowerCase() !== member.typed[0].toLowerCase())],
  };
}

const members = membersOf('ldapjs').filter(isReadable).map(asTyped);
describeContract('ldapjs', () => startLdapjs(PEOPLE), {
  members,
  identities: givenIdentities(PEOPLE),
  spellings: [
    { typed: 'ALICE', means: 'nobody' },
    { typed: ' alice ', means: 'nobody' },
    { typed: ':=alice', means: 'unanswered' },
    { typed: 'alice:caseExactMatch:=x', means: 'unanswered' },
    { typed: 'leading', means: 'nobody' },
    { typed: 'ADA LOVELACE', means: 'nobody' },
    { typed: 'renee', means: 'nobody' },
  ],
  mailFilter: '(&(objectClass=inetOrgPerson)(mail={username}))',
  transport: { plaintext: 'taken', lacks: ['StartTLS'] },
  directBind: {
    template: `uid={username},ou=people,${BASE}`,
    makes: 'DNs',
    escapes: 'of the template',
    members: directMembers('ldapjs').filter(({ member }) => isReadable(member)),
  },
  others: ({ directory, serviceWith, counter }) => {
    test('with the password policy control it hangs up: unknown, and the doctor names LDAP_PASSWORD_POLICY', async () => {
      const asking = { LDAP_PASSWORD_POLICY: 'true' };
      for (const password of ['Passw0rd-alice', 'wrong']) {
        const { body } = await serviceWith(asking)('alice', password);
        expect(body).toEqual({ status: 5, message: 'directory unavailable', reason: 'directory-unreachable' });
        counter.add(1);
      }
      const report = await examineWith({ ...directory().environment, ...asking });
      expect(failed(report).map(({ id }) => id)).toEqual(['bind']);
      expect(rowOf(report, 'bind').hint).toMatch(/^LDAP_PASSWORD_POLICY: .*; set LDAP_PASSWORD_POLICY=false/);
    });
    test('the doctor passes, although there is no root DSE', async () => {
      const report = await examineWith(directory().environment, { username: 'alice' });
      expect(failed(report)).toEqual([]);
      expect(rowOf(report, 'root-dse').title).toMatch(/^root DSE: hidden/);
    });
  },
});
