import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, test } from '@jest/globals';

import { demoLogins } from '../../tools/demo-directory/people.ts';
import { demoBanner } from '../../tools/start/banner.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Where each command of the README and of CONTRIBUTING.md is run, and the words there that run it. A new command needs a row. */
const RUN_IN: Readonly<Record<string, readonly [file: string, words: string]>> = {
  curl: ['test/tools/start/start.test.ts', 'curls.map(paste)'], // the same line is printed and run there
  'npm ci && npm start': ['test/tools/support/npm-start.ts', 'tools/start/start.ts'],
  'npm start': ['test/tools/support/npm-start.ts', 'tools/start/start.ts'],
  'npm ci': ['.ci/run', 'npm cit'],
  'npm cit': ['.ci/run', 'npm cit'],
  'npm run doctor': ['test/tools/doctor/bridge.test.ts', 'tools/doctor/main.ts'],
  'npm run smoke': ['test/tools/smoke/smoke.test.ts', 'tools/smoke/main.ts'],
  'npx serverless deploy': ['test/deploy/deploy.test.ts', "'deploy', ...PROD"], // with the README's parameters: test/package/wrong-parameters.test.ts
  'npx serverless invoke': ['test/deploy/deploy.test.ts', "'invoke', '-f', 'doctor'"],
  'npx jest': ['test/documents/commands.test.ts', "run('npx', 'jest'"],
  'git config': ['test/documents/hook.test.ts', 'git(...SWITCH)'],
  'git clone': ['.github/workflows/ci.yml', 'actions/checkout'], // the repository cannot be reached from a test
  '.ci/run': ['.github/workflows/ci.yml', 'run: .ci/run'],
};

/** What stands in ```sh, a block each, as it is pasted. */
function blocksOf(file: string): readonly string[] {
  return readFileSync(path.join(ROOT, file), 'utf8').match(/(?<=^ *```sh\n)[^]*?(?=^ *```)/gm) ?? [];
}

/** What the AWS CLI's own environment has, where it is signed in by temporary credentials. */
const GIVEN: ReadonlySet<string> = new Set(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']);

function commandsOf(file: string): readonly string[] {
  return blocksOf(file).flatMap((block) =>
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
    const isRun = (command: string): boolean => {
      const [, place] = Object.entries(RUN_IN).find(([start]) => command.startsWith(start)) ?? [];
      return place !== undefined && readFileSync(path.join(ROOT, place[0]), 'utf8').includes(place[1]);
    };
    expect(commands.filter((command) => !isRun(command))).toEqual([]);
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

describe.each(
  ['*.md', 'docs/*.md', 'examples/*.md'].flatMap((pattern) => globSync(pattern, { cwd: ROOT })).filter((file) => blocksOf(file).length > 0),
)('the commands of %s', (file) => {
  test('can be read by a shell', async () => {
    for (const block of blocksOf(file)) await promisify(execFile)('/bin/sh', ['-n', '-c', block]); // says what is wrong, and runs nothing
  });

  test('use no variable that has not been set', () => {
    const set = new Set<string>();
    const unset: string[] = [];
    for (const line of commandsOf(file)) {
      for (const [, name = ''] of line.matchAll(/(?:^|[;(] ?|export |read -r )([A-Z_]{2,})(?==|;)/g)) set.add(name);
      // In single quotes nothing is replaced; a query of the AWS CLI has single quotes inside of double ones.
      const replaced = line.replaceAll(/(?<!")'[^']*'/g, '').matchAll(/\$\{?([A-Z_]{2,})/g);
      unset.push(...[...replaced].map(([, name = '']) => name).filter((name) => !set.has(name) && !GIVEN.has(name)));
    }
    expect(unset).toEqual([]);
  });
});
