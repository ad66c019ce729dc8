import { PresenceFilter } from 'ldapts';

import type { Deadline } from '../core/deadline.ts';
import { valuesOf } from './entry.ts';
import { type Failure, resultFailure } from './failure.ts';
import type { Session } from './session.ts';

/** True of every entry (RFC 4512, 2.4.1). */
export const anyEntry = new PresenceFilter({ attribute: 'objectClass' });

/**
 * Undefined if the service account can see the base entry, so that finding nobody below it means something. An account
 * without rights is answered "success, no entries" by 389 Directory Server, for a base that does not exist as well.
 */
export const proveSight = async (session: Session, baseDn: string, deadline: Deadline): Promise<Failure | undefined> => {
  if (baseDn !== '') return (await readEntry(session, baseDn, [], deadline)).failure;
  // The empty base is the root DSE, which anybody may read: it proves nothing. A naming context does.
  const root = await readEntry(session, '', ['defaultNamingContext', 'namingContexts'], deadline);
  const context = root.values[0];
  return context === undefined
    ? (root.failure ?? unreadable('no naming context'))
    : (await readEntry(session, context, [], deadline)).failure;
};

type Read = { readonly values: readonly string[]; readonly failure: Failure | undefined };

const readEntry = async (session: Session, dn: string, attributes: readonly string[], deadline: Deadline): Promise<Read> => {
  const wanted = attributes.length === 0 ? ['1.1'] : attributes; // 1.1: no attributes (RFC 4511, 4.5.1.8)
  const reply = await session.search({ base: dn, scope: 'base', filter: anyEntry, attributes: wanted, mostEntries: 1 }, deadline);
  if (!reply.ok) return { values: [], failure: reply.failure };
  if (reply.result?.code !== 0) return { values: [], failure: resultFailure('base', reply.result ?? { code: 80, diagnostic: '' }) };
  const [entry] = reply.entries;
  if (entry === undefined) return { values: [], failure: unreadable('the base cannot be read') };
  return { values: attributes.flatMap((name) => valuesOf(entry, name)).map((value) => value.toString('utf8')), failure: undefined };
};

const unreadable = (detail: string): Failure => ({ reason: 'directory-refused-service-account', detail });
