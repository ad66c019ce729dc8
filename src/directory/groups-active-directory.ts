import { EqualityFilter, ExtensibleFilter, type Filter, OrFilter, PresenceFilter } from 'ldapts';

import type { Conversation } from './conversation.ts';
import { searchGroups } from './group-search.ts';
import { type GroupQuestion, type Groups, type Known, known, unknown } from './group-question.ts';
import { showsMembers } from './groups-member.ts';
import { domainDnOf } from './login-name.ts';
import { primaryGroupBase } from './primary-group.ts';
import { anyEntry } from './proof.ts';

/** LDAP_MATCHING_RULE_IN_CHAIN (MS-ADTS 3.1.1.3.4.4.3): through groups in groups, cycles included. */
const IN_CHAIN = '1.2.840.113556.1.4.1941';

/**
 * Active Directory: the in-chain rule, asked of the user's entry and of the primary group's, since a chain that passes
 * through the primary group starts at no `memberOf` of the user; and, before a no, of the required groups themselves.
 */
export const readActiveDirectoryGroups = async (question: GroupQuestion): Promise<Groups> => {
  const { required, returned } = question.search.settings.groups;
  return {
    isMember: required.length > 0 ? await isMember(question, required) : known(true),
    returned: returned ? await listGroups(question) : undefined,
  };
};

const isMember = async (question: GroupQuestion, required: readonly string[]): Promise<Known<boolean>> => {
  const { user, search, conversation } = question;
  const links = search.settings.groups.nested ? 'in chain' : 'direct';
  const inOneOf = required.map((group) => linkFilter('memberOf', group, links));
  const byUser = await searchGroups(conversation, user.dn, 'base', new OrFilter({ filters: inOneOf }));
  if (byUser !== undefined && byUser.length > 0) return known(true);
  const base = primaryGroupBase(user);
  if (base === undefined) return unknown('groups: the primary group cannot be read from the entry');
  const itself = required.map((group) => new EqualityFilter({ attribute: 'distinguishedName', value: group }));
  const throughPrimary = new OrFilter({ filters: links === 'in chain' ? [...itself, ...inOneOf] : itself });
  const byPrimary = await searchGroups(conversation, base, 'base', throughPrimary);
  if (byPrimary !== undefined && byPrimary.length > 0) return known(true);
  return await isMemberByGroup(question, required, base);
};

/**
 * The same question from the groups' side, before anybody is "not in it": where `memberOf` is hidden from the service
 * account (a domain hardened against "Pre-Windows 2000 Compatible Access"), the questions above are answered with nothing.
 */
const isMemberByGroup = async (question: GroupQuestion, required: readonly string[], primaryBase: string): Promise<Known<boolean>> => {
  const { user, search, conversation } = question;
  const primary = (await searchGroups(conversation, primaryBase, 'base', anyEntry))?.[0];
  if (primary === undefined) return unknown('groups: the primary group cannot be read');
  const { nested } = search.settings.groups;
  const members = nested ? [user.dn, primary.dn] : [user.dn];
  const holdsOne = new OrFilter({ filters: members.map((member) => linkFilter('member', member, nested ? 'in chain' : 'direct')) });
  // A user that shows one group would have shown the others; else each group must show that its members can be seen.
  const shown = await searchGroups(conversation, user.dn, 'base', new PresenceFilter({ attribute: 'memberOf' }));
  const isReadable = shown !== undefined && shown.length > 0 ? showsItself : showsMembers;
  let isCertain = true;
  for (const group of required) {
    const holding = await searchGroups(conversation, group, 'base', holdsOne);
    if (holding !== undefined && holding.length > 0) return known(true);
    isCertain &&= await isReadable(conversation, group);
  }
  return isCertain ? known(false) : unknown('groups: a required group is not there, or its members cannot be read');
};

/** Whether a group is there for this service account. A fault is a ServerFailure. */
export const showsItself = async (conversation: Conversation, group: string): Promise<boolean> => {
  const found = await searchGroups(conversation, group, 'base', anyEntry);
  return found !== undefined && found.length > 0;
};

const listGroups = async (question: GroupQuestion): Promise<Known<readonly string[]>> => {
  const { user, search, conversation } = question;
  const base = primaryGroupBase(user);
  const primary = base === undefined ? undefined : (await searchGroups(conversation, base, 'base', anyEntry))?.[0];
  if (primary === undefined) return unknown('groups: the primary group cannot be read');
  const { nested } = search.settings.groups;
  const members = nested ? [user.dn, primary.dn] : [user.dn];
  const filter = new OrFilter({ filters: members.map((member) => linkFilter('member', member, nested ? 'in chain' : 'direct')) });
  const found = await searchGroups(conversation, domainDnOf(user.dn) ?? user.dn, 'sub', filter);
  return found === undefined
    ? unknown('groups: the domain cannot be searched')
    : known([...new Set([primary.dn, ...found.map(({ dn }) => dn)])]);
};

const linkFilter = (attribute: 'member' | 'memberOf', dn: string, links: 'direct' | 'in chain'): Filter =>
  links === 'in chain'
    ? new ExtensibleFilter({ matchType: attribute, rule: IN_CHAIN, value: dn })
    : new EqualityFilter({ attribute, value: dn });
