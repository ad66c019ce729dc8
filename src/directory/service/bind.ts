import type { Conversation } from '../conversation.ts';
import { resultFailure } from '../../ldap/failure.ts';
import { type BindVerdict, understandBind } from '../verdict.ts';
import { readPolicy } from '../policy.ts';
import type { ServiceBind, ServiceBindAttempt } from './account.ts';
import type { BoundAccount } from './bound-account.ts';
import type { Credential } from './credentials.ts';
import type { Searcher, ServiceSearcher } from './searcher.ts';

/** A connection on which people can be searched; `credential` is there where it is bound with one. */
export type Entered = { readonly kind: 'ready'; readonly account: BoundAccount; readonly credential: Credential | undefined } | NotBound;

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
  const learned = await conversation.trace.during('service bind', () => searcher.boundAccounts.learn(bound.credential, conversation));
  return learned.ok
    ? { kind: 'ready', account: learned.account, credential: bound.credential }
    : { kind: 'fault', failure: learned.failure };
}

/** After the user's bind: takes the user's rights off the connection again, before anything is read on it. */
export async function enterAgain(searcher: Searcher, conversation: Conversation): Promise<ServiceBind> {
  return searcher.kind === 'anonymous' ? await becomeNobody(conversation) : await bindService(searcher, conversation);
}

async function becomeNobody({ session, slice, trace }: Conversation): Promise<ServiceBind> {
  const reply = await trace.during('service bind', () => session.bindAnonymously(slice));
  if (!reply.ok) return { kind: 'fault', failure: reply.failure };
  if (reply.result.code === 0) return { kind: 'accepted' };
  return { kind: 'refused', failure: { ...resultFailure('anonymous bind', reply.result), reason: 'directory-refused-service-account' } };
}

/** A bind as the service account; accepted, with the password that it was. */
export type BoundService = { readonly kind: 'accepted'; readonly credential: Credential } | NotBound;

type NotBound = Exclude<ServiceBind, { readonly kind: 'accepted' }>;

type BindAs = Pick<ServiceSearcher, 'bindDn' | 'credentials'>;

/**
 * Binds as the service account, unless it was refused a moment ago. A refusal may mean that the password has just been
 * changed: then the store is asked once more, and another password is tried once, on the same connection.
 */
export async function bindService(searcher: BindAs, conversation: Conversation): Promise<BoundService> {
  const usable = await searcher.credentials.usable(conversation.slice);
  if (!usable.ok) return { kind: 'refused', failure: usable.failure }; // no other server would know better
  const bound = await bindWith(usable.credential, searcher, conversation);
  if (bound.kind !== 'refused') return bound;
  const newer = await searcher.credentials.newer(usable.credential, conversation.slice);
  return newer === undefined ? bound : await bindWith(newer, searcher, conversation);
}

async function bindWith(
  credential: Credential,
  { bindDn }: BindAs,
  { endpoint, session, slice, trace, bindControls }: Conversation,
): Promise<BoundService> {
  const attempt = async (): Promise<ServiceBindAttempt> => {
    const reply = await trace.during('service bind', () => session.bind(bindDn, credential.password, bindControls, slice));
    if (!reply.ok) return { kind: reply.sent ? 'unanswered' : 'fault', failure: reply.failure };
    return understandServiceBind(understandBind(reply.result, readPolicy(reply.controls)), reply.result.code);
  };
  const bound = await credential.account.bind(endpoint, attempt, slice);
  return bound.kind === 'accepted' ? { kind: 'accepted', credential } : bound;
}

/**
 * Codes that speak of the account in LDAP_BIND_DN: noSuchObject, invalidDNSyntax, inappropriateAuthentication,
 * insufficientAccessRights. No server will have it.
 */
const REFUSED_NAMES: ReadonlySet<number> = new Set([32, 34, 48, 50]);

function understandServiceBind(verdict: BindVerdict, code: number): ServiceBind {
  if (verdict.kind === 'accepted') return { kind: 'accepted' };
  const reason = 'directory-refused-service-account';
  const step = 'service bind';
  if (verdict.kind === 'refused') return { kind: 'refused', failure: { reason, step, cause: { kind: 'state', state: verdict.reason } } };
  if (REFUSED_NAMES.has(code)) return { kind: 'refused', failure: { reason, step, cause: { kind: 'result', code } } };
  const { cause } = verdict.failure;
  // Whatever else is said beside it, the directory has counted it; but a sub-code that is no refusal is the server's own trouble.
  const isCounted = code === 49 && (cause.kind !== 'sub-code' || cause.text === undefined);
  return isCounted ? { kind: 'refused', failure: { reason, step, cause } } : verdict;
}
