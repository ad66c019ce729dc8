import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const CLI = createRequire(import.meta.url).resolve('@redocly/cli/bin/cli.js');

/** Not by `npm run lint`: at a terminal it asks the registry for its newest version, and says so, unless it is told not to. */
function lint(file: string): { readonly status: number | null; readonly said: string } {
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  const config = path.join(ROOT, 'redocly.yaml');
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'lint', file, '--config', config], { env, encoding: 'utf8' });
  return { status, said: `${stdout}${stderr}` };
}

test('openapi.json passes every recommended rule', () => {
  expect(lint(path.join(ROOT, 'openapi.json'))).toEqual({ status: 0, said: expect.stringContaining('is valid') });
});

test('it would not without a summary', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'openapi-'));
  try {
    const file = path.join(folder, 'openapi.json');
    writeFileSync(file, readFileSync(path.join(ROOT, 'openapi.json'), 'utf8').replace(/"summary": "Check[^"]*",/, ''));
    expect(lint(file)).toEqual({ status: 1, said: expect.stringContaining('operation-summary') });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
