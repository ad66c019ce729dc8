import type { AccountState, Fault } from '../core/outcome.ts';
import { stateInText, subcodeIn, type Told } from './account-texts.ts';
import type { LdapResult } from './message.ts';
import type { PolicyReport } from './policy.ts';

/**
 * Everything that can go wrong between us and a directory, translated once. Refusals are an allow-list
 * (`understandUserBind`); whatever it does not name is a fault, and a fault is never a verdict.
 */

/** Why the directory gave no usable answer. `detail` is for the log: our own words or a code, never a server's text. */
export type Failure = { readonly reason: Fault; readonly detail: string };

/** What a bind turned out to be. */
export type BindVerdict =
  | { readonly kind: 'accepted'; readonly passwordExpiresInSeconds?: number; readonly graceLoginsRemaining?: number }
  | { readonly kind: 'refused'; readonly reason: Told }
  | { readonly kind: 'fault'; readonly failure: Failure };

export const timedOut = (step: string): Failure => ({ reason: 'directory-timeout', detail: `no time left: ${step}` });

export const protocolError = (detail: string): Failure => ({ reason: 'directory-protocol-error', detail });

/** Result codes (RFC 4511, appendix A.1) as faults, for any operation. A code that is not here is a protocol error. */
const FAULT_OF_RESULT: ReadonlyMap<number, Fault> = new Map<number, Fault>([
  [1, 'directory-protocol-error'], // operationsError: AD and Samba before any bind
  [2, 'directory-protocol-error'], // protocolError
  [3, 'directory-timeout'], // timeLimitExceeded
  [7, 'directory-protocol-error'], // authMethodNotSupported: simple binds are switched off
  [8, 'directory-tls-failure'], // strongerAuthRequired: AD demands TLS
  [10, 'directory-protocol-error'], // referral: not followed
  [11, 'directory-busy'], // adminLimitExceeded
  [12, 'directory-protocol-error'], // unavailableCriticalExtension: none of ours is critical
  [13, 'directory-tls-failure'], // confidentialityRequired
  [32, 'directory-refused-service-account'], // noSuchObject: no such base, or none that the service account may see
  [50, 'directory-refused-service-account'], // insufficientAccessRights
  [51, 'directory-busy'], // busy
  [52, 'directory-busy'], // unavailable: shutting down or partly offline
  [53, 'directory-protocol-error'], // unwillingToPerform: OpenLDAP "operation restricted" and a hundred other things
  [80, 'directory-protocol-error'], // other
]);

/** A result other than success, of an operation in which only success is an answer. */
export const resultFailure = (operation: string, result: LdapResult): Failure => ({
  reason: FAULT_OF_RESULT.get(result.code) ?? 'directory-protocol-error',
  detail: `${operation}: result ${String(result.code)}`,
});

/** Notice of Disconnection (RFC 4511, 4.4.1), or something as final: nothing else may come with message id 0. */
export const disconnected = (code: number | undefined): Failure => ({
  reason: code === 51 || code === 52 ? 'directory-busy' : 'directory-unreachable',
  detail: `notice of disconnection, result ${String(code)}`,
});

/** Error codes of Node's sockets and resolver; TLS failures are recognised by the prefix or by their phase. */
const FAULT_OF_SOCKET: ReadonlyMap<string, Fault> = new Map<string, Fault>([
  ['ECONNREFUSED', 'directory-unreachable'],
  ['ECONNRESET', 'directory-unreachable'],
  ['ECONNABORTED', 'directory-unreachable'],
  ['EPIPE', 'directory-unreachable'],
  ['EHOSTUNREACH', 'directory-unreachable'],
  ['EHOSTDOWN', 'directory-unreachable'],
  ['ENETUNREACH', 'directory-unreachable'],
  ['ENETDOWN', 'directory-unreachable'],
  ['EADDRNOTAVAIL', 'directory-unreachable'],
  ['EMFILE', 'directory-unreachable'], // no file descriptor left here: the directory was not asked
  ['ENOTFOUND', 'directory-unreachable'], // DNS: no such name
  ['EAI_AGAIN', 'directory-unreachable'], // DNS: no server answered
  ['ETIMEDOUT', 'directory-timeout'],
  ['closed', 'directory-unreachable'], // ours, for a connection that ended without an error
]);

