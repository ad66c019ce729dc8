import { describe, expect, test } from '@jest/globals';

import { Deadline, pause } from '../../src/core/deadline.ts';
import type { BindEnd } from '../../src/gate/allowance.ts';
import { timedOut } from '../../src/ldap/failure.ts';
import { type Passed, withPass } from '../../src/gate/pass.ts';
import type { GatedUser } from '../../src/gate/take.ts';
import { memoryTable } from './memory-table.ts';
import { NOW, gateOf, entryWith, user, binder, minute, rowOf, countsOf } from './pass-parts.ts';

describe('a bind is reserved, sent and released by how it ended', () => {
  test.each([
    ['accepted', [0, 0]],
    ['refused', [1, 0]],
    ['state', [0, 0]],
    ['unknown', [1, 0]],
    ['not sent', [0, 0]],
  ] as const)('%s', async (end, counts) => {
    const table = memoryTable();
    const passed = await withPass(gateOf(table), user(), minute(), binder(end).use);
    expect(passed).toEqual({ kind: 'passed', value: 'answer', report: { limit: 4, count: 0, table: 'answered' } });
    expect(table.calls).toEqual(['reserve', 'release']);
    expect(countsOf(table)).toEqual(counts);
  });

  test('a bug between them counts as a failure, and is told', async () => {
    const table = memoryTable();
    await expect(withPass(gateOf(table), user(), minute(), () => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
    expect(countsOf(table)).toEqual([1, 0]);
  });

  test('four failures, then nobody, whatever the password; the refusals write nothing', async () => {
    const table = memoryTable();
    for (let failure = 0; failure < 4; failure += 1) await withPass(gateOf(table), user(), minute(), binder('refused').use);
    const before = rowOf(table);
    const right = binder('accepted');
    const later = gateOf(table, { clock: () => NOW + 600_000 });
    expect(await withPass(later, user(), minute(), right.use)).toEqual({
      kind: 'throttled',
      retryAfterSeconds: 1200,
      report: { limit: 4, count: 4, by: 'table', table: 'answered' },
    });
    expect([right.sent, rowOf(table)]).toEqual([0, before]);
    const afterwards = gateOf(table, { clock: () => NOW + 1_800_000 });
    expect((await withPass(afterwards, user(), minute(), right.use)).kind).toBe('passed');
    expect([right.sent, countsOf(table)]).toEqual([1, [0, 0]]);
  });

  test('a success takes away the failures before it', async () => {
    const table = memoryTable();
    for (const end of ['refused', 'refused', 'accepted', 'refused'] as const)
      await withPass(gateOf(table), user(), minute(), binder(end).use);
    expect(countsOf(table)).toEqual([1, 0]);
  });
});

describe("the directory's counter", () => {
  test('at the limit: the bind is not sent, the table is not asked', async () => {
    const table = memoryTable();
    const right = binder('accepted');
    expect(await withPass(gateOf(table), user(entryWith(4)), minute(), right.use)).toEqual({
      kind: 'throttled',
      retryAfterSeconds: 600,
      report: { limit: 4, count: 4, by: 'directory', table: 'none' },
    });
    expect([right.sent, table.calls]).toEqual([0, []]);
  });

  test('below it, without a table: sent', async () => {
    const passed = await withPass(gateOf(undefined), user(entryWith(3)), minute(), binder('refused').use);
    expect(passed).toEqual({ kind: 'passed', value: 'answer', report: { limit: 4, count: 3, table: 'none' } });
  });

  test('and a lock that the entry tells: sent, so that the user is told', async () => {
    const wrong = binder('state');
    const locked = user(entryWith(4, { accountUnlockTime: '20261125130000Z' }));
    expect((await withPass(gateOf(memoryTable()), locked, minute(), wrong.use)).kind).toBe('passed');
    expect(wrong.sent).toBe(1);
  });

  test('is read again where the table has failures of its own', async () => {
    const table = memoryTable();
    for (const end of ['refused', 'refused'] as const) await withPass(gateOf(table), user(), minute(), binder(end).use);
    const right = binder('accepted');
    const exhausted = await withPass(gateOf(table), user(entryWith(1), entryWith(4)), minute(), right.use);
    expect([exhausted.kind, right.sent, countsOf(table)]).toEqual(['throttled', 0, [2, 0]]);
    const failure = timedOut('search');
    const failed: GatedUser = { entry: entryWith(1), readAgain: () => Promise.resolve({ ok: false, failure }) };
    expect(await withPass(gateOf(table), failed, minute(), right.use)).toEqual({ kind: 'failed', failure });
    expect([right.sent, countsOf(table)]).toEqual([0, [2, 0]]);
    expect((await withPass(gateOf(table), user(entryWith(1), entryWith(2)), minute(), right.use)).kind).toBe('passed');
    expect([right.sent, countsOf(table)]).toEqual([1, [0, 0]]);
  });
});

describe('at the same moment', () => {
  const slowly = (end: BindEnd): ReturnType<typeof binder> => {
    const made = binder(end);
    const { use } = made;
    return Object.assign(made, {
      use: async () => {
        const used = use();
        await pause(2);
        return await used;
      },
    });
  };

  test('100 right passwords all get through', async () => {
    const table = memoryTable();
    const right = slowly('accepted');
    const all = await Promise.all(Array.from({ length: 100 }, () => withPass(gateOf(table), user(), minute(), right.use)));
    expect([all.filter(({ kind }) => kind === 'passed').length, right.sent, countsOf(table)]).toEqual([100, 100, [0, 0]]);
  });

  test('1,000 wrong passwords: four are sent', async () => {
    const table = memoryTable();
    const wrong = slowly('refused');
    const all = await Promise.all(Array.from({ length: 1000 }, () => withPass(gateOf(table), user(), minute(), wrong.use)));
    expect([all.filter(({ kind }) => kind === 'throttled').length, wrong.sent, countsOf(table)]).toEqual([996, 4, [4, 0]]);
  });

  test('who waits in vain is told to come again soon', async () => {
    const table = memoryTable();
    const never = new Promise<never>(() => undefined);
    for (let bind = 0; bind < 4; bind += 1) void withPass(gateOf(table), user(), minute(), () => never);
    const right = binder('accepted');
    const passed = await withPass(gateOf(table), user(), Deadline.in(2000), right.use);
    const report = { limit: 4, count: 0, by: 'under way', table: 'answered' };
    expect([passed, right.sent]).toEqual([{ kind: 'throttled', retryAfterSeconds: 1, report }, 0]);
  });

  test('those that never end count as failures; after the window everybody can try', async () => {
    const table = memoryTable();
    const never = new Promise<never>(() => undefined);
    for (let bind = 0; bind < 4; bind += 1) void withPass(gateOf(table), user(), minute(), () => never);
    const right = binder('accepted');
    const at = (seconds: number): Promise<Passed<string>> =>
      withPass(gateOf(table, { clock: () => NOW + seconds * 1000 }), user(entryWith(0)), minute(), right.use);
    expect([await at(60), right.sent]).toEqual([
      { kind: 'throttled', retryAfterSeconds: 1741, report: { limit: 4, count: 4, by: 'table', table: 'answered' } },
      0,
    ]);
    expect([(await at(1801)).kind, right.sent]).toEqual(['passed', 1]);
  });
});
