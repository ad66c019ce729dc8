import type { LoginRequest, Outcome } from '../core/outcome.ts';
import type { Conversation } from './conversation.ts';
import type { Attempt } from './failover.ts';
import { type BindVerdict, type Failure, understandBind, understandTypedBind } from './failure.ts';
import type { LdapResult } from './message.ts';
import { type PolicyReport, readPolicy } from './policy.ts';

/** A bind that the directory answered as a directory should. */
export type Decided = Exclude<BindVerdict, { readonly kind: 'fault' }>;

/**
 * The one bind as the user. From here on the connection acts as the user, or as nobody: whatever is to be read has been
 * read. Once the request has been given to the socket, the answer is final: it may have counted towards a lockout, so no
 * other server is asked and nobody is told to try again.
 */
export const bindUser = (conversation: Conversation, name: string, login: LoginRequest, decide: Decide): Promise<Attempt> =>
  bindAs(conversation, name, login, understandBind, decide);

/** The same under a name that was made of the typed one: nobody knows whether there is such an entry. */
export const bindTyped = (conversation: Conversation, name: string, login: LoginRequest, decide: Decide): Promise<Attempt> =>
  bindAs(conversation, name, login, (result, policy) => understandTypedBind(result, policy, login.username), decide);

type Decide = (verdict: Decided) => Outcome | { readonly kind: 'unknown'; readonly failure: Failure };

const bindAs = async (
  { session, deadline, trace, bindControls }: Conversation,
  name: string,
  login: LoginRequest,
  understand: (result: LdapResult, policy: PolicyReport) => BindVerdict,
  decide: Decide,
): Promise<Attempt> => {
  const reply = await session.bind(name, login.password, bindControls, deadline);
  trace.took('user bind');
  if (!reply.ok) return reply.sent ? afterBind(reply.failure) : { kind: 'failed', failure: reply.failure };
  const verdict = understand(reply.result, readPolicy(reply.controls));
  if (verdict.kind === 'fault') return afterBind(verdict.failure);
  const decided = decide(verdict);
  return decided.kind === 'unknown' ? afterBind(decided.failure) : { kind: 'answer', outcome: decided };
};

const afterBind = (failure: Failure): Attempt => ({ kind: 'failed-after-bind', failure });
