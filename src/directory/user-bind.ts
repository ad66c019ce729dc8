import type { LoginRequest, Outcome } from '../core/outcome.ts';
import type { Trace } from '../core/trace.ts';
import type { BindEnd } from '../gate/allowance.ts';
import { answer, type Attempt, unknownFor } from './call.ts';
import type { Conversation } from './conversation.ts';
import type { Failure } from '../ldap/failure.ts';
import { type BindVerdict, understandBind, understandTypedBind } from './verdict.ts';
import type { LdapResult } from '../ldap/message.ts';
import { type PolicyReport, readPolicy } from './policy.ts';

/** What came of a user's bind: for the caller, and for the gate. */
export type UserBind = { readonly value: Attempt; readonly end: BindEnd };

/** A bind that the directory answered as a directory should. */
export type Decided = Exclude<BindVerdict, { readonly kind: 'fault' }>;

/** What is told: `unknown` where it depends on the entry, which is no fault of the server; `failed` where the server is at fault. */
export type Decision = Outcome | { readonly kind: 'unknown' | 'failed'; readonly failure: Failure };

/**
 * The one bind as the user. From here on the connection acts as the user, or as nobody: after a search nothing more is read in
 * the user's name. Once the request has been given to the socket, the answer is final: it may have counted towards a lockout, so no
 * other server is asked and nobody is told to try again.
 */
export function bindUser(conversation: Conversation, name: string, login: LoginRequest, decide: Decide): Promise<UserBind> {
  return bindAs(conversation, name, login, understandBind, decide);
}

/** The same under a name that was made of the typed one: it is unknown whether there is such an entry. */
export function bindTyped(conversation: Conversation, name: string, login: LoginRequest, decide: Decide): Promise<UserBind> {
  return bindAs(conversation, name, login, (result, policy) => understandTypedBind(result, policy, login.username), decide);
}

export type Decide = (verdict: Decided) => Decision | Promise<Decision>;

async function bindAs(
  { session, deadline, trace, bindControls }: Conversation,
  name: string,
  login: LoginRequest,
  understand: (result: LdapResult, policy: PolicyReport) => BindVerdict,
  decide: Decide,
): Promise<UserBind> {
  const reply = await trace.during('user bind', () => session.bind(name, login.password, bindControls, deadline));
  if (!reply.ok)
    return reply.sent
      ? { value: afterBind(reply.failure), end: 'unknown' }
      : { value: { kind: 'failed', failure: reply.failure }, end: 'not sent' };
  const verdict = understand(reply.result, readPolicy(reply.controls));
  const end = endOfVerdict(verdict);
  if (verdict.kind === 'fault') return { value: afterBind(verdict.failure), end };
  return { value: attemptOf(await decide(verdict), trace), end };
}

function attemptOf(decided: Decision, trace: Trace): Attempt {
  if (decided.kind === 'failed') return afterBind(decided.failure);
  return answer('failure' in decided ? unknownFor(decided.failure, trace, 'attempted') : decided);
}

function afterBind(failure: Failure): Attempt {
  return { kind: 'failed-after-bind', failure };
}

type Refused = Extract<BindVerdict, { readonly kind: 'refused' }>['reason'];

/**
 * No directory counts a bind that it refused for the account's state. A state that hides a wrong password (OpenLDAP's lock) is
 * not counted either while it lasts.
 */
const END_OF_REFUSAL = {
  'wrong-password': 'refused',
  'user-not-found': 'unknown', // of an entry that was just found
  'account-locked': 'state',
  'account-disabled': 'state',
  'account-expired': 'state',
  'password-expired': 'state',
  'password-must-change': 'state',
  'logon-not-permitted': 'state',
} as const satisfies Readonly<Record<Refused, BindEnd>>;

/** What an answered bind means for the gate. A bind that was sent and not answered is `unknown`; one that was not sent, `not sent`. */
export function endOfVerdict(verdict: BindVerdict): BindEnd {
  if (verdict.kind === 'accepted') return 'accepted'; // whatever the groups say afterwards
  return verdict.kind === 'fault' ? 'unknown' : END_OF_REFUSAL[verdict.reason];
}
