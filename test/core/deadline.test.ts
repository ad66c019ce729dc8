import { fork } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';

import { Deadline, settledBefore } from '../../src/core/deadline.ts';

/** A clock that moves when it is told to. */
function clockAt(start: number): { now: number } {
  const clock = { now: start };
  jest.spyOn(performance, 'now').mockImplementation(() => clock.now);
  return clock;
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('what is left of a deadline', () => {
  test.each([
    [0, 100, false],
    [40, 60, false],
    [99.5, 0.5, false],
    [100, 0, true],
    [5000, 0, true],
  ])('after %d ms of 100: %d, expired: %s', (passed, left, expired) => {
    const clock = clockAt(7);
    const deadline = Deadline.in(100);
    clock.now += passed;
    expect([deadline.leftMs, deadline.expired]).toEqual([left, expired]);
  });

  test('a deadline of nothing or less has expired', () => {
    expect([Deadline.in(0).expired, Deadline.in(-5).expired, Deadline.in(-5).leftMs]).toEqual([true, true, 0]);
  });

  test('the clock does not stand still', () => {
    const left = Deadline.in(600_000).leftMs;
    expect(left > 0 && left <= 600_000).toBe(true);
  });
});

describe('a slice', () => {
  test.each([
    [30, 30],
    [100, 100],
    [101, 100],
    [Number.POSITIVE_INFINITY, 100],
    [0, 0],
    [-1, 0],
  ])('of %d ms out of 100 has %d', (asked, left) => {
    clockAt(0);
    expect(Deadline.in(100).slice(asked).leftMs).toBe(left);
  });

  test('is never longer than what it is cut from, however often it is cut and whatever time passes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000 }),
        fc.array(fc.tuple(fc.integer({ min: -50, max: 20_000 }), fc.integer({ min: 0, max: 300 }))),
        (ms, cuts) => {
          const clock = clockAt(0);
          const chain = [Deadline.in(ms)];
          for (const [cut, passed] of cuts) {
            clock.now += passed;
            chain.push(...chain.slice(-1).map((last) => last.slice(cut)));
            const left = chain.map(({ leftMs }) => leftMs);
            expect(left).toEqual([...left].sort((one, other) => other - one));
          }
        },
      ),
    );
  });
});

describe('onExpiry', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test.each([
    [100, 99, 101],
    [0.2, 0, 2], // never before the time is up
    [99.1, 99, 101],
  ])('of %d ms: not after %d, once after %d', async (ms, before, after) => {
    const action = jest.fn();
    Deadline.in(ms).onExpiry(action);
    await jest.advanceTimersByTimeAsync(before);
    expect(action).toHaveBeenCalledTimes(0);
    await jest.advanceTimersByTimeAsync(after - before);
    expect(action).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(action).toHaveBeenCalledTimes(1);
  });

  test('is never synchronous, not even when the time is up already', () => {
    const action = jest.fn();
    Deadline.in(0).onExpiry(action);
    expect(action).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(action).toHaveBeenCalledTimes(1);
  });

  test('can be called off, more than once, and keeps nobody waiting', () => {
    const action = jest.fn();
    const cancel = Deadline.in(50).onExpiry(action);
    expect(jest.getTimerCount()).toBe(1);
    cancel();
    cancel();
    expect(jest.getTimerCount()).toBe(0);
    jest.advanceTimersByTime(1000);
    expect(action).not.toHaveBeenCalled();
  });
});

test('an answer that has arrived during a pause of the process is read before its deadline', async () => {
  const child = fork(path.join(import.meta.dirname, 'answer-later.ts'), { execArgv: [] });
  const told: readonly unknown[] = await once(child, 'message');
  const socket = net.connect(Number(told[0]), '127.0.0.1');
  const answered = once(socket, 'data');
  await once(socket, 'connect');
  const waiting = settledBefore(Deadline.in(200), answered);
  const until = performance.now() + 1000; // the answer comes after 100 ms, the deadline after 200
  while (performance.now() < until);
  const read = await waiting;
  socket.destroy();
  child.disconnect();
  expect(read).toEqual([Buffer.from('answer')]);
});
