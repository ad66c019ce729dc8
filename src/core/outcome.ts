import type { Secret } from './secret.ts';

/**
 * The vocabulary of answers. One closed union; a new reason does not compile until the table of answers (`http/response.ts`) has a row for it.
 */

/** The directory's statement that the account cannot be used now, whatever the password. */
export type AccountState =
  'account-locked' | 'account-disabled' | 'account-expired' | 'password-expired' | 'password-must-change' | 'logon-not-permitted';

/** Why the directory said no. `invalid-credentials` is all of them at once, under AUTH_DISCLOSURE=uniform. */
export type Refusal = 'user-not-found' | 'wrong-password' | AccountState | 'not-in-required-group' | 'invalid-credentials';

/** Why the answer is unknown: the directory could not be asked, or gave no usable answer. */
export type Fault =
  | 'directory-unreachable'
  | 'directory-busy'
  | 'directory-tls-failure'
  | 'directory-refused-service-account'
  | 'directory-protocol-error'
  | 'directory-timeout'
  | 'secret-unavailable'
  | 'ambiguous-user'
  | 'service-unavailable';

/** Why the request never became a question for the directory. */
export type InputError = 'malformed-request' | 'unsupported-media-type' | 'request-too-large';

/** Why the service itself cannot answer anybody. */
export type ServiceError = 'misconfigured' | 'internal-error';

/** Why the caller, not the user, was turned away. Mostly the gateway's own answers. */
export type CallerError = 'caller-not-permitted' | 'no-such-endpoint';

/** Why this user's bind was not sent: one more failure could lock the account. */
export type GateReason = 'user-throttled';

/** Every `reason` that a response can carry. */
export type Reason = 'authenticated' | Refusal | Fault | InputError | ServiceError | CallerError | GateReason | 'throttled';

/** One thing wrong with a request: where, and what was expected there. Never the value. */
export type Problem = { readonly field: string; readonly expected: string };

/** Who was authenticated, in the directory's own spelling. */
export type Identity = {
  /** Absent where the user may not read the own entry after a direct bind. */
  readonly dn?: string;
  /** As the entry holds it, never as it was typed; absent where the directory does not tell it. */
  readonly username?: string;
  /** Survives a rename and is never given to another entry; absent where the directory does not tell it. */
  readonly id?: string;
  readonly attributes?: Readonly<Record<string, readonly string[]>>;
  readonly groups?: readonly string[];
  readonly passwordExpiresInSeconds?: number;
  readonly graceLoginsRemaining?: number;
};

/** The answer to one request. Expected results are values; an exception is a bug. */
export type Outcome =
  | { readonly kind: 'valid'; readonly identity: Identity }
  | { readonly kind: 'invalid'; readonly reason: Refusal }
  | {
      readonly kind: 'indeterminate';
      readonly reason: Fault;
      /** The user's bind had been sent: it may have counted towards a lockout, so nobody should repeat it. */
      readonly attempted: boolean;
      /** Told by the one entry that the name led to, so that it must not be told under AUTH_DISCLOSURE=uniform. */
      readonly ofOneEntry?: true;
    }
  | {
      readonly kind: 'throttled';
      readonly reason: GateReason;
      /** Absent where failures never age. */
      readonly retryAfterSeconds?: number;
    }
  | { readonly kind: 'malformed'; readonly reason: InputError; readonly problems: readonly Problem[] }
  | { readonly kind: 'out-of-order'; readonly reason: ServiceError }
  | { readonly kind: 'caller-refused'; readonly reason: CallerError };

/** A user name and a password that have passed the input rules of the contract, and what they are for. */
export type LoginRequest = {
  readonly username: string;
  readonly password: Secret;
  /** Chosen by the way to call, never by the user. Absent: none. */
  readonly application?: string;
};

/** Why this outcome. */
export function reasonOf(outcome: Outcome): Reason {
  return outcome.kind === 'valid' ? 'authenticated' : outcome.reason;
}
