import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';

import { expect, test } from '@jest/globals';

const LINES = 3000;

/** Prints lines in bursts. `before`: what else uses standard output. */
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

test.each([
  ['there is no room', '> /dev/full'],
  ['nobody reads any more', '| true'],
])('%s: the log ends, the process does not', (_case, where) => {
  const print = JSON.stringify(path.resolve('src/observe/print.ts'));
  const script = `
    const { print } = await import(${print});
    for (let line = 0; line < 3; line += 1) {
      print('a line\\n');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    console.error('still here');`;
  const ended = spawnSync('sh', ['-c', `${JSON.stringify(process.execPath)} --input-type=module -e "$SCRIPT" ${where}`], {
    encoding: 'utf8',
    env: { ...process.env, SCRIPT: script },
  });
  expect([ended.stderr.trim(), ended.status]).toEqual(['still here', 0]);
});
