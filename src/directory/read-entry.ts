import type { Deadline } from '../core/deadline.ts';
import type { SearchFor } from '../ldap/requests.ts';
import type { SearchReply, Session } from '../ldap/session.ts';
import { anyEntry } from './names/filter.ts';

/** One entry by its DN, or a DSE by the empty one, and what is to be read of it. */
export type EntryQuestion = { readonly dn: string; readonly attributes: readonly string[]; readonly filter?: SearchFor['filter'] };

/**
 * Reads one entry by its DN: a search of base scope (RFC 4511, 4.5.1.2). No entry: it is not there, is not shown, or does not
 * match. A server that sends more than one is heard out, so that the session can be used afterwards. Never rejects.
 */
export function readEntry(
  session: Session,
  { dn, attributes, filter = anyEntry }: EntryQuestion,
  deadline: Deadline,
): Promise<SearchReply> {
  return session.search({ base: dn, scope: 'base', filter, attributes, mostEntries: 1, surplus: 'heard out' }, deadline);
}
