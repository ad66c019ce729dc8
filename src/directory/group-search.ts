import type { Filter } from 'ldapts';

import type { Conversation } from './conversation.ts';
import { protocolError, resultFailure } from './failure.ts';
import { MOST_GROUPS, ServerFailure } from './group-question.ts';
import type { SearchEntry } from './message.ts';

/** The base is not there, or not for this service account: noSuchObject, insufficientAccessRights. */
const HIDDEN: ReadonlySet<number> = new Set([32, 50]);

/** Entries that match, or undefined where the base cannot be seen. Anything else that is not success is a ServerFailure. */
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
  if (HIDDEN.has(reply.result.code)) return undefined;
  if (reply.result.code !== 0) throw new ServerFailure(resultFailure('groups', reply.result));
  return reply.entries;
};
