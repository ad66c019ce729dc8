import { describe, expect, test } from '@jest/globals';

import { Deadline, pause } from '../../src/core/deadline.ts';
import { sliceForGate, standInForName, withPass } from '../../src/gate/pass.ts';
import type { Gate } from '../../src/gate/take.ts';
import type { Table } from '../../src/gate/table.ts';
import { watchTable } from '../../src/gate/watched-table.ts';
import { memoryTable } from './memory-table.ts';
import { KEY, gateOf, entryWith, user, binder, minute, countsOf } from './pass-parts.ts';

describe('a table that cannot be asked', () => {
  const broken = (asked: Awaited<ReturnType<Table['reserve']>>): Table => ({
    reserve: () => Promise.resolve(asked),
    read: () => Promise.resolve({ kind: 'unavailable', detail: 'no such call' }),
    replace: () => Promise.resolve({ kind: 'unavailable', detail: 'no such call' }),
    release: () => Promise.resolve({ kind: 'unavailable', detail: 'no such call' }),
  });

  test("leaves it to the directory's counter, and that is reported", async () => {
    const wrong = binder('refused');
    expect(await withPass(gateOf(broken({ kind: 'unavailable', detail: 'ECONNREFUSED' })), user(), minute(), wrong.use)).toEqual({
      kind: 'passed',
      value: 'answer',
      report: { limit: 4, count: 0, table: 'unavailable', detail: 'ECONNREFUSED' },
    });
    const exhausted = await withPass(gateOf(broken({ kind: 'unavailable', detail: 'x' })), user(entryWith(4)), minute(), wrong.use);
    expect([exhausted.kind, wrong.sent]).toEqual(['throttled', 1]);
  });

  test('is not one that throttles the row: that is an attack', async () => {
    const right = binder('accepted');
    const passed = await withPass(gateOf(broken({ kind: 'throttled' })), user(), minute(), right.use);
    expect([passed.kind, right.sent]).toEqual(['throttled', 0]);
  });

  test('nor one that refused the reservation and then went away', async () => {
    const right = binder('accepted');
    const passed = await withPass(gateOf(broken({ kind: 'answered', value: undefined })), user(), minute(), right.use);
    expect([passed.kind, right.sent]).toEqual(['throttled', 0]);
  });

  test('only for the release: the answer is the same', async () => {
    const table = memoryTable();
    const half: Table = { ...table, release: () => Promise.resolve({ kind: 'unavailable', detail: 'gone' }) };
    const passed = await withPass(gateOf(half), user(), minute(), binder('accepted').use);
    expect(passed).toEqual({ kind: 'passed', value: 'answer', report: { limit: 4, count: 0, table: 'answered', detail: 'release lost' } });
    expect(countsOf(table)).toEqual([1, 1]);
  });

  const silent: Table = { ...memoryTable(), reserve: () => new Promise(() => undefined), release: () => new Promise(() => undefined) };

  test('one that hangs takes its slice', async () => {
    const passed = await withPass(gateOf(watchTable(Promise.resolve(silent))), user(), Deadline.in(1000), binder('refused').use);
    expect(passed).toEqual({ kind: 'passed', value: 'answer', report: { limit: 4, count: 0, table: 'unavailable', detail: 'timed out' } });
  });

  test('one that answers others meanwhile is busy: that does not open the gate', async () => {
    const answering = memoryTable();
    const table = watchTable(
      Promise.resolve({
        ...answering,
        reserve: (key, ...more) => (key === KEY ? silent : answering).reserve(key, ...more),
      } satisfies Table),
    );
    const right = binder('accepted');
    const waiting = withPass(gateOf(table), user(), Deadline.in(1000), right.use);
    await withPass(gateOf(table), user({ ...entryWith(0), dn: 'uid=bob,dc=example,dc=org' }), minute(), binder('refused').use);
    expect([(await waiting).kind, right.sent]).toEqual(['throttled', 0]);
  });

  test('one that hangs opens to those who asked it, not to those who stood in line until their time was over', async () => {
    const gate = gateOf(watchTable(Promise.resolve(silent)));
    const wrong = binder('refused');
    const attempt = (): Promise<{ readonly kind: string }> => withPass(gate, user(), Deadline.in(2000), wrong.use);
    const first = Array.from({ length: 4 }, attempt);
    await pause(100);
    const later = Array.from({ length: 8 }, attempt); // the first of them come in with 100 ms left
    const all = await Promise.all([...first, ...later]);
    expect([wrong.sent, all.filter(({ kind }) => kind === 'throttled').length]).toEqual([4, 8]);
  });

  test('a client that cannot be loaded', async () => {
    const gate = gateOf(watchTable(Promise.reject(new Error('no such module'))));
    const passed = await withPass(gate, user(), minute(), binder('refused').use);
    expect(passed).toEqual({
      kind: 'passed',
      value: 'answer',
      report: { limit: 4, count: 0, table: 'unavailable', detail: 'client not loaded' },
    });
  });
});

