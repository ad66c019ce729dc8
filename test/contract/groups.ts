import type { Population } from '../support/servers/samba.ts';
import type { DirectoryEntry } from '../support/servers/server.ts';
import { store } from '../support/servers/stored-password.ts';
import { rdnOf } from './dn.ts';
import { domainUnit, userAt } from './domain.ts';
import { personAt, unitEntry } from './entries.ts';

export const GROUP_PASSWORD = 'Passw0rd-of-a-member';
export const MEMBER_LOGIN = 'gr.member';
/** In no group but, on Active Directory, the primary one. */
export const OUTSIDER_LOGIN = 'gr.outsider';

/** One required group, and whether the member is in it. */
export type GroupRow = {
  readonly sentence: string;
  /** Its DN, as an operator would write it. */
  readonly group: string;
  readonly member: 'in' | 'only when nested groups count' | 'out';
  /** The outsider is in it all the same. */
  readonly everybody?: true;
};

export type Groups = {
  /** For `entries`: loaded without any overlay or plugin. */
  readonly loaded: readonly DirectoryEntry[];
  /** For `added`: the overlay or plugin keeps memberOf. */
  readonly added: readonly DirectoryEntry[];
  readonly rows: readonly GroupRow[];
};

const PEOPLE = [MEMBER_LOGIN, OUTSIDER_LOGIN] as const;
const AWKWARD = 'Sales, Europe (EMEA) *"+#';
const LEVELS = ['level-1', 'level-2', 'level-3'] as const;

function dnIn(root: string) {
  return (name: string): string => `${rdnOf('cn', name)},${root}`;
}

/** Groups of OpenLDAP and 389DS, below `ou=groups`; the people below `ou=members`. */
export function groupsOf(base: string): Groups {
  const dn = dnIn(`ou=groups,${base}`);
  const member = `uid=${MEMBER_LOGIN},ou=members,${base}`;
  const people = [
    unitEntry('members', base),
    unitEntry('groups', base),
    ...PEOPLE.map((login) => personAt(`ou=members,${base}`, login, store(GROUP_PASSWORD, 'SSHA'))),
  ];
  return {
    // slapadd and ldif2db run no overlay: nobody's memberOf knows these.
    loaded: [...people, groupEntry(dn, 'before', [member]), groupEntry(dn, 'nested-before', [dn('before')])],
    added: addedGroups(dn, member, `uid=${OUTSIDER_LOGIN},ou=members,${base}`),
    rows: groupRows(dn),
  };
}

type NameToDn = (name: string) => string;

function groupEntry(dn: NameToDn, name: string, members: readonly string[]): DirectoryEntry {
  return { dn: dn(name), attributes: { objectClass: ['groupOfNames'], cn: [name], member: members } };
}

function addedGroups(dn: NameToDn, member: string, outsider: string): readonly DirectoryEntry[] {
  const group = (name: string, members: readonly string[]): DirectoryEntry => groupEntry(dn, name, members);
  const posix = (name: string, gidNumber: string, memberUid: string): DirectoryEntry => ({
    dn: dn(name),
    attributes: { objectClass: ['posixGroup'], cn: [name], gidNumber: [gidNumber], memberUid: [memberUid] },
  });
  const [level1, level2, level3] = LEVELS;
  return [
    group('direct', [outsider, member]),
    group('others', [outsider]),
    group(AWKWARD, [member]),
    group(level3, [member]),
    group(level2, [dn(level3)]),
    group(level1, [dn(level2)]),
    group('circle-a', [dn('circle-b')]),
    group('circle-b', [dn('circle-a'), member]),
    group('circle-of-others-a', [dn('circle-of-others-b')]),
    group('circle-of-others-b', [dn('circle-of-others-a'), outsider]),
    group('itself', [dn('itself')]),
    { dn: dn('unique'), attributes: { objectClass: ['groupOfUniqueNames'], cn: ['unique'], uniqueMember: [member] } },
    posix('posix', '20001', MEMBER_LOGIN),
    posix('posix-others', '20002', `${MEMBER_LOGIN}2`),
  ];
}

const NESTED = 'only when nested groups count';

