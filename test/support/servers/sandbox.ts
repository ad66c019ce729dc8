import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, closeSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Reads process groups to kill, a line each. Its input ends when the test process closes it or dies in whatever way
 * (SIGKILL too, and Jest's `process.on('exit')` never fires inside a test): then it kills them and removes the folder.
 */
const GUARD = `trap '' INT TERM HUP
groups=
while read -r group; do groups="$groups $group"; done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
rm -rf -- "$1" 2>/dev/null || rm -rf -- "$1"`;

export type Command = {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
};

/** No server takes so long to start, on any machine. */
const A_HANG_MS = 240_000;

/** A temporary folder and the processes that live in it. `destroy` ends both; so does the death of this process. */
export class Sandbox {
  readonly folder: string;
  readonly #guard: ChildProcess;

  constructor(name: string) {
    this.folder = mkdtempSync(join(tmpdir(), `ldap-auth-${name}-`));
    this.#guard = spawn('sh', ['-c', GUARD, 'guard', this.folder], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    this.#guard.unref();
  }

  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  write(name: string, content: string): string {
    writeFileSync(this.path(name), content);
    return this.path(name);
  }

  /** Starts a server and waits until all of its ports accept connections. */
  async serve(command: Command, address: string, ports: readonly number[], withinMs = A_HANG_MS): Promise<void> {
    const log = this.path('server.log');
    const output = openSync(log, 'a');
    const server = spawn(command.file, command.args, { detached: true, stdio: ['ignore', output, output], env: environmentOf(command) });
    closeSync(output);
    const ended = new Promise<string>((resolve) => {
      server.on('error', (error) => {
        resolve(error.message);
      });
      server.on('exit', (code, signal) => {
        resolve(`ended with ${String(code ?? signal)}`);
      });
    });
    if (server.pid !== undefined) this.#guard.stdin?.write(`${String(server.pid)}\n`);
    server.unref();
    const polling = new AbortController();
    const failure = await Promise.race([ended, waitForPorts(address, ports, withinMs, polling.signal)]);
    polling.abort(); // or it would go on asking for a server that has ended
    if (failure === undefined) return;
    const said = existsSync(log) ? readFileSync(log, 'utf8').slice(-4000) : '';
    await this.destroy();
    throw new Error(`${command.file} did not start on ${address}: ${failure}\n${said}`);
  }

  destroy(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#guard.exitCode !== null) {
        resolve();
        return;
      }
      this.#guard.ref();
      this.#guard.on('exit', () => {
        resolve();
      });
      this.#guard.stdin?.end();
    });
  }
}

/** Runs a command to its end and returns its output; a failure is an error that carries what it said. */
export function run(command: Command): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command.file, command.args, { stdio: ['pipe', 'pipe', 'pipe'], env: environmentOf(command) });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      const said = Buffer.concat(out).toString();
      if (code === 0) resolve(said);
      else
        reject(
          new Error(
            `${command.file} ${command.args.join(' ')} ended with ${String(code)}\n${said}\n${Buffer.concat(err).toString().slice(-4000)}`,
          ),
        );
    });
    child.stdin.on('error', () => undefined); // EPIPE: the command did not want its input; its exit code tells
    child.stdin.end(command.input ?? '');
  });
}

// NODE_OPTIONS and npm's variables are none of a server's business.
function environmentOf(command: Command): NodeJS.ProcessEnv {
  return {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    LC_ALL: 'C.UTF-8',
    HOME: '/root',
    ...command.env,
  };
}

/** undefined when every port accepts a connection; otherwise what is still missing when the time is up. */
async function waitForPorts(address: string, ports: readonly number[], withinMs: number, signal: AbortSignal): Promise<string | undefined> {
  const endsAt = performance.now() + withinMs;
  for (const port of ports) {
    while (!signal.aborted && !(await accepts(address, port))) {
      if (performance.now() > endsAt) return `nothing listened on port ${String(port)} within ${String(withinMs)} ms`;
      await pause(10);
    }
  }
  return undefined;
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => {
      resolve(false);
    });
  });
}

/**
 * An address of 127.0.0.0/8 on which these ports are free. Every instance gets an address of its own, so that servers
 * with fixed ports, started by several Jest workers at once, do not meet.
 */
export async function freeAddress(ports: readonly number[]): Promise<string> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const [a, b, c] = [1, 0, 1].map((least) => least + Math.floor(Math.random() * (254 - least)));
    const address = `127.${String(a)}.${String(b)}.${String(c)}`;
    const free = await Promise.all(ports.map((port) => isFree(address, port)));
    if (free.every(Boolean)) return address;
  }
  throw new Error(`no loopback address has the ports ${ports.join(', ')} free`);
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => {
      resolve(false);
    });
    server.listen({ host, port }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
