import { describe, expect, test } from '@jest/globals';

import { running } from '../support/running.ts';
import { startSamba } from '../support/servers/samba.ts';
import type { DirectoryEntry } from '../support/servers/server.ts';
import { describeWhere } from './availability.ts';
import { DOMAIN_BASE, domainUnit, userAt } from './domain.ts';
import { IN, MANY, operationsOf, OUT, PASSWORD, requiring, verdictOf, WRONG } from './membership-suite.ts';

const UNKNOWN = { status: 5, reason: 'directory-refused-service-account', attempted: true } as const;
const PLACE = `OU=member,${DOMAIN_BASE}`;
function dnOf(name: string): string {
  return `CN=${name},${PLACE}`;
}
const DOMAIN_USERS = `CN=Domain Users,CN=Users,${DOMAIN_BASE}`;

/** groupType (MS-ADTS 2.2.12). */
const TYPE = { global: -2147483646, local: -2147483644, universal: -2147483640, mail: 8 } as const;

function group(name: string, type: keyof typeof TYPE, members: readonly string[]): DirectoryEntry {
  return {
    dn: dnOf(name),
    attributes: {
      objectClass: ['group'],
      sAMAccountName: [name],
      groupType: [String(TYPE[type])],
      ...(members.length > 0 ? { member: members } : {}),
    },
  };
}

const staff = Array.from({ length: 300 }, (_, index) => `dm.staff${String(index)}`);
const many = Array.from({ length: MANY }, (_, index) => `dm.many${String(index)}`);

const POPULATION = {
  entries: [
    domainUnit('member', DOMAIN_BASE),
    ...['dm.alice', 'dm.bob', 'dm.carol', 'dm.dora'].map((name) => userAt(PLACE, name, PASSWORD)),
    { dn: dnOf('supplier'), attributes: { objectClass: ['contact'] } },
    { dn: dnOf('desk'), attributes: { objectClass: ['computer'], sAMAccountName: ['DESK$'], userAccountControl: ['4096'] } },
    ...staff.map((name): DirectoryEntry => ({ dn: dnOf(name), attributes: { objectClass: ['contact'] } })),
    // company > middle (hidden) > team: alice is in it all the same.
    group('team', 'global', [dnOf('dm.alice'), dnOf('desk'), ...staff.map(dnOf)]),
    group('middle', 'universal', [dnOf('team')]),
    group('company', 'universal', [dnOf('middle'), dnOf('supplier')]),
    // A foreign security principal, which Samba makes from the SID of another forest.
    group('with-foreigner', 'local', ['<SID=S-1-5-21-1-2-3-1105>', dnOf('team')]),
    group('local', 'local', [dnOf('team')]),
    group('mail', 'mail', [dnOf('dm.alice')]),
    group('holds-domain-users', 'local', [DOMAIN_USERS]),
    group('of-dora', 'universal', [dnOf('dm.dora')]),
    ...many.map((name) => group(name, 'global', [dnOf('dm.carol')])),
  ],
  hidden: [dnOf('middle'), dnOf('of-dora')],
};

