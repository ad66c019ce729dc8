import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type ChildProcess, execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { DEMO_KEY } from '../../../tools/start/banner.ts';
import { freePort } from '../../../tools/start/ports.ts';
import { listen } from '../../support/listen.ts';
import { end, LAST_LINE, npmStart, pageUrl, type Started } from '../support/npm-start.ts';

const run = promisify(execFile);

const ROOT = path.resolve(import.meta.dirname, '../../..');

const SECRET = 'a value that nobody prints';

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

async function start(environment: Readonly<Record<string, string>>, last: RegExp, args?: readonly string[]): Promise<Started> {
  const started = await npmStart({ TMPDIR: temporary, ...environment }, last, args);
  children.push(started.child);
  return started;
}

/** The processes whose TMPDIR is ours, this test's children and theirs. */
function processes(): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`TMPDIR=${temporary}\0`);
    } catch {
      return false; // it has ended meanwhile
    }
  });
}

/** Ports that the given sockets, `socket:[inode]`, listen on. */
function listeningPorts(sockets: ReadonlySet<string>): readonly number[] {
  return ['/proc/net/tcp', '/proc/net/tcp6']
    .flatMap((file) => readFileSync(file, 'utf8').split('\n').slice(1))
    .map((row) => row.trim().split(/\s+/))
    .filter((fields) => fields[3] === '0A' && sockets.has(`socket:[${fields[9] ?? ''}]`))
    .map((fields) => Number.parseInt(fields[1]?.split(':')[1] ?? '', 16));
}

function socketsOf(pid: string): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return []; // the descriptor of the listing itself, closed again
    }
  });
}

async function paste(line: string): Promise<unknown> {
  return JSON.parse((await run('/bin/sh', ['-c', line])).stdout);
}

