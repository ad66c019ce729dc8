/**
 * A moment after which nobody waits any more, on the clock of `performance.now()`, which never jumps. Time flows down as one of
 * these: a part of the work may be given a shorter one (`slice`), never a longer one.
 */
export class Deadline {
  /** Milliseconds that there were at the beginning. */
  readonly lengthMs: number;
  readonly #endsAt: number;

  private constructor(endsAt: number, now: number) {
    this.lengthMs = Math.max(0, endsAt - now);
    this.#endsAt = endsAt;
  }

  static in(ms: number): Deadline {
    const now = performance.now();
    return new Deadline(now + ms, now);
  }

  /** Milliseconds left, never negative. */
  get leftMs(): number {
    return Math.max(0, this.#endsAt - performance.now());
  }

  /** Milliseconds since the beginning, at the most `lengthMs`. */
  get elapsedMs(): number {
    return this.lengthMs - this.leftMs;
  }

  get expired(): boolean {
    return this.leftMs === 0;
  }

  /** A deadline `ms` from now, or this one if it comes sooner. */
  slice(ms: number): Deadline {
    const now = performance.now();
    return new Deadline(Math.min(this.#endsAt, now + Math.max(0, ms)), now);
  }

  /**
   * Runs `action` once when the time is up, never synchronously. Returns what cancels it; a waiting caller must cancel in
   * a `finally`, or the timer keeps the process busy.
   *
   * What has arrived by then is read first: after a pause of the whole process an answer and its deadline are due at the same moment,
   * and Node looks at timers before it looks at sockets.
   */
  onExpiry(action: () => void): () => void {
    let due: NodeJS.Immediate | undefined;
    const timer = setTimeout(() => {
      due = setImmediate(action);
    }, Math.ceil(this.leftMs));
    return () => {
      clearTimeout(timer);
      clearImmediate(due);
    };
  }
}

/** Ends after so many milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}

/** What comes of the work, or undefined if the time is up before. The work goes on, unheard. Rejects as it does. */
export async function settledBefore<T>(deadline: Deadline, work: Promise<T>): Promise<T | undefined> {
  const { promise: tooLate, resolve } = Promise.withResolvers<undefined>();
  const stopWaiting = deadline.onExpiry(() => resolve(undefined));
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    stopWaiting();
  }
}
