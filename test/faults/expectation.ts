import type { Answer } from '../support/ask.ts';
import type { Row } from './rows/row.ts';
import { LIMITS, type Password } from './run-row.ts';

/** What the contract says of a row, derived from the row alone: nothing here is taken from src. */
export type Told = {
  readonly status: number;
  readonly reason: string;
  readonly http: number;
  readonly attempted: boolean;
  readonly retryAfter: boolean;
};

const PASSING: ReadonlySet<string> = new Set(['directory-unreachable', 'directory-busy', 'directory-timeout']);

export const expectedOf = (row: Row, password: Password): Told => {
  if (row.answer === 'the true answer') return row.step === 'proof' ? TRUTH.nobody : TRUTH[password];
  const attempted = row.step === 'user bind';
  return {
    status: 5,
    reason: row.answer,
    http: row.answer === 'directory-timeout' ? 504 : 503,
    attempted,
    retryAfter: PASSING.has(row.answer) && !attempted,
  };
};

const NOTHING = { attempted: false, retryAfter: false } as const;

export const TRUTH = {
  right: { status: 0, reason: 'authenticated', http: 200, ...NOTHING },
  wrong: { status: 2, reason: 'wrong-password', http: 401, ...NOTHING },
  nobody: { status: 1, reason: 'user-not-found', http: 401, ...NOTHING },
} as const satisfies Record<Password | 'nobody', Told>;

export const toldBy = ({ body, http, headers }: Answer): Told => ({
  status: Number(body['status']),
  reason: String(body['reason']),
  http,
  attempted: body['attempted'] === true,
  retryAfter: 'retry-after' in headers,
});

export type TimeClass = 'at once' | 'connect time-out' | 'slice' | 'deadline';

/** Which limit bounds a step that says nothing. */
export const timeClassOf = (row: Row, over: string): TimeClass => {
  if (row.pace === 'at once') return 'at once';
  if (row.step === 'user bind') return 'deadline';
  const isConnecting = ['connect', 'tls handshake', 'starttls', 'handshake after starttls'].includes(row.step);
  const isConnected = row.step === 'connect' && over === 'ldap' && row.cause.kind !== 'deaf'; // plain TCP asks for nothing more
  return isConnecting && !isConnected ? 'connect time-out' : 'slice';
};

/** The limit of this class, and what an answer may take: generous, for a machine under load. */
export type Bounds = { readonly limitMs: number; readonly leastMs: number; readonly mostMs: number };

const TIMER_SLACK_MS = 5;
const LOADED_MACHINE_MS = 1500;

export const boundsOf = (timeClass: TimeClass): Bounds => {
  const { deadlineMs, connectMs } = LIMITS.waits;
  if (timeClass === 'at once') return { limitMs: 0, leastMs: 0, mostMs: LIMITS['at once'].connectMs };
  const limitMs = { 'connect time-out': connectMs, slice: (deadlineMs * 2) / 3, deadline: deadlineMs }[timeClass];
  return { limitMs, leastMs: limitMs - TIMER_SLACK_MS, mostMs: deadlineMs + LOADED_MACHINE_MS };
};
