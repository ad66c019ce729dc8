import type { Filter } from 'ldapts';

import type { Conversation } from '../conversation.ts';
import { textsOf } from '../entry.ts';
import { allOf, anyOf, equal, not, present } from '../names/filter.ts';
import { isTrueOf, readGroupEntry } from './search.ts';
import { type GroupQuestion, type Known, known, unknown } from './question.ts';
import type { SearchEntry } from '../../ldap/message.ts';

/** How groups of OpenLDAP and 389 Directory Server hold their members: by DN, or by login name (RFC 2307, 3). */
export const MEMBER_KINDS = ['member', 'uniqueMember', 'roleOccupant', 'memberUid'] as const;

export type MemberKind = (typeof MEMBER_KINDS)[number];

/** The kinds of member that a class of groups has. Lower case. */
const KINDS_OF_CLASS: ReadonlyMap<string, readonly MemberKind[]> = new Map([
  ['groupofnames', ['member']], // RFC 4519, 3.5
  ['groupofmembers', ['member']], // RFC 2307bis
  ['groupofentries', ['member']],
  ['group', ['member']], // Active Directory
  ['groupofuniquenames', ['uniqueMember']], // RFC 4519, 3.6
  ['organizationalrole', ['roleOccupant']], // RFC 4519, 3.10
  ['posixgroup', ['memberUid']], // RFC 2307, 4
]);

/** Entries of these classes are no groups. Some servers list a class without those above it. Lower case. */
const NO_GROUP: ReadonlySet<string> = new Set([
  ...['person', 'organizationalperson', 'inetorgperson', 'residentialperson', 'nsperson', 'pilotperson', 'user', 'inetuser'],
  ...['account', 'posixaccount', 'shadowaccount', 'nsaccount', 'simplesecurityobject', 'contact', 'foreignsecurityprincipal'],
  ...['device', 'iphost', 'computer', 'applicationprocess', 'applicationentity', 'room', 'rfc822localpart'],
  ...['domain', 'dcobject', 'organization', 'organizationalunit', 'locality', 'country', 'referral', 'alias'],
]);

/**
 * The kinds of member that an entry of these classes may hold: none for people and things, both kinds of DN where no class
 * is known here. Undefined: the entry does not show its classes.
 */
export function kindsOf(entry: SearchEntry): readonly MemberKind[] | undefined {
  const classes = textsOf(entry, 'objectClass').map((name) => name.toLowerCase());
  if (classes.length === 0) return undefined;
  const kinds = classes.flatMap((name) => KINDS_OF_CLASS.get(name) ?? []);
  if (kinds.length > 0) return [...new Set(kinds)];
  return classes.some((name) => NO_GROUP.has(name)) ? [] : ['member', 'uniqueMember'];
}

/** Whether a class of the entry is one of a group whose members are known to be asked for; undefined: it shows no classes. */
export function isKnownGroup(entry: SearchEntry): boolean | undefined {
  const classes = textsOf(entry, 'objectClass').map((name) => name.toLowerCase());
  return classes.length === 0 ? undefined : classes.some((name) => KINDS_OF_CLASS.has(name));
}

/** Beside an attribute that few servers index: an OR of which one part has no index is searched entry by entry. */
const ROLE = equal('objectClass', 'organizationalRole');

/** Groups that hold one of these. */
export function memberFilter(dns: readonly string[], loginNames: readonly string[]): Filter {
  return anyOf([
    ...dns.flatMap((dn) => [equal('member', dn), equal('uniqueMember', dn), allOf([ROLE, equal('roleOccupant', dn)])]),
    ...loginNames.map((name) => equal('memberUid', name)),
  ]);
}

/** `memberUid` holds login names, not DNs. */
export function loginNamesOf({ user }: GroupQuestion): readonly string[] {
  return textsOf(user, 'uid');
}

/**
 * True where a kind of member is provably absent: where access is denied the presence is Undefined, and so is its negation
 * (RFC 4511, 4.5.1.7). OpenLDAP and 389 Directory Server keep to that.
 */
export function provablyAbsent(kind: MemberKind): Filter {
  return not(present(kind));
}

/**
 * All true where no member of this kind is the user, and that may be known: where access to a single value is denied the comparison
 * is Undefined, and so is its negation (RFC 4511, 4.5.1.7), though other members are shown.
 */
export function provablyWithout(kind: MemberKind, { dn }: GroupQuestion['user'], loginNames: readonly string[]): readonly Filter[] {
  return (kind === 'memberUid' ? loginNames : [dn]).map((value) => not(equal(kind, value))); // 389DS (2.3, run) finds no entry by (!(|(a=b)))
}

/** True of a group of which this account may see members. Where access is denied the group looks like one without members. */
export const HAS_MEMBERS: Filter = anyOf(MEMBER_KINDS.map(present));

/** Whether a group is there and its members can be seen; without that nobody is "not in it". A fault is a ServerFailure. */
export async function showsMembers(conversation: Conversation, group: string): Promise<boolean> {
  return (await readGroupEntry(conversation, group, HAS_MEMBERS)) !== undefined;
}

/**
 * Whether a group that does not hold the user proves it: it shows members, and each kind that its classes have is shown, with
 * the user provably not among its values, or provably absent. `ordinal`, from 1, names it in the log.
 */
export async function provesAbsence(question: GroupQuestion, group: string, ordinal: number): Promise<Known<false>> {
  const { conversation } = question;
  const shown = await readGroupEntry(conversation, group, HAS_MEMBERS, ['objectClass']);
  const kinds = shown === undefined ? undefined : kindsOf(shown);
  const loginNames = loginNamesOf(question);
  const isNamed = loginNames.length > 0;
  const unreadable = unknown(`required group ${String(ordinal)} is not there, or its members cannot be read`);
  if (kinds === undefined) return unreadable;
  // A group that names its members by login name cannot be asked about a user whose `uid` cannot be read.
  const holdsNames = isNamed ? known(false) : await isTrueOf(conversation, group, present('memberUid'));
  if (!holdsNames.known || holdsNames.value) return unreadable;
  const each = kinds.map((kind) =>
    kind === 'memberUid' && !isNamed
      ? provablyAbsent(kind)
      : anyOf([allOf([present(kind), ...provablyWithout(kind, question.user, loginNames)]), provablyAbsent(kind)]),
  );
  const isWhole = (await readGroupEntry(conversation, group, allOf(each))) !== undefined;
  return isWhole ? known(false) : unreadable;
}
