import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Attribute, Change } from 'ldapts';

import { makeService } from '../support/ask.ts';
import { type Population, startSamba, type StartedDomain } from '../support/servers/samba.ts';
import { describeWhere } from './availability.ts';
import { DOMAIN_BASE, domainUnit, userAt } from './domain.ts';
import { asAdministrator } from './own-account.ts';

const PASSWORD = 'alice-P@ssw0rd';
const PEOPLE = `OU=people,${DOMAIN_BASE}`;
const STAFF = `CN=Staff,${PEOPLE}`;

/** A common hardening: nobody is in "Pre-Windows 2000 Compatible Access", and most accounts cannot read `memberOf`. */
describeWhere('samba', () => {
  describe('a domain in which memberOf is hidden from the service account', () => {
    let domain: StartedDomain;

    const start = async (granted: NonNullable<Population['granted']>): Promise<StartedDomain> => {
      const group = { dn: STAFF, attributes: { objectClass: ['group'], sAMAccountName: ['Staff'], member: [`CN=alice,${PEOPLE}`] } };
      const entries = [domainUnit('people', DOMAIN_BASE), userAt(PEOPLE, 'alice', PASSWORD), userAt(PEOPLE, 'bob', PASSWORD), group];
      const started = await startSamba({ population: { entries, granted } });
      const everyMember = new Change({ operation: 'delete', modification: new Attribute({ type: 'member' }) });
      const everybody = `CN=Pre-Windows 2000 Compatible Access,CN=Builtin,${DOMAIN_BASE}`;
      await asAdministrator(started, (client) => client.modify(everybody, everyMember));
      return started;
    };

    beforeAll(async () => {
      domain = await start([]);
    }, 120_000);

    afterAll(() => domain.stop());

    const loginAs = async (name: string, more: Readonly<Record<string, string>>): Promise<Readonly<Record<string, unknown>>> =>
      (await makeService({ ...domain.environment, LDAP_REQUIRED_GROUPS: JSON.stringify([STAFF]), ...more })(name, PASSWORD)).body;

    test.each(['true', 'false'])('a member is a member, LDAP_NESTED_GROUPS=%s', async (nested) => {
      expect(await loginAs('alice', { LDAP_NESTED_GROUPS: nested })).toMatchObject({ status: 0 });
    });

    test('whoever is not, is not, where each group is asked itself', async () => {
      expect(await loginAs('bob', { LDAP_NESTED_GROUPS: 'false' })).toMatchObject({ status: 3, reason: 'not-in-required-group' });
    });

    test('nested, tokenGroups would be the proof, and they are hidden too', async () => {
      expect(await loginAs('bob', { LDAP_NESTED_GROUPS: 'true' })).toMatchObject({ status: 5, attempted: true });
    });

    test.each(['true', 'false'])('the groups to return may have holes, LDAP_NESTED_GROUPS=%s', async (nested) => {
      expect(await loginAs('alice', { LDAP_NESTED_GROUPS: nested, LDAP_RETURN_GROUPS: 'true' })).toMatchObject({
        status: 5,
        attempted: true,
      });
    });

    describe('and may read tokenGroups of users', () => {
      beforeAll(async () => {
        await domain.stop();
        domain = await start([
          { dn: PEOPLE, ace: '(OA;CIIO;RP;b7c69e6d-2cc7-11d2-854e-00a0c983f608;bf967aba-0de6-11d0-a285-00aa003049e2;SERVICE)' },
        ]);
      }, 120_000);

      test.each(['true', 'false'])('whoever is not, is not, LDAP_NESTED_GROUPS=%s', async (nested) => {
        expect(await loginAs('bob', { LDAP_NESTED_GROUPS: nested })).toMatchObject({ status: 3, reason: 'not-in-required-group' });
      });

      test.each(['true', 'false'])('the groups to return are not cut short, LDAP_NESTED_GROUPS=%s', async (nested) => {
        const { groups } = await loginAs('alice', { LDAP_NESTED_GROUPS: nested, LDAP_RETURN_GROUPS: 'true' });
        expect(groups).toContain(STAFF);
      });
    });
  });
});
