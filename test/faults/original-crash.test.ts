import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';

import { FaultyDirectory } from '../support/faults/directory.ts';
import { toldBy, TRUTH } from './expectation.ts';
import { goodServer } from './run-row.ts';
import { OPENLDAP_SERVICE } from '../support/servers/openldap.ts';
import { BASE, PASSWORDS, SERVICE_PASSWORD, serviceFor, type Stage, startStage, WRONG_PASSWORD } from './stage.ts';

/** The crash that this service comes from: a directory that resets idle connections, as firewalls and directories do. */

let stage: Stage;
let directory: FaultyDirectory;
let original: Original | undefined;

beforeAll(async () => {
  stage = await startStage();
  directory = await FaultyDirectory.start(goodServer(stage, 'ldap'));
});

afterEach(async () => {
  original?.process.kill();
  await original?.ended;
  original = undefined;
});

afterAll(async () => {
  await directory.close();
  await stage.openldap.stop();
});

type Ended = { readonly code: unknown; readonly said: string };

type Original = { readonly process: ChildProcess; readonly url: string; readonly ended: Promise<Ended> };

async function startOriginal(): Promise<Original> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'original/server.mjs')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      SEED_URL: directory.url,
      SEED_BIND_DN: OPENLDAP_SERVICE.dn,
      SEED_BIND_PASSWORD: SERVICE_PASSWORD,
      SEED_BASE: BASE,
    },
  });
  const said: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  const ended = once(child, 'close').then(([code]: readonly unknown[]): Ended => ({ code, said: said.join('') }));
  const line = await Promise.race([once(createInterface(child.stdout), 'line').then(String), ended.then((end) => end.said)]);
  const port = /^listening on port (\d+)$/.exec(line)?.[1];
  if (port === undefined) throw new Error(`the original program did not start: ${line}`);
  return { process: child, url: `http://127.0.0.1:${port}/auth`, ended };
}

async function askOriginal({ url }: Original, username: string, password: string): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Connection: 'close' },
    body: JSON.stringify({ username, password }),
  });
  return response.json();
}

describe('a directory resets idle connections', () => {
  test('the original program answers, keeps its connections, and exits with ECONNRESET', async () => {
    original = await startOriginal();
    expect(await askOriginal(original, 'alice', PASSWORDS.alice)).toEqual({ status: 0, message: 'auth ok' });
    expect(await askOriginal(original, 'nobody', PASSWORDS.alice)).toEqual({ status: 1, message: 'invalid user' });
    expect(directory.openConnections).toBe(3);
    directory.resetAll();
    const { code, said } = await original.ended;
    expect(said).toContain('ECONNRESET');
    expect(said).toMatch(/Unhandled 'error' event|uncaught/i);
    expect(code).not.toBe(0);
  });

  test('this service keeps none, and goes on answering', async () => {
    const ask = serviceFor(stage, 'ldap', [directory.url]);
    for (let request = 0; request < 5; request += 1) {
      expect(toldBy(await ask('alice', PASSWORDS.alice))).toEqual(TRUTH.right);
      expect(toldBy(await ask('alice', WRONG_PASSWORD))).toEqual(TRUTH.wrong);
      expect(toldBy(await ask('nobody', PASSWORDS.alice))).toEqual(TRUTH.nobody);
      expect(await directory.connectionsLeft()).toBe(0);
      directory.resetAll();
    }
  });

  test('this service survives a reset in the middle of a request, and says so honestly', async () => {
    const ask = serviceFor(stage, 'ldap', [directory.url]);
    directory.arm({ step: 'search', action: { kind: 'reset' } });
    expect(toldBy(await ask('alice', PASSWORDS.alice))).toMatchObject({
      reason: 'directory-unreachable',
      attempted: false,
      retryAfter: true,
    });
    directory.arm(undefined);
    expect(toldBy(await ask('alice', PASSWORDS.alice))).toEqual(TRUTH.right);
  });
});
