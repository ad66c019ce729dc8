import type { Conversation } from './conversation.ts';
import { valuesOf } from './entry.ts';
import { heard } from './groups/search.ts';
import { anyEntry } from './names/filter.ts';

/** The tops of the trees that a server holds (RFC 4512, 5.1); none where it does not tell. */
export async function namingContextsOf({ session, slice }: Conversation): Promise<readonly string[]> {
  const attributes = ['namingContexts'];
  const asked = { base: '', scope: 'base', filter: anyEntry, attributes, mostEntries: 1, surplus: 'heard out' } as const;
  return heard(await session.search(asked, slice))
    .entries.flatMap((entry) => valuesOf(entry, 'namingContexts'))
    .map((value) => value.toString('utf8'));
}
