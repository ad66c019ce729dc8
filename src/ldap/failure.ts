import type { ConfigProblem } from '../config/environment.ts';
import { fieldIn } from '../core/anything.ts';
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
  | 'gate'
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
  /** A server behind the server does not answer it. */
  | { readonly kind: 'behind' }
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
      return `notice of disconnection, ${cause.code === undefined ? 'no result' : nameOfResult(cause.code)}`;
    case 'settings':
      return cause.problems.map(({ variable, expected }) => `${variable}: ${expected}`).join('; ');
    case 'protocol':
      return step === 'session' ? cause.what : `${step}: ${cause.what}`;
    default:
      return `${step}: ${textOf(cause)}${step === 'proof' && cause.kind === 'result' && cause.code === 32 ? ', look at LDAP_BASE_DN' : ''}`;
  }
}

function textOf(cause: Exclude<Cause, { readonly kind: 'time' | 'disconnected' | 'settings' | 'protocol' }>): string {
  switch (cause.kind) {
    case 'result':
      return nameOfResult(cause.code);
    case 'sub-code':
      return `${nameOfResult(49)}${cause.text === undefined ? ' without a sub-code' : `, data ${cause.text}`}`;
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
  behind: 'the server cannot reach a server behind it',
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

/** The server could not ask another one behind it. */
export function notReached(step: 'search' | 'groups'): Failure {
  return { reason: 'directory-unreachable', step, cause: { kind: 'behind' } };
}

/** Result codes (RFC 4511, appendix A.1) by name, and the fault that they are of any operation; by default a protocol error. */
const RESULTS: ReadonlyMap<number, readonly [name: string, fault?: Fault]> = new Map<number, readonly [string, Fault?]>([
  [1, ['operationsError']], // AD and Samba before any bind
  [2, ['protocolError']],
  [3, ['timeLimitExceeded', 'directory-timeout']],
  [4, ['sizeLimitExceeded']],
  [7, ['authMethodNotSupported']], // simple binds are switched off
  [8, ['strongerAuthRequired', 'directory-tls-failure']], // AD demands TLS
  [10, ['referral']], // not followed
  [11, ['adminLimitExceeded', 'directory-busy']],
  [12, ['unavailableCriticalExtension']], // none of ours is critical
  [13, ['confidentialityRequired', 'directory-tls-failure']],
  [16, ['noSuchAttribute']],
  [18, ['inappropriateMatching']],
  [19, ['constraintViolation']],
  [21, ['invalidAttributeSyntax']],
  [32, ['noSuchObject', 'directory-refused-service-account']], // no such base, or none that the service account may see
  [34, ['invalidDNSyntax']],
  [48, ['inappropriateAuthentication']],
  [49, ['invalidCredentials']],
  [50, ['insufficientAccessRights', 'directory-refused-service-account']],
  [51, ['busy', 'directory-busy']],
  [52, ['unavailable', 'directory-busy']], // shutting down or partly offline
  [53, ['unwillingToPerform']], // OpenLDAP "operation restricted" and a hundred other things
  [80, ['other']],
]);

/** A result code as people read it: `noSuchObject (32)`. */
export function nameOfResult(code: number): string {
  const name = RESULTS.get(code)?.[0];
  return name === undefined ? `result ${String(code)}` : `${name} (${String(code)})`;
}

/** A result other than success, of an operation in which only success is an answer. Undefined: the server went on with entries. */
export function resultFailure(step: Step, result: LdapResult | undefined): Failure {
  if (result === undefined) return protocolError(step, 'more entries than asked for');
  return { reason: RESULTS.get(result.code)?.[1] ?? 'directory-protocol-error', step, cause: { kind: 'result', code: result.code } };
}

/** Notice of Disconnection (RFC 4511, 4.4.1), or something as final: nothing else may come with message id 0. */
export function disconnected(code: number | undefined): Failure {
  return {
    reason: code === 51 || code === 52 ? 'directory-busy' : 'directory-unreachable',
    step: 'session',
    cause: { kind: 'disconnected', code },
  };
}

/** Error codes of Node's sockets and resolver that are the network's own, even while TLS is being set up. */
const OF_THE_NETWORK: ReadonlySet<string> = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL'],
  ...['ENOTFOUND', 'EAI_AGAIN'], // DNS: no such name, no server answered
  'EMFILE', // no file descriptor left here: the directory was not asked
  'closed', // ours, for a connection that ended without an error
]);

export function socketFailure(phase: SocketPhase, error: unknown): Failure {
  const code = errorCode(error);
  const isTls = !OF_THE_NETWORK.has(code) && (phase === 'tls' || /^(ERR_SSL_|ERR_TLS_|ERR_OSSL_|EPROTO$)/.test(code));
  const reason = code === 'ETIMEDOUT' ? 'directory-timeout' : isTls ? 'directory-tls-failure' : 'directory-unreachable';
  return { reason, step: phase, cause: { kind: 'socket', code } };
}

function errorCode(error: unknown): string {
  const code = fieldIn(error, 'code');
  return typeof code === 'string' ? code : 'closed';
}
