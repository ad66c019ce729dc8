import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';

import { Deadline } from '../../src/core/deadline.ts';
import { uniformly } from '../../src/core/disclosure.ts';
import type { Outcome } from '../../src/core/outcome.ts';
import { Trace } from '../../src/core/trace.ts';

const FLOOR_MS = 500;
const CONCEALED: Outcome = { kind: 'invalid', reason: 'invalid-credentials' };

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.runAllTimers();
  jest.useRealTimers();
});

type Told = { readonly outcome: Outcome; readonly afterMs: number; readonly trace: Trace };

/** What is told of an outcome that came after so many milliseconds, and when. */
async function tell(outcome: Outcome, tookMs: number, deadlineMs = 8000): Promise<Told> {
  const trace = new Trace();
  const startedAt = performance.now();
  const slowly = (): Promise<Outcome> =>
    new Promise((resolve) => {
      setTimeout(() => {
        resolve(outcome);
      }, tookMs);
    });
  const told = uniformly(FLOOR_MS, Deadline.in(deadlineMs), trace, slowly).then((said) => ({
    outcome: said,
    afterMs: performance.now() - startedAt,
    trace,
  }));
  await jest.runAllTimersAsync();
  return told;
}

const REFUSALS: readonly Outcome[] = [
  { kind: 'invalid', reason: 'user-not-found' },
  { kind: 'invalid', reason: 'wrong-password' },
  { kind: 'invalid', reason: 'account-locked' },
  { kind: 'invalid', reason: 'account-disabled' },
  { kind: 'invalid', reason: 'account-expired' },
  { kind: 'invalid', reason: 'password-expired' },
  { kind: 'invalid', reason: 'password-must-change' },
  { kind: 'invalid', reason: 'logon-not-permitted' },
  { kind: 'invalid', reason: 'not-in-required-group' },
  { kind: 'indeterminate', reason: 'ambiguous-user', attempted: false },
  { kind: 'indeterminate', reason: 'directory-protocol-error', attempted: false, ofOneEntry: true },
];

describe('under uniform disclosure', () => {
  test.each(REFUSALS)('$reason is told as all the others, not before the floor', async (refusal) => {
    const { outcome, afterMs, trace } = await tell(refusal, 3);
    expect(outcome).toEqual(CONCEALED);
    expect(afterMs >= FLOOR_MS && afterMs <= FLOOR_MS * 1.1 + 1).toBe(true);
    expect([trace.concealed, trace.slowerThanFloor]).toEqual(['reason' in refusal && refusal.reason, false]);
  });

  test('a refusal that took longer than the floor is told at once, and noted', async () => {
    const { outcome, afterMs, trace } = await tell({ kind: 'invalid', reason: 'wrong-password' }, 700);
    expect([outcome, afterMs <= 702, trace.slowerThanFloor]).toEqual([CONCEALED, true, true]);
  });

  test('a refusal is never held back beyond the deadline', async () => {
    const { outcome, afterMs } = await tell({ kind: 'invalid', reason: 'wrong-password' }, 10, 100);
    expect([outcome, afterMs <= 101]).toEqual([CONCEALED, true]);
  });

  test.each<[string, Outcome]>([
    ['a valid answer', { kind: 'valid', identity: { username: 'alice' } }],
    ['a fault', { kind: 'indeterminate', reason: 'directory-unreachable', attempted: false }],
    ['a fault after the user’s bind', { kind: 'indeterminate', reason: 'directory-timeout', attempted: true }],
    ['a malformed request', { kind: 'malformed', reason: 'malformed-request', problems: [] }],
  ])('%s is told as it is, at once', async (_case, given) => {
    const { outcome, afterMs, trace } = await tell(given, 20);
    expect([outcome, afterMs, trace.concealed]).toEqual([given, 20, undefined]);
  });
});
