import type { Conversation } from './conversation.ts';
import { valuesOf } from './entry.ts';
import { heard } from './groups/search.ts';
import { readEntry } from './read-entry.ts';

/** The tops of the trees that a server holds (RFC 4512, 5.1); none where it does not tell. */
export async function namingContextsOf({ session, slice }: Conversation): Promise<readonly string[]> {
  return heard(await readEntry(session, { dn: '', attributes: ['namingContexts'] }, slice))
    .entries.flatMap((entry) => valuesOf(entry, 'namingContexts'))
    .map((value) => value.toString('utf8'));
}
