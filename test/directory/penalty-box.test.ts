import { describe, expect, test } from '@jest/globals';

import { PenaltyBox } from '../../src/directory/penalty-box.ts';

type Boxed = { now: number; readonly box: PenaltyBox; readonly order: () => string };

function boxAt(start: number): Boxed {
  const box = new PenaltyBox(() => boxed.now);
  const boxed: Boxed = { now: start, box, order: () => box.order(['a', 'b', 'c'], (name) => name).join('') };
  return boxed;
}

describe('servers that failed', () => {
  test.each<[string, readonly string[], readonly string[], string]>([
    ['none: the configured order', [], [], 'abc'],
    ['the first', ['a'], [], 'bca'],
    ['two: in the configured order among themselves', ['c', 'a'], [], 'bac'],
    ['all: the configured order', ['b', 'c', 'a'], [], 'abc'],
    ['one that answered again', ['a', 'b'], ['a'], 'acb'],
    ['an unknown one', ['x'], ['y'], 'abc'],
  ])('%s', (_case, failed, answered, expected) => {
    const state = boxAt(0);
    for (const name of failed) state.box.penalise(name);
    for (const name of answered) state.box.pardon(name);
    expect(state.order()).toBe(expected);
  });

  test.each([
    [29_999, 'bca'],
    [30_000, 'abc'],
    [-1, 'abc'], // the clock was set back
  ])('after %d ms the order is %s', (passed, expected) => {
    const state = boxAt(100_000);
    state.box.penalise('a');
    state.now += passed;
    expect(state.order()).toBe(expected);
  });

  test('failing again begins the rest anew', () => {
    const state = boxAt(0);
    state.box.penalise('a');
    state.now = 29_000;
    state.box.penalise('a');
    state.now = 58_999;
    expect(state.order()).toBe('bca');
  });

  test('things are told apart by the name they are given', () => {
    const box = new PenaltyBox(() => 0);
    box.penalise('ldaps://b');
    expect(box.order([{ host: 'b' }, { host: 'a' }], ({ host }) => `ldaps://${host}`)).toEqual([{ host: 'a' }, { host: 'b' }]);
  });
});
