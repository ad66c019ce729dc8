import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

import { thisMachine } from '../support/servers/install.ts';
import type { NameServer } from './name-server.ts';

/** Its own view of the file system needs root and Linux. */
export const canMount = thisMachine().user === 'root' && process.platform === 'linux';

export type Child = ChildProcess & { readonly stdout: NodeJS.ReadableStream };

/** Node with a resolver of its own: its view of /etc/resolv.conf is another file. File descriptor 3 is a pipe. `end` removes what is left of it. */
export function startNode(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  nameServer: NameServer,
): { readonly child: Child; readonly end: () => Promise<void> } {
  const folder = mkdtempSync(path.join(tmpdir(), 'ldap-auth-names-'));
  const resolver = path.join(folder, 'resolv.conf');
  writeFileSync(resolver, `nameserver ${nameServer.address}\noptions timeout:1\n`);
  const mounted = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';
  const child = spawn('unshare', ['--mount', 'sh', '-c', mounted, resolver, process.execPath, ...args], {
    env: { PATH: process.env['PATH'], LOG_LEVEL: 'SILENT', ...environment },
    stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
  });
  if (!isHeard(child)) throw new Error('no pipe for what it says');
  const end = (): Promise<void> => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
    return Promise.resolve();
  };
  return { child, end };
}

function isHeard(child: ChildProcess): child is Child {
  return child.stdout !== null;
}

/** The program that logs alice in so often. */
export function logins(count: number): readonly string[] {
  return [path.join(import.meta.dirname, 'log-in.ts'), String(count)];
}

type Counted = Readonly<Record<string, number>>;

/** Hears the process to its end: how often each answer came, by the password that was sent. */
export async function hear(child: Child, onLine: (count: number) => void = () => undefined): Promise<Counted> {
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
