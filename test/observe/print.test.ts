import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';

import { afterEach, expect, jest, test } from '@jest/globals';

import { print } from '../../src/observe/print.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

/** What the stream is given when the descriptor takes so many bytes, or fails. */
const leftToTheStream = (lines: string, take: () => number): readonly string[] => {
  const given: string[] = [];
  jest.spyOn(fs, 'writeSync').mockImplementation(take);
  jest.spyOn(process.stdout, 'write').mockImplementation((chunk: unknown) => {
    given.push(String(chunk));
    return true;
  });
  print(lines);
  jest.restoreAllMocks();
  return given;
};

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

test('a pipe that nobody reads for a while gets every line whole and in order', async () => {
  const script = `
    const { print } = await import(${JSON.stringify(path.resolve('src/observe/print.ts'))});
    for (let line = 0; line < 2000; line += 1) print(JSON.stringify({ line, text: 'x'.repeat(500) }) + '\\n');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => setTimeout(resolve, 300));
  const lines = (await text(child.stdout)).trimEnd().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { line: number }).line)).toEqual(Array.from({ length: 2000 }, (_, line) => line));
});
