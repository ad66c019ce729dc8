import type { Filter } from 'ldapts';

import { readAllValues } from '../attributes.ts';
import type { Conversation } from '../conversation.ts';
import { canonicalDn } from '../names/dn.ts';
import type { SearchEntry } from '../../ldap/message.ts';
import { isTrueOf, readGroupEntry, searchGroups } from './search.ts';
import { type GroupQuestion, type Groups, type Known, known, unknown } from './question.ts';
import { isGlobalCatalog, isHeldWhole, isToldByTokens, primaryGroupSid, readShownGroup, readTokens, sidOf, wholeTokens } from './tokens.ts';
import { domainDnOf } from '../names/login-name.ts';
import { anyEntry, anyOf, equal, inChain } from '../names/filter.ts';
import { parseSid } from '../names/security-id.ts';

/** How a group holds somebody: directly, or through groups in groups. */
type Links = typeof equal | typeof inChain;

/** What the server computes for the user, asked once and only if needed. */
type Tokens = () => Promise<Known<ReadonlySet<string>>>;

/**
 * Active Directory, before the user's bind. Groups in groups: the in-chain rule says *in*, `tokenGroups` say *in* or *out*.
 * Without nesting each required group is asked itself. Everything else is unknown.
 */
export async function readActiveDirectoryGroups(question: GroupQuestion): Promise<Groups> {
  const { required } = question;
  const { returned, nested } = question.search.settings.groups;
  let asked: ReturnType<Tokens> | undefined;
  const tokens: Tokens = () => (asked ??= readTokens(question));
  const { user, sids } = question;
  const isMember = nested ? isNestedMember : isDirectMember;
  // The root DSE's hold the built-in and well-known SIDs of a session, too: they prove membership, and are no list of groups.
  const ofSession: Tokens = sids === undefined ? tokens : () => Promise.resolve(wholeTokens(user, sids));
  return {
    isMember: required.length > 0 ? await isMember(question, required, ofSession) : known(true),
    returned: returned ? await listGroups(question, tokens) : undefined,
  };
}

async function isNestedMember(question: GroupQuestion, required: readonly string[], tokens: Tokens): Promise<Known<boolean>> {
  const { user, conversation } = question;
  if (await isLinked(conversation, user.dn, required, inChain)) return known(true);
  const told = await tokens();
  const open: string[] = [];
  for (const group of required) {
    const shown = told.known ? await readShownGroup(conversation, group) : undefined;
    if (told.known && shown !== undefined && told.value.has(shown.sid)) return known(true);
    if (shown === undefined || !(await isToldByTokens(question, shown))) open.push(group);
  }
  if (open.length === 0) return known(false);
  if (await isInChainOtherwise(question, open)) return known(true);
  return told.known ? unknown('a required group is not there, hides its SID, or is of a kind that tokenGroups do not hold') : told;
}

/** Whether one of the groups shows a SID that is among these. No is no proof. */
export async function isMemberBySids(conversation: Conversation, required: readonly string[], sids: ReadonlySet<string>): Promise<boolean> {
  for (const group of required) {
    const shown = await readShownGroup(conversation, group);
    if (shown !== undefined && sids.has(shown.sid)) return true;
  }
  return false;
}

/** The in-chain question from its other ends, which can say *in* where the first one could not. */
async function isInChainOtherwise(question: GroupQuestion, required: readonly string[]): Promise<boolean> {
  const { user, conversation } = question;
  const primary = await readPrimaryGroup(question);
  const isSame = (group: string): boolean => primary !== undefined && canonicalDn(group) === canonicalDn(primary.dn);
  if (required.some(isSame)) return true;
  // A chain that passes through the primary group starts at no `memberOf` of the user.
  if (primary !== undefined && (await isLinked(conversation, primary.dn, required, inChain))) return true;
  const filter = holdsOneOf(primary === undefined ? [user.dn] : [user.dn, primary.dn], inChain); // where `memberOf` is hidden
  for (const group of required) if ((await readGroupEntry(conversation, group, filter)) !== undefined) return true;
  return false;
}

