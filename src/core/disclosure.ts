import { type Deadline, pause } from './deadline.ts';
import type { Outcome } from './outcome.ts';
import type { Trace } from './trace.ts';

/** Random time on top of the floor, as a share of it: it blurs what a timer's own precision would tell. */
const JITTER = 0.1;

/** A timer may fire a fraction of a millisecond too soon. */
const EARLY_MS = 1;

/** The longest that a refusal may be held back for a floor, in milliseconds: it must fit into the deadline. */
export function longestFloorMs(floorMs: number): number {
  return Math.ceil(floorMs * (1 + JITTER)) + EARLY_MS;
}

/**
 * AUTH_DISCLOSURE=uniform: unknown name, wrong password, unusable account, ambiguous name, alias and a user whom the gate stops
 * become one answer, given no sooner than the floor and some random time, and never past the deadline. Valid answers and faults pass at once. The
 * trace keeps what was concealed, and whether a refusal took longer than the floor can hide.
 */
export async function uniformly(floorMs: number, deadline: Deadline, trace: Trace, ask: () => Promise<Outcome>): Promise<Outcome> {
  const startedAt = performance.now();
  const notBeforeMs = floorMs * (1 + Math.random() * JITTER);
  const outcome = await ask();
  if (!isConcealed(outcome)) return outcome;
  trace.concealed = outcome.reason;
  const tookMs = performance.now() - startedAt;
  trace.slowerThanFloor = tookMs > floorMs;
  await pause(Math.max(0, Math.min(notBeforeMs - tookMs + EARLY_MS, deadline.leftMs)));
  return { kind: 'invalid', reason: 'invalid-credentials' };
}

type Concealed = Extract<Outcome, { readonly kind: 'invalid' | 'indeterminate' | 'throttled' }>;

function isConcealed(outcome: Outcome): outcome is Concealed {
  return (
    outcome.kind === 'invalid' ||
    outcome.kind === 'throttled' ||
    (outcome.kind === 'indeterminate' && (outcome.reason === 'ambiguous-user' || outcome.ofOneEntry === true))
  );
}
