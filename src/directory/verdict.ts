import type { AccountState } from '../core/outcome.ts';
import { type Failure, protocolError, resultFailure } from '../ldap/failure.ts';
import type { LdapResult } from '../ldap/message.ts';
import { deniesEntry, stateInText, subcodeIn, type Told } from './account-texts.ts';
import type { PolicyReport } from './policy.ts';

/** What the answer to a bind means. Refusals are an allow-list; whatever it does not name is a fault, and a fault is never a verdict. */

/** What a bind turned out to be. */
export type BindVerdict =
  | { readonly kind: 'accepted'; readonly passwordExpiresInSeconds?: number; readonly graceLoginsRemaining?: number }
  | { readonly kind: 'refused'; readonly reason: Told }
  | { readonly kind: 'fault'; readonly failure: Failure };

/** Errors in the password policy response (draft-behera-ldap-password-policy, 6.2) that speak of the account. */
const POLICY_ERROR: ReadonlyMap<number, AccountState> = new Map([
  [0, 'password-expired'],
  [1, 'account-locked'],
  [2, 'password-must-change'], // changeAfterReset; comes with a *successful* bind
]);

/**
 * Refusals beside which an error of the password policy tells the state of the account. Beside 51, 52 or 80 the server speaks of
 * itself. A text that is known is more exact: 389DS says "locked" in its policy response of an account that is disabled.
 */
const POLICY_SPEAKS: ReadonlySet<number> = new Set([19, 50, 53]);

/**
 * What the answer to a bind says, of the entry that the search found. Success counts only if the policy reports no
 * obstacle; 49 only with no or a known sub-code, any other code only with a text that is known to tell a state; anything else is
 * the server's trouble, not the user's. `typedName`: of a bind under a name that a caller typed (`understandTypedBind`).
 */
export function understandBind(result: LdapResult, policy: PolicyReport, typedName?: string): BindVerdict {
  if (policy.unreadable) return faultOf(protocolError('bind', 'password policy response not understood'));
  if (policy.error !== undefined && (result.code === 0 || result.code === 49)) return policyVerdict(policy.error);
  if (result.code === 0) return policy.mustChange ? refused('password-must-change') : accepted(policy);
  if (result.code === 49 && policy.mustChange) return refused('password-expired');
  const state = stateInText(result.code, result.diagnostic, typedName);
  if (state !== undefined) return refused(state);
  if (policy.error !== undefined && POLICY_SPEAKS.has(result.code)) return policyVerdict(policy.error);
  return result.code === 49 ? invalidCredentials(result.diagnostic, typedName) : faultOf(bindFailure(result));
}

/** noSuchObject and invalidDNSyntax: what is bound under a typed name speaks of that name. */
const REFUSED_NAMES: ReadonlySet<number> = new Set([32, 34]);

/** The same without a search before it: the directory does not tell an unknown name from a wrong password, so neither do we. */
export function understandTypedBind(result: LdapResult, policy: PolicyReport, typedName: string): BindVerdict {
  if (REFUSED_NAMES.has(result.code)) return refused('wrong-password');
  const verdict = understandBind(result, policy, typedName);
  return verdict.kind === 'refused' && verdict.reason === 'user-not-found' ? refused('wrong-password') : verdict;
}

/** What 32 and 50 say of a search base, they do not say of somebody who binds. */
function bindFailure(result: LdapResult): Failure {
  const failure = resultFailure('bind', result);
  return failure.reason === 'directory-refused-service-account' ? { ...failure, reason: 'directory-protocol-error' } : failure;
}

function invalidCredentials(diagnostic: string, typedName: string | undefined): BindVerdict {
  const subcode = subcodeIn(diagnostic, typedName);
  switch (subcode.kind) {
    case 'known':
      return refused(subcode.told);
    case 'unknown':
      return faultOf({ reason: 'directory-protocol-error', step: 'bind', cause: { kind: 'sub-code', text: subcode.text } });
    case 'none':
      return refused(deniesEntry(diagnostic) ? 'user-not-found' : 'wrong-password');
  }
}

function policyVerdict(error: number): BindVerdict {
  const state = POLICY_ERROR.get(error);
  return state === undefined ? faultOf(protocolError('bind', `password policy error ${String(error)}`)) : refused(state);
}

function accepted(policy: PolicyReport): BindVerdict {
  return {
    kind: 'accepted',
    ...(policy.secondsToExpiration === undefined ? {} : { passwordExpiresInSeconds: policy.secondsToExpiration }),
    ...(policy.graceLogins === undefined ? {} : { graceLoginsRemaining: policy.graceLogins }),
  };
}

function refused(reason: Told): BindVerdict {
  return { kind: 'refused', reason };
}

function faultOf(failure: Failure): BindVerdict {
  return { kind: 'fault', failure };
}
