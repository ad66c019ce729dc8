import type { Filter } from 'ldapts';

import type { Conversation } from '../conversation.ts';
import { isOwnPartition, saysPartIsMissing } from '../entry.ts';
import { elsewhere, type Failure, notReached, protocolError, resultFailure } from '../../ldap/failure.ts';
import { type Known, known, MOST_GROUPS, ServerFailure } from './question.ts';
import type { SearchEntry } from '../../ldap/message.ts';
import type { SearchFor } from '../../ldap/requests.ts';
import type { SearchReply } from '../../ldap/session.ts';

/** Busy and unavailable (RFC 4511, appendix A.1): they speak of the server, and another one may be asked. */
const OF_THE_SERVER: ReadonlySet<number> = new Set([51, 52]);

/** An answer that came. A fault of the server itself is a ServerFailure. */
export function heard(reply: SearchReply): Extract<SearchReply, { readonly ok: true }> {
  if (!reply.ok) throw new ServerFailure(reply.failure);
  if (reply.result !== undefined && OF_THE_SERVER.has(reply.result.code)) throw new ServerFailure(resultFailure('groups', reply.result));
  return reply;
}

/** What was shown, and, where it may not be all, why. */
export type GroupsFound = { readonly entries: readonly SearchEntry[]; readonly missing: Failure | undefined };

export type GroupSearch = Pick<SearchFor, 'base' | 'scope' | 'filter'> & {
  /** Default none: the names of the entries. */
  readonly attributes?: readonly string[];
  /** Active Directory: references to partitions of its own, in which there are no groups, take nothing away. */
  readonly ofDomain?: string;
};

/** RFC 4511, 4.5.1.8: no attributes. */
const NO_ATTRIBUTES = ['1.1'] as const;

/**
 * Entries that match, as far as they are shown. A result other than 0, a reference (RFC 4511, 4.5.3) or more than can be
 * listed leaves the rest unknown: that depends on the entry that is asked about, so it is decided after the user's bind.
 */
export async function searchGroups({ session, slice }: Conversation, asked: GroupSearch): Promise<GroupsFound> {
  const { attributes = NO_ATTRIBUTES, ofDomain, ...where } = asked;
  const surplus = 'heard out'; // the user's bind goes over the same connection
  const reply = await session.search({ ...where, attributes, mostEntries: MOST_GROUPS, surplus }, slice);
  const { entries, references, result } = heard(reply);
  const shown = entries.slice(0, MOST_GROUPS);
  if (result === undefined) return { entries: shown, missing: protocolError('groups', 'more than can be listed') };
  if (result.code !== 0) return { entries: shown, missing: resultFailure('groups', result) };
  if (saysPartIsMissing(result)) return { entries: shown, missing: notReached('groups') };
  const foreign = references.filter((uri) => ofDomain === undefined || !isOwnPartition(uri, ofDomain));
  return { entries: shown, missing: foreign.length === 0 ? undefined : elsewhere('groups') };
}

/** The one entry that a base-scope question shows; undefined where it is not there, hidden, or does not match. */
export async function readGroupEntry(
  conversation: Conversation,
  base: string,
  filter: Filter,
  attributes: readonly string[] = NO_ATTRIBUTES,
): Promise<SearchEntry | undefined> {
  return (await searchGroups(conversation, { base, scope: 'base', filter, attributes })).entries[0];
}

/** Whether an entry matches, at base scope. No only if the question was answered whole: what went wrong is no "no". */
export async function isTrueOf(conversation: Conversation, base: string, filter: Filter): Promise<Known<boolean>> {
  const { entries, missing } = await searchGroups(conversation, { base, scope: 'base', filter });
  if (entries.length > 0) return known(true);
  return missing === undefined ? known(false) : { known: false, failure: missing };
}
