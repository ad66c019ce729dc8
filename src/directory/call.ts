import type { Deadline } from '../core/deadline.ts';
import type { LoginRequest, Outcome } from '../core/outcome.ts';
import type { Trace } from '../core/trace.ts';
import type { Conversation } from './conversation.ts';
import { detailOf, type Failure } from '../ldap/failure.ts';

/** One request: who wants to log in, how long it may take, and where it is written down what happened. */
export type Call = {
  readonly login: LoginRequest;
  /** DNs; the user must be in one of them. Empty: no requirement. */
  readonly required: readonly string[];
  readonly deadline: Deadline;
  readonly trace: Trace;
};

/** What came of asking at one place. */
export type Attempt =
  /** Final, whatever it says, and no fault of the server. */
  | { readonly kind: 'answer'; readonly outcome: Outcome }
  /** A fault before the user's bind was sent: the next place may be asked. */
  | { readonly kind: 'failed'; readonly failure: Failure }
  /** A fault once it was sent: the outcome is unknown, and no other server may be asked. */
  | { readonly kind: 'failed-after-bind'; readonly failure: Failure };

/** What is to be asked on a connection; or why no server is asked at all. */
export type Plan =
  | { readonly kind: 'ask'; readonly ask: (conversation: Conversation) => Promise<Attempt> }
  | { readonly kind: 'decided'; readonly outcome: Outcome };

export function answer(outcome: Outcome): Attempt {
  return { kind: 'answer', outcome };
}

/** The outcome is unknown, because of this failure; the log says which. */
export function unknownFor(failure: Failure, trace: Trace, bind: 'attempted' | 'not attempted'): Outcome {
  trace.detail = detailOf(failure);
  return { kind: 'indeterminate', reason: failure.reason, attempted: bind === 'attempted' };
}

/** What must come from a store did not come, or cannot be used: no server could be asked. */
export function withoutSecret(why: 'unavailable' | 'resting' | 'empty' | 'misconfigured', failure: Failure, trace: Trace): Outcome {
  trace.detail = detailOf(failure) + (why === 'resting' ? ' (not tried again yet)' : '');
  if (why === 'empty' || why === 'misconfigured') return { kind: 'out-of-order', reason: 'misconfigured' };
  return { kind: 'indeterminate', reason: failure.reason, attempted: false };
}
