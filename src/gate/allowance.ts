import type { DirectoryTraits } from '../config/directory-kinds.ts';
import type { DirectoryCount } from './failure-count.ts';

/**
 * Whether one more bind may be sent as an entry, and what is written when it has ended. Pure. Failures are counted as a run that
 * ends with a success or with a quiet window: the strictest way in which a directory counts, so it is safe below all of them.
 * A bind that is under way counts like a failure until it has ended, so that attempts at the same moment see each other.
 */

/** What one row of the table holds of an entry. All times are whole seconds since 1970. */
export type Item = {
  /** Binds that failed in this run, and those under way. */
  readonly counted: number;
  /** Of these: binds that have not ended yet, as far as the table knows. Never more than `counted`. */
  readonly underWay: number;
  /** When a bind was last reserved. */
  readonly reservedAt: number;
  /** When a failure was last written; 0 before the first one. */
  readonly failedAt: number;
  /** How often a success has taken away failures that were older than itself. */
  readonly clearings: number;
  /** When this run began. A release is for the run in which its bind was reserved, and for no later one. */
  readonly run: number;
};

export type Rules = {
  /** AUTH_GATE_FAILURES. */
  readonly limit: number;
  /** AUTH_GATE_WINDOW_SECONDS; 0: failures never age. */
  readonly windowSeconds: number;
  /** See `whatSuccessClears`. */
  readonly success: 'clears' | 'clears nothing';
};

/** What a success says of older failures: where the sum of several servers locks, nothing; then only a quiet window clears it. */
export function whatSuccessClears({ locksBySum }: Pick<DirectoryTraits, 'locksBySum'>, servers: number): Rules['success'] {
  return locksBySum && servers > 1 ? 'clears nothing' : 'clears';
}

/** A bind of ours has ended long before: its deadline is below the gateway's 29 s. What is still under way has died. */
export const LONGEST_BIND_SECONDS = 30;

/** What a reservation depends on besides the row. */
export type Bounds = {
  readonly now: number;
  /** A failure at this moment or before it is forgotten. Negative: none ever is. */
  readonly quietSince: number;
  /** A bind reserved before this moment is not under way any more, whatever the row says. */
  readonly deadBefore: number;
  readonly limit: number;
  /** How many may be under way at once: the limit, less what the directory has counted. */
  readonly room: number;
  /** When DynamoDB may delete the row. No rule depends on it. */
  readonly expiresAt: number;
};

const HOUR = 3600;
const NEVER = -1;
const CENTURY = 100 * 365 * 24 * HOUR; // failures that never age must not be deleted either

/** `failures`: the directory's own count; 0 if it says nothing. */
export function boundsOf({ limit, windowSeconds }: Rules, nowMs: number, failures: number): Bounds {
  const now = Math.floor(nowMs / 1000);
  return {
    now,
    quietSince: windowSeconds === 0 ? NEVER : now - windowSeconds,
    deadBefore: now - LONGEST_BIND_SECONDS,
    limit,
    room: limit - failures,
    expiresAt: now + (windowSeconds === 0 ? CENTURY : windowSeconds + HOUR),
  };
}

/** Whether one more bind may be counted as it is. The table decides by this very rule, in its own words (see aws.ts). */
export function isOpen(item: Item | undefined, bounds: Bounds): boolean {
  if (item === undefined || item.counted === 0) return true;
  const isCurrent = item.underWay === 0 ? item.failedAt > bounds.quietSince : item.reservedAt >= bounds.deadBefore;
  return isCurrent && item.counted < bounds.limit && item.underWay < bounds.room;
}

/** What a reservation that the table refused comes to, now that the row was read. */
export type Standing =
  /** It has changed meanwhile: try again at once. */
  | { readonly kind: 'open' }
  /** A bind may be reserved by writing this in place of what was read. */
  | { readonly kind: 'to replace'; readonly seen: Item; readonly next: Item }
  | { readonly kind: 'exhausted'; readonly retryAfterSeconds: number | undefined }
  /** Only binds under way are in the way: they end soon. */
  | { readonly kind: 'crowded' };

