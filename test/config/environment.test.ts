import { describe, expect, test } from '@jest/globals';

import { EnvironmentReader } from '../../src/config/environment.ts';

const CHOICES = ['red', 'green'] as const;

describe('reading the environment', () => {
  test.each<[string, string | undefined, string | undefined]>([
    ['set', 'value', 'value'],
    ['empty, which is unset', '', undefined],
    ['unset', undefined, undefined],
    ['a blank, which is a value', ' ', ' '],
  ])('a text that is %s', (_case, given, expected) => {
    const reader = new EnvironmentReader({ NAME: given });
    expect([reader.text('NAME'), reader.has('NAME'), reader.problems]).toEqual([expected, expected !== undefined, []]);
  });

  test.each<[string | undefined, string, boolean]>([
    [undefined, 'green', true],
    ['', 'green', true],
    ['red', 'red', true],
    ['green', 'green', true],
    ['RED', 'green', false],
    [' red', 'green', false],
    ['blue', 'green', false],
  ])('a choice of %j is %s', (given, expected, good) => {
    const reader = new EnvironmentReader({ COLOUR: given });
    expect(reader.choice('COLOUR', CHOICES, 'green')).toBe(expected);
    expect(reader.problems).toEqual(good ? [] : [{ variable: 'COLOUR', expected: 'one of red, green' }]);
  });

  test.each<[string | undefined, boolean, boolean]>([
    [undefined, true, true],
    ['true', true, true],
    ['false', false, true],
    ['yes', true, false],
    ['TRUE', true, false],
    ['1', true, false],
  ])('a flag of %j, by default true, is %s', (given, expected, good) => {
    const reader = new EnvironmentReader({ FLAG: given });
    expect(reader.flag('FLAG', 'true')).toBe(expected);
    expect(reader.problems).toEqual(good ? [] : [{ variable: 'FLAG', expected: 'one of true, false' }]);
  });

  test.each<[string | undefined, number, boolean]>([
    [undefined, 50, true],
    ['', 50, true],
    ['10', 10, true],
    ['99', 99, true],
    ['0010', 10, true],
    ['9', 50, false],
    ['100', 50, false],
    ['-20', 50, false],
    ['+20', 50, false],
    ['20.5', 50, false],
    ['2e1', 50, false],
    ['0x20', 50, false],
    [' 20', 50, false],
    ['20ms', 50, false],
    ['٢٠', 50, false],
    ['1000000000000000000020', 50, false],
  ])('a whole number of %j from 10 to 99 is %d', (given, expected, good) => {
    const reader = new EnvironmentReader({ NUMBER: given });
    expect(reader.integer('NUMBER', 50, { min: 10, max: 99 })).toBe(expected);
    expect(reader.problems).toEqual(good ? [] : [{ variable: 'NUMBER', expected: 'a whole number from 10 to 99' }]);
  });

  test('problems are kept in the order in which they were found', () => {
    const reader = new EnvironmentReader({ A: 'x', B: 'y' });
    reader.flag('B', 'false');
    reader.flag('A', 'false');
    reader.refuse('C', 'something');
    expect(reader.problems.map(({ variable }) => variable)).toEqual(['B', 'A', 'C']);
  });
});
