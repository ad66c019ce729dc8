import { spawnSync } from 'node:child_process';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';

import { waiting, wakeAt } from '../../src/core/alarm.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.runAllTimers(); // a timer that is still set would stay set for the next test, on a clock that is gone
  expect([waiting(), jest.getTimerCount()]).toEqual([0, 0]);
  jest.useRealTimers();
});

const wakeIn = (ms: number, action: () => void): (() => void) => wakeAt(performance.now() + ms, action);

/** Who was woken, and when. */
const diary = (): { readonly woken: string[]; readonly wake: (name: string, ms: number) => () => void } => {
  const woken: string[] = [];
  const startedAt = performance.now();
  const wake = (name: string, ms: number): (() => void) =>
    wakeIn(ms, () => {
      woken.push(`${name} ${String(performance.now() - startedAt)}`);
    });
  return { woken, wake };
};

describe('everybody is woken once, in time', () => {
  test('whoever comes first', () => {
    const { woken, wake } = diary();
    wake('a', 300);
    wake('b', 100);
    wake('c', 200);
    wake('d', 100);
    jest.advanceTimersByTime(1000);
    expect(woken).toEqual(['b 100', 'd 100', 'c 200', 'a 300']);
  });

  test('one timer does for all of them', () => {
    const cancels = [300, 100, 200].map((ms) => wakeIn(ms, () => undefined));
    expect([waiting(), jest.getTimerCount()]).toEqual([3, 1]);
    for (const cancel of cancels) cancel();
  });

  test('who comes while another timer is set that nobody waits for any more', () => {
    const { woken, wake } = diary();
    wake('early', 50)();
    wake('late', 200);
    wake('sooner', 20);
    jest.advanceTimersByTime(1000);
    expect(woken).toEqual(['sooner 20', 'late 200']);
  });

  test('who is woken may wait again, and call others off', () => {
    const { woken, wake } = diary();
    const cancel = wake('never', 500);
    wakeIn(100, () => {
      cancel();
      wake('again', 100);
    });
    jest.advanceTimersByTime(1000);
    expect(woken).toEqual(['again 200']);
  });

  test('who is due at the same moment may still be called off by another', () => {
    const { woken, wake } = diary();
    const cancels: (() => void)[] = [];
    wakeIn(100, () => {
      for (const cancel of cancels) cancel();
    });
    cancels.push(wake('never', 100));
    wake('all the same', 100);
    jest.advanceTimersByTime(1000);
    expect(woken).toEqual(['all the same 100']);
  });

  test('whatever another does when it is woken', () => {
    const { woken, wake } = diary();
    wakeIn(100, () => {
      throw new Error('no');
    });
    wake('due too', 100);
    wake('later', 200);
    expect(() => jest.advanceTimersByTime(150)).toThrow('no');
    jest.advanceTimersByTime(1000);
    expect(woken.map((line) => line.split(' ').slice(0, -1).join(' '))).toEqual(['due too', 'later']);
  });

  test('who is woken and waits no time at all is not woken in the same breath', () => {
    let depth = 0;
    let deepest = 0;
    const again = (left: number): void => {
      depth += 1;
      deepest = Math.max(deepest, depth);
      if (left > 0) wakeIn(0, () => again(left - 1));
      depth -= 1;
    };
    wakeIn(10, () => again(3));
    jest.advanceTimersByTime(100);
    expect([deepest, waiting()]).toEqual([1, 0]);
  });

  test('never synchronously, not even when the time is up already', () => {
    const { woken, wake } = diary();
    wake('a', 0);
    wake('b', -5);
    expect(woken).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(woken).toHaveLength(2);
  });

  test('whatever else is asked for and called off in between', () => {
    const asked = fc.array(fc.record({ after: fc.nat(50), ms: fc.integer({ min: 1, max: 300 }), cancelAfter: fc.option(fc.nat(300)) }), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(asked, (all) => {
        const startedAt = performance.now();
        const expected: number[] = [];
        const woken: number[] = [];
        let at = 0;
        for (const { after, ms, cancelAfter } of all) {
          jest.advanceTimersByTime(after);
          at += after;
          const cancel = wakeIn(ms, () => woken.push(performance.now() - startedAt));
          if (cancelAfter !== null && cancelAfter < ms) setTimeout(cancel, cancelAfter);
          else expected.push(at + ms);
        }
        jest.runAllTimers();
        expect(woken.toSorted((one, other) => one - other)).toEqual(expected.toSorted((one, other) => one - other));
      }),
      { numRuns: 300 },
    );
  });
});

test('a process is busy while somebody waits, and no longer', () => {
  const alarm = JSON.stringify(path.resolve('src/core/alarm.ts'));
  const wait = (cancel: string): readonly unknown[] => {
    const wakeIn = `const { wakeAt } = await import(${alarm}); const wakeIn = (ms, action) => wakeAt(performance.now() + ms, action);`;
    const script = `${wakeIn} const cancel = wakeIn(1500, () => console.log('woken')); ${cancel}`;
    const options = { encoding: 'utf8', timeout: 300_000 } as const;
    const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], options);
    return [stdout.trim(), status];
  };
  expect([wait(''), wait('cancel()'), wait(`cancel(); wakeIn(1600, () => console.log('again'))`)]).toEqual([
    ['woken', 0],
    ['', 0],
    ['again', 0],
  ]);
  const calledOffByAnAction = `cancel(); wakeIn(10, () => wakeIn(600_000, () => undefined)()); wakeIn(10, () => undefined);`;
  expect(wait(calledOffByAnAction)).toEqual(['', 0]);
});

test('a moment that is none keeps nobody else from being woken', () => {
  const { woken, wake } = diary();
  const cancel = wake('never', Number.NaN);
  wake('early', 10);
  wake('late', 20);
  jest.advanceTimersByTime(100);
  cancel();
  expect(woken).toEqual(['early 10', 'late 20']);
});
