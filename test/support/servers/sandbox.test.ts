import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { freeAddress, Sandbox } from './sandbox.ts';

const PORT = 4389;
const LISTEN = `require('node:net').createServer().listen(${String(PORT)}, process.argv[1])`;

/** Listens on a port until it is killed. */
function listener(address: string) {
  return { file: process.execPath, args: ['-e', LISTEN, address] };
}

describe('a sandbox', () => {
  test('that is destroyed leaves no process and no folder', async () => {
    const sandbox = new Sandbox('test');
    const address = await freeAddress([PORT]);
    await sandbox.serve(listener(address), address, [PORT]);
    await sandbox.destroy();
    expect(existsSync(sandbox.folder)).toBe(false);
    const again = new Sandbox('test');
    await again.serve(listener(address), address, [PORT]); // the port is free again
    await again.destroy();
  });

  test('whose process is killed leaves none either', async () => {
    const script = `
      const { Sandbox, freeAddress } = await import(${JSON.stringify(join(import.meta.dirname, 'sandbox.ts'))});
      const address = await freeAddress([${String(PORT)}]);
      const sandbox = new Sandbox('test');
      await sandbox.serve({ file: process.execPath, args: ['-e', ${JSON.stringify(LISTEN)}, address] }, address, [${String(PORT)}]);
      console.log(sandbox.folder);
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const folder = await new Promise<string>((resolve) => {
      child.stdout.on('data', (printed: Buffer) => {
        resolve(printed.toString().trim());
      });
    });
    expect(existsSync(folder)).toBe(true);
    child.kill('SIGKILL');
    await waitUntilGone(folder);
  });

  test('tells why a server did not start, in its own words', async () => {
    const command = { file: '/bin/sh', args: ['-c', 'echo no such directory >&2; exit 3'] };
    await expect(new Sandbox('test').serve(command, '127.0.0.1', [PORT])).rejects.toThrow(/ended with 3\nno such directory/);
  });

  test('tells that a server cannot be run at all', async () => {
    const command = { file: '/no/such/server', args: [] };
    await expect(new Sandbox('test').serve(command, '127.0.0.1', [PORT])).rejects.toThrow('ENOENT');
  });

  test('gives up on a server that never listens', async () => {
    const command = { file: '/bin/sleep', args: ['60'] };
    const address = await freeAddress([PORT]);
    await expect(new Sandbox('test').serve(command, address, [PORT], 50)).rejects.toThrow('nothing listened on port 4389 within 50 ms');
  });
});

async function waitUntilGone(path: string): Promise<void> {
  while (existsSync(path)) await new Promise((resolve) => setImmediate(resolve)); // bounded by Jest's timeout
}
