import { type Clock, isWithin } from '../core/clock.ts';
import { type Deadline, settledBefore } from '../core/deadline.ts';
import { type Failure, timedOut } from './failure.ts';

/** A refused password is left alone for so long. */
const REST_MS = 30_000;

export type ServiceBind =
  | { readonly kind: 'accepted' }
  /** The directory will not have this account with this password: another server would count it again. */
  | { readonly kind: 'refused'; readonly failure: Failure }
  | { readonly kind: 'fault'; readonly failure: Failure };

/**
 * Keeps our own traffic from locking the service account. One request binds at a time and the others of this process wait
 * for it: were they to bind side by side, a password that has just been changed would be refused to each of them. Once
 * refused, it is not tried again for 30 s. (On Lambda a process has one request anyway.)
 */
export class ServiceAccount {
  readonly #clock: Clock;
  #refused: { readonly at: number; readonly failure: Failure } | undefined;
  #binding: Promise<unknown> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Why the account is not to be tried now, if so. */
  get refusal(): Failure | undefined {
    const resting = isWithin(this.#clock, this.#refused?.at, REST_MS);
    return resting ? this.#refused?.failure : undefined;
  }

  async bind(attempt: () => Promise<ServiceBind>, deadline: Deadline): Promise<ServiceBind> {
    while (this.#binding !== undefined && this.refusal === undefined) {
      const isOver = await settledBefore(deadline, this.#binding.then(over, over));
      if (isOver === undefined) return { kind: 'fault', failure: timedOut('service bind of another request') };
    }
    if (this.refusal !== undefined) return { kind: 'refused', failure: this.refusal };
    const binding = attempt();
    this.#binding = binding;
    try {
      const result = await binding;
      this.#refused = result.kind === 'refused' ? { at: this.#clock(), failure: result.failure } : undefined;
      return result;
    } finally {
      this.#binding = undefined;
    }
  }
}

const over = (): true => true;
