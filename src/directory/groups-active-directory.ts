import { EqualityFilter, ExtensibleFilter, type Filter, OrFilter } from 'ldapts';

import { readAllValues } from './attributes.ts';
import type { Conversation } from './conversation.ts';
import { searchGroups } from './group-search.ts';
import { type GroupQuestion, type Groups, type Known, known, ServerFailure, unknown } from './group-question.ts';
import { domainDnOf } from './login-name.ts';
import { primaryGroupBase } from './primary-group.ts';
import { anyEntry } from './proof.ts';

/** LDAP_MATCHING_RULE_IN_CHAIN (MS-ADTS 3.1.1.3.4.4.3): through groups in groups, cycles included. */
const IN_CHAIN = '1.2.840.113556.1.4.1941';

/**
 * Active Directory: the in-chain rule, asked of the user's entry and of the primary group's, since a chain that passes
 * through the primary group starts at no `memberOf` of the user.
 */
export const readActiveDirectoryGroups = async (question: GroupQuestion): Promise<Groups> => {
  const { required, returned } = question.search.settings.groups;
  return {
    isMember: required.length > 0 ? await isMember(question, required) : known(true),
    returned: returned ? await listGroups(question) : undefined,
  };
};

const isMember = async ({ user, search, conversation }: GroupQuestion, required: readonly string[]): Promise<Known<boolean>> => {
  const { nested } = search.settings.groups;
  const inOneOf = required.map((group) => linkFilter('memberOf', group, nested ? 'in chain' : 'direct'));
  const byUser = await searchGroups(conversation, user.dn, 'base', new OrFilter({ filters: inOneOf }));
  if (byUser !== undefined && byUser.length > 0) return known(true);
  const base = primaryGroupBase(user);
  if (base === undefined) return unknown('groups: the primary group cannot be read from the entry');
  const itself = required.map((group) => new EqualityFilter({ attribute: 'distinguishedName', value: group }));
  const throughPrimary = new OrFilter({ filters: nested ? [...itself, ...inOneOf] : itself });
  const byPrimary = await searchGroups(conversation, base, 'base', throughPrimary);
  if (byPrimary !== undefined && byPrimary.length > 0) return known(true);
  if (byUser === undefined || byPrimary === undefined) return unknown('groups: the entry cannot be read again');
  for (const [index, group] of required.entries()) {
    if (!(await showsItself(conversation, group))) return unknown(`groups: required group ${String(index + 1)} cannot be read`);
  }
  return known(false);
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
  const others = search.settings.groups.nested ? await listChain(question, [user.dn, primary.dn]) : await listDirect(question);
  return others.known ? known([...new Set([primary.dn, ...others.value])]) : others;
};

const listDirect = async ({ user, conversation }: GroupQuestion): Promise<Known<readonly string[]>> => {
  const read = await readAllValues(conversation.session, user, 'memberOf', conversation.slice);
  if (!read.ok) throw new ServerFailure(read.failure);
  return known(read.values.map((value) => value.toString('utf8')));
};

const listChain = async ({ user, conversation }: GroupQuestion, members: readonly string[]): Promise<Known<readonly string[]>> => {
  const filter = new OrFilter({ filters: members.map((member) => linkFilter('member', member, 'in chain')) });
  const found = await searchGroups(conversation, domainDnOf(user.dn) ?? user.dn, 'sub', filter);
  return found === undefined ? unknown('groups: the domain cannot be searched') : known(found.map(({ dn }) => dn));
};

const linkFilter = (attribute: 'member' | 'memberOf', dn: string, links: 'direct' | 'in chain'): Filter =>
  links === 'in chain'
    ? new ExtensibleFilter({ matchType: attribute, rule: IN_CHAIN, value: dn })
    : new EqualityFilter({ attribute, value: dn });
