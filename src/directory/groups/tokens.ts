import type { Conversation } from '../conversation.ts';
import { readAllValues } from '../attributes.ts';
import { domainDnOf } from '../names/login-name.ts';
import { foldDn } from '../names/dn.ts';
import { textsOf, valuesOf } from '../entry.ts';
import { readGroupEntry } from './search.ts';
import { type GroupQuestion, type Known, known, unknown } from './question.ts';
import type { SearchEntry } from '../../ldap/message.ts';
import { anyEntry } from '../names/filter.ts';
import { formatSid } from '../names/security-id.ts';

/** groupType (MS-ADTS 2.2.12). */
const SECURITY_ENABLED = 0x80000000;
const GLOBAL = 2;
const DOMAIN_LOCAL = 4;
const UNIVERSAL = 8;

/** Ports of the global catalog, which holds no members of global and domain-local groups. */
const GLOBAL_CATALOG_PORTS: ReadonlySet<number> = new Set([3268, 3269]);

export function isGlobalCatalog({ server }: Conversation): boolean {
  return GLOBAL_CATALOG_PORTS.has(server.port);
}

/**
 * The SIDs of the security groups that the user is in, through others too, as the server itself computes them, groups that
 * are hidden from the service account included (tokenGroups, MS-ADTS 3.1.1.4.5.19). Unknown where they are not shown whole,
 * or lack the primary group, which every user has.
 */
export async function readTokens({ user, conversation }: GroupQuestion): Promise<Known<ReadonlySet<string>>> {
  const primary = primaryGroupSid(user);
  if (primary === undefined) return unknown('the primary group cannot be read from the entry');
  const entry = await readGroupEntry(conversation, user.dn, anyEntry, ['tokenGroups']);
  if (entry === undefined) return unknown('the entry cannot be read again');
  const values = await readAllValues(conversation.session, entry, 'tokenGroups', conversation.slice);
  if (!values.known) return values;
  const sids = new Set(values.value.flatMap((value) => formatSid(value) ?? []));
  return values.value.every((value) => formatSid(value) !== undefined) ? wholeTokens(user, sids) : NOT_WHOLE;
}

const NOT_WHOLE = unknown('tokenGroups are not shown, or not whole');

/** These SIDs, if they hold the primary group. */
export function wholeTokens(user: SearchEntry, sids: ReadonlySet<string>): Known<ReadonlySet<string>> {
  const primary = primaryGroupSid(user);
  return primary !== undefined && sids.has(primary) ? known(sids) : NOT_WHOLE;
}

/** What a required group shows of itself. */
export type ShownGroup = { readonly dn: string; readonly sid: string; readonly type: number; readonly showsMember: boolean };

/** Undefined where it is not there, or does not show its SID and its type. */
export async function readShownGroup(conversation: Conversation, group: string): Promise<ShownGroup | undefined> {
  // One member is enough to see that members are shown, however many there are (MS-ADTS 3.1.1.3.1.3.3).
  const entry = await readGroupEntry(conversation, group, anyEntry, ['objectSid', 'groupType', 'member;range=0-0']);
  if (entry === undefined) return undefined;
  const sid = sidOf(entry);
  const type = textsOf(entry, 'groupType')[0];
  if (sid === undefined || type === undefined || !/^-?\d+$/.test(type)) return undefined;
  const showsMember = entry.attributes.some(({ description, values }) => /^member(?:;|$)/i.test(description) && values.length > 0);
  return { dn: entry.dn, sid, type: Number(type), showsMember };
}

/** An entry's SID as text; undefined where it does not tell. */
export function sidOf(entry: SearchEntry): string | undefined {
  const sid = valuesOf(entry, 'objectSid')[0];
  return sid === undefined ? undefined : formatSid(sid);
}

/** The primary group's SID as text; undefined where the user's entry does not tell. */
export function primaryGroupSid(user: SearchEntry): string | undefined {
  const sid = sidOf(user);
  const rid = textsOf(user, 'primaryGroupID')[0];
  return sid === undefined || rid === undefined || !/^\d+$/.test(rid) ? undefined : `${domainOf(sid)}-${rid}`;
}

/** A distribution group is in nobody's `tokenGroups`. */
export function isSecurityGroup({ type }: ShownGroup): boolean {
  return (type & SECURITY_ENABLED) !== 0;
}

/** Whether `tokenGroups` of this user, as this server shows them, would hold the group if the user were in it. */
export async function isToldByTokens({ user, conversation }: GroupQuestion, group: ShownGroup): Promise<boolean> {
  const { dn, sid, type } = group;
  if (!isSecurityGroup(group)) return false;
  if ((type & UNIVERSAL) !== 0) return true;
  if ((type & GLOBAL) !== 0) return domainOf(sid) === domainOf(sidOf(user) ?? '');
  return (type & DOMAIN_LOCAL) !== 0 && !isGlobalCatalog(conversation) && (await isOfServersDomain(conversation, dn));
}

/** Whether the members that a server shows of a group are all of them: a global catalog holds those of universal groups alone. */
export function isHeldWhole(conversation: Conversation, { type }: ShownGroup): boolean {
  return (type & UNIVERSAL) !== 0 || !isGlobalCatalog(conversation);
}

/** A SID without its last part; the built-in groups (S-1-5-32-…) are of no user's domain. */
function domainOf(sid: string): string {
  return sid.slice(0, sid.lastIndexOf('-'));
}

async function isOfServersDomain(conversation: Conversation, dn: string): Promise<boolean> {
  const root = await readGroupEntry(conversation, '', anyEntry, ['defaultNamingContext']);
  const own = root === undefined ? undefined : textsOf(root, 'defaultNamingContext')[0];
  return own !== undefined && foldDn(own) === domainDnOf(dn);
}
