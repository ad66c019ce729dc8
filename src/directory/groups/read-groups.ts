import { descend } from './descent.ts';
import { type GroupQuestion, type Groups, type Known, known, unknown, type Unproved } from './question.ts';
import { anyEntry } from '../names/filter.ts';
import { readGroupEntry } from './search.ts';
import { readActiveDirectoryGroups } from './active-directory.ts';
import { namesBelow } from './group-names.ts';
import { readMemberOfGroups } from './member-of.ts';
import { readMemberGroups } from './members.ts';

/**
 * What is to be known of a user's groups, in the service account's name and so before the user's bind. What it means is
 * decided after that bind: a wrong password is a wrong password, whatever groups the person is in. A fault of the server is
 * a ServerFailure; whatever depends on the entry is unknown.
 */
export async function readGroups(question: GroupQuestion): Promise<Groups> {
  const { required, search, conversation } = question;
  const { returned } = search.settings.groups;
  if (required.length === 0 && !returned) return { isMember: known(true), returned: undefined };
  return await conversation.trace.during('groups', () => readAsked(question));
}

async function readAsked(question: GroupQuestion): Promise<Groups> {
  const { kind, settings } = question.search;
  const { baseDn, lookup } = settings.groups;
  const groups = await (lookup === 'memberOf' ? readMemberOfGroups : READERS[kind.groups])(question);
  if (baseDn === undefined || groups.returned?.known !== true) return groups;
  const names = namesBelow(groups.returned.value, baseDn);
  const isNothing = names.known && names.value.length === 0;
  if (isNothing && (await readGroupEntry(question.conversation, baseDn, anyEntry)) === undefined)
    return { ...groups, returned: unknown('LDAP_GROUP_BASE_DN is not there, or is hidden') };
  return { ...groups, returned: names };
}

const READERS: Readonly<Record<GroupQuestion['search']['kind']['groups'], (question: GroupQuestion) => Promise<Groups>>> = {
  members: readMemberGroups,
  tokens: readActiveDirectoryGroups,
};

/** The same on a connection that need not be bound anew for the proof: it is asked for at once. */
export async function readProvenGroups(question: GroupQuestion): Promise<ProvenGroups> {
  const { isMember, returned } = await readGroups(question);
  return { returned, isMember: isMember.known === 'after the bind' ? await proveMembership(question, isMember) : isMember };
}

export type ProvenGroups = Pick<Groups, 'returned'> & { readonly isMember: Known<boolean> };

/**
 * Whether the user is in a required group where `readGroups` could not tell, on a connection that is bound as the service
 * account. A fault of the server is a ServerFailure.
 */
export function proveMembership(question: GroupQuestion, { bases }: Unproved): Promise<Known<boolean>> {
  return question.conversation.trace.during('groups', () => descend(question, bases));
}
