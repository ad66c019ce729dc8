import { type Bounds, type Change, isOpen, type Item } from '../../src/gate/allowance.ts';
import type { Asked, Release, Replacement, Table } from '../../src/gate/table.ts';

export type MemoryTable = Table & {
  readonly rows: Map<string, Item>;
  /** Every call, by name. */
  readonly calls: string[];
};

/** `isOpen`, `reserved` and `released` as a table; `step` is awaited before each call, and before each answer. */
export function memoryTable(step: () => Promise<void> = () => Promise.resolve()): MemoryTable {
  const rows = new Map<string, Item>();
  const calls: string[] = [];
  const call = async <T>(name: string, work: () => T): Promise<Asked<T>> => {
    calls.push(name);
    await step();
    const value = work();
    await step();
    return { kind: 'answered', value };
  };
  return {
    rows,
    calls,
    reserve: (key: string, bounds: Bounds) =>
      call('reserve', () => {
        const item = rows.get(key);
        if (!isOpen(item, bounds)) return undefined;
        const next = reserved(item, bounds);
        rows.set(key, next);
        return next;
      }),
    read: (key: string) => call('read', () => rows.get(key)),
    replace: (key: string, { seen, next }: Replacement) =>
      call('replace', () => {
        if (JSON.stringify(sorted(rows.get(key))) !== JSON.stringify(sorted(seen))) return 'changed';
        rows.set(key, next);
        return 'written';
      }),
    release: (key: string, { run, change }: Release) =>
      call('release', () => {
        const next = released(rows.get(key), run, change);
        if (next === undefined) return 'changed';
        rows.set(key, next);
        return 'written';
      }),
  };
}

function sorted(item: Item | undefined): unknown {
  return item === undefined ? undefined : Object.entries(item).sort(([one], [other]) => (one < other ? -1 : 1));
}

/** The row after a bind was reserved by `isOpen`. DynamoDB does the same: see aws.test.ts. */
export function reserved(item: Item | undefined, { now }: Bounds): Item {
  if (item === undefined) return { counted: 1, underWay: 1, reservedAt: now, failedAt: 0, clearings: 0, run: now };
  return { ...item, counted: item.counted + 1, underWay: item.underWay + 1, reservedAt: now };
}

/** The row after a release; undefined: it is not for this row any more, or somebody has cleared. */
export function released(item: Item | undefined, run: number, change: Change): Item | undefined {
  if (item?.run !== run || item.underWay < 1) return undefined;
  if (change.clearsSince !== undefined && item.clearings !== change.clearsSince) return undefined;
  return {
    ...item,
    counted: item.counted - change.uncount,
    underWay: item.underWay - 1,
    failedAt: change.failedAt ?? item.failedAt,
    clearings: item.clearings + (change.clearsSince === undefined ? 0 : 1),
  };
}
