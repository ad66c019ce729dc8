import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

import { afterEach, describe, expect, test } from '@jest/globals';

import { Authority } from '../../tools/demo-directory/certificates.ts';
import { demoEntries, SERVICE_DN, BASE_DN } from '../../tools/demo-directory/people.ts';
import { type EmbeddedDirectory, startDirectory } from '../../tools/demo-directory/server.ts';
import { thisMachine } from '../support/servers/install.ts';
import { freeAddress } from '../support/servers/sandbox.ts';
import { type NameServer, startNameServer } from './name-server.ts';

const HOST = 'directory.example.test';
const SERVICE_PASSWORD = 'service';
const TYPE = { A: 1, AAAA: 28 } as const;

const ended: (() => Promise<unknown> | undefined)[] = [];

afterEach(async () => {
  for (const end of ended.splice(0).toReversed()) await end();
});

async function serve(host: string, port = 0): Promise<EmbeddedDirectory & { readonly port: number }> {
  const authority = await Authority.create('Our authority');
  const certificate = await authority.issue({ commonName: HOST, dnsNames: [HOST] });
  const directory = await startDirectory({ entries: demoEntries(SERVICE_PASSWORD), certificate, host, port });
  ended.push(() => directory.close());
  return { ...directory, port: Number(new URL(directory.url).port) };
}

async function nameServerFor(target: string): Promise<NameServer> {
  const nameServer = await startNameServer(await freeAddress([53]), target);
  ended.push(() => nameServer.close());
  return nameServer;
}

/** A process that logs alice in by the name, with a resolver of its own: its view of /etc/resolv.conf is another file. */
function logIn(logins: number, nameServer: NameServer, port: number): ChildProcess & { readonly stdout: NodeJS.ReadableStream } {
  const folder = mkdtempSync(path.join(tmpdir(), 'ldap-auth-names-'));
  const resolver = path.join(folder, 'resolv.conf');
  writeFileSync(resolver, `nameserver ${nameServer.address}\noptions timeout:1\n`);
  const program = path.join(import.meta.dirname, 'log-in.ts');
  const mounted = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';
  const args = ['--mount', 'sh', '-c', mounted, resolver, process.execPath, program, String(logins)];
  const environment = {
    PATH: process.env['PATH'],
    LDAP_URL: `ldap://${HOST}:${String(port)}`,
    LDAP_ALLOW_PLAINTEXT: 'true',
    LDAP_BIND_DN: SERVICE_DN,
    LDAP_BIND_PASSWORD: SERVICE_PASSWORD,
    LDAP_BASE_DN: BASE_DN,
    LOG_LEVEL: 'SILENT',
  };
  const child = spawn('unshare', args, { env: environment, stdio: ['pipe', 'pipe', 'inherit'] });
  ended.push(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
    return undefined;
  });
  return child;
}

type Counted = Readonly<Record<string, number>>;

/** Hears the process to its end: how often each answer came, by the password that was sent. */
async function hear(child: ReturnType<typeof logIn>, onLine: (count: number) => void = () => undefined): Promise<Counted> {
  const counted: Record<string, number> = {};
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [password = '', reason = ''] = line.split(' ');
    counted[`${password}: ${reason}`] = (counted[`${password}: ${reason}`] ?? 0) + 1;
    lines += 1;
    onLine(lines);
  }
  if (child.exitCode === null) await once(child, 'close');
  return counted;
}

// Its own view of the file system needs root and Linux; elsewhere test/ldap/addresses.test.ts is what there is.
const canMount = thisMachine().user === 'root' && process.platform === 'linux';

describe(canMount ? 'names, asked of a real resolver' : 'names (only as root on Linux)', () => {
  if (!canMount) {
    test.todo('not run: needs root on Linux');
    return;
  }

  test('1,000 warm logins by name ask the name server as often as 30 s of them need', async () => {
    const directory = await serve('127.0.0.1');
    const nameServer = await nameServerFor('127.0.0.1');
    const startedAt = performance.now();
    const counted = await hear(logIn(1000, nameServer, directory.port));
    const lookUps = Math.ceil((performance.now() - startedAt) / 30_000); // one, unless the machine is very slow
    expect(counted).toEqual({ 'right: authenticated': 500, 'wrong: wrong-password': 500 });
    expect(nameServer.asked.get(TYPE.A)).toBeLessThanOrEqual(lookUps);
    expect(nameServer.asked.get(TYPE.AAAA) ?? 0).toBeLessThanOrEqual(lookUps);
  });

  test('an address that changes under load gives no wrong answer, and the new one is found', async () => {
    const [before, after] = [await freeAddress([53]), await freeAddress([53])];
    const first = await serve(before);
    await serve(after, first.port);
    const nameServer = await nameServerFor(before);
    const child = logIn(100_000, nameServer, first.port);
    let closing: Promise<void> | undefined;
    const counted = await hear(child, (lines) => {
      if (lines === 200) {
        nameServer.setAddress(after);
        closing = first.close();
      }
      if (lines === 1000) child.stdin?.end();
    });
    await closing;
    const { 'right: authenticated': right = 0, 'wrong: wrong-password': wrong = 0, ...others } = counted;
    expect(right + wrong).toBeGreaterThan(900);
    expect(Object.keys(others).filter((answer) => !/: directory-(?:unreachable|timeout)$/.test(answer))).toEqual([]);
  });
});
