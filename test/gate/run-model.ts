import { DIRECTORY_KINDS } from '../../src/config/directory-kinds.ts';
import { Deadline } from '../../src/core/deadline.ts';
import type { BindEnd, Item, Rules } from '../../src/gate/allowance.ts';
import { type Passed, withPass } from '../../src/gate/pass.ts';
import type { Gate } from '../../src/gate/take.ts';
import { WaitingLine } from '../../src/gate/waiting-line.ts';
import type { Account } from './account-model.ts';
import { memoryTable, type MemoryTable } from './memory-table.ts';

/** What happens to one attempt. `dies`: its process, with the release unwritten. */
export type Attempt = {
  readonly password: 'right' | 'wrong';
  readonly fate: 'answered' | 'sent and lost' | 'not sent' | 'state' | 'dies before the bind' | 'dies after the bind';
  readonly server: number;
};

/** Failures elsewhere, then attempts at the same moment. */
export type Phase = { readonly pause: number; readonly elsewhere: number; readonly attempts: readonly Attempt[] };

export type Story = { readonly phases: readonly Phase[]; readonly order: readonly number[] };

export type Ran = {
  readonly passed: number;
  /** Of these, in the last phase. */
  readonly passedAtLast: number;
  readonly throttled: number;
  /** Rows that break n >= p >= 0. */
  readonly brokenRows: readonly Item[];
  readonly table: MemoryTable;
  readonly nowMs: () => number;
};

/** Attempts whose every step waits for its turn, and the turns. */
class Turns {
  readonly #waiting: (() => void)[] = [];
  readonly #order: readonly number[];
  #taken = 0;

  constructor(order: readonly number[]) {
    this.#order = order;
  }

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** Until nobody waits any more. `afterEach` sees every state between two steps. */
  async run(afterEach: () => void): Promise<void> {
    await settle();
    while (this.#waiting.length > 0) {
      const choice = this.#order[this.#taken % this.#order.length] ?? 0;
      this.#taken += 1;
      const [resume] = this.#waiting.splice((choice + this.#taken) % this.#waiting.length, 1);
      resume?.();
      await settle();
      afterEach();
    }
  }
}

/** Everything that is not waiting for a turn has been done. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

class GaveUp extends Error {}

const MOST_PAUSES = 4;
const NEVER = new Promise<never>(() => undefined);

/** The real gate before this account, through the whole story. Without `rules` there is no gate. */
export async function runStory(account: Account, rules: Rules | undefined, story: Story, windowMs: number): Promise<Ran> {
  const turns = new Turns(story.order);
  let nowMs = Date.parse('2026-11-25T00:00:00Z');
  const clock = (): number => nowMs;
  const table = memoryTable(() => turns.next());
  const count = { passed: 0, throttled: 0 };
  const brokenRows: Item[] = [];
  const watch = (): void => {
    nowMs += 1;
    for (const row of table.rows.values()) if (row.counted < row.underWay || row.underWay < 0) brokenRows.push(row);
  };
  let before = 0;
  for (const phase of story.phases) {
    before = count.passed;
    nowMs += phase.pause * windowMs;
    // Elsewhere alone never locks; with more than one server nobody here sees the sum (SECURITY.md).
    for (let failure = 0; failure < phase.elsewhere && account.servers === 1; failure += 1) {
      if (account.failures(nowMs) < (rules?.limit ?? 0)) account.fail(nowMs, 0);
    }
    for (const attempt of phase.attempts) void tryOne({ account, rules, table, turns, clock }, attempt, count);
    await turns.run(watch);
  }
  return { ...count, passedAtLast: count.passed - before, brokenRows, table, nowMs: clock };
}

type World = {
  readonly account: Account;
  readonly rules: Rules | undefined;
  readonly table: MemoryTable;
  readonly turns: Turns;
  readonly clock: () => number;
};

async function tryOne(world: World, attempt: Attempt, count: { passed: number; throttled: number }): Promise<void> {
  const { account, rules, table, turns, clock } = world;
  const server = attempt.server % account.servers;
  await turns.next();
  const entry = account.entry(server);
  const use = (): Promise<{ readonly end: BindEnd; readonly value: undefined }> => bind(world, attempt, server);
  if (rules === undefined) {
    await use();
    return;
  }
  let pauses = 0;
  const pause = async (): Promise<void> => {
    pauses += 1;
    if (pauses > MOST_PAUSES) throw new GaveUp(); // the slice would be over
    await turns.next();
  };
  const gate: Gate = {
    counter: DIRECTORY_KINDS[account.kind].failureCounter,
    rules,
    table,
    line: new WaitingLine(1),
    disclosure: 'distinct',
    clock,
    pause,
  };
  const readAgain = async (): Promise<{ readonly ok: true; readonly entry: typeof entry }> => {
    await turns.next();
    return { ok: true, entry: account.entry(server) };
  };
  const passed: Passed<undefined> | 'gave up' = await withPass(gate, { entry, readAgain }, Deadline.in(3_600_000), use).catch(
    (error: unknown) => {
      if (error instanceof GaveUp) return 'gave up';
      throw error;
    },
  );
  if (passed !== 'gave up') count[passed.kind === 'passed' ? 'passed' : 'throttled'] += 1;
}

async function bind(
  { account, turns, clock }: World,
  { fate, password }: Attempt,
  server: number,
): Promise<{ readonly end: BindEnd; readonly value: undefined }> {
  await turns.next();
  if (fate === 'dies before the bind') return await NEVER;
  if (fate === 'not sent') return { end: 'not sent', value: undefined };
  if (fate === 'state') return { end: 'state', value: undefined };
  if (password === 'right') account.succeed(server);
  else account.fail(clock(), server);
  await turns.next();
  if (fate === 'dies after the bind') return await NEVER;
  if (fate === 'sent and lost') return { end: 'unknown', value: undefined };
  return { end: password === 'right' ? 'accepted' : 'refused', value: undefined };
}