export function standingOf(item: Item | undefined, bounds: Bounds): Standing {
  if (item === undefined || isOpen(item, bounds)) return { kind: 'open' };
  if (item.underWay === 0) return item.failedAt <= bounds.quietSince ? anew(item, bounds) : exhausted(item.failedAt, bounds);
  if (item.reservedAt >= bounds.deadBefore)
    return item.counted - item.underWay >= bounds.limit ? exhausted(item.failedAt, bounds) : { kind: 'crowded' };
  // The process that reserved last has died, or its release was lost: it may have sent a wrong password, so it failed.
  const failedAt = Math.max(item.failedAt, item.reservedAt + 1); // a whole second: it may have been the end of that one
  if (failedAt <= bounds.quietSince) return anew(item, bounds);
  if (item.counted >= bounds.limit) return exhausted(failedAt, bounds);
  return { kind: 'to replace', seen: item, next: { ...anew(item, bounds).next, counted: item.counted + 1, failedAt } };
}

/** A run begins with this bind. Its number is new, so that a release that comes late does not touch it. */
function anew(seen: Item, { now }: Bounds): Extract<Standing, { readonly kind: 'to replace' }> {
  const next = { counted: 1, underWay: 1, reservedAt: now, failedAt: 0, clearings: seen.clearings + 1, run: Math.max(now, seen.run + 1) };
  return { kind: 'to replace', seen, next };
}

function exhausted(failedAt: number, { now, quietSince }: Bounds): Standing {
  if (quietSince === NEVER) return { kind: 'exhausted', retryAfterSeconds: undefined };
  return { kind: 'exhausted', retryAfterSeconds: Math.min(failedAt, now) - quietSince };
}

/**
 * Whether the reserved bind may be sent, with what the directory counted at `failures`. Both counts may hold the same failure, or
 * not: so where both have something to say, the directory is to be read once more, after the reservation.
 */
export function isAdmitted(item: Item, failures: number, { limit }: Rules): boolean {
  return failures === 0 ? item.counted <= limit : failures + item.underWay <= limit;
}

/** Whether the directory's count has to be read again before `isAdmitted` can be believed. */
export function mustReadAgain(item: Item, failures: number): boolean {
  return failures > 0 && item.counted > item.underWay;
}

/** How the user's bind ended, as far as the gate is concerned. */
export type BindEnd =
  | 'accepted'
  /** The password was refused. */
  | 'refused'
  /** The directory spoke of the account's state, and counted nothing. */
  | 'state'
  /** It was sent, and what became of it is unknown. */
  | 'unknown'
  | 'not sent';

/** What a release changes in the row, if its run is still the same. */
export type Change = {
  /** Taken from `counted`. `underWay` always loses one. */
  readonly uncount: number;
  /** The time of a failure to write down. */
  readonly failedAt: number | undefined;
  /** A clearing: only if nobody else has cleared since; the plain change is made otherwise. */
  readonly clearsSince: number | undefined;
};

const GIVEN_BACK: Change = { uncount: 1, failedAt: undefined, clearsSince: undefined };

/**
 * `mine`: the row as it was right after the reservation. A success takes away exactly the failures that were over before it began,
 * which the directory has forgotten too. "All" would take away those that landed just after it.
 */
export function releaseOf(end: BindEnd, mine: Item, { success }: Rules, nowMs: number): Change {
  switch (end) {
    case 'not sent':
    case 'state':
      return GIVEN_BACK;
    case 'refused':
    case 'unknown':
      return { uncount: 0, failedAt: Math.ceil(nowMs / 1000), clearsSince: undefined }; // up: the window is never shorter than it is
    case 'accepted': {
      const older = mine.counted - mine.underWay;
      return older === 0 || success === 'clears nothing'
        ? GIVEN_BACK
        : { uncount: 1 + older, failedAt: undefined, clearsSince: mine.clearings };
    }
  }
}

/** The same release where somebody else has cleared meanwhile. */
export function withoutClearing(change: Change): Change {
  return change.clearsSince === undefined ? change : GIVEN_BACK;
}

/** What the directory's own counter decides, without a table. */
export type FirstLook =
  | { readonly kind: 'go on'; readonly failures: number }
  | { readonly kind: 'exhausted'; readonly failures: number; readonly retryAfterSeconds: number | undefined };

export function firstLook(count: DirectoryCount, { limit, windowSeconds }: Rules, nowMs: number): FirstLook {
  if (count.kind === 'silent') return { kind: 'go on', failures: 0 };
  const { failures, endsAtMs } = count;
  if (failures < limit) return { kind: 'go on', failures };
  const isTold = endsAtMs !== undefined && windowSeconds > 0;
  return { kind: 'exhausted', failures, retryAfterSeconds: isTold ? Math.max(1, Math.ceil((endsAtMs - nowMs) / 1000)) : undefined };
}
