import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';

import { freePort, LOOPBACK } from './ports.ts';
import type { Variables } from './settings.ts';

export type GatewayOptions = {
  readonly root: string;
  readonly port: number;
  readonly environment: Variables;
  /** Gets every line worth showing: errors of the gateway, log lines of the service. */
  readonly show: (line: string) => void;
};

/** The service behind serverless-offline, in a process of its own. */
export type Gateway = {
  readonly url: string;
  /** Settles when it accepts connections; rejects if it ends before that. What it had to say was shown. */
  readonly ready: Promise<void>;
  /** Settles when that process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  readonly stop: () => Promise<void>;
};

// However this process ends, killed included, the channel to the child closes with it; then the child goes too.
const END_WITH_PARENT = 'data:text/javascript,process.once("disconnect",()=>process.exit())';

const OFFLINE = ['offline', 'start', '--stage', 'local', '--host', LOOPBACK, '--noPrependStageInUrl', '--noSponsor'] as const;

const READY_WITHIN_MS = 60_000;
const POLL_MS = 50;
const END_WITHIN_MS = 3_000;

export const startGateway = async ({ root, port, environment, show }: GatewayOptions): Promise<Gateway> => {
  const cli = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
  const lambdaPort = await freePort(); // serverless-offline insists on a second one, for aws-sdk callers
  const child = fork(cli, [...OFFLINE, '--httpPort', String(port), '--lambdaPort', String(lambdaPort)], {
    cwd: root,
    env: { ...environment, SLS_LOG_LEVEL: 'error', FORCE_COLOR: '0' },
    execArgv: ['--import', END_WITH_PARENT],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const ended = once(child, 'exit').then(() => undefined);
  relay(child.stdout, show, (line) => line.startsWith('{')); // beside the service's log there is a box with routes
  relay(child.stderr, show, (line) => line.trim() !== '');
  return {
    url: `http://${LOOPBACK}:${String(port)}`,
    ready: readiness(child, port),
    ended,
    stop: async () => stop(child, ended),
  };
};

const relay = (stream: Readable | null, show: (line: string) => void, wanted: (line: string) => boolean): void => {
  if (stream === null) return;
  createInterface({ input: stream }).on('line', (line) => {
    if (wanted(line)) show(line);
  });
};

const readiness = async (child: ChildProcess, port: number): Promise<void> => {
  const giveUpAt = Date.now() + READY_WITHIN_MS;
  while (child.exitCode === null && child.signalCode === null && Date.now() < giveUpAt) {
    if (await accepts(port)) return;
    await setTimeout(POLL_MS);
  }
  throw new Error('the local gateway did not start');
};

const accepts = async (port: number): Promise<boolean> => {
  const socket = connect(port, LOOPBACK);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
};

const stop = async (child: ChildProcess, ended: Promise<void>): Promise<void> => {
  if (child.connected) child.disconnect();
  const late = new AbortController();
  const kill = setTimeout(END_WITHIN_MS, undefined, { signal: late.signal }).then(
    () => child.kill('SIGKILL'),
    () => undefined,
  );
  await ended;
  late.abort();
  await kill;
};
