import type { AccountState, Fault } from '../core/outcome.ts';
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
  | { readonly kind: 'refused'; readonly reason: 'wrong-password' | 'user-not-found' | AccountState }
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

/**
 * Sub-codes in the diagnostic message of Active Directory's 49 (Win32 error codes; MS-ERREF 2.2). Those for expired,
 * disabled and must-change come with the right password only; 525 means "no such user".
 */
const ACTIVE_DIRECTORY_SUBCODE: ReadonlyMap<number, 'wrong-password' | 'user-not-found' | AccountState> = new Map([
  [0x525, 'user-not-found'],
  [0x52e, 'wrong-password'],
  [0x52f, 'logon-not-permitted'], // ERROR_ACCOUNT_RESTRICTION
  [0x530, 'logon-not-permitted'], // ERROR_INVALID_LOGON_HOURS
  [0x531, 'logon-not-permitted'], // ERROR_INVALID_WORKSTATION
  [0x532, 'password-expired'], // ERROR_PASSWORD_EXPIRED
  [0x533, 'account-disabled'], // ERROR_ACCOUNT_DISABLED
  [0x569, 'logon-not-permitted'], // ERROR_LOGON_TYPE_NOT_GRANTED
  [0x701, 'account-expired'], // ERROR_ACCOUNT_EXPIRED
  [0x773, 'password-must-change'], // ERROR_PASSWORD_MUST_CHANGE
  [0x775, 'account-locked'], // ERROR_ACCOUNT_LOCKED_OUT
]);

/** Errors in the password policy response (draft-behera-ldap-password-policy, 6.2) that speak of the account. */
const POLICY_ERROR: ReadonlyMap<number, AccountState> = new Map([
  [0, 'password-expired'],
  [1, 'account-locked'],
  [2, 'password-must-change'], // changeAfterReset; comes with a *successful* bind
]);

/** 389 Directory Server refuses with codes of other meanings elsewhere, so its very texts are demanded. */
const REFUSAL_TEXTS: readonly { readonly code: number; readonly text: string; readonly state: AccountState }[] = [
  { code: 19, text: 'Exceed password retry limit', state: 'account-locked' },
  { code: 53, text: 'Account inactivated', state: 'account-disabled' },
];

/**
 * What the answer to a bind says, of the entry that the search found. Success counts only if the policy reports no
 * obstacle; 49 only with no or a known sub-code; anything else is the server's trouble, not the user's.
 */
export const understandBind = (result: LdapResult, policy: PolicyReport): BindVerdict => {
  if (policy.unreadable) return faultOf(protocolError('bind: password policy response not understood'));
  if (policy.error !== undefined && (result.code === 0 || result.code === 49)) return policyVerdict(policy.error);
  if (result.code === 0) return policy.mustChange ? refused('password-must-change') : accepted(policy);
  if (result.code === 49) return policy.mustChange ? refused('password-expired') : invalidCredentials(result.diagnostic);
  const known = REFUSAL_TEXTS.find(({ code, text }) => code === result.code && result.diagnostic.startsWith(text));
  return known === undefined ? faultOf(bindFailure(result)) : refused(known.state);
};

/** What 32 and 50 say of a search base, they do not say of somebody who binds. */
const bindFailure = (result: LdapResult): Failure => {
  const failure = resultFailure('bind', result);
  return failure.reason === 'directory-refused-service-account' ? { ...failure, reason: 'directory-protocol-error' } : failure;
};

const invalidCredentials = (diagnostic: string): BindVerdict => {
  const subcode = /,\s*data\s+([0-9a-f]{1,8})\b/i.exec(diagnostic)?.[1];
  if (subcode === undefined) {
    const isActiveDirectory = /LdapErr|AcceptSecurityContext/.test(diagnostic);
    return isActiveDirectory ? faultOf(protocolError('bind: result 49 without a sub-code')) : refused('wrong-password');
  }
  const reason = ACTIVE_DIRECTORY_SUBCODE.get(Number.parseInt(subcode, 16));
  return reason === undefined ? faultOf(protocolError(`bind: result 49, data ${subcode.toLowerCase()}`)) : refused(reason);
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

const refused = (reason: 'wrong-password' | 'user-not-found' | AccountState): BindVerdict => ({ kind: 'refused', reason });

const faultOf = (failure: Failure): BindVerdict => ({ kind: 'fault', failure });
