import type { Filter } from 'ldapts';

import type { Conversation } from './conversation.ts';
import { protocolError, resultFailure } from './failure.ts';
import { MOST_GROUPS, ServerFailure } from './group-question.ts';
import type { SearchEntry } from './message.ts';

/** What passes, or is another server's to answer: timeLimitExceeded, adminLimitExceeded, busy, unavailable. */
const PASSING: ReadonlySet<number> = new Set([3, 11, 51, 52]);

/**
 * Entries that match, or undefined where the question cannot be answered here: the base is not there, or hidden, or on
 * another server. That stays unknown until the user's bind has been decided; a fault that passes is a ServerFailure.
 */
export const searchGroups = async (
  { session, slice }: Conversation,
  base: string,
  scope: 'base' | 'sub',
  filter: Filter,
): Promise<readonly SearchEntry[] | undefined> => {
  const attributes = ['1.1']; // their names are all that is needed
  const reply = await session.search({ base, scope, filter, attributes, mostEntries: MOST_GROUPS }, slice);
  if (!reply.ok) throw new ServerFailure(reply.failure);
  if (reply.result === undefined) throw new ServerFailure(protocolError('groups: more than can be listed'));
  if (PASSING.has(reply.result.code)) throw new ServerFailure(resultFailure('groups', reply.result));
  return reply.result.code === 0 ? reply.entries : undefined;
};
