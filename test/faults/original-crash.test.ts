import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

import { afterEach, describe, expect, test } from '@jest/globals';

import { reset } from '../support/faults/actions.ts';
import { OPENLDAP_SERVICE } from '../support/servers/openldap.ts';
import { TRUTH } from './expectation.ts';
import { setStage } from './setting.ts';
import { BASE, PASSWORDS, SERVICE_PASSWORD, WRONG_PASSWORD } from './stage.ts';

/** The crash that this service comes from: a directory that resets idle connections, as firewalls and directories do. */

type Original = { readonly process: ChildProcess; readonly url: string; readonly ended: Promise<{ code: unknown; said: string }> };

let original: Original | undefined;

afterEach(async () => {
  original?.process.kill();
  await original?.ended;
  original = undefined;
});

const { start, serviceAt } = setStage('ldap');

async function startOriginal(url: string): Promise<Original> {
  const settings = { SEED_URL: url, SEED_BIND_DN: OPENLDAP_SERVICE.dn, SEED_BIND_PASSWORD: SERVICE_PASSWORD, SEED_BASE: BASE };
  const env = { PATH: process.env['PATH'], ...settings };
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'original/server.mjs')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
  const said: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  const ended = once(child, 'close').then(([code]: readonly unknown[]) => ({ code, said: said.join('') }));
  const line = await Promise.race([once(createInterface(child.stdout), 'line').then(String), ended.then((end) => end.said)]);
  const port = /^listening on port (\d+)$/.exec(line)?.[1];
  if (port === undefined) throw new Error(`the original program did not start: ${line}`);
  return { process: child, url: `http://127.0.0.1:${port}/auth`, ended };
}

async function askOriginal({ url }: Original, username: string, password: string): Promise<unknown> {
  const headers = { 'Content-Type': 'application/json', Connection: 'close' };
  return (await fetch(url, { method: 'POST', headers, body: JSON.stringify({ username, password }) })).json();
}

describe('a directory resets idle connections', () => {
  test('the original program answers, keeps its connections, and exits with ECONNRESET', async () => {
    const directory = await start();
    original = await startOriginal(directory.url);
    expect(await askOriginal(original, 'alice', PASSWORDS.alice)).toEqual({ status: 0, message: 'auth ok' });
    expect(await askOriginal(original, 'nobody', PASSWORDS.alice)).toEqual({ status: 1, message: 'invalid user' });
    expect(directory.openConnections()).toBe(3);
    directory.resetAll();
    const { code, said } = await original.ended;
    expect(said).toContain('ECONNRESET');
    expect(said).toMatch(/Unhandled 'error' event|uncaught/i);
    expect(code).not.toBe(0);
  });

  test('this service keeps none, and goes on answering', async () => {
    const directory = await start();
    const login = serviceAt([directory]);
    for (let request = 0; request < 5; request += 1) {
      expect(await login()).toEqual(TRUTH.right);
      expect(await login(WRONG_PASSWORD)).toEqual(TRUTH.wrong);
      expect(await login(PASSWORDS.alice, 'nobody')).toEqual(TRUTH.nobody);
      expect(await directory.connectionsLeft()).toBe(0);
      directory.resetAll();
    }
  });

  test('this service survives a reset in the middle of a request, and says so honestly', async () => {
    const directory = await start({ step: 'search', action: reset });
    const login = serviceAt([directory]);
    expect(await login()).toMatchObject({ reason: 'directory-unreachable', attempted: false, retryAfter: true });
    directory.arm(undefined);
    expect(await login()).toEqual(TRUTH.right);
  });
});
