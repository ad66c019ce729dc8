import type { Answer } from '../support/ask.ts';
import { deaf, type Row } from './rows/row.ts';

export type Password = 'right' | 'wrong';

/** What the contract says of a row, derived from the row alone: nothing here is taken from src. */
export type Told = {
  readonly status: number;
  readonly reason: string;
  readonly http: number;
  readonly attempted: boolean;
  readonly retryAfter: boolean;
};

const PASSING: ReadonlySet<string> = new Set(['directory-unreachable', 'directory-busy', 'directory-timeout']);

export function expectedOf(row: Row, password: Password): Told {
  if (row.answer === 'the true answer') return row.step === 'proof' ? TRUTH.nobody : TRUTH[password];
  const attempted = row.step === 'user bind';
  const retryAfter = PASSING.has(row.answer) && !attempted;
  return { status: 5, reason: row.answer, http: row.answer === 'directory-timeout' ? 504 : 503, attempted, retryAfter };
}

const NOTHING = { attempted: false, retryAfter: false } as const;

export const TRUTH = {
  right: { status: 0, reason: 'authenticated', http: 200, ...NOTHING },
  wrong: { status: 2, reason: 'wrong-password', http: 401, ...NOTHING },
  nobody: { status: 1, reason: 'user-not-found', http: 401, ...NOTHING },
} as const satisfies Record<Password | 'nobody', Told>;

export function toldBy({ body, http, headers }: Answer): Told {
  const [status, reason] = [Number(body['status']), String(body['reason'])];
  return { status, reason, http, attempted: body['attempted'] === true, retryAfter: 'retry-after' in headers };
}

export type TimeClass = 'at once' | 'connect time-out' | 'slice' | 'deadline';

/**
 * Limits of the service. The one that a row waits for is short, and long enough for a busy machine to get to that step; any other
 * one is so long that it cannot be taken for it.
 */
export const LIMITS: Readonly<Record<TimeClass, { readonly deadlineMs: number; readonly connectMs: number }>> = {
  'at once': { deadlineMs: 25_000, connectMs: 20_000 },
  'connect time-out': { deadlineMs: 25_000, connectMs: 1500 },
  slice: { deadlineMs: 6000, connectMs: 4000 },
  deadline: { deadlineMs: 6000, connectMs: 4000 },
};

/** Which limit bounds a step that says nothing. */
export function timeClassOf(row: Row, over: string): TimeClass {
  if (row.pace === 'at once') return 'at once';
  if (row.step === 'user bind') return 'deadline';
  const isConnecting = ['connect', 'tls handshake', 'starttls', 'handshake after starttls'].includes(row.step);
  const isConnected = row.step === 'connect' && over === 'ldap' && row.serve !== deaf; // plain TCP asks for nothing more
  return isConnecting && !isConnected ? 'connect time-out' : 'slice';
}

/** The limit of this class, and what an answer may take: never less, and not so much that another limit has passed. */
export type Bounds = { readonly limitMs: number; readonly leastMs: number; readonly mostMs: number };

const TIMER_SLACK_MS = 5;
/** What the service keeps of a long deadline for the user's bind. */
const RESERVE_MS = 2500;
/** Where no longer limit is left: nobody waits for ever. */
const A_HANG_MS = 60_000;

export function boundsOf(timeClass: TimeClass): Bounds {
  const { deadlineMs, connectMs } = LIMITS[timeClass];
  if (timeClass === 'at once') return { limitMs: 0, leastMs: 0, mostMs: connectMs };
  const limitMs = { 'connect time-out': connectMs, slice: (deadlineMs * 2) / 3, deadline: deadlineMs }[timeClass];
  const mostMs = timeClass === 'connect time-out' ? deadlineMs - RESERVE_MS : A_HANG_MS;
  return { limitMs, leastMs: limitMs - TIMER_SLACK_MS, mostMs };
}
