import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { makeService } from '../support/ask.ts';
import { start389ds } from '../support/servers/389ds.ts';
import { accessRule, startApacheds } from '../support/servers/apacheds.ts';
import type { RealServer } from '../support/servers/install.ts';
import { startOpenldap } from '../support/servers/openldap.ts';
import { startSamba } from '../support/servers/samba.ts';
import type { DirectoryEntry, StartedDirectory } from '../support/servers/server.ts';
import { describeWhere } from './availability.ts';
import { DOMAIN_BASE, domainUnit, unicodePwd } from './domain.ts';
import { unitEntry } from './entries.ts';
import { BASE, group, groupDn, operationsOf, PASSWORD, person, personDn } from './membership-suite.ts';
import { asAdministrator, replaceValues } from './own-account.ts';
import { holdersOf, type Identity, printed, printedBySamba, sambaTool } from './printed.ts';

const PATIENCE_MS = 300_000;

type Variables = Readonly<Record<string, string>>;

/** One kind of directory, with the same people and groups in it. */
type Kind = {
  readonly start: () => Promise<StartedDirectory>;
  /** LDAP_USER_DN_TEMPLATE. */
  readonly template: string;
  readonly dnOf: (name: string) => string;
  readonly groupOf: (name: string) => string;
  /** What the directory's own tool prints of an entry. */
  readonly print: (directory: StartedDirectory, name: string) => Promise<Identity>;
  /** The groups that hold the user, as the tool prints them. */
  readonly printGroups: (directory: StartedDirectory, name: string) => Promise<readonly string[]>;
  /** Gives the entry another RDN, and the user another name. */
  readonly rename: (directory: StartedDirectory, from: string, to: string) => Promise<void>;
  /** Spellings of alice, and those of them that this directory takes for alice in a DN, too. */
  readonly spellings: readonly string[];
  readonly inDn: readonly string[];
  /** LDAP operations of a login: of a search and bind, a direct bind, one with attributes and a required group, one with all groups. */
  readonly operations: readonly [search: number, direct: number, required: number, returned: number];
};

const READ_BY_ALL = '(targetattr != "userPassword")(version 3.0; acl "all"; allow (read, search, compare) userdn = "ldap:///all";)';
const HIDDEN = '(targetattr = "*")(version 3.0; acl "none"; deny (all) userdn = "ldap:///self";)';
const PEOPLE = ['alice', 'bob', 'hidden', 'old.name'] as const;
function mail(name: string): DirectoryEntry['attributes'] {
  return { mail: [`${name}@example.org`] };
}

function people(more: Readonly<Record<string, DirectoryEntry['attributes']>> = {}): readonly DirectoryEntry[] {
  return PEOPLE.map(person).map(({ dn, attributes }) => {
    const [name = ''] = (attributes['uid'] ?? []).map(String);
    return { dn, attributes: { ...attributes, ...mail(name), ...more[name] } };
  });
}

const GROUPS = [
  unitEntry('groups', BASE),
  group('staff', [personDn('alice'), personDn('hidden')]),
  group('company', [groupDn('staff')]),
  group('others', [personDn('bob')]),
];

/** Sorted: the groups that hold the user, and all that hold one of those. */
async function printedGroups(directory: StartedDirectory, kind: Kind, name: string) {
  const direct = await kind.printGroups(directory, name);
  const nested = new Set(direct);
  for (const dn of nested) for (const holder of await holdersOf(directory, dn)) nested.add(holder); // grows meanwhile
  return { direct: direct.toSorted(), nested: [...nested].toSorted() };
}

const UID_PEOPLE = {
  template: `uid={username},ou=people,${BASE}`,
  dnOf: personDn,
  groupOf: groupDn,
  printGroups: (directory: StartedDirectory, name: string): Promise<readonly string[]> => holdersOf(directory, personDn(name)),
  rename: (directory: StartedDirectory, from: string, to: string): Promise<void> =>
    asAdministrator(directory, (client) => client.modifyDN(personDn(from), `uid=${to}`)),
  operations: [4, 4, 5, 7],
} as const;

function domainDn(name: string): string {
  return `CN=${name},OU=identity,${DOMAIN_BASE}`;
}

const DOMAIN: readonly DirectoryEntry[] = [
  domainUnit('identity', DOMAIN_BASE),
  ...PEOPLE.map((name) => ({
    dn: domainDn(name),
    attributes: {
      ...{ objectClass: ['user'], sAMAccountName: [name], userAccountControl: ['512'], unicodePwd: [unicodePwd(PASSWORD)] },
      ...mail(name),
    },
  })),
  ...[
    ['id-staff', 'alice'],
    ['id-company', 'id-staff'],
    ['id-others', 'bob'],
  ].map(([name = '', member = '']) => ({
    dn: domainDn(name),
    attributes: { objectClass: ['group'], sAMAccountName: [name], groupType: ['-2147483640'], member: [domainDn(member)] },
  })),
];

