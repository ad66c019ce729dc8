import { type Clock, isWithin } from '../core/clock.ts';
import type { Deadline } from '../core/deadline.ts';
import { type Failure, timedOut } from './failure.ts';

/** A refused password is left alone for so long. */
const REST_MS = 30_000;

export type ServiceBind =
  | { readonly kind: 'accepted' }
  /** The directory will not have this account with this password: another server would count it again. */
  | { readonly kind: 'refused'; readonly failure: Failure }
  | { readonly kind: 'fault'; readonly failure: Failure };

/**
 * Keeps our own traffic from locking the service account. While nobody knows whether its password is right, one request
 * finds out and the others wait for it; once refused, it is not tried again for 30 s by this process.
 */
export class ServiceAccount {
  readonly #clock: Clock;
  #refused: { readonly at: number; readonly failure: Failure } | undefined;
  #isProven = false;
  #trial: Promise<unknown> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Why the account is not to be tried now, if so. */
  get refusal(): Failure | undefined {
    const resting = isWithin(this.#clock, this.#refused?.at, REST_MS);
    return resting ? this.#refused?.failure : undefined;
  }

  async bind(attempt: () => Promise<ServiceBind>, deadline: Deadline): Promise<ServiceBind> {
    while (this.#trial !== undefined && this.refusal === undefined) {
      if (!(await settledBefore(deadline, this.#trial))) return { kind: 'fault', failure: timedOut('service bind of another request') };
    }
    if (this.refusal !== undefined) return { kind: 'refused', failure: this.refusal };
    if (this.#isProven) return this.#learn(await attempt());
    const trial = attempt().then((result) => this.#learn(result));
    this.#trial = trial;
    try {
      return await trial;
    } finally {
      this.#trial = undefined;
    }
  }

  #learn(result: ServiceBind): ServiceBind {
    if (result.kind === 'accepted') {
      this.#isProven = true;
      this.#refused = undefined;
    } else if (result.kind === 'refused') {
      this.#isProven = false;
      this.#refused = { at: this.#clock(), failure: result.failure };
    }
    return result;
  }
}

const settledBefore = async (deadline: Deadline, work: Promise<unknown>): Promise<boolean> => {
  let stopWaiting: () => void = () => undefined;
  const tooLate = new Promise<boolean>((resolve) => {
    stopWaiting = deadline.onExpiry(() => {
      resolve(false);
    });
  });
  try {
    return await Promise.race([
      work.then(
        () => true,
        () => true,
      ),
      tooLate,
    ]);
  } finally {
    stopWaiting();
  }
};