describeWhere('samba', () => {
  describe('membership in a domain', () => {
    const domain = running(() => startSamba({ population: POPULATION }));

    const verdict = (more: Readonly<Record<string, string>>, name: string, password?: string): Promise<object> =>
      verdictOf(domain(), more, name, password);
    const atGlobalCatalog = (): Readonly<Record<string, string>> => ({ LDAP_URL: domain().globalCatalogUrl });

    test.each<[string, string, string, boolean, object]>([
      ['through a hidden group', 'dm.alice', 'company', true, IN],
      ['not through it', 'dm.bob', 'company', true, OUT],
      ['not in a group of hundreds, a computer among them', 'dm.bob', 'team', true, OUT],
      ['the same, not nested', 'dm.bob', 'team', false, OUT],
      ['a group with a foreign security principal', 'dm.bob', 'with-foreigner', true, OUT],
      ['a domain-local group', 'dm.bob', 'local', true, OUT],
      ['a member of it', 'dm.alice', 'local', true, IN],
      ['through the primary group', 'dm.bob', 'holds-domain-users', true, IN],
      ['through the primary group, not nested', 'dm.bob', 'holds-domain-users', false, OUT],
      ['in a distribution group', 'dm.alice', 'mail', true, IN],
      ['not in it: no token tells', 'dm.bob', 'mail', true, UNKNOWN],
      ['not in it, not nested', 'dm.bob', 'mail', false, OUT],
      ['in a hidden group: its name is known', 'dm.dora', 'of-dora', true, IN],
      ['a hidden group', 'dm.bob', 'of-dora', true, UNKNOWN],
    ])('%s: %s in %s, nested %s', async (_case, name, required, nested, expected) => {
      expect(await verdict(requiring(nested, dnOf(required)), name)).toEqual(expected);
    });

    test.each<[string, boolean, object]>([
      ['company', true, OUT],
      ['team', true, OUT],
      ['local', true, UNKNOWN], // its members are not in a global catalog
      ['team', false, UNKNOWN],
      ['company', false, OUT],
    ])('at the global catalog: not in %s, nested %s', async (required, nested, expected) => {
      expect(await verdict({ ...atGlobalCatalog(), ...requiring(nested, dnOf(required)) }, 'dm.bob')).toEqual(expected);
    });

    test('at the global catalog: no list of groups is whole', async () => {
      expect(await verdict({ ...atGlobalCatalog(), LDAP_RETURN_GROUPS: 'true' }, 'dm.bob')).toEqual(UNKNOWN);
      expect(await verdict({ ...atGlobalCatalog(), LDAP_RETURN_GROUPS: 'true' }, 'dm.bob', 'wrong')).toEqual(WRONG);
    });

    test.each(['distinct', 'uniform'])(
      'in more groups than can be listed, a wrong password is wrong, AUTH_DISCLOSURE=%s',
      async (disclosure) => {
        const settings = {
          ...requiring(true, dnOf('company')),
          LDAP_RETURN_GROUPS: 'true',
          AUTH_DISCLOSURE: disclosure,
          AUTH_UNIFORM_FLOOR_MS: '1',
        };
        expect(await verdict(settings, 'dm.carol', 'wrong')).toEqual(
          disclosure === 'distinct' ? WRONG : { status: 2, reason: 'invalid-credentials' },
        );
        expect(await verdict({ LDAP_RETURN_GROUPS: 'true' }, 'dm.carol')).toMatchObject({ status: 5, attempted: true });
      },
    );

    test('groups to return are whole, those behind a hidden one included, or unknown', async () => {
      const { groups } = (await verdict({ LDAP_RETURN_GROUPS: 'true' }, 'dm.bob')) as { readonly groups: readonly string[] };
      expect([...groups].sort()).toEqual([`CN=Users,CN=Builtin,${DOMAIN_BASE}`, dnOf('holds-domain-users'), DOMAIN_USERS].sort());
      expect(await verdict({ LDAP_RETURN_GROUPS: 'true' }, 'dm.alice')).toEqual(UNKNOWN);
      expect(await verdict({ LDAP_RETURN_GROUPS: 'true' }, 'dm.alice', 'wrong')).toEqual(WRONG);
      expect(await verdict({ LDAP_RETURN_GROUPS: 'true', LDAP_NESTED_GROUPS: 'false' }, 'dm.dora')).toEqual(UNKNOWN);
    });

    test.each<[string, string, string, boolean, number]>([
      ['no groups asked for', 'dm.bob', '', true, 4],
      ['a member', 'dm.alice', 'team', true, 5],
      ['out, nested', 'dm.bob', 'company', true, 7],
      ['out of a domain-local group', 'dm.bob', 'local', true, 8],
      ['out, not nested', 'dm.bob', 'team', false, 7],
    ])('what it costs in LDAP operations: %s', async (_case, name, required, nested, expected) => {
      expect(await operationsOf(domain(), required === '' ? {} : requiring(nested, dnOf(required)), name)).toBe(expected);
    });
  });
});
