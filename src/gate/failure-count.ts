import type { DirectoryTraits } from '../config/directory-kinds.ts';
import { textsOf } from '../directory/entry.ts';
import { fileTimeMs, generalizedTimeMs } from '../directory/names/times.ts';
import type { SearchEntry } from '../ldap/message.ts';

/**
 * What a directory's own counter says of an entry. `silent`: the counter is not there (nobody has failed, or the service
 * account may not read it; the two look alike) or cannot be understood. An error instead would show that the entry exists.
 */
export type DirectoryCount =
  | {
      readonly kind: 'told';
      readonly failures: number;
      /** When the count is 0 again if nobody fails until then, in milliseconds since 1970. Undefined: never by itself. */
      readonly endsAtMs: number | undefined;
    }
  | { readonly kind: 'silent'; readonly why: 'absent' | 'malformed' };

/** When an entry is looked at. */
export type Moment = {
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** AUTH_GATE_WINDOW_SECONDS: a failure is forgotten after so long. 0: never. */
  readonly windowSeconds: number;
};

type Counter = {
  readonly count: (entry: SearchEntry, moment: Moment) => DirectoryCount;
  /** Whether the entry says that its account is locked now. A bind is not counted then. */
  readonly isLocked: (entry: SearchEntry, nowMs: number) => boolean;
};

/** What the counters of the directory kinds are called. */
export type CounterName = DirectoryTraits['failureCounter'];

const COUNTERS: Readonly<Record<CounterName, Counter>> = {
  badPwdCount: {
    count: countActiveDirectory,
    isLocked: isLockedActiveDirectory,
  },
  pwdFailureTime: {
    count: countOpenldap,
    isLocked: () => false, // pwdAccountLockedTime does not tell whether the lock has run out: the policy does
  },
  passwordRetryCount: {
    count: count389ds,
    isLocked: isLocked389ds,
  },
};

/** The directory's own count of failures of this entry, as it counts now. Never throws, whatever the values are. */
export function countOf(counter: CounterName, entry: SearchEntry, moment: Moment): DirectoryCount {
  return COUNTERS[counter].count(entry, moment);
}

/** Whether the entry itself says that its account is locked at this moment. OpenLDAP's entries never do. */
export function tellsLock(counter: CounterName, entry: SearchEntry, nowMs: number): boolean {
  return COUNTERS[counter].isLocked(entry, nowMs);
}

const ABSENT: DirectoryCount = { kind: 'silent', why: 'absent' };
const MALFORMED: DirectoryCount = { kind: 'silent', why: 'malformed' };
const NONE: DirectoryCount = { kind: 'told', failures: 0, endsAtMs: undefined };

/**
 * MS-SAMR 3.1.5.14.6: the stored count is begun anew by the first failure that comes more than the domain's window after the
 * one before it, so what is stored may be old. Replicated are neither attribute: this is what the server asked has seen.
 */
function countActiveDirectory(entry: SearchEntry, moment: Moment): DirectoryCount {
  const counted = only(entry, 'badPwdCount', readCount);
  if (counted === 0) return NONE; // nobody has failed: there need not be a time
  const failedAtMs = only(entry, 'badPasswordTime', fileTimeMs);
  if (counted === 'malformed' || failedAtMs === 'malformed') return MALFORMED;
  if (counted === 'absent' || failedAtMs === 'absent') return ABSENT;
  return inOneRun(counted, failedAtMs, moment);
}

/** slapo-ppolicy(5): one value for each failure since the last success, with the server's interval or for good. */
function countOpenldap(entry: SearchEntry, moment: Moment): DirectoryCount {
  const read = textsOf(entry, 'pwdFailureTime').map(generalizedTimeMs);
  const times = read.filter((at) => at !== undefined).toSorted((one, other) => other - one);
  if (times.length < read.length) return MALFORMED;
  const [last] = times;
  if (last === undefined) return ABSENT;
  return inOneRun(lengthOfRun(times, moment.windowSeconds), last, moment);
}

/** How many of these times, the latest first, follow each other without a quiet window between them. */
function lengthOfRun(times: readonly number[], windowSeconds: number): number {
  if (windowSeconds === 0) return times.length;
  const gap = times.findIndex((at, index) => (times[index - 1] ?? at) - at >= windowSeconds * 1000);
  return gap < 0 ? times.length : gap;
}

/** 389DS counts in a window that begins with the first failure, and says itself until when (pw_retry.c). */
function count389ds(entry: SearchEntry, { nowMs }: Moment): DirectoryCount {
  const counted = only(entry, 'passwordRetryCount', readCount);
  if (counted === 0) return NONE;
  const endsAtMs = only(entry, 'retryCountResetTime', generalizedTimeMs);
  if (counted === 'malformed' || endsAtMs === 'malformed') return MALFORMED;
  if (counted === 'absent' || endsAtMs === 'absent') return ABSENT;
  return endsAtMs > nowMs ? { kind: 'told', failures: counted, endsAtMs } : NONE;
}

/** A count that ends with a quiet window after the last failure. A failure in the future (another clock) is a recent one. */
function inOneRun(failures: number, lastMs: number, { nowMs, windowSeconds }: Moment): DirectoryCount {
  if (windowSeconds === 0) return { kind: 'told', failures, endsAtMs: undefined };
  const endsAtMs = lastMs + windowSeconds * 1000;
  return endsAtMs > nowMs ? { kind: 'told', failures, endsAtMs } : NONE;
}

const LOCKED_OUT = 0x10; // UF_LOCKOUT (MS-ADTS 3.1.1.4.5.17)

function isLockedActiveDirectory(entry: SearchEntry): boolean {
  const flags = only(entry, 'msDS-User-Account-Control-Computed', readInteger);
  return typeof flags === 'number' && (flags & LOCKED_OUT) !== 0;
}

/** A lock that ends while the login is under way does not protect the account from it. */
const A_LOGIN_MS = 30_000;

/** A lock without an end (passwordUnlock: off) is written as the year 1970, like one that was lifted: it is not told here. */
function isLocked389ds(entry: SearchEntry, nowMs: number): boolean {
  const until = only(entry, 'accountUnlockTime', generalizedTimeMs);
  return typeof until === 'number' && until > nowMs + A_LOGIN_MS;
}

/** The one value of an attribute; two values of such a counter are as good as none. */
function only(entry: SearchEntry, name: string, read: (text: string) => number | undefined): number | 'absent' | 'malformed' {
  const [value, ...others] = textsOf(entry, name);
  if (value === undefined) return 'absent';
  return others.length > 0 ? 'malformed' : (read(value) ?? 'malformed');
}

function readInteger(text: string): number | undefined {
  return /^-?\d{1,10}$/.test(text) ? Number(text) : undefined;
}

function readCount(text: string): number | undefined {
  const count = readInteger(text);
  return count === undefined || count < 0 ? undefined : count;
}
