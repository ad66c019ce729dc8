import type { Mangling } from './mangle.ts';
import type { ResponseName } from './messages.ts';

/** Where in a login something can go wrong. */
export type Step =
  | 'connect'
  | 'tls handshake'
  | 'starttls'
  | 'handshake after starttls'
  | 'service bind'
  | 'who am I'
  | 'search'
  | 'proof'
  | 'user bind'
  | 'unbind';

/** Steps that are one LDAP request and its answer. */
export type Operation = Extract<Step, 'starttls' | 'service bind' | 'who am I' | 'search' | 'proof' | 'user bind'>;

/**
 * What is done to the connection once the bytes of a fault are out. `truth`: the server's own answer follows; `resume`: it
 * does not, and the next request is passed on again.
 */
export type Ending = 'hang' | 'close' | 'reset' | 'truth' | 'resume';

export type FinalEnding = Exclude<Ending, 'truth' | 'resume'>;

/** Bytes that the upstream server never sent. `id`: against the request's own. */
export type Payload =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'hex'; readonly hex: string }
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | {
      readonly kind: 'result';
      /** Default: what answers this request. */
      readonly as?: ResponseName;
      readonly code: number;
      readonly diagnostic?: string;
      readonly id?: 'of the request' | 'of the one before' | 'of the next one' | 'zero';
    }
  | { readonly kind: 'control'; readonly code: number; readonly type: string; readonly hex: string }
  | { readonly kind: 'hollow'; readonly hex: string }
  | { readonly kind: 'notice'; readonly code: number }
  | { readonly kind: 'entry'; readonly dn: string }
  | { readonly kind: 'reference'; readonly uri: string }
  | { readonly kind: 'series'; readonly of: readonly Payload[] }
  /** So many times the same payload. */
  | { readonly kind: 'flood'; readonly of: Payload; readonly times: number }
  | { readonly kind: 'long reference'; readonly bytes: number };

/** What the proxy does instead of passing on. */
export type Action =
  /** Says nothing for ever. */
  | { readonly kind: 'silence' }
  /** Does not even read. */
  | { readonly kind: 'stop reading' }
  /** RST. */
  | { readonly kind: 'reset' }
  /** FIN. */
  | { readonly kind: 'close' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** The true answer, a byte at a time. */
  | { readonly kind: 'drip'; readonly everyMs: number }
  /** The first half of the true answer. */
  | { readonly kind: 'cut'; readonly then: FinalEnding }
  | { readonly kind: 'send'; readonly payload: Payload; readonly then: Ending }
  /** The true answer and something behind it, in one write. */
  | { readonly kind: 'append'; readonly payload: Payload }
  | { readonly kind: 'repeat' }
  | { readonly kind: 'mangle'; readonly mangling: Mangling; readonly then: FinalEnding }
  /** Bytes into the TCP stream, past TLS. */
  | { readonly kind: 'send below tls'; readonly payload: Payload }
  /** StartTLS alone: agrees, and then goes on in clear as if it had not. */
  | { readonly kind: 'strip' };

/** One thing that goes wrong, at one step. */
export type Fault = {
  readonly step: Step;
  /** `request`: the server behind never sees it; `response`: it has acted. Default response. */
  readonly when?: 'request' | 'response';
  /** `anonymous`: only where no bind came before on the connection. Default anybody. */
  readonly whom?: 'anonymous';
  readonly action: Action;
};
