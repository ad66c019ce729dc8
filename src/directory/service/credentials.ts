import type { Clock } from '../../core/clock.ts';
import type { Deadline } from '../../core/deadline.ts';
import { Secret } from '../../core/secret.ts';
import type { StoredValue } from '../../secrets/stored-value.ts';
import type { Cause, Failure } from '../../ldap/failure.ts';
import { ServiceAccount } from './account.ts';

/** A password of the service account, and what this process knows of it. */
export type Credential = { readonly password: Secret; readonly account: ServiceAccount };

export type CredentialResult =
  | { readonly ok: true; readonly credential: Credential }
  /** `resting`: refused a moment ago. `unavailable`: the store does not answer. `empty`: it holds nothing to bind with. */
  | { readonly ok: false; readonly why: 'resting' | 'unavailable' | 'empty'; readonly failure: Failure };

/** Where the service account's password is: in the environment, or in a store. */
export type PasswordSource =
  { readonly kind: 'given'; readonly password: Secret } | { readonly kind: 'stored'; readonly value: StoredValue };

/** Passwords of which a refusal is remembered: the one in use and the one before it. */
const REMEMBERED = 2;

/** What a store holds that holds nothing to bind with. */
const EMPTY = { password: new Secret('') } as const;

/**
 * The service account's passwords, through rotations. A password that the directory refused is left alone while it rests; in
 * the meantime, and once after a refusal, the store is asked whether there is another one. An empty one is as good as refused.
 */
export class ServiceCredentials {
  readonly #source: PasswordSource;
  readonly #clock: Clock;
  #known: readonly Credential[] = [];

  constructor(source: PasswordSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** The password to bind with now, or why there is none. */
  async usable(deadline: Deadline): Promise<CredentialResult> {
    const current = await this.#current(deadline);
    if (!current.ok && current.why !== 'empty') return current;
    const refusal = current.ok ? current.credential.account.refusal : undefined;
    if (current.ok && refusal === undefined) return current;
    const newer = await this.newer(current.ok ? current.credential : EMPTY, deadline);
    if (newer !== undefined && newer.account.refusal === undefined) return { ok: true, credential: newer };
    const resting = refusal ?? newer?.account.refusal;
    return resting === undefined ? current : { ok: false, why: 'resting', failure: resting };
  }

  /** Another password than this one, if the store has one by now. */
  async newer({ password }: Pick<Credential, 'password'>, deadline: Deadline): Promise<Credential | undefined> {
    const newer = this.#source.kind === 'stored' ? await this.#source.value.newer(password, deadline) : undefined;
    return newer === undefined || newer.reveal() === '' ? undefined : this.#credentialOf(newer);
  }

  async #current(deadline: Deadline): Promise<CredentialResult> {
    if (this.#source.kind === 'given') return { ok: true, credential: this.#credentialOf(this.#source.password) };
    const fetched = await this.#source.value.current(deadline);
    if (!fetched.ok) return { ok: false, why: 'unavailable', failure: withoutPassword({ kind: 'store', error: fetched.detail }) };
    // An empty password would be an unauthenticated bind, which "succeeds" (RFC 4513, 5.1.2).
    const isEmpty = fetched.value.reveal() === '';
    if (isEmpty) return { ok: false, why: 'empty', failure: withoutPassword({ kind: 'empty' }) };
    return { ok: true, credential: this.#credentialOf(fetched.value) };
  }

  #credentialOf(password: Secret): Credential {
    const known = this.#known.find((credential) => credential.password.equals(password));
    if (known !== undefined) return known;
    const credential = { password, account: new ServiceAccount(this.#clock) };
    this.#known = [credential, ...this.#known].slice(0, REMEMBERED);
    return credential;
  }
}

function withoutPassword(cause: Cause): Failure {
  return { reason: 'secret-unavailable', step: 'service password', cause };
}
