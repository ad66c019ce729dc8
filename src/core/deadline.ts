/** Milliseconds on a clock that never jumps. Injected in tests. */
export type MonotonicClock = () => number;

const monotonic: MonotonicClock = () => performance.now();

/**
 * A moment after which nobody waits any more. Time flows down as one of these: a part of the work may be given a
 * shorter one (`slice`), never a longer one.
 */
export class Deadline {
  readonly #endsAt: number;
  readonly #clock: MonotonicClock;

  private constructor(endsAt: number, clock: MonotonicClock) {
    this.#endsAt = endsAt;
    this.#clock = clock;
  }

  static in(ms: number, clock: MonotonicClock = monotonic): Deadline {
    return new Deadline(clock() + ms, clock);
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
    return new Deadline(Math.min(this.#endsAt, this.#clock() + Math.max(0, ms)), this.#clock);
  }

  /**
   * Runs `action` once when the time is up, never synchronously. Returns what cancels it; whoever waits must cancel in
   * a `finally`, or the timer keeps the process busy.
   */
  onExpiry(action: () => void): () => void {
    const timer = setTimeout(action, Math.ceil(this.leftMs));
    return () => {
      clearTimeout(timer);
    };
  }
}
