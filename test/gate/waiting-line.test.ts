import { expect, test } from '@jest/globals';

import { Deadline } from '../../src/core/deadline.ts';
import { WaitingLine } from '../../src/gate/waiting-line.ts';

function minute(): Deadline {
  return Deadline.in(60_000);
}

test('so many at a time, in the order in which they came', async () => {
  const line = new WaitingLine(2);
  const entered: string[] = [];
  const enter = async (name: string): Promise<() => void> => {
    const leave = await line.enter('alice', minute());
    entered.push(name);
    if (leave === undefined) throw new Error('no place');
    return leave;
  };
  const [first, second] = [await enter('first'), await enter('second')];
  const [third, fourth] = [enter('third'), enter('fourth')];
  expect(entered).toEqual(['first', 'second']);
  first();
  const leaveThird = await third;
  expect(entered).toEqual(['first', 'second', 'third']);
  second();
  (await fourth)();
  leaveThird();
  expect(entered).toEqual(['first', 'second', 'third', 'fourth']);
  (await enter('fifth'))();
});

test('others have a line of their own', async () => {
  const line = new WaitingLine(1);
  expect(await line.enter('alice', minute())).toBeDefined();
  expect(await line.enter('bob', minute())).toBeDefined();
});

test('who has no place before the deadline leaves the line', async () => {
  const line = new WaitingLine(1);
  const leave = await line.enter('alice', minute());
  expect(await line.enter('alice', Deadline.in(20))).toBe(undefined);
  leave?.();
  expect(await line.enter('alice', minute())).toBeDefined();
});
