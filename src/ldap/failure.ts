import type { ConfigProblem } from '../config/environment.ts';
import type { Fault, Refusal } from '../core/outcome.ts';
import type { LdapResult } from './message.ts';

/** Everything that can go wrong on the wire, translated once. A fault is never a verdict. */

/** Why the directory gave no usable answer: what is told, where it happened, and what it was. `detailOf` renders it for the log. */
export type Failure = { readonly reason: Fault; readonly step: Step; readonly cause: Cause };

/** Where it happened. A store's parts bear the name of their setting. */
export type Step =
  | SocketPhase
  | 'bind'
  | 'anonymous bind'
  | 'service bind'
  | 'who am I'
  | 'root DSE'
  | 'search'
  | 'range'
  | 'proof'
  | 'groups'
  | 'service password'
  | 'LDAP_TLS_CA_PARAMETER'
  | 'LDAP_TLS_KEY_SECRET';

/** Where a socket failed: while TLS is being set up, any error that is not one of the network's own is TLS's. */
export type SocketPhase = 'dns' | 'connect' | 'tls' | 'starttls' | 'session';

/** What happened. Our own words and codes, never a server's text. */
export type Cause =
  /** A result code (RFC 4511, 4.1.9) that is no answer. */
  | { readonly kind: 'result'; readonly code: number }
  /** 49 of Active Directory with a sub-code that speaks of the server, or with none where there should be one. */
  | { readonly kind: 'sub-code'; readonly text: string | undefined }
  /** The directory told this of the account that was bound. */
  | { readonly kind: 'state'; readonly state: Exclude<Refusal, 'not-in-required-group' | 'invalid-credentials'> }
  /** Notice of Disconnection (RFC 4511, 4.4.1). */
  | { readonly kind: 'disconnected'; readonly code: number | undefined }
  /** An error code of Node's: of a socket, of the resolver, of a handshake. */
  | { readonly kind: 'socket'; readonly code: string }
  | { readonly kind: 'time'; readonly of?: 'another request' | 'everything' }
  | { readonly kind: 'outrun' }
  | { readonly kind: 'no address' }
  /** Part of the tree is on other servers. */
  | { readonly kind: 'elsewhere' }
  /** A base that is an alias (RFC 4512, 2.6) holds nothing, and is not followed. */
  | { readonly kind: 'alias' }
  /** The base was searched, and nobody was shown, but perhaps the account itself. */
  | { readonly kind: 'nobody shown' }
  /** Something that the service account is not shown. */
  | { readonly kind: 'hidden'; readonly what: string }
  /** A store's answer, by the name of its error. */
  | { readonly kind: 'store'; readonly error: string }
  | { readonly kind: 'empty' }
  | { readonly kind: 'settings'; readonly problems: readonly ConfigProblem[] }
  /** Anything else that no directory should say. */
  | { readonly kind: 'protocol'; readonly what: string };

/** A failure as the log has it. Nothing reads it back. */
export function detailOf({ step, cause }: Failure): string {
  switch (cause.kind) {
    case 'time':
      return `no time left: ${cause.of === 'everything' ? 'nothing was asked' : step}${cause.of === 'another request' ? ' of another request' : ''}`;
    case 'disconnected':
      return `notice of disconnection, result ${String(cause.code)}`;
    case 'settings':
      return cause.problems.map(({ variable, expected }) => `${variable}: ${expected}`).join('; ');
    case 'protocol':
      return step === 'session' ? cause.what : `${step}: ${cause.what}`;
    default:
      return `${step}: ${textOf(cause)}`;
  }
}

function textOf(cause: Exclude<Cause, { readonly kind: 'time' | 'disconnected' | 'settings' | 'protocol' }>): string {
  switch (cause.kind) {
    case 'result':
      return `result ${String(cause.code)}`;
    case 'sub-code':
      return `result 49${cause.text === undefined ? ' without a sub-code' : `, data ${cause.text}`}`;
    case 'state':
      return cause.state;
    case 'socket':
      return cause.code;
    case 'hidden':
      return cause.what;
    case 'store':
      return cause.error;
    default:
      return TEXT[cause.kind];
  }
}

const TEXT = {
  outrun: 'another place was ready first',
  'no address': 'no address',
  elsewhere: 'references to other servers',
  alias: 'the base is an alias',
  'nobody shown': 'nobody was shown',
  empty: 'empty in its store',
} as const;

export function timedOut(step: Step): Failure {
  return { reason: 'directory-timeout', step, cause: { kind: 'time' } };
}

export function protocolError(step: Step, what: string): Failure {
  return { reason: 'directory-protocol-error', step, cause: { kind: 'protocol', what } };
}

/** Part of the tree is on other servers: what is looked for may be there. */
export function elsewhere(step: 'search' | 'groups'): Failure {
  return { reason: 'directory-protocol-error', step, cause: { kind: 'elsewhere' } };
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

/** A result other than success, of an operation in which only success is an answer. Undefined: the server went on with entries. */
export function resultFailure(step: Step, result: LdapResult | undefined): Failure {
  if (result === undefined) return protocolError(step, 'more entries than asked for');
  return { reason: FAULT_OF_RESULT.get(result.code) ?? 'directory-protocol-error', step, cause: { kind: 'result', code: result.code } };
}

/** Notice of Disconnection (RFC 4511, 4.4.1), or something as final: nothing else may come with message id 0. */
export function disconnected(code: number | undefined): Failure {
  return {
    reason: code === 51 || code === 52 ? 'directory-busy' : 'directory-unreachable',
    step: 'session',
    cause: { kind: 'disconnected', code },
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

export function socketFailure(phase: SocketPhase, error: unknown): Failure {
  const code = errorCode(error);
  const known = FAULT_OF_SOCKET.get(code);
  const isTls = phase === 'tls' || /^(ERR_SSL_|ERR_TLS_|ERR_OSSL_|EPROTO$)/.test(code);
  const reason = known ?? (isTls ? 'directory-tls-failure' : 'directory-unreachable');
  return { reason, step: phase, cause: { kind: 'socket', code } };
}

function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : 'closed';
}
