import { Deadline } from '../core/deadline.ts';
import type { GateReport } from '../core/trace.ts';
import type { Failure } from '../ldap/failure.ts';
import { type BindEnd, firstLook, type Item, releaseOf } from './allowance.ts';
import { countOf, tellsLock } from './failure-count.ts';
import { foldName, keyBeside, keyOfEntry, keyOfName } from './key.ts';
import { RELEASE_MS } from './table.ts';
import { type Attempt, type Gate, type GatedUser, release, take, type Taken } from './take.ts';

/** Whose bind it is: of an entry that was found, or under a typed name, which reads no entry before its bind. */
export type Guarded = GatedUser | { readonly typed: string };

/** Sends the bind, and tells how it ended. */
export type Use<T> = () => Promise<{ readonly end: BindEnd; readonly value: T }>;

export type Passed<T> =
  | { readonly kind: 'passed'; readonly value: T; readonly report: GateReport }
  /** The bind was not sent. `retryAfterSeconds` is absent where failures never age. */
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number | undefined; readonly report: GateReport }
  /** The directory failed while its count was read again; the bind was not sent. */
  | { readonly kind: 'failed'; readonly failure: Failure }
  /** Too little is left for the gate and a bind. The bind was not sent: without this a slow directory would open the gate. */
  | { readonly kind: 'no time' };

const KEPT_FOR_BIND_MS = 1000;
const LEAST_MS = 250;
const SOON_SECONDS = 1;

/** A quarter of what is left, and never the last second (of a very short deadline: its last quarter). Undefined: too little. */
export function sliceForGate(deadline: Deadline): Deadline | undefined {
  const kept = Math.min(KEPT_FOR_BIND_MS, deadline.lengthMs / 4);
  const ms = Math.min(deadline.leftMs / 4, deadline.leftMs - kept);
  return ms < Math.min(LEAST_MS, deadline.lengthMs / 16) ? undefined : deadline.slice(ms);
}

/**
 * Sends the bind by `use`, if one more failure of this entry could not lock its account. What was reserved for it is released
 * whatever becomes of it, once, by how it ended. A release that fails counts as a failure of the user's until the window is over;
 * the answer does not change. Rejects only if `use` does.
 */
export async function withPass<T>(gate: Gate, guarded: Guarded, deadline: Deadline, use: Use<T>): Promise<Passed<T>> {
  const user = 'typed' in guarded ? userOfTypedName(guarded.typed) : guarded;
  const { counter, rules, clock, table } = gate;
  const nowMs = clock();
  const key = keyOfEntry(user.entry.dn);
  const look = firstLook(countOf(counter, user.entry, { nowMs, windowSeconds: rules.windowSeconds }), rules, nowMs);
  const report = { limit: rules.limit, count: look.failures, table: 'none' } as const;
  const slice = sliceForGate(deadline);
  if (table !== undefined && slice === undefined) return { kind: 'no time' };
  const passed = await decide();
  // A locked account's binds are not counted: the user is told the lock.
  if (passed.kind !== 'throttled' || !tellsLock(counter, user.entry, nowMs)) return passed;
  return { kind: 'passed', value: (await use()).value, report: { ...report, table: passed.report.table } };

  async function decide(): Promise<Passed<T>> {
    if (look.kind === 'exhausted') {
      await standIn(gate, keyBeside(key), deadline);
      return { kind: 'throttled', retryAfterSeconds: look.retryAfterSeconds, report: { ...report, by: 'directory' } };
    }
    if (table === undefined || slice === undefined) return { kind: 'passed', value: (await use()).value, report };
    return await inLine({ ...gate, table, key, user, failures: look.failures, slice }, use);
  }
}

/** Waits for its turn in this process, reserves, binds and releases. */
async function inLine<T>(attempt: Attempt, use: Use<T>): Promise<Passed<T>> {
  const leave = await attempt.line.enter(attempt.key, attempt.slice);
  if (leave === undefined) return await bindWith(attempt, { kind: 'crowded' }, use);
  try {
    return await bindWith(attempt, await take(attempt), use);
  } finally {
    leave();
  }
}

async function bindWith<T>(attempt: Attempt, taken: Taken, use: Use<T>): Promise<Passed<T>> {
  const report = { limit: attempt.rules.limit, count: attempt.failures, table: 'answered' } as const;
  switch (taken.kind) {
    case 'failed':
      return taken;
    case 'exhausted': {
      await writeBeside(attempt);
      const told = { ...report, count: Math.max(report.count, taken.failures), by: taken.by };
      return { kind: 'throttled', retryAfterSeconds: taken.retryAfterSeconds, report: told };
    }
    case 'crowded':
      await writeBeside(attempt);
      return { kind: 'throttled', retryAfterSeconds: SOON_SECONDS, report: { ...report, by: 'under way' } };
    case 'unavailable': {
      const { value } = await use();
      return { kind: 'passed', value, report: { ...report, table: 'unavailable', detail: taken.detail } };
    }
    case 'taken': {
      const { value, isLost } = await bindAndRelease(attempt, taken.mine, use);
      const count = Math.max(report.count, taken.mine.counted - taken.mine.underWay);
      return { kind: 'passed', value, report: { ...report, count, ...(isLost ? { detail: 'release lost' } : {}) } };
    }
  }
}

async function bindAndRelease<T>(attempt: Attempt, mine: Item, use: Use<T>): Promise<{ readonly value: T; readonly isLost: boolean }> {
  const used = await use().catch(async (error: unknown) => {
    await release(attempt, mine, 'unknown'); // a bug is no reason to forget that the bind may have been sent
    throw error;
  });
  return { value: used.value, isLost: !(await release(attempt, mine, used.end)) };
}

/** Under `uniform` a refusal is followed by a write, as a bind is by its release. Its row does not exist: it changes nothing. */
async function writeBeside({ disclosure, rules, clock, key, table }: Attempt): Promise<void> {
  if (disclosure !== 'uniform') return;
  const nobody: Item = { counted: 1, underWay: 1, reservedAt: 0, failedAt: 0, clearings: 0, run: 0 };
  const change = releaseOf('refused', nobody, rules, clock());
  await table.release(keyBeside(key), { run: 0, change }, Deadline.in(RELEASE_MS));
}

/**
 * Under `uniform`: the calls of a login whose bind is refused, for a name that leads to no entry, or to several. `no time` is to be
 * answered like the same of `withPass`. Otherwise nothing is called.
 */
export async function standInForName(gate: Gate, typed: string, deadline: Deadline): Promise<'done' | 'no time'> {
  return await standIn(gate, keyOfName(typed), deadline);
}

async function standIn(gate: Gate, key: string, deadline: Deadline): Promise<'done' | 'no time'> {
  const { table, disclosure } = gate;
  if (table === undefined || disclosure !== 'uniform') return 'done';
  const slice = sliceForGate(deadline);
  if (slice === undefined) return 'no time';
  const bindNobody = (): ReturnType<Use<undefined>> => Promise.resolve({ end: 'refused', value: undefined });
  await inLine({ ...gate, table, key, user: userOfTypedName(''), failures: 0, slice }, bindNobody);
  return 'done';
}

/**
 * For a direct bind, which reads no entry before it: the table decides alone, by the typed name, folded. (The name that is bound hides a
 * blank behind an escape, and a row of its own with it.) An alias of the same account (a principal name and an account name) has a row
 * of its own, and so the limit once more.
 */
function userOfTypedName(typed: string): GatedUser {
  const entry = { dn: foldName(typed), attributes: [] };
  return { entry, readAgain: () => Promise.resolve({ ok: true, entry }) };
}
