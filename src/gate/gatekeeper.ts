import { wallClock } from '../core/clock.ts';
import { type Deadline, pause } from '../core/deadline.ts';
import type { Rules } from './allowance.ts';
import { type Guarded, type Passed, standInForName, type Use, withPass } from './pass.ts';
import type { Gate } from './take.ts';
import { WaitingLine } from './waiting-line.ts';
import { watchTable } from './watched-table.ts';

/** What stands before the binds of users in this process. This module is bundled by itself, and loaded only where there is a gate. */
export type Gatekeeper = {
  /** As `withPass`. */
  readonly pass: <T>(guarded: Guarded, deadline: Deadline, use: Use<T>) => Promise<Passed<T>>;
  /** As `standInForName`. */
  readonly standIn: (typed: string, deadline: Deadline) => Promise<'done' | 'no time'>;
};

/** `table`: the name of the DynamoDB table; its client, a chunk of its own, is on its way when this returns. */
export function makeGatekeeper({
  counter,
  rules,
  table,
  disclosure,
}: Pick<Gate, 'counter' | 'disclosure'> & { readonly rules: Rules; readonly table: string | undefined }): Gatekeeper {
  const gate: Gate = {
    counter,
    rules,
    table: table === undefined ? undefined : watchTable(import('./aws.ts').then(({ makeTable }) => makeTable(table))),
    line: new WaitingLine(rules.limit),
    disclosure,
    clock: wallClock,
    pause,
  };
  return {
    pass: (guarded, deadline, use) => withPass(gate, guarded, deadline, use),
    standIn: (typed, deadline) => standInForName(gate, typed, deadline),
  };
}
