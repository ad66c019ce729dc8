import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, test } from '@jest/globals';

import { demoLogins } from '../../tools/demo-directory/people.ts';
import { demoBanner } from '../../tools/start/banner.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Where each command of the README and of CONTRIBUTING.md is run. A new command needs a row. */
const RUN_IN: Readonly<Record<string, string>> = {
  curl: 'test/tools/start/start.test.ts', // the same line is printed and run there
  'npm ci && npm start': 'test/tools/start/start.test.ts',
  'npm start': 'test/tools/start/start.test.ts',
  'npm ci': '.ci/run', // as npm cit
  'npm cit': '.ci/run',
  'npm run doctor': 'test/tools/doctor/cli.test.ts',
  'npm run smoke': 'test/tools/smoke/smoke.test.ts',
  'npx serverless deploy': 'test/deploy/deploy.test.ts', // with the README's parameters: test/package/wrong-parameters.test.ts
  'npx serverless invoke': 'test/deploy/deploy.test.ts',
  'npx jest': 'test/documents/commands.test.ts',
  'git config': 'test/documents/hook.test.ts',
  'git clone': '.github/workflows/ci.yml', // as actions/checkout: the repository cannot be reached from a test
  '.ci/run': '.github/workflows/ci.yml',
};

function commandsOf(file: string): readonly string[] {
  const blocks = readFileSync(path.join(ROOT, file), 'utf8').match(/(?<=^```sh\n)[^]*?(?=^```)/gm) ?? [];
  return blocks.flatMap((block) =>
    block
      .replaceAll(/\\\n */g, '')
      .trimEnd()
      .split('\n'),
  );
}

/** Runs a command in the root of the project and returns what it prints; a code other than 0 is an error. */
async function run(program: string, ...args: readonly string[]): Promise<string> {
  return (await promisify(execFile)(program, args, { cwd: ROOT })).stdout;
}

describe.each(['README.md', 'CONTRIBUTING.md'])('each command of %s', (file) => {
  const commands = commandsOf(file);

  test('is run somewhere', () => {
    expect(commands.length).toBeGreaterThan(5);
    const places = commands.map((command) => [command, Object.entries(RUN_IN).find(([start]) => command.startsWith(start))?.[1]]);
    expect(places.filter(([, place]) => place === undefined || !existsSync(path.join(ROOT, place)))).toEqual([]);
  });
});

test('the curl command of the README is the first that npm start prints', () => {
  const lines = demoBanner('http://127.0.0.1:3000', demoLogins[0], demoLogins);
  expect(lines.find((line) => line.startsWith('curl'))).toBe(commandsOf('README.md')[0]);
});

test.each(['start', 'run doctor', 'run smoke'])('npm %s tells its usage with --help', async (command) => {
  expect(await run('npm', ...command.split(' '), '--silent', '--', '--help')).toContain('npm ');
});

test.each(commandsOf('CONTRIBUTING.md').filter((command) => /^npx jest [^-]/.test(command)))('%s finds tests', async (command) => {
  const [, , target = ''] = command.split(' ');
  expect((await run('npx', 'jest', '--listTests', target)).split('\n').length).toBeGreaterThan(1);
});
