import { Deadline, pause } from '../../src/core/deadline.ts';
import type { SearchEntry } from '../../src/ldap/message.ts';
import type { BindEnd, Item, Rules } from '../../src/gate/allowance.ts';
import { keyOfEntry } from '../../src/gate/key.ts';
import type { Gate, GatedUser } from '../../src/gate/take.ts';
import type { Table } from '../../src/gate/table.ts';
import { WaitingLine } from '../../src/gate/waiting-line.ts';
import type { MemoryTable } from './memory-table.ts';

export const NOW = Date.parse('2026-11-25T12:00:00Z');
export const RULES: Rules = { limit: 4, windowSeconds: 1800, success: 'clears' };
const DN = 'uid=alice,dc=example,dc=org';
export const KEY = keyOfEntry(DN);

export function gateOf(table: Table | undefined, others: Partial<Gate> = {}): Gate {
  return {
    counter: 'passwordRetryCount',
    rules: RULES,
    table,
    line: new WaitingLine(RULES.limit),
    disclosure: 'distinct',
    clock: () => NOW,
    pause,
    ...others,
  };
}

export function entryWith(failures: number, others: Readonly<Record<string, string>> = {}): SearchEntry {
  return {
    dn: DN,
    attributes: Object.entries({ passwordRetryCount: String(failures), retryCountResetTime: '20261125121000Z', ...others }).map(
      ([description, value]) => ({ description, values: [Buffer.from(value)] }),
    ),
  };
}

export function user(entry: SearchEntry = entryWith(0), again: SearchEntry = entry): GatedUser {
  return {
    entry,
    readAgain: () => Promise.resolve({ ok: true, entry: again }),
  };
}

/** A bind that ends like this, and how often it was sent. */
export function binder(end: BindEnd): { readonly use: () => Promise<{ readonly end: BindEnd; readonly value: string }>; sent: number } {
  const made = {
    sent: 0,
    use: () => {
      made.sent += 1;
      return Promise.resolve({ end, value: 'answer' });
    },
  };
  return made;
}

export function minute(): Deadline {
  return Deadline.in(60_000);
}
export function rowOf(table: MemoryTable): Item | undefined {
  return table.rows.get(KEY);
}
export function countsOf(table: MemoryTable): readonly (number | undefined)[] {
  return [rowOf(table)?.counted, rowOf(table)?.underWay];
}