/** By `<SID=…>`, a search base of Active Directory (MS-ADTS 3.1.1.3.1.2.4). Undefined where the user's entry does not tell, or it is hidden. */
async function readPrimaryGroup({ user, conversation }: GroupQuestion): Promise<SearchEntry | undefined> {
  const sid = primaryGroupSid(user);
  return sid === undefined ? undefined : await readGroupEntry(conversation, `<SID=${sid}>`, anyEntry, ['objectSid']);
}

async function isDirectMember(question: GroupQuestion, required: readonly string[]): Promise<Known<boolean>> {
  const { user, conversation } = question;
  if (await isLinked(conversation, user.dn, required, equal)) return known(true);
  const primary = primaryGroupSid(user);
  let isCertain = primary !== undefined;
  for (const group of required) {
    const shown = await readShownGroup(conversation, group);
    if (shown !== undefined && shown.sid === primary) return known(true);
    // The server compares all members, those beyond the first range included.
    const held = await isTrueOf(conversation, group, holdsOneOf([user.dn], equal));
    if (held.known && held.value) return held;
    isCertain &&= held.known && shown?.showsMember === true && isHeldWhole(conversation, shown);
  }
  return isCertain ? known(false) : unknown('a required group is not there, or its members cannot be read');
}

async function listGroups(question: GroupQuestion, tokens: Tokens): Promise<Known<readonly string[]>> {
  const { user, search, conversation } = question;
  // It holds neither the members of global distribution groups, nor would a token tell them.
  if (isGlobalCatalog(conversation)) return unknown('a global catalog does not hold the members of all groups');
  const primary = await readPrimaryGroup(question);
  if (primary === undefined) return unknown('the primary group cannot be read');
  const { nested } = search.settings.groups;
  const domain = domainDnOf(user.dn) ?? user.dn;
  const filter = nested ? holdsOneOf([user.dn, primary.dn], inChain) : holdsOneOf([user.dn], equal);
  const found = await searchGroups(conversation, { base: domain, scope: 'sub', filter, attributes: ['objectSid'], ofDomain: domain });
  if (found.missing !== undefined) return { known: false, failure: found.missing };
  const listed = new Map([primary, ...found.entries].map((entry) => [canonicalDn(entry.dn), entry]));
  const told = await tokens();
  if (!told.known) return told;
  // Every security group of the user must be shown: what hides one may hide what leads through it, too.
  const unlisted = new Set(told.value);
  for (const entry of listed.values()) unlisted.delete(sidOf(entry) ?? '');
  const others = unlisted.size === 0 ? [] : await readBySid(conversation, domain, unlisted);
  if (others === undefined) return unknown('a group of the user is hidden');
  if (nested) for (const entry of others) listed.set(canonicalDn(entry.dn), entry);
  const named = await readAllValues(conversation.session, user, 'memberOf', conversation.slice);
  if (!named.known) return named;
  if (named.value.some((value) => !listed.has(canonicalDn(value.toString('utf8')))))
    return unknown('memberOf names a group that is hidden');
  return known([...listed.values()].map(({ dn }) => dn));
}

/** The entries with these SIDs, or undefined where one of them is not shown. */
async function readBySid(conversation: Conversation, base: string, sids: ReadonlySet<string>) {
  const filter = anyOf([...sids].map((sid) => equal('objectSid', parseSid(sid))));
  const found = await searchGroups(conversation, { base, scope: 'sub', filter, attributes: ['objectSid'], ofDomain: base });
  const isWhole = found.missing === undefined && new Set(found.entries.map(sidOf)).size >= sids.size;
  return isWhole ? found.entries : undefined;
}

async function isLinked(conversation: Conversation, base: string, required: readonly string[], links: Links): Promise<boolean> {
  return (await readGroupEntry(conversation, base, anyOf(required.map((group) => links('memberOf', group))))) !== undefined;
}

function holdsOneOf(members: readonly string[], links: Links): Filter {
  return anyOf(members.map((member) => links('member', member)));
}
