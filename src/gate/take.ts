import type { Clock } from '../core/clock.ts';
import { Deadline } from '../core/deadline.ts';
import type { Failure } from '../ldap/failure.ts';
import type { SearchEntry } from '../ldap/message.ts';
import {
  type BindEnd,
  type Bounds,
  boundsOf,
  firstLook,
  isAdmitted,
  type Item,
  mustReadAgain,
  releaseOf,
  type Rules,
  standingOf,
  withoutClearing,
} from './allowance.ts';
import { type CounterName, countOf } from './failure-count.ts';
import { RELEASE_MS, type Table } from './table.ts';
import type { WaitingLine } from './waiting-line.ts';

/** What the gate of a process is made of. */
export type Gate = {
  readonly counter: CounterName;
  readonly rules: Rules;
  /** Undefined: the directory's own counter decides alone. */
  readonly table: Table | undefined;
  /** Of this process; as many places as `rules.limit`. */
  readonly line: WaitingLine;
  /** `uniform`: every name makes the same calls to the table, whatever it leads to. */
  readonly disclosure: 'distinct' | 'uniform';
  readonly clock: Clock;
  /** Ends after so many milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
};

/** The entry that the search brought, and a way to read it once more at base scope, on the open connection. */
export type GatedUser = {
  readonly entry: SearchEntry;
  readonly readAgain: (
    slice: Deadline,
  ) => Promise<{ readonly ok: true; readonly entry: SearchEntry } | { readonly ok: false; readonly failure: Failure }>;
};

/** One attempt at a row of the table, and the time for it. */
export type Attempt = Gate & {
  readonly table: Table;
  readonly key: string;
  readonly user: GatedUser;
  /** As the directory counted when the entry was searched. */
  readonly failures: number;
  readonly slice: Deadline;
};

export type Taken =
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
  /** The directory could not be asked for its count once more. */
  | { readonly kind: 'failed'; readonly failure: Failure };

/** One try: as `Taken`, or to be repeated. */
type Tried = Taken | { readonly kind: 'again'; readonly failures: number; readonly next: 'reserve' | 'wait' };

/** While others are under way. They end within tens of milliseconds; an attempt that waits long asks less often. */
const SHORTEST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 120;

/**
 * Reserves one bind, and waits for those under way where only they are in the way, as long as the slice lasts. Once the table has
 * answered, a later call without an answer is `crowded`, never `unavailable`: otherwise a burst could open the gate by its own
 * weight.
 */
export async function take(attempt: Attempt): Promise<Taken> {
  const { rules, clock, slice, pause } = attempt;
  let pauseMs = SHORTEST_PAUSE_MS;
  let tried = await reserve(attempt, attempt.failures);
  while (tried.kind === 'again') {
    const { failures, next } = tried;
    if (next === 'wait') {
      const ms = pauseMs * (1 + Math.random()); // not all at the same moment
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.5);
      if (slice.leftMs <= ms) return { kind: 'crowded' };
      await pause(ms);
    }
    if (slice.expired) return { kind: 'crowded' };
    tried = next === 'wait' ? await look(attempt, boundsOf(rules, clock(), failures), failures) : await reserve(attempt, failures);
    if (tried.kind === 'unavailable') return { kind: 'crowded' };
  }
  return tried;
}

async function reserve(attempt: Attempt, failures: number): Promise<Tried> {
  const { table, key, slice, rules, clock } = attempt;
  const bounds = boundsOf(rules, clock(), failures);
  const asked = await table.reserve(key, bounds, slice);
  if (asked.kind === 'throttled') return { kind: 'crowded' };
  if (asked.kind === 'unavailable') return asked;
  return asked.value === undefined ? await look(attempt, bounds, failures) : await admit(attempt, asked.value, failures);
}

/** What the row says to a reservation that was refused, or waits. */
async function look(attempt: Attempt, bounds: Bounds, failures: number): Promise<Tried> {
  const { table, key, slice } = attempt;
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
      return replaced.value === 'written' ? await admit(attempt, standing.next, failures) : { kind: 'again', failures, next: 'reserve' };
    }
  }
}

/** With the bind reserved: whether it may be sent, beside what the directory has counted. */
async function admit(attempt: Attempt, mine: Item, failures: number): Promise<Tried> {
  const { counter, rules, clock, slice, user } = attempt;
  if (!mustReadAgain(mine, failures)) {
    if (isAdmitted(mine, failures, rules)) return { kind: 'taken', mine };
    await release(attempt, mine, 'not sent');
    return { kind: 'again', failures, next: 'wait' };
  }
  const read = await user.readAgain(slice);
  if (!read.ok) {
    await release(attempt, mine, 'not sent');
    return { kind: 'failed', failure: read.failure };
  }
  const nowMs = clock();
  const now = firstLook(countOf(counter, read.entry, { nowMs, windowSeconds: rules.windowSeconds }), rules, nowMs);
  if (now.kind === 'go on' && isAdmitted(mine, now.failures, rules)) return { kind: 'taken', mine };
  await release(attempt, mine, 'not sent');
  return now.kind === 'go on' ? { kind: 'again', failures: now.failures, next: 'wait' } : { ...now, by: 'directory' };
}

/** Gives a reservation back, by how its bind ended. Whether it was written, or need not be any more. */
export async function release({ table, key, rules, clock }: Attempt, mine: Item, end: BindEnd): Promise<boolean> {
  const deadline = Deadline.in(RELEASE_MS);
  const change = releaseOf(end, mine, rules, clock());
  const first = await table.release(key, { run: mine.run, change }, deadline);
  if (first.kind !== 'answered') return false;
  if (first.value === 'written' || change.clearsSince === undefined) return true;
  const second = await table.release(key, { run: mine.run, change: withoutClearing(change) }, deadline);
  return second.kind === 'answered';
}
