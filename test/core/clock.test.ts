import { describe, expect, test } from '@jest/globals';

import { isWithin, wallClock } from '../../src/core/clock.ts';

describe('isWithin', () => {
  test.each<[string, number | undefined, number, boolean]>([
    ['what never happened', undefined, 1000, false],
    ['what happened now', 1000, 1000, true],
    ['the last millisecond', 1000, 1099, true],
    ['the end itself', 1000, 1100, false],
    ['long ago', 1000, 5000, false],
    ['a clock that was set back', 1000, 999, false],
  ])('%s', (_case, since, now, expected) => {
    expect(isWithin(() => now, since, 100)).toBe(expected);
  });

  test('the wall clock counts milliseconds since 1970', () => {
    const before = Date.now();
    const now = wallClock();
    expect(now >= before && now <= Date.now()).toBe(true);
  });
});
