import { type Clock, isWithin } from '../../core/clock.ts';
import { type Deadline, settledBefore } from '../../core/deadline.ts';
import type { Failure } from '../../ldap/failure.ts';

/** A refused password is left alone for so long; so is one of which two binds in so long a time stayed without an answer. */
const REST_MS = 30_000;

/** Another request binds there, and this one has no more time to wait for it. */
const HELD_UP: Failure = { reason: 'directory-timeout', step: 'service bind', cause: { kind: 'time', of: 'another request' } };

export type ServiceBind =
  | { readonly kind: 'accepted' }
  /** The directory will not have this account with this password: another server would count it again. */
  | { readonly kind: 'refused'; readonly failure: Failure }
  | { readonly kind: 'fault'; readonly failure: Failure };

/** `unanswered`: the bind was sent, and its result is unknown. The server may have refused and counted it. */
export type ServiceBindAttempt = ServiceBind | { readonly kind: 'unanswered'; readonly failure: Failure };

type Past = { readonly at: number; readonly endpoint: string; readonly failure: Failure };

/**
 * Keeps our own traffic from locking the service account with one password.
 *
 * - Refused, it is not tried again for 30 s, at no server.
 * - Without an answer at one server, it may be tried at another one. After a second one without an answer within 30 s, and no
 *   success in between, it rests as if it had been refused.
 * - One request binds at a time at each endpoint, and the others of this process wait for it: were they to bind side by side, a
 *   password that has just been changed would be refused to each of them. A bind that stays without an answer is the answer to
 *   all who were at that endpoint by then: they go on to the next server, and a server that hangs costs one bind, not two.
 *
 * (On Lambda a process has one request anyway.)
 */
export class ServiceAccount {
  readonly #clock: Clock;
  #refused: Past | undefined;
  /** The last bind without an answer since the last success, and the last one that was the second within 30 s. */
  #unanswered: Past | undefined;
  #unansweredAgain: Past | undefined;
  readonly #binding = new Map<string, Promise<ServiceBindAttempt>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Why the account is not to be tried now, if so. */
  get refusal(): Failure | undefined {
    return [this.#refused, this.#unansweredAgain].find((past) => isWithin(this.#clock, past?.at, REST_MS))?.failure;
  }

  /** `slice`: began when this request turned to the server of this endpoint, and ends when it has no more time for it. */
  async bind(endpoint: string, attempt: () => Promise<ServiceBindAttempt>, slice: Deadline): Promise<ServiceBind> {
    for (;;) {
      if (this.refusal !== undefined) return { kind: 'refused', failure: this.refusal };
      if (this.#wasUnansweredDuring(endpoint, slice)) return { kind: 'fault', failure: HELD_UP };
      const other = this.#binding.get(endpoint);
      if (other === undefined) break;
      const isOver = await settledBefore(slice, other.then(over, over));
      if (isOver === undefined) return { kind: 'fault', failure: HELD_UP };
    }
    const binding = attempt();
    this.#binding.set(endpoint, binding);
    try {
      return this.#note(endpoint, await binding);
    } finally {
      this.#binding.delete(endpoint);
    }
  }

  #note(endpoint: string, result: ServiceBindAttempt): ServiceBind {
    if (result.kind === 'accepted') {
      this.#unanswered = undefined; // but what was refused meanwhile at another server still rests
      this.#unansweredAgain = undefined;
    }
    if (result.kind === 'accepted' || result.kind === 'fault') return result;
    const past = { at: this.#clock(), endpoint, failure: result.failure };
    if (result.kind === 'refused') {
      this.#refused = past;
      return result;
    }
    if (isWithin(this.#clock, this.#unanswered?.at, REST_MS)) this.#unansweredAgain = past;
    this.#unanswered = past;
    return { kind: 'fault', failure: result.failure };
  }

  /** Whether this request turned to the endpoint before it was known that it does not answer. */
  #wasUnansweredDuring(endpoint: string, slice: Deadline): boolean {
    return this.#unanswered?.endpoint === endpoint && isWithin(this.#clock, this.#unanswered.at, slice.elapsedMs);
  }
}

function over(): true {
  return true;
}
