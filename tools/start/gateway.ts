import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';

import { freePort, LOOPBACK } from './ports.ts';
import type { Variables } from './variables.ts';

export type GatewayOptions = {
  readonly root: string;
  readonly port: number;
  readonly environment: Variables;
  /** Gets every line worth showing: warnings of the gateway, log lines of the service. */
  readonly show: (line: string) => void;
};

/** The service behind serverless-offline, in a process of its own. */
export type Gateway = {
  /** Settles when it accepts connections; rejects if it ends before that, with what it had to say. */
  readonly ready: Promise<void>;
  /** Settles when that process has ended, for whatever reason, with the last of what it said beside what was shown. */
  readonly ended: Promise<readonly string[]>;
  readonly stop: () => Promise<void>;
};

// However this process ends, killed included, the channel to the child closes with it; then the child goes too. The channel
// must not keep alive a child that has nothing left to do: osls reports a failure and waits for its process to run out. The
// child's worker threads inherit this, and have no channel.
const END_WITH_PARENT = 'data:text/javascript,process.once("disconnect",()=>process.exit());process.channel?.unref()';

const OFFLINE = ['offline', 'start', '--stage', 'local', '--host', LOOPBACK, '--noPrependStageInUrl', '--noSponsor'] as const;

const READY_WITHIN_MS = 60_000;
const POLL_MS = 50;
const END_WITHIN_MS = 3_000;
const LAST_WORDS = 20;

export async function startGateway({ root, port, environment, show }: GatewayOptions): Promise<Gateway> {
  const cli = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
  const lambdaPort = await freePort(); // serverless-offline insists on a second one, for aws-sdk callers
  const child = fork(cli, [...OFFLINE, '--httpPort', String(port), '--lambdaPort', String(lambdaPort)], {
    cwd: root,
    env: { ...environment, SLS_LOG_LEVEL: 'error', FORCE_COLOR: '0' },
    execArgv: ['--import', END_WITH_PARENT],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const said: string[] = []; // a box with routes, or what went wrong: osls writes both where the service writes its log
  const saidAll = onLines(child.stdout, (line) => (line.startsWith('{') ? show(line) : said.push(line)));
  void onLines(child.stderr, show);
  // Not the child's own `close`: Node never emits that once we have hung up the channel.
  const ended = Promise.all([once(child, 'exit'), saidAll]).then(() => said.slice(-LAST_WORDS));
  return { ready: readiness(child, port, ended), ended, stop: async () => stop(child, ended) };
}

/** Settles with the last line. */
async function onLines(stream: Readable | null, take: (line: string) => void): Promise<void> {
  if (stream === null) return;
  const lines = createInterface({ input: stream }).on('line', (line) => {
    if (line.trim() !== '') take(line);
  });
  await once(lines, 'close');
}

async function readiness(child: ChildProcess, port: number, ended: Gateway['ended']): Promise<void> {
  const giveUpAt = Date.now() + READY_WITHIN_MS;
  while (child.exitCode === null && child.signalCode === null) {
    if (await accepts(port)) return;
    if (Date.now() > giveUpAt) throw new Error('the local gateway did not start in time');
    await setTimeout(POLL_MS);
  }
  throw new Error(['the local gateway did not start', ...(await ended)].join('\n'));
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, LOOPBACK);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.connected) child.disconnect();
  const late = new AbortController();
  const kill = setTimeout(END_WITHIN_MS, undefined, { signal: late.signal }).then(
    () => child.kill('SIGKILL'),
    () => undefined,
  );
  await ended;
  late.abort();
  await kill;
}