/** Where a socket failed: while TLS is being set up, any error that is not one of the network's own is TLS's. */
export type SocketPhase = 'dns' | 'connect' | 'tls' | 'starttls' | 'session';

export const socketFailure = (phase: SocketPhase, error: unknown): Failure => {
  const code = errorCode(error);
  const known = FAULT_OF_SOCKET.get(code);
  const isTls = phase === 'tls' || /^(ERR_SSL_|ERR_TLS_|ERR_OSSL_|EPROTO$)/.test(code);
  return { reason: known ?? (isTls ? 'directory-tls-failure' : 'directory-unreachable'), detail: `${phase}: ${code}` };
};

const errorCode = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : 'closed';

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
export const understandBind = (result: LdapResult, policy: PolicyReport, typedName?: string): BindVerdict => {
  if (policy.unreadable) return faultOf(protocolError('bind: password policy response not understood'));
  if (policy.error !== undefined && (result.code === 0 || result.code === 49)) return policyVerdict(policy.error);
  if (result.code === 0) return policy.mustChange ? refused('password-must-change') : accepted(policy);
  if (result.code === 49 && policy.mustChange) return refused('password-expired');
  const state = stateInText(result.code, result.diagnostic, typedName);
  if (state !== undefined) return refused(state);
  if (policy.error !== undefined && POLICY_SPEAKS.has(result.code)) return policyVerdict(policy.error);
  return result.code === 49 ? invalidCredentials(result.diagnostic, typedName) : faultOf(bindFailure(result));
};

/** noSuchObject and invalidDNSyntax: what is bound under a typed name speaks of that name. */
const REFUSED_NAMES: ReadonlySet<number> = new Set([32, 34]);

/** The same without a search before it: the directory does not tell an unknown name from a wrong password, so neither do we. */
export const understandTypedBind = (result: LdapResult, policy: PolicyReport, typedName: string): BindVerdict => {
  if (REFUSED_NAMES.has(result.code)) return refused('wrong-password');
  const verdict = understandBind(result, policy, typedName);
  return verdict.kind === 'refused' && verdict.reason === 'user-not-found' ? refused('wrong-password') : verdict;
};

/** What 32 and 50 say of a search base, they do not say of somebody who binds. */
const bindFailure = (result: LdapResult): Failure => {
  const failure = resultFailure('bind', result);
  return failure.reason === 'directory-refused-service-account' ? { ...failure, reason: 'directory-protocol-error' } : failure;
};

const invalidCredentials = (diagnostic: string, typedName: string | undefined): BindVerdict => {
  const subcode = subcodeIn(diagnostic, typedName);
  switch (subcode.kind) {
    case 'known':
      return refused(subcode.told);
    case 'unknown':
      return faultOf(protocolError(`bind: result 49${subcode.text === undefined ? ' without a sub-code' : `, data ${subcode.text}`}`));
    case 'none':
      return refused('wrong-password');
  }
};

const policyVerdict = (error: number): BindVerdict => {
  const state = POLICY_ERROR.get(error);
  return state === undefined ? faultOf(protocolError(`bind: password policy error ${String(error)}`)) : refused(state);
};

const accepted = (policy: PolicyReport): BindVerdict => ({
  kind: 'accepted',
  ...(policy.secondsToExpiration === undefined ? {} : { passwordExpiresInSeconds: policy.secondsToExpiration }),
  ...(policy.graceLogins === undefined ? {} : { graceLoginsRemaining: policy.graceLogins }),
});

const refused = (reason: Told): BindVerdict => ({ kind: 'refused', reason });

const faultOf = (failure: Failure): BindVerdict => ({ kind: 'fault', failure });
