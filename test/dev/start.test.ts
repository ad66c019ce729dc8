import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type ChildProcess, execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { DEMO_KEY } from '../../src/dev/banner.ts';
import { freePort } from '../../src/dev/ports.ts';
import { end, LAST_LINE, npmStart, pageUrl, type Started } from './support/npm-start.ts';

const run = promisify(execFile);

let temporary: string;
let children: ChildProcess[];

beforeEach(() => {
  temporary = mkdtempSync(path.join(tmpdir(), 'start-'));
  children = [];
});

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(temporary, { recursive: true, force: true });
});

const start = async (environment: Readonly<Record<string, string>>, last: RegExp): Promise<Started> => {
  const started = await npmStart({ TMPDIR: temporary, ...environment }, last);
  children.push(started.child);
  return started;
};

/** The processes whose TMPDIR is ours, this test's children and theirs. */
const processes = (): readonly string[] =>
  readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`TMPDIR=${temporary}\0`);
    } catch {
      return false; // it has ended meanwhile
    }
  });

/** Ports that the given sockets, `socket:[inode]`, listen on. */
const listeningPorts = (sockets: ReadonlySet<string>): readonly number[] =>
  ['/proc/net/tcp', '/proc/net/tcp6']
    .flatMap((file) => readFileSync(file, 'utf8').split('\n').slice(1))
    .map((row) => row.trim().split(/\s+/))
    .filter((fields) => fields[3] === '0A' && sockets.has(`socket:[${fields[9] ?? ''}]`))
    .map((fields) => Number.parseInt(fields[1]?.split(':')[1] ?? '', 16));

const socketsOf = (pid: string): readonly string[] =>
  readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return []; // the descriptor of the listing itself, closed again
    }
  });

const paste = async (line: string): Promise<unknown> => JSON.parse((await run('/bin/sh', ['-c', line])).stdout);

describe('npm start', () => {
  test('prints three curls that answer 0, 1 and 2 as they are, in at most a dozen lines', async () => {
    const { lines } = await start({ PORT: String(await freePort()) }, LAST_LINE);
    expect(lines.length).toBeLessThanOrEqual(12);
    const curls = lines.filter((line) => line.startsWith('curl '));
    const answers = await Promise.all(curls.map(paste));
    expect(answers).toEqual([
      { status: 0, message: 'auth ok', reason: 'authenticated', user: { dn: 'uid=alice,ou=people,dc=example,dc=org', username: 'alice' } },
      { status: 1, message: 'invalid user', reason: 'user-not-found' },
      { status: 2, message: 'invalid password', reason: 'wrong-password' },
    ]);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'leaves no process, port or file after %s',
    async (signal) => {
      const { child, lines } = await start({ PORT: String(await freePort()) }, LAST_LINE);
      await paste(lines.find((line) => line.startsWith('curl ')) ?? '');
      expect(processes()).toHaveLength(2); // this one and the gateway
      const sockets = new Set(processes().flatMap(socketsOf));
      expect(listeningPorts(sockets)).toHaveLength(5); // the page's, the gateway's two, and the directory's: ldaps and ldap
      expect(await end(child, signal)).toBe(0);
      expect(processes()).toEqual([]);
      expect(readdirSync(temporary)).toEqual([]);
      expect(listeningPorts(sockets)).toEqual([]);
    },
  );

  test('takes the gateway with it when it is killed', async () => {
    const { child } = await start({ PORT: String(await freePort()) }, LAST_LINE);
    expect(processes()).toHaveLength(2);
    await end(child, 'SIGKILL');
    while (processes().length > 0) await new Promise((resolve) => setImmediate(resolve)); // bounded by Jest's time limit
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('says so when the port is taken', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const address = squatter.address();
    const port = typeof address === 'object' && address !== null ? String(address.port) : '';
    const { child, complaints } = await start({ PORT: port }, LAST_LINE);
    squatter.close();
    expect(child.exitCode).toBe(1);
    expect(complaints).toEqual([`npm start: PORT: ${port} cannot be used on 127.0.0.1 (another program has it?). Choose another one.`]);
  });

  test('takes another port when 3000 is taken and none was asked for', async () => {
    const squatter = createServer().listen(3000, '127.0.0.1');
    await once(squatter, 'listening').catch(() => undefined); // somebody else has it: as good
    const started = await start({}, LAST_LINE);
    squatter.close();
    expect(pageUrl(started)).toMatch(/^http:\/\/127\.0\.0\.1:(?!3000$)\d+$/);
    expect(await (await fetch(pageUrl(started))).text()).toContain('ldap-auth');
  });

  test('says what is wrong when the gateway cannot start', async () => {
    const failing = 'if (process.argv.includes("offline")) process.argv.push("--nonsense")'; // osls tells, and ends by itself
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(failing)}`;
    const { child, complaints } = await start({ PORT: String(await freePort()), NODE_OPTIONS }, LAST_LINE);
    expect(child.exitCode).toBe(1);
    expect(complaints[0]).toBe('npm start: the local gateway did not start');
    expect(complaints.slice(1).join('\n')).toContain('nonsense');
  });

  test('asks the directory that LDAP_URL names, with the variables as they are', async () => {
    const environment = {
      LDAP_URL: 'ldaps://127.0.0.1:1',
      LDAP_ULR: 'a typing error',
      LDAP_AUTH_INSTALL: '1',
      PORT: String(await freePort()),
    };
    const started = await start(environment, /^curl /);
    const { lines } = started;
    expect(lines[0]).toContain('ldaps://127.0.0.1:1');
    expect(await (await fetch(`${pageUrl(started)}/prefilled.json`)).json()).toEqual({ apiKey: DEMO_KEY, basic: null });
    expect(await paste(lines.find((line) => line.startsWith('curl ')) ?? '')).toEqual({
      status: 7,
      message: 'service misconfigured',
      reason: 'misconfigured',
    });
    const log = lines.filter((line) => line.startsWith('{')).join('\n');
    expect(log).toContain('LDAP_ULR');
    expect(log).not.toContain('LDAP_AUTH_INSTALL');
  });
});
