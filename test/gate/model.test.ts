import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { DIRECTORY_KINDS } from '../../src/config/directory-kinds.ts';
import { type Rules, whatSuccessClears } from '../../src/gate/allowance.ts';
import { type Account, activeDirectory, ds389, openldap } from './account-model.ts';
import { type Attempt, type Phase, runStory, type Story } from './run-model.ts';

const LIMIT = 4;
const WINDOW_SECONDS = 60;
const WINDOW_MS = WINDOW_SECONDS * 1000;
const POLICY = { threshold: LIMIT + 1, windowMs: WINDOW_MS - 1000 };
const RUNS = 1000;
const MINUTES = 600_000;

type Row = readonly [name: string, make: () => Account, windowSeconds: number];

const DIRECTORIES: readonly Row[] = [
  ['Active Directory', () => activeDirectory(POLICY, 1), WINDOW_SECONDS],
  ['Active Directory with two controllers, the first of which locks by the sum', () => activeDirectory(POLICY, 2), WINDOW_SECONDS],
  ['OpenLDAP', () => openldap(POLICY), WINDOW_SECONDS],
  ['OpenLDAP, where failures never age', () => openldap({ ...POLICY, windowMs: 0 }), 0],
  ['389DS', () => ds389(POLICY), WINDOW_SECONDS],
];

function rulesFor(account: Account, windowSeconds: number): Rules {
  return {
    limit: LIMIT,
    windowSeconds,
    success: whatSuccessClears(DIRECTORY_KINDS[account.kind], account.servers),
  };
}

const attempt: fc.Arbitrary<Attempt> = fc.record({
  password: fc.constantFrom('right', 'wrong', 'wrong'),
  fate: fc.oneof(
    { weight: 30, arbitrary: fc.constant('answered' as const) },
    { weight: 1, arbitrary: fc.constantFrom('sent and lost', 'not sent', 'state', 'dies before the bind', 'dies after the bind') },
  ),
  server: fc.constantFrom(0, 1),
});

const phase: fc.Arbitrary<Phase> = fc.record({
  pause: fc.constantFrom(0, 0.001, 0.3, 0.6, 0.95, 1.1),
  elsewhere: fc.constantFrom(0, 0, 1, 2, 4),
  attempts: fc.array(attempt, { minLength: 1, maxLength: 12 }),
});

const story: fc.Arbitrary<Story> = fc.record({
  phases: fc.array(phase, { minLength: 1, maxLength: 6 }),
  order: fc.array(fc.nat(11), { minLength: 1, maxLength: 60 }),
});

/** Somebody who knows the password, after a quiet window. */
const LATER: Phase = { pause: 1.1, elsewhere: 0, attempts: [{ password: 'right', fate: 'answered', server: 0 }] };

/** Whether some story out of many locks the account. */
async function somethingLocks(make: () => Account, rules: Rules | undefined): Promise<boolean> {
  for (const told of fc.sample(story, { numRuns: 300, seed: 1 })) {
    const account = make();
    await runStory(account, rules, told, WINDOW_MS);
    if (account.isLocked()) return true;
  }
  return false;
}

describe.each(DIRECTORIES)('%s', (_name, make, windowSeconds) => {
  test('control: without the gate these stories lock the account', async () => {
    expect(await somethingLocks(make, undefined)).toBe(true);
  });

  test(
    'never locked, whatever comes at the same moment; n >= p >= 0; after the window everybody can try',
    async () => {
      let passed = 0;
      let throttled = 0;
      await fc.assert(
        fc.asyncProperty(story, async (told) => {
          const account = make();
          const phases = [...told.phases, LATER];
          const ran = await runStory(account, rulesFor(account, windowSeconds), { ...told, phases }, WINDOW_MS);
          passed += ran.passed;
          throttled += ran.throttled;
          expect({ locked: account.isLocked(), brokenRows: ran.brokenRows }).toEqual({ locked: false, brokenRows: [] });
          if (windowSeconds > 0) expect(ran.passedAtLast).toBe(1);
        }),
        { numRuns: RUNS },
      );
      expect(passed > RUNS && throttled > RUNS).toBe(true);
    },
    MINUTES,
  );
});

test('control: a success that clears, with two controllers, locks', async () => {
  const rules: Rules = { limit: LIMIT, windowSeconds: WINDOW_SECONDS, success: 'clears' };
  expect(await somethingLocks(() => activeDirectory(POLICY, 2), rules)).toBe(true);
});

test('a wrong password just inside the window, again and again: never locked', async () => {
  for (const [, make, windowSeconds] of DIRECTORIES) {
    const account = make();
    const drip: Phase = { pause: 0.95, elsewhere: 0, attempts: [{ password: 'wrong', fate: 'answered', server: 0 }] };
    await runStory(account, rulesFor(account, windowSeconds), { phases: Array.from({ length: 20 }, () => drip), order: [0] }, WINDOW_MS);
    expect(account.isLocked()).toBe(false);
  }
});

test('control: a limit at the threshold locks by the same drip', async () => {
  const account = activeDirectory(POLICY, 1);
  const drip: Phase = { pause: 0.95, elsewhere: 0, attempts: [{ password: 'wrong', fate: 'answered', server: 0 }] };
  const rules: Rules = { limit: LIMIT + 1, windowSeconds: WINDOW_SECONDS, success: 'clears' };
  await runStory(account, rules, { phases: Array.from({ length: 20 }, () => drip), order: [0] }, WINDOW_MS);
  expect(account.isLocked()).toBe(true);
});