test('a direct bind is counted by the table alone, whatever the spelling of its name', async () => {
  const table = memoryTable();
  const wrong = binder('refused');
  for (const name of ['alice', ' ALICE ', 'ａlice', 'Alice', 'al\u00adice']) {
    await withPass(gateOf(table), { typed: name }, minute(), wrong.use);
  }
  expect([wrong.sent, table.rows.size]).toEqual([4, 1]);
});

describe('time', () => {
  test.each([
    [8000, 2000],
    [60_000, 15_000],
    [400, 100],
  ])('of a deadline of %s ms the gate has %s', (lengthMs, atMost) => {
    const slice = sliceForGate(Deadline.in(lengthMs));
    expect(slice !== undefined && slice.lengthMs <= atMost && slice.lengthMs > atMost * 0.9).toBe(true);
  });

  test('with too little left the bind is not sent: a slow directory opens no gate', async () => {
    const deadline = Deadline.in(300);
    await pause(240);
    const right = binder('accepted');
    expect([await withPass(gateOf(memoryTable()), user(), deadline, right.use), right.sent]).toEqual([{ kind: 'no time' }, 0]);
    expect(await standInForName(gateOf(memoryTable(), { disclosure: 'uniform' }), 'nobody', deadline)).toBe('no time');
  });
});

describe('under uniform every name makes the same calls', () => {
  const uniform = (table: Table): Gate => gateOf(table, { disclosure: 'uniform' });

  test('a wrong password, and a name that leads nowhere', async () => {
    const [known, unknown] = [memoryTable(), memoryTable()];
    await withPass(uniform(known), user(), minute(), binder('refused').use);
    expect(await standInForName(uniform(unknown), 'nobody', minute())).toBe('done');
    expect(unknown.calls).toEqual(known.calls);
    expect(known.calls).toEqual(['reserve', 'release']);
  });

  test('and after the limit', async () => {
    const [known, unknown] = [memoryTable(), memoryTable()];
    for (let attempt = 0; attempt < 6; attempt += 1) {
      await withPass(uniform(known), user(), minute(), binder('refused').use);
      await standInForName(uniform(unknown), 'nobody', minute());
    }
    expect(unknown.calls).toEqual(known.calls);
    expect(known.calls.slice(8)).toEqual(['reserve', 'read', 'release', 'reserve', 'read', 'release']);
    expect(known.rows.size).toBe(1);
  });

  test("and where the directory's counter refuses", async () => {
    const table = memoryTable();
    await withPass(uniform(table), user(entryWith(4)), minute(), binder('refused').use);
    expect([table.calls, table.rows.has(KEY)]).toEqual([['reserve', 'release'], false]);
  });

  test('but not otherwise', async () => {
    const table = memoryTable();
    await standInForName(gateOf(table), 'nobody', minute());
    expect(table.calls).toEqual([]);
  });
});