const KINDS: Readonly<Record<RealServer & ('openldap' | '389ds' | 'apacheds' | 'samba'), Kind>> = {
  openldap: {
    ...UID_PEOPLE,
    start: () =>
      startOpenldap({
        entries: [unitEntry('people', BASE), ...people(), ...GROUPS],
        access: [`access to dn.exact="${personDn('hidden')}" by self none by * break`, 'access to * by users read'],
      }),
    print: (directory, name) => printed(directory, [personDn(name), 'uid', 'entryUUID']),
    spellings: ['alice', 'ALICE', ' alice ', 'ａｌｉｃｅ'],
    inDn: ['alice', 'ALICE', ' alice ', 'ａｌｉｃｅ'],
  },
  '389ds': {
    ...UID_PEOPLE,
    start: () => {
      const open = (entry: DirectoryEntry): DirectoryEntry => ({ dn: entry.dn, attributes: { ...entry.attributes, aci: [READ_BY_ALL] } });
      const [groups, ...others] = GROUPS;
      const units = [open(unitEntry('people', BASE)), ...(groups === undefined ? [] : [open(groups)])];
      return start389ds({ entries: [...units, ...people({ hidden: { aci: [HIDDEN] } }), ...others] });
    },
    print: (directory, name) => printed(directory, [personDn(name), 'uid', 'nsUniqueId']),
    spellings: ['alice', 'ALICE', ' alice '],
    inDn: ['alice', 'ALICE'],
  },
  apacheds: {
    ...UID_PEOPLE,
    start: () => startApacheds({ entries: [unitEntry('people', BASE), ...people(), ...GROUPS], access: { rules: READ_BY_ALL_BUT_HIDDEN } }),
    print: (directory, name) => printed(directory, [personDn(name), 'uid', 'entryUUID']),
    spellings: ['alice', 'ALICE', ' alice ', 'ａｌｉｃｅ'],
    inDn: ['alice', 'ALICE', ' alice ', 'ａｌｉｃｅ'],
  },
  samba: {
    template: '{username}@corp.example.test',
    dnOf: domainDn,
    groupOf: (name) => domainDn(`id-${name}`),
    // The right to read is taken away from whoever `hidden` is.
    start: () => startSamba({ plaintext: 'allowed', population: { entries: DOMAIN, changes: [], raw: [], granted: [HIDDEN_ACCOUNT] } }),
    print: printedBySamba,
    printGroups: async (directory, name) => (await sambaTool(directory, 'user', 'getgroups', name, '--full-dn')).trim().split('\n'),
    rename: async (directory, from, to) => {
      await asAdministrator(directory, (client) => client.modifyDN(domainDn(from), `CN=${to}`));
      await replaceValues(directory, domainDn(to), { sAMAccountName: to });
    },
    spellings: ['alice', 'ALICE', 'alice@corp.example.test'],
    inDn: ['alice', 'ALICE'], // in a principal name, here
    operations: [4, 4, 5, 7],
  },
};

/** ApacheDS's language of rights (X.501, as its documentation has it). */
const READ_BY_ALL_BUT_HIDDEN = [
  accessRule('all', '{ allUsers }'),
  accessRule('hidden', `{ name { "${personDn('hidden')}" } }`, 20, 'denyRead, denyReturnDN, denyBrowse'),
];

/** PS is whoever is the entry; AU is everybody who is bound (MS-DTYP 2.4.2.4, 2.5.1). */
const HIDDEN_ACCOUNT = { dn: domainDn('hidden'), ace: '(D;;RPLCLORC;;;AU)' };

for (const [name, kind] of Object.entries(KINDS) as readonly (readonly [RealServer, Kind])[]) {
  describeWhere(name, () => {
    describeIdentity(name, kind);
  });
}

describeWhere('samba', () => {
  test('samba: a direct bind at the global catalog finds the same person', async () => {
    const { start, template } = KINDS.samba;
    const domain = await start();
    try {
      const { LDAP_TLS_CA = '', LDAP_DIRECTORY = '' } = domain.environment;
      const catalog = { LDAP_URL: domain.secureUrl.replace(/636$/, '3269'), LDAP_TLS_CA, LDAP_DIRECTORY };
      const { body } = await makeService({ ...catalog, LDAP_USER_DN_TEMPLATE: template })('ALICE', PASSWORD);
      expect(body).toMatchObject({ status: 0, user: await printedBySamba(domain, 'alice') });
    } finally {
      await domain.stop();
    }
  });
});

