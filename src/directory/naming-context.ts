import type { Conversation } from './conversation.ts';
import { valuesOf } from './entry.ts';
import { ServerFailure } from './group-question.ts';
import { anyEntry } from './proof.ts';

/** The tops of the trees that a server holds (RFC 4512, 5.1); none where it does not tell. */
export const namingContextsOf = async ({ session, slice }: Conversation): Promise<readonly string[]> => {
  const attributes = ['namingContexts'];
  const reply = await session.search({ base: '', scope: 'base', filter: anyEntry, attributes, mostEntries: 1 }, slice);
  if (!reply.ok) throw new ServerFailure(reply.failure);
  return reply.entries.flatMap((entry) => valuesOf(entry, 'namingContexts')).map((value) => value.toString('utf8'));
};
