import type { LoginRequest, Outcome } from '../core/outcome.ts';
import type { Conversation } from './conversation.ts';
import type { Attempt } from './turns.ts';
import { type BindVerdict, type Failure, understandBind } from './failure.ts';
import { readPolicy } from './policy.ts';

/** A bind that the directory answered as a directory should. */
export type Decided = Exclude<BindVerdict, { readonly kind: 'fault' }>;

/**
 * The one bind as the user. From here on the connection acts as the user, or as nobody: whatever is to be read has been
 * read. Once the request has been given to the socket, the answer is final: it may have counted towards a lockout, so no
 * other server is asked and nobody is told to try again.
 */
export const bindUser = async (
  { session, deadline, trace, bindControls }: Conversation,
  name: string,
  login: LoginRequest,
  decide: (verdict: Decided) => Outcome | { readonly kind: 'unknown'; readonly failure: Failure },
): Promise<Attempt> => {
  const reply = await session.bind(name, login.password, bindControls, deadline);
  trace.took('user bind');
  if (!reply.ok) return reply.sent ? afterBind(reply.failure) : { kind: 'failed', failure: reply.failure };
  const verdict = understandBind(reply.result, readPolicy(reply.controls));
  if (verdict.kind === 'fault') return afterBind(verdict.failure);
  const decided = decide(verdict);
  return decided.kind === 'unknown' ? afterBind(decided.failure) : { kind: 'answer', outcome: decided };
};

const afterBind = (failure: Failure): Attempt => ({ kind: 'failed-after-bind', failure });
