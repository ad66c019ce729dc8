import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { afterEach, beforeEach, expect, test } from '@jest/globals';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** The line of CONTRIBUTING.md that switches the hook on. */
const SWITCH = ['config', 'core.hooksPath', '.githooks'];

let folder: string;

async function git(...args: readonly string[]): Promise<string> {
  const who = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@example.com', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.com' };
  const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}`, HOME: folder, GIT_CONFIG_NOSYSTEM: '1', ...who };
  return (await promisify(execFile)('git', args, { cwd: path.join(folder, 'clone'), env })).stdout;
}

/** A program called npm that writes down how it was called, and ends with this code. */
function npm(code: number): void {
  const file = path.join(folder, 'npm');
  writeFileSync(file, `#!/bin/sh\necho "$@" >> ${folder}/called\nexit ${String(code)}\n`);
  chmodSync(file, 0o755);
}

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'hook-'));
  cpSync(path.join(ROOT, '.githooks'), path.join(folder, 'clone/.githooks'), { recursive: true });
  await git('init', '--quiet');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('CONTRIBUTING.md offers it with the command that is tried here', () => {
  expect(readFileSync(path.join(ROOT, 'CONTRIBUTING.md'), 'utf8')).toContain(`git ${SWITCH.join(' ')}\n`);
});

test('switched on, a commit waits for the linters and the types', async () => {
  npm(0);
  await git(...SWITCH);
  await git('commit', '--quiet', '--allow-empty', '--message', 'a change');
  expect(readFileSync(path.join(folder, 'called'), 'utf8')).toBe('run --silent lint\nrun --silent typecheck\n');
  expect(await git('log', '--format=%s')).toBe('a change\n');
});

test('switched on, a commit that fails them is not made', async () => {
  npm(1);
  await git(...SWITCH);
  await expect(git('commit', '--quiet', '--allow-empty', '--message', 'a change')).rejects.toThrow();
  await expect(git('log')).rejects.toThrow(/does not have any commits/);
});

test('not switched on, nothing waits', async () => {
  npm(1);
  await git('commit', '--quiet', '--allow-empty', '--message', 'a change');
  expect(await git('log', '--format=%s')).toBe('a change\n');
});
