import type { Fault } from '../core/outcome.ts';
import type { LdapResult } from './message.ts';

/** Everything that can go wrong on the wire, translated once. A fault is never a verdict. */

/** Why the directory gave no usable answer. `detail` is for the log: our own words or a code, never a server's text. */
export type Failure = { readonly reason: Fault; readonly detail: string };

export function timedOut(step: string): Failure {
  return { reason: 'directory-timeout', detail: `no time left: ${step}` };
}

export function protocolError(detail: string): Failure {
  return { reason: 'directory-protocol-error', detail };
}

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
export function resultFailure(operation: string, result: LdapResult): Failure {
  return {
    reason: FAULT_OF_RESULT.get(result.code) ?? 'directory-protocol-error',
    detail: `${operation}: result ${String(result.code)}`,
  };
}

/** Notice of Disconnection (RFC 4511, 4.4.1), or something as final: nothing else may come with message id 0. */
export function disconnected(code: number | undefined): Failure {
  return {
    reason: code === 51 || code === 52 ? 'directory-busy' : 'directory-unreachable',
    detail: `notice of disconnection, result ${String(code)}`,
  };
}

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

export function socketFailure(phase: SocketPhase, error: unknown): Failure {
  const code = errorCode(error);
  const known = FAULT_OF_SOCKET.get(code);
  const isTls = phase === 'tls' || /^(ERR_SSL_|ERR_TLS_|ERR_OSSL_|EPROTO$)/.test(code);
  return { reason: known ?? (isTls ? 'directory-tls-failure' : 'directory-unreachable'), detail: `${phase}: ${code}` };
}

function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : 'closed';
}
