import type { Conversation } from '../conversation.ts';
import { resultFailure } from '../../ldap/failure.ts';
import type { ServiceBind } from './account.ts';
import { bindService } from './bind.ts';
import type { BoundAccount } from './bound-account.ts';
import type { Credential } from './credentials.ts';
import type { Searcher } from './searcher.ts';

/** A connection on which people can be searched; `credential` is there where it is bound with one. */
export type Entered =
  | { readonly kind: 'ready'; readonly account: BoundAccount; readonly credential: Credential | undefined }
  | Exclude<ServiceBind, { readonly kind: 'accepted' }>;

/** Nobody has no entry: whoever is shown is somebody else. */
const NOBODY: BoundAccount = { isOwnEntry: () => false };

/**
 * Makes a fresh connection ready for the search: bound as the service account, with what the directory says of that account.
 * Anonymous, it is ready as it is (RFC 4513, 4): nothing is sent.
 */
export async function enter(searcher: Searcher, conversation: Conversation): Promise<Entered> {
  if (searcher.kind === 'anonymous') return { kind: 'ready', account: NOBODY, credential: undefined };
  const bound = await bindService(searcher, conversation);
  if (bound.kind !== 'accepted') return bound;
  const learned = await searcher.boundAccounts.learn(bound.credential, conversation);
  return learned.ok
    ? { kind: 'ready', account: learned.account, credential: bound.credential }
    : { kind: 'fault', failure: learned.failure };
}

/** After the user's bind: takes the user's rights off the connection again, before anything is read on it. */
export async function enterAgain(searcher: Searcher, conversation: Conversation): Promise<ServiceBind> {
  return searcher.kind === 'anonymous' ? await becomeNobody(conversation) : await bindService(searcher, conversation);
}

async function becomeNobody({ session, slice, trace }: Conversation): Promise<ServiceBind> {
  const reply = await session.bindAnonymously(slice);
  trace.took('service bind');
  if (!reply.ok) return { kind: 'fault', failure: reply.failure };
  if (reply.result.code === 0) return { kind: 'accepted' };
  return { kind: 'refused', failure: { ...resultFailure('anonymous bind', reply.result), reason: 'directory-refused-service-account' } };
}
