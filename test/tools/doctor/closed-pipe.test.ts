import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';

import { expect, test } from '@jest/globals';

const MAIN = path.resolve(import.meta.dirname, '../../../tools/doctor/main.ts');

/** `npm run doctor | head -1`. */
test.each([
  ['rows', []],
  ['JSON', ['--json']],
])('nobody reads on: %s end quietly, with the exit code of the run', async (_what, args) => {
  const env = { PATH: process.env['PATH'] ?? '', LDAP_URL: 'ldaps://127.0.0.1:1' };
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  const [error] = await Promise.all([text(child.stderr), once(child, 'close')]);
  expect({ error, exitCode: child.exitCode }).toEqual({ error: '', exitCode: 1 });
});