function groupRows(dn: NameToDn): readonly GroupRow[] {
  return [
    { sentence: 'a direct member', group: dn('direct'), member: 'in', everybody: true },
    { sentence: 'another spelling of its DN', group: dn('direct').toUpperCase().replaceAll(',', ', '), member: 'in', everybody: true },
    { sentence: 'a group made before memberOf was kept', group: dn('before'), member: 'in' },
    { sentence: 'a name with comma, parentheses and more', group: dn(AWKWARD), member: 'in' },
    { sentence: 'a group of unique names', group: dn('unique'), member: 'in' },
    { sentence: 'a posixGroup', group: dn('posix'), member: 'in' },
    { sentence: 'one level of nesting', group: dn(LEVELS[1]), member: NESTED },
    { sentence: 'two levels of nesting', group: dn(LEVELS[0]), member: NESTED },
    { sentence: 'a group that holds one made before memberOf was kept', group: dn('nested-before'), member: NESTED },
    { sentence: 'a circle, entered from its far side', group: dn('circle-a'), member: NESTED },
    { sentence: 'a circle of others', group: dn('circle-of-others-a'), member: 'out' },
    { sentence: 'a group that holds only itself', group: dn('itself'), member: 'out' },
    { sentence: 'not a member', group: dn('others'), member: 'out' },
    { sentence: 'a posixGroup of somebody whose name begins alike', group: dn('posix-others'), member: 'out' },
  ];
}

/** For Samba's `population`. */
export function domainGroups(base: string): { readonly population: Population; readonly rows: readonly GroupRow[] } {
  const dn = dnIn(`OU=groups,${base}`);
  const primary = `CN=Domain Users,CN=Users,${base}`;
  const people = PEOPLE.map((login) => userAt(`OU=members,${base}`, login, GROUP_PASSWORD));
  const [member = '', outsider = ''] = people.map((person) => person.dn);
  const groups = domainGroupEntries(dn, { member, outsider, primary });
  return {
    population: {
      entries: [domainUnit('members', base), domainUnit('groups', base), ...people, ...groups],
      changes: [{ dn: dn('circle-a'), attributes: { member: [dn('circle-b')] } }], // closes the circle, once both are there
    },
    rows: domainGroupRows(dn, primary),
  };
}

type Cast = { readonly member: string; readonly outsider: string; readonly primary: string };

function domainGroupEntries(dn: NameToDn, { member, outsider, primary }: Cast): readonly DirectoryEntry[] {
  const group = (name: string, members: readonly string[], accountName = name): DirectoryEntry => ({
    dn: dn(name),
    attributes: { objectClass: ['group'], sAMAccountName: [accountName], ...(members.length > 0 ? { member: members } : {}) },
  });
  const [level1, level2, level3] = LEVELS;
  return [
    group('direct', [outsider, member]),
    group('others', [outsider]),
    group(AWKWARD, [member], 'sales-europe'),
    group(level3, [member]),
    group(level2, [dn(level3)]),
    group(level1, [dn(level2)]),
    group('circle-a', []),
    group('circle-b', [dn('circle-a'), member]),
    group('holds-primary', [primary]),
    group('holds-holder', [dn('holds-primary')]),
  ];
}

function domainGroupRows(dn: NameToDn, primary: string): readonly GroupRow[] {
  return [
    { sentence: 'a direct member', group: dn('direct'), member: 'in', everybody: true },
    { sentence: 'a name with comma, parentheses and more', group: dn(AWKWARD), member: 'in' },
    { sentence: 'the primary group', group: primary, member: 'in', everybody: true },
    { sentence: 'one level of nesting', group: dn(LEVELS[1]), member: NESTED },
    { sentence: 'two levels of nesting', group: dn(LEVELS[0]), member: NESTED },
    { sentence: 'a circle, entered from its far side', group: dn('circle-a'), member: NESTED },
    { sentence: 'a group that holds the primary one', group: dn('holds-primary'), member: NESTED, everybody: true },
    { sentence: 'a group of a group that holds it', group: dn('holds-holder'), member: NESTED, everybody: true },
    { sentence: 'not a member', group: dn('others'), member: 'out' },
  ];
}