describe('npm start', () => {
  test('prints three curls that answer 0, 1 and 2 as they are, in at most a dozen lines', async () => {
    const { lines } = await start({ PORT: String(await freePort()) }, LAST_LINE);
    expect(lines.length).toBeLessThanOrEqual(12);
    const curls = lines.filter((line) => line.startsWith('curl '));
    const answers = await Promise.all(curls.map(paste));
    const [, toldInReadme = ''] = /^```json\n(.*)\n```/m.exec(readFileSync(path.join(ROOT, 'README.md'), 'utf8')) ?? [];
    expect(answers).toEqual([
      JSON.parse(toldInReadme),
      { status: 1, message: 'invalid user', reason: 'user-not-found' },
      { status: 2, message: 'invalid password', reason: 'wrong-password' },
    ]);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('leaves no process, port or file after %s', async (signal) => {
    const { child, lines } = await start({ PORT: String(await freePort()) }, LAST_LINE);
    await paste(lines.find((line) => line.startsWith('curl ')) ?? '');
    expect(processes()).toHaveLength(2); // this one and the gateway
    const sockets = new Set(processes().flatMap(socketsOf));
    expect(listeningPorts(sockets)).toHaveLength(5); // the page's, the gateway's two, and the directory's: ldaps and ldap
    expect(await end(child, signal)).toBe(0);
    expect(processes()).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
    expect(listeningPorts(sockets)).toEqual([]);
  });

  test('takes the gateway with it when it is killed', async () => {
    const { child } = await start({ PORT: String(await freePort()) }, LAST_LINE);
    expect(processes()).toHaveLength(2);
    await end(child, 'SIGKILL');
    while (processes().length > 0) await new Promise((resolve) => setImmediate(resolve)); // bounded by Jest's time limit
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('says so when the port is taken', async () => {
    const squatter = createServer();
    const port = String(await listen(squatter));
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
    const port = new URL(pageUrl(started)).port;
    expect(started.lines).toContain(`Port: ${port}, because 3000 is taken by another program (PORT chooses another one)`);
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

  test('says that it starts before it imports anything of size', () => {
    const early = ['start.ts', 'variables.ts', 'env-file.ts'].map((name) =>
      readFileSync(new URL(`../../../tools/start/${name}`, import.meta.url), 'utf8'),
    );
    const imported = early.flatMap((source) => [...source.matchAll(/^import .* from '([^']+)';$/gm)].map(([, name]) => name ?? ''));
    expect(imported.filter((name) => !name.startsWith('node:')).toSorted()).toEqual(['./env-file.ts', './variables.ts']);
  });

  test('tells a directory that is not there in the doctor’s own row, and serves what the service answers then', async () => {
    const settings = { LDAP_URL: 'ldaps://127.0.0.1:1', LDAP_BIND_DN: 'cn=x', LDAP_BIND_PASSWORD: SECRET, LDAP_BASE_DN: 'dc=x' };
    const started = await start({ ...settings, LDAP_AUTH_INSTALL: '1', PORT: String(await freePort()) }, /^curl /);
    const { lines } = started;
    expect(lines[0]).toMatch(/^Starting ldap-auth with your directory: LDAP_URL is set\./);
    expect(lines[1]).toMatch(/^ {2}✗ +\d+ ms {2}TCP: .*\n?/);
    expect(lines[2]).toMatch(/^ {14}LDAP_URL: /);
    expect(lines).toContain('This does not work yet, and every answer will say so. More: npm run doctor');
    expect(await (await fetch(`${pageUrl(started)}/demo.json`)).json()).toEqual({ apiKey: DEMO_KEY, people: [] });
    expect(await paste(lines.find((line) => line.startsWith('curl ')) ?? '')).toMatchObject({ status: 5, reason: 'directory-unreachable' });
    await lineOf(started, /^ {2}status 5 {2}directory-unreachable {2}\d+ ms {2}\(connect: ECONNREFUSED.*\)$/);
    expect(lines.join('\n')).not.toContain(SECRET);
  });

  test.each([
    ['a misspelt variable', { LDAP_URL: 'ldaps://127.0.0.1:1', LDAP_ULR: SECRET }, 'LDAP_ULR: expected no such setting'],
    ['a directory without LDAP_URL', { LDAP_BIND_DN: 'cn=x' }, 'LDAP_URL: expected one or more URLs'],
    ['a misspelt variable beside the demo directory', { AUTH_DISCLOSUR: SECRET }, 'AUTH_DISCLOSUR: expected no such setting'],
  ])('%s: ends with the doctor’s own row, and starts nothing', async (_what, settings, row) => {
    const { child, lines, complaints } = await start({ ...settings, PORT: String(await freePort()) }, LAST_LINE);
    expect(child.exitCode).toBe(1);
    expect(lines).toHaveLength(1);
    expect(complaints[0]).toBe('npm start: the service cannot run with these settings');
    expect(complaints[1]).toMatch(/^ {2}✗ +\d+ ms {2}configuration$/);
    expect(complaints.join('\n')).toContain(row);
    expect(complaints.join('\n')).not.toContain(SECRET);
  });

  const withFile = async (text: string, settings: Readonly<Record<string, string>> = {}): Promise<Started> => {
    const file = path.join(temporary, 'settings.env');
    writeFileSync(file, text);
    return await start({ PORT: String(await freePort()), ...settings }, LAST_LINE, ['--env', file]);
  };

  test('a value in .env that would lose a part is told without it, before anybody is asked anything', async () => {
    const { child, lines, complaints } = await withFile('LDAP_URL=ldaps://127.0.0.1:1\nLDAP_BIND_PASSWORD=Svc#Secret\n');
    expect([child.exitCode, lines]).toEqual([1, []]);
    expect(complaints).toEqual([
      'npm start: a value would not arrive whole. Nobody was asked anything.',
      `${path.join(temporary, 'settings.env')}, line 2: LDAP_BIND_PASSWORD would end at its #. Put the value between quotes: LDAP_BIND_PASSWORD='…'`,
    ]);
  });

  test('an .env that sets no LDAP_* is told, where the demo directory is asked', async () => {
    const { lines } = await withFile('# LDAP_URL=ldaps://dc1.corp.example.com\nLOG_LEVEL=INFO\n');
    expect(lines[0]).toMatch(
      /^Starting ldap-auth with a demo directory of its own: \S+settings\.env is there, but sets no LDAP_\* variable\./,
    );
  });

  test('a request is one short line, and nothing that was typed is in it', async () => {
    const started = await start({ PORT: String(await freePort()) }, LAST_LINE);
    for (const line of started.lines.filter((each) => each.startsWith('curl '))) await paste(line);
    await fetch(`${pageUrl(started)}/auth`, { method: 'POST' });
    for (const told of ['0 {2}authenticated', '1 {2}user-not-found', '2 {2}wrong-password', '8 {2}caller-not-permitted'])
      await lineOf(started, new RegExp(`^ {2}status ${told} {2}\\d+ ms$`));
    const ofRequests = started.lines.slice(started.lines.findIndex((line) => LAST_LINE.test(line)) + 1);
    expect(ofRequests).toHaveLength(4);
  });

  test('with --json a request is the service’s own log line', async () => {
    const started = await start({ PORT: String(await freePort()) }, LAST_LINE, ['--json', '--env', '/no/such/folder/.env']);
    await paste(started.lines.find((line) => line.startsWith('curl ')) ?? '');
    expect(JSON.parse(await lineOf(started, /"request answered"/))).toMatchObject({ reason: 'authenticated' });
  });

  test('an argument that is not known ends with 2 and the usage; --help is the usage', async () => {
    const wrong = await start({}, LAST_LINE, ['--jsno']);
    expect([wrong.child.exitCode, wrong.lines]).toEqual([2, []]);
    const help = await start({}, /no such line/, ['--help']);
    expect([help.child.exitCode, help.complaints]).toEqual([0, []]);
    expect(wrong.complaints.slice(2)).toEqual(help.lines);
  });
});

/** The first line that looks so, once it is there. A line that never comes is told with those that came. */
async function lineOf({ lines, complaints }: Started, wanted: RegExp): Promise<string> {
  const end = performance.now() + MOST_MS;
  while (performance.now() < end) {
    const found = lines.find((line) => wanted.test(line));
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`no line like ${String(wanted)} in:\n${[...lines, ...complaints].join('\n')}`);
}

/** For a hang alone. */
const MOST_MS = 120_000;
