import { describe, expect, test } from '@jest/globals';

import { makeService } from '../support/ask.ts';
import { running } from '../support/running.ts';
import { DS389_SERVICE, start389ds } from '../support/servers/389ds.ts';
import type { RealServer } from '../support/servers/install.ts';
import { OPENLDAP_SERVICE, startOpenldap } from '../support/servers/openldap.ts';
import type { DirectoryEntry, StartedDirectory } from '../support/servers/server.ts';
import { describeWhere } from './availability.ts';
import { BASE, unitEntry } from './entries.ts';
import {
  device,
  group,
  groupDn,
  operationsOf,
  PASSWORD,
  person,
  personDn,
  requiring,
  type Variables,
  verdictOf,
} from './membership-suite.ts';
import { IN, MANY, OUT, WRONG } from './membership-suite.ts';

const UNKNOWN = { status: 5, reason: 'directory-refused-service-account', attempted: true } as const;
const STAFF = 300;

function names(count: number, prefix: string): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index)}`);
}

const staff = names(STAFF, 'staff');
const posix = { objectClass: ['posixGroup'], gidNumber: ['20001'] } as const;

/** Loaded: no overlay has seen it. */
const LOADED: readonly DirectoryEntry[] = [
  unitEntry('people', BASE),
  unitEntry('groups', BASE),
  ...['alice', 'bob', 'carol', 'nameless', ...staff].map(person),
  ...['printer', 'scanner'].map(device),
  // company > department > team, with hundreds of people and a few things among them.
  group('company', [groupDn('department'), groupDn('printer'), personDn('alice')]),
  group('department', [groupDn('team'), groupDn('unix'), ...staff.slice(0, 200).map(personDn)]),
  group('team', [groupDn('company'), groupDn('scanner'), ...staff.slice(200).map(personDn)]),
  { dn: groupDn('unix'), attributes: { ...posix, cn: ['unix'], memberUid: ['alice', 'staff1'] } },
  { dn: groupDn('unix-of-others'), attributes: { ...posix, cn: ['unix-of-others'], memberUid: ['staff1'] } },
  group('mixed', [personDn('staff1')], { objectClass: ['groupOfNames', 'extensibleObject'], memberUid: ['staff2'] }),
  group('holds-nobody-shown', [personDn('gone')]),
  ...names(MANY, 'many').map((name) => group(name, [personDn('carol'), personDn('staff2')])),
];

/** Added: the overlay or plugin keeps memberOf. */
const ADDED: readonly DirectoryEntry[] = [
  group('seen', [personDn('alice')]),
  group('holds-seen', [groupDn('seen')]),
  group('of-bob', [personDn('bob')]),
  group('unseen', [personDn('bob')]),
];

const AS_USUAL = { LDAP_USER_FILTER: '(&(objectClass=inetOrgPerson)(uid={username}))' } as const;

type Start = (rights: 'all' | 'least') => Promise<StartedDirectory>;

const LEAST = ['entry', 'objectClass', 'uid', 'cn', 'member', 'uniqueMember', 'memberUid'] as const;

const openldap: Start = (rights) =>
  startOpenldap({
    entries: LOADED,
    added: ADDED,
    sizeLimit: 5000,
    access: [
      `access to dn.exact="${groupDn('unseen')}" by dn.exact="${OPENLDAP_SERVICE.dn}" none by * none`,
      `access to dn.exact="${personDn('nameless')}" attrs=uid by dn.exact="${OPENLDAP_SERVICE.dn}" search by * none`,
      ...(rights === 'least'
        ? [
            `access to dn.base="${BASE}" by * none`,
            `access to attrs=${LEAST.join(',')} by dn.exact="${OPENLDAP_SERVICE.dn}" read`,
            'access to * by * none',
          ]
        : []),
    ],
  });

function denied(target: string, right: string): string {
  return `(targetattr = "${target}")(version 3.0; acl "hide"; deny (${right}) userdn = "ldap:///${DS389_SERVICE.dn}";)`;
}

const ds389: Start = (rights) => {
  const acis: ReadonlyMap<string, string> = new Map([
    [groupDn('unseen'), denied('*', 'all')],
    [personDn('nameless'), denied('uid', 'read')],
    ...(rights === 'least' ? ['people', 'groups'].map((unit) => [`ou=${unit},${BASE}`, denied('entrydn', 'all')] as const) : []),
  ]);
  const withAci = (entry: DirectoryEntry): DirectoryEntry => {
    const aci = acis.get(entry.dn);
    return aci === undefined ? entry : { dn: entry.dn, attributes: { ...entry.attributes, aci: [aci] } };
  };
  return start389ds({ entries: LOADED.map(withAci), added: ADDED.map(withAci) });
};

const ROWS: readonly (readonly [RealServer, 'all' | 'least', Start])[] = [
  ['openldap', 'all', openldap],
  ['openldap', 'least', openldap],
  ['389ds', 'all', ds389],
  ['389ds', 'least', ds389],
];

for (const [kind, rights, start] of ROWS) {
  describeWhere(kind, () => {
    describe(`membership on ${kind}, as an account with ${rights === 'all' ? 'the right to read' : 'the least rights'}`, () => {
      const directory = running(() => start(rights));
      const base: Variables = rights === 'least' ? { LDAP_BASE_DN: `ou=people,${BASE}` } : {};
      const verdict = (more: Variables, name: string, password?: string): Promise<object> =>
        verdictOf(directory(), { ...AS_USUAL, ...base, ...more }, name, password);

      test.each<[string, string, string, boolean, object]>([
        ['hundreds of people and things in nested groups', 'bob', 'company', true, OUT],
        ['a circle of them, entered at its middle', 'bob', 'team', true, OUT],
        ['a member at the top', 'alice', 'company', true, IN],
        ['a member by login name, three levels below', 'alice', 'team', true, IN],
        ['a member far below', 'staff250', 'company', true, IN],
        ['a group of login names', 'bob', 'unix-of-others', true, OUT],
        ['the same, not nested', 'bob', 'unix-of-others', false, OUT],
        ['members by DN and by login name in one group', 'bob', 'mixed', true, OUT],
        ['the same, not nested', 'bob', 'mixed', false, OUT],
        ['a member of it by login name', 'staff2', 'mixed', false, IN],
        ['a member that is not there', 'bob', 'holds-nobody-shown', true, UNKNOWN],
        ['the same, not nested: its entry need not be shown', 'bob', 'holds-nobody-shown', false, OUT],
      ])('%s: %s in %s, nested %s', async (_case, name, required, nested, expected) => {
        expect(await verdict(requiring(nested, groupDn(required)), name)).toEqual(expected);
      });

      test.each(['distinct', 'uniform'])(
        'in more groups than can be listed, a wrong password is wrong, AUTH_DISCLOSURE=%s',
        async (disclosure) => {
          const settings = {
            ...requiring(true, groupDn('company')),
            LDAP_RETURN_GROUPS: 'true',
            AUTH_DISCLOSURE: disclosure,
            AUTH_UNIFORM_FLOOR_MS: '1',
          };
          expect(await verdict(settings, 'carol', 'wrong')).toEqual(
            disclosure === 'distinct' ? WRONG : { status: 2, reason: 'invalid-credentials' },
          );
          expect(await verdict({ LDAP_RETURN_GROUPS: 'true' }, 'carol')).toMatchObject({ status: 5, attempted: true });
        },
      );

      test('in more groups than can be listed: whether in a required one is known all the same', async () => {
        expect(await verdict(requiring(true, groupDn('company')), 'staff2')).toEqual(IN);
        expect(await verdict(requiring(true, groupDn('company')), 'carol')).toEqual(OUT);
      });

      test('a user name that cannot be read is absent from a valid answer, and shows itself only to the right password', async () => {
        expect(await verdict({}, 'nameless', 'wrong')).toEqual(WRONG);
        const uniform = { AUTH_DISCLOSURE: 'uniform', AUTH_UNIFORM_FLOOR_MS: '1' };
        expect(await verdict(uniform, 'nameless', 'wrong')).toMatchObject({ status: 2 });
        const { body } = await makeService({ ...directory().environment, ...base, ...AS_USUAL })('nameless', PASSWORD);
        expect(body).toMatchObject({ status: 0, user: { dn: personDn('nameless') } });
        expect(body['user']).not.toHaveProperty('username');
      });

      if (kind === 'openldap' && rights === 'least') {
        test('groups to return may lie where this account cannot search', async () => {
          expect(await verdict({ LDAP_RETURN_GROUPS: 'true' }, 'alice')).toEqual(UNKNOWN);
        });
      }

      if (rights === 'all') {
        test('groups to return are whole', async () => {
          const { groups } = (await verdict({ LDAP_RETURN_GROUPS: 'true', LDAP_NESTED_GROUPS: 'true' }, 'alice')) as {
            readonly groups: readonly string[];
          };
          expect([...groups].sort()).toEqual(['company', 'department', 'holds-seen', 'seen', 'team', 'unix'].map(groupDn));
        });

        test.each(['true', 'false'])('or unknown, where one of them is hidden, LDAP_NESTED_GROUPS=%s', async (nested) => {
          const settings = { LDAP_RETURN_GROUPS: 'true', LDAP_NESTED_GROUPS: nested };
          expect(await verdict(settings, 'bob', 'wrong')).toEqual(WRONG);
          expect(await verdict(settings, 'bob')).toEqual(UNKNOWN);
        });

        test.each<[string, string, string, boolean, string | undefined, number]>([
          ['no groups asked for', 'bob', '', false, undefined, 4],
          ['a direct member', 'alice', 'company', false, undefined, 5],
          ['out, not nested', 'bob', 'company', false, undefined, 7],
          ['a nested member', 'staff250', 'company', true, undefined, 9],
          ['out, nested, 308 entries', 'bob', 'company', true, undefined, 18],
          ['a wrong password, nested: no proof', 'bob', 'company', true, 'wrong', 8],
        ])('what it costs in LDAP operations: %s', async (_case, name, required, nested, password, expected) => {
          const settings = required === '' ? {} : requiring(nested, groupDn(required));
          expect(await operationsOf(directory(), { ...AS_USUAL, ...settings }, name, password)).toBe(expected);
        });
      }
    });
  });
}
