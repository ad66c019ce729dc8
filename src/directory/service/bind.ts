import type { Conversation } from '../conversation.ts';
import { type BindVerdict, understandBind } from '../verdict.ts';
import { readPolicy } from '../policy.ts';
import type { ServiceBind, ServiceBindAttempt } from './account.ts';
import type { Credential } from './credentials.ts';
import type { ServiceSearcher } from './searcher.ts';

/** A bind as the service account; accepted, with the password that it was. */
export type BoundService =
  { readonly kind: 'accepted'; readonly credential: Credential } | Exclude<ServiceBind, { readonly kind: 'accepted' }>;

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
  conversation.trace.begin(); // the store's time is no step of the directory's
  return newer === undefined ? bound : await bindWith(newer, searcher, conversation);
}

async function bindWith(
  credential: Credential,
  { bindDn }: BindAs,
  { endpoint, session, slice, trace, bindControls }: Conversation,
): Promise<BoundService> {
  const attempt = async (): Promise<ServiceBindAttempt> => {
    const reply = await session.bind(bindDn, credential.password, bindControls, slice);
    trace.took('service bind');
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
  return REFUSED_NAMES.has(code) ? { kind: 'refused', failure: { reason, step, cause: { kind: 'result', code } } } : verdict;
}
