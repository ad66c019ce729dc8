import type { Clock } from '../core/clock.ts';
import type { Deadline } from '../core/deadline.ts';
import { type Bounds, boundsOf, firstLook, isAdmitted, type Item, mustReadAgain, type Rules, standingOf } from './allowance.ts';
import type { DirectoryCount } from './failure-count.ts';
import type { Table } from './table.ts';

/** Asks for the directory's count once more. `failed`: the directory could not be asked. */
export type CountAgain<F> = (
  slice: Deadline,
) => Promise<{ readonly ok: true; readonly count: DirectoryCount } | { readonly ok: false; readonly failure: F }>;

/** What a reservation is asked with. */
export type Request<F> = {
  readonly table: Table;
  readonly rules: Rules;
  readonly clock: Clock;
  readonly pause: (ms: number) => Promise<void>;
  readonly key: string;
  /** As the directory counted when the entry was searched. */
  readonly failures: number;
  readonly countAgain: CountAgain<F>;
  /** Gives a reservation back whose bind is not sent. */
  readonly giveBack: (mine: Item) => Promise<void>;
  readonly slice: Deadline;
};

export type Taken<F> =
  | { readonly kind: 'taken'; readonly mine: Item }
  | {
      readonly kind: 'exhausted';
      readonly by: 'directory' | 'table';
      readonly failures: number;
      readonly retryAfterSeconds: number | undefined;
    }
  /** Others are under way, or the row is asked too often. It passes soon. */
  | { readonly kind: 'crowded' }
  | { readonly kind: 'unavailable'; readonly detail: string }
  | { readonly kind: 'failed'; readonly failure: F };

/** One attempt: as `Taken`, or to be repeated. */
type Tried<F> = Taken<F> | { readonly kind: 'again'; readonly failures: number; readonly next: 'reserve' | 'wait' };

/** While others are under way. They end within tens of milliseconds; an attempt that waits long asks less often. */
const SHORTEST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 120;

/**
 * Reserves one bind, and waits for those under way where only they are in the way, as long as the slice lasts. Once the table has
 * answered, a later call without an answer is `crowded`, never `unavailable`: otherwise a burst could open the gate by its own
 * weight.
 */
export async function take<F>(request: Request<F>): Promise<Taken<F>> {
  const { rules, clock, slice, pause } = request;
  let pauseMs = SHORTEST_PAUSE_MS;
  let tried = await reserve(request, request.failures);
  while (tried.kind === 'again') {
    const { failures, next } = tried;
    if (next === 'wait') {
      const ms = pauseMs * (1 + Math.random()); // not all at the same moment
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.5);
      if (slice.leftMs <= ms) return { kind: 'crowded' };
      await pause(ms);
    }
    if (slice.expired) return { kind: 'crowded' };
    tried = next === 'wait' ? await look(request, boundsOf(rules, clock(), failures), failures) : await reserve(request, failures);
    if (tried.kind === 'unavailable') return { kind: 'crowded' };
  }
  return tried;
}

async function reserve<F>(request: Request<F>, failures: number): Promise<Tried<F>> {
  const { table, key, slice, rules, clock } = request;
  const bounds = boundsOf(rules, clock(), failures);
  const asked = await table.reserve(key, bounds, slice);
  if (asked.kind === 'throttled') return { kind: 'crowded' };
  if (asked.kind === 'unavailable') return asked;
  return asked.value === undefined ? await look(request, bounds, failures) : await admit(request, asked.value, failures);
}

/** What the row says to a reservation that was refused, or waits. */
async function look<F>(request: Request<F>, bounds: Bounds, failures: number): Promise<Tried<F>> {
  const { table, key, slice } = request;
  const row = await table.read(key, slice);
  if (row.kind !== 'answered') return { kind: 'crowded' };
  const standing = standingOf(row.value, bounds);
  switch (standing.kind) {
    case 'open':
      return { kind: 'again', failures, next: 'reserve' };
    case 'crowded':
      return { kind: 'again', failures, next: 'wait' };
    case 'exhausted':
      return { kind: 'exhausted', by: 'table', failures: bounds.limit, retryAfterSeconds: standing.retryAfterSeconds };
    case 'to replace': {
      const replaced = await table.replace(key, { seen: standing.seen, next: standing.next, bounds }, slice);
      if (replaced.kind !== 'answered') return { kind: 'crowded' };
      return replaced.value === 'written' ? await admit(request, standing.next, failures) : { kind: 'again', failures, next: 'reserve' };
    }
  }
}

/** With the bind reserved: whether it may be sent, beside what the directory has counted. */
async function admit<F>(request: Request<F>, mine: Item, failures: number): Promise<Tried<F>> {
  const { rules, clock, slice } = request;
  if (!mustReadAgain(mine, failures)) {
    if (isAdmitted(mine, failures, rules)) return { kind: 'taken', mine };
    await request.giveBack(mine);
    return { kind: 'again', failures, next: 'wait' };
  }
  const read = await request.countAgain(slice);
  if (!read.ok) {
    await request.giveBack(mine);
    return { kind: 'failed', failure: read.failure };
  }
  const now = firstLook(read.count, rules, clock());
  if (now.kind === 'go on' && isAdmitted(mine, now.failures, rules)) return { kind: 'taken', mine };
  await request.giveBack(mine);
  return now.kind === 'go on' ? { kind: 'again', failures: now.failures, next: 'wait' } : { ...now, by: 'directory' };
}