function describeIdentity(name: string, kind: Kind): void {
  describe(`${name}: who it was`, () => {
    let directory: StartedDirectory;

    beforeAll(async () => {
      directory = await kind.start();
    }, PATIENCE_MS);
    afterAll(() => directory.stop());

    const direct = (): Variables => ({ LDAP_BIND_DN: '', LDAP_BIND_PASSWORD: '', LDAP_BASE_DN: '', LDAP_USER_DN_TEMPLATE: kind.template });
    const modes: readonly (readonly [string, () => Variables, readonly string[]])[] = [
      ['search and bind', () => ({}), kind.spellings],
      ['direct bind', direct, kind.inDn],
    ];
    const ask = async (more: Variables, typed: string): Promise<Readonly<Record<string, unknown>>> =>
      (await makeService({ ...directory.environment, ...more })(typed, PASSWORD)).body;

    test.each(modes)('%s: as the directory’s own tool prints it, however the name was typed', async (_mode, variables, spellings) => {
      const user = await kind.print(directory, 'alice');
      expect(user).toEqual({ dn: kind.dnOf('alice'), username: 'alice', id: expect.stringMatching(/^[\da-f-]{35,36}$/) });
      for (const typed of spellings) {
        expect(await ask(variables(), typed)).toEqual({ status: 0, message: 'auth ok', reason: 'authenticated', user });
      }
    });

    test.each(modes)('%s: another attribute for the user name, and attributes', async (_mode, variables) => {
      const more = { LDAP_USERNAME_ATTRIBUTE: 'mail', LDAP_USER_ATTRIBUTES: 'cn' };
      expect((await ask({ ...variables(), ...more }, 'alice'))['user']).toMatchObject({
        username: 'alice@example.org',
        attributes: { cn: ['alice'] },
      });
      const { user } = await ask({ ...variables(), LDAP_USERNAME_ATTRIBUTE: 'employeeNumber' }, 'alice');
      expect(user).toEqual({ dn: kind.dnOf('alice'), id: expect.any(String) });
    });

    test.each(modes)(
      '%s: the groups that the directory’s own tools print, however the name was typed',
      async (_mode, variables, spellings) => {
        const all = await printedGroups(directory, kind, 'alice');
        expect(all.direct).toContain(kind.groupOf('staff'));
        expect(all.nested).toEqual(expect.arrayContaining([...all.direct, kind.groupOf('company')]));
        expect(all.nested).not.toContain(kind.groupOf('others'));
        for (const typed of spellings) {
          for (const [nested, expected] of [
            ['false', all.direct],
            ['true', all.nested],
          ] as const) {
            // prettier-ignore
            const { groups } = await ask({ ...variables(), LDAP_RETURN_GROUPS: 'true', LDAP_NESTED_GROUPS: nested }, typed);
            expect([groups].flat().map(String).toSorted()).toEqual(expected);
          }
        }
      },
    );

    test.each([
      ['alice', 'staff', 'false', 0],
      ['alice', 'company', 'true', 0],
      ['alice', 'company', 'false', 3],
      ['bob', 'company', 'true', 3],
      ['bob', 'staff', 'false', 3],
      ['bob', 'gone', 'true', 5],
      ['bob', 'gone', 'false', 5],
    ])('direct bind: %s, %s required, nested %s: status %d', async (typed, required, nested, status) => {
      const settings = { LDAP_REQUIRED_GROUPS: JSON.stringify([kind.groupOf(required)]), LDAP_NESTED_GROUPS: nested };
      expect(await ask({ ...direct(), ...settings }, typed)).toMatchObject({ status, ...(status === 5 ? { attempted: true } : {}) });
    });

    test('direct bind: whoever may not read the own entry is nobody, not the typed name', async () => {
      const body = await ask({ ...direct(), LDAP_USER_ATTRIBUTES: 'mail' }, 'hidden');
      expect(body).toEqual({ status: 0, message: 'auth ok', reason: 'authenticated', user: {} });
      expect(await ask({ ...direct(), LDAP_RETURN_GROUPS: 'true' }, 'hidden')).toMatchObject({ status: 5, attempted: true });
    });

    test('what it costs in LDAP operations, the unbind included', async () => {
      const required = { LDAP_REQUIRED_GROUPS: JSON.stringify([kind.groupOf('staff')]), LDAP_USER_ATTRIBUTES: 'mail' };
      const costs = [
        await operationsOf(directory, {}, 'alice'),
        await operationsOf(directory, direct(), 'alice'),
        await operationsOf(directory, { ...direct(), ...required }, 'alice'),
        await operationsOf(directory, { ...direct(), LDAP_RETURN_GROUPS: 'true' }, 'alice'),
        await operationsOf(directory, direct(), 'alice', 'wrong'),
      ];
      expect(costs).toEqual([...kind.operations, 2]);
    });

    test('a rename changes the names and not the identifier', async () => {
      const before = await kind.print(directory, 'old.name');
      await kind.rename(directory, 'old.name', 'new.name');
      const user = { dn: kind.dnOf('new.name'), username: 'new.name', id: before.id };
      expect(await kind.print(directory, 'new.name')).toEqual(user);
      for (const [, variables] of modes) expect((await ask(variables(), 'new.name'))['user']).toEqual(user);
    });
  });
}
