import { wakeIn } from './alarm.ts';

/** Milliseconds on a clock that never jumps. Injected in tests. */
export type MonotonicClock = () => number;

const monotonic: MonotonicClock = () => performance.now();

/**
 * A moment after which nobody waits any more. Time flows down as one of these: a part of the work may be given a
 * shorter one (`slice`), never a longer one.
 */
export class Deadline {
  /** Milliseconds that there were at the beginning. */
  readonly lengthMs: number;
  readonly #endsAt: number;
  readonly #clock: MonotonicClock;

  private constructor(endsAt: number, now: number, clock: MonotonicClock) {
    this.lengthMs = Math.max(0, endsAt - now);
    this.#endsAt = endsAt;
    this.#clock = clock;
  }

  static in(ms: number, clock: MonotonicClock = monotonic): Deadline {
    const now = clock();
    return new Deadline(now + ms, now, clock);
  }

  /** Milliseconds left, never negative. */
  get leftMs(): number {
    return Math.max(0, this.#endsAt - this.#clock());
  }

  get expired(): boolean {
    return this.leftMs === 0;
  }

  /** A deadline `ms` from now, or this one if it comes sooner. */
  slice(ms: number): Deadline {
    const now = this.#clock();
    return new Deadline(Math.min(this.#endsAt, now + Math.max(0, ms)), now, this.#clock);
  }

  /**
   * Runs `action` once when the time is up, never synchronously. Returns what cancels it; whoever waits must cancel in
   * a `finally`, or the timer keeps the process busy.
   */
  onExpiry(action: () => void): () => void {
    return wakeIn(this.leftMs, action);
  }
}

/** What comes of the work, or undefined if the time is up before. The work goes on, unheard. Rejects as it does. */
export const settledBefore = async <T>(deadline: Deadline, work: Promise<T>): Promise<T | undefined> => {
  let stopWaiting: () => void = () => undefined;
  const tooLate = new Promise<undefined>((resolve) => {
    stopWaiting = deadline.onExpiry(() => {
      resolve(undefined);
    });
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    stopWaiting();
  }
};
