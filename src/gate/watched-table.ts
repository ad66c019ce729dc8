import { type Deadline, settledBefore } from '../core/deadline.ts';
import type { Asked, Table } from './table.ts';

/** What a call that had no answer in time is called by `aws.ts` too. */
const TIMED_OUT = 'timed out';

/**
 * The table of this process, whose client may still be loading: waiting for it ends with the deadline of each call.
 *
 * A call that had no answer in time while others have had theirs did not meet a table that is down, but one that is busy: with a
 * burst of attempts, most likely. That is `throttled`. As `unavailable` it would open the gate to the very burst. The same goes for a call
 * that came late, after most of its time had passed in line, and for one whose client was still loading: neither asked the table.
 */
export function watchTable(loading: Promise<Table>): Table {
  loading.catch(() => undefined); // each call tells it
  let answers = 0;
  const watched = async <T>(deadline: Deadline, ask: (table: Table) => Promise<Asked<T>>): Promise<Asked<T>> => {
    const before = answers;
    const isLate = deadline.leftMs < deadline.lengthMs / 2;
    const asked = await within(deadline, loading, ask);
    if (asked.kind === 'answered') answers += 1;
    return asked.kind === 'unavailable' && asked.detail === TIMED_OUT && (isLate || answers > before) ? { kind: 'throttled' } : asked;
  };
  return {
    reserve: (key, bounds, deadline) => watched(deadline, (table) => table.reserve(key, bounds, deadline)),
    read: (key, deadline) => watched(deadline, (table) => table.read(key, deadline)),
    replace: (key, rows, deadline) => watched(deadline, (table) => table.replace(key, rows, deadline)),
    release: (key, release, deadline) => watched(deadline, (table) => table.release(key, release, deadline)),
  };
}

async function within<T>(deadline: Deadline, loading: Promise<Table>, ask: (table: Table) => Promise<Asked<T>>): Promise<Asked<T>> {
  const table = await settledBefore(deadline, loading).catch(() => 'broken' as const);
  if (table === 'broken') return { kind: 'unavailable', detail: 'client not loaded' };
  if (table === undefined) return { kind: 'throttled' };
  return (await settledBefore(deadline, ask(table))) ?? { kind: 'unavailable', detail: TIMED_OUT };
}
