import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';

import { afterEach, expect, jest, test } from '@jest/globals';

import { print } from '../../src/observe/print.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

/** What the stream is given when the descriptor takes so many bytes, or fails. */
function leftToTheStream(lines: string, take: () => number): readonly string[] {
  const given: string[] = [];
  jest.spyOn(fs, 'writeSync').mockImplementation(take);
  jest.spyOn(process.stdout, 'write').mockImplementation((chunk: unknown, done: unknown) => {
    given.push(String(chunk));
    (done as () => void)();
    return true;
  });
  print(lines);
  jest.restoreAllMocks();
  return given;
}

test('nothing is left where all bytes were taken', () => {
  expect(leftToTheStream('zwölf\n', () => 7)).toEqual([]);
});

test('what was not taken is left, byte by byte', () => {
  expect(leftToTheStream('zwölf\n', () => 2)).toEqual(['ölf\n']);
  expect(leftToTheStream('zwölf\n', () => 0)).toEqual(['zwölf\n']);
});

test('a descriptor that is not ready leaves everything', () => {
  const eagain = (): never => {
    throw Object.assign(new Error('EAGAIN'), { code: 'EAGAIN' });
  };
  expect(leftToTheStream('a line\n', eagain)).toEqual(['a line\n']);
});

test('while the stream is behind, everything goes its way, and the descriptor is not asked', () => {
  const given: string[] = [];
  const finish: (() => void)[] = [];
  const direct: string[] = [];
  let room = 3;
  jest.spyOn(fs, 'writeSync').mockImplementation((_descriptor: number, chunk: unknown) => {
    direct.push(String(chunk).slice(0, room));
    return Math.min(room, String(chunk).length);
  });
  jest.spyOn(process.stdout, 'write').mockImplementation((chunk: unknown, done: unknown) => {
    given.push(String(chunk));
    finish.push(done as () => void);
    return true;
  });
  print('first\n');
  room = 100;
  print('second\n');
  for (const done of finish) done();
  print('third\n');
  jest.restoreAllMocks();
  expect([direct, given]).toEqual([
    ['fir', 'third\n'],
    ['st\n', 'second\n'],
  ]);
});

const LINES = 3000;

/** Prints lines in two bursts. `before`: what else uses standard output; a stream that was once touched does not block any more. */
function printing(before: string): string {
  return `
  const { print } = await import(${JSON.stringify(path.resolve('src/observe/print.ts'))});
  ${before}
  for (let line = 0; line < ${String(LINES)}; line += 1) {
    print(JSON.stringify({ line, text: 'x'.repeat(500) }) + '\\n');
    if (line % 500 === 499) await new Promise(setImmediate);
  }`;
}

test.each([
  ['nothing else', ''],
  ['a console', 'console.log("{}");'],
])('a pipe that nobody reads for a while gets every line whole and in order, beside %s', async (_beside, before) => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', printing(before)], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => setTimeout(resolve, 300));
  const lines = (await text(child.stdout))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { line?: number })
    .filter(({ line }) => line !== undefined);
  expect(lines.map(({ line }) => line)).toEqual(Array.from({ length: LINES }, (_, line) => line));
});

test('nobody reads at all, or there is no room: the log ends, the process does not', () => {
  const print = JSON.stringify(path.resolve('src/observe/print.ts'));
  const script = `
    const { print } = await import(${print});
    for (let line = 0; line < 3; line += 1) {
      print('a line\\n');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    console.error('still here');`;
  const ended = spawnSync('sh', ['-c', `${JSON.stringify(process.execPath)} --input-type=module -e "$SCRIPT" > /dev/full`], {
    encoding: 'utf8',
    env: { ...process.env, SCRIPT: script },
  });
  expect([ended.stderr.trim(), ended.status]).toEqual(['still here', 0]);
});
