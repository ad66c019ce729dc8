import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

import type { Setting } from './setting.ts';
import type { Memory, Reply, Request, Turn, TurnResult } from './worker.ts';

export type WorkerOptions = {
  /** File in candidates/. */
  readonly module: string;
  readonly setting: Setting;
  /** Node's own options. */
  readonly execArgv?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
};

/** A process with one warm candidate in it. What it logs goes to /dev/null, and is written all the same. */
export class Worker {
  readonly #process: ChildProcess;
  readonly #module: string;

  private constructor(process: ChildProcess, module: string) {
    this.#process = process;
    this.#module = module;
  }

  static async start({ module, setting, execArgv = [], environment = {} }: WorkerOptions): Promise<Worker> {
    const child = fork(path.join(import.meta.dirname, 'worker.ts'), [], {
      execArgv: [...execArgv],
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], POWERTOOLS_SERVICE_NAME: 'bench', ...environment },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const worker = new Worker(child, module);
    await worker.#ask({ kind: 'start', module, setting });
    return worker;
  }

  async turn(turn: Turn): Promise<TurnResult> {
    const reply = await this.#ask({ kind: 'turn', turn });
    if (!('turn' in reply)) throw new Error('no turn was taken');
    return reply.turn;
  }

  async acceptsWrongPassword(): Promise<boolean> {
    const reply = await this.#ask({ kind: 'wrong-password' });
    return !('accepted' in reply) || reply.accepted;
  }

  async memory(): Promise<Memory> {
    const reply = await this.#ask({ kind: 'memory' });
    if (!('memory' in reply)) throw new Error('memory was not told');
    return reply.memory;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || !this.#process.connected) return;
    const exited = once(this.#process, 'exit');
    this.#process.disconnect();
    await exited;
  }

  async #ask(request: Request): Promise<Reply> {
    const waiting = new AbortController();
    const { signal } = waiting;
    try {
      const answered = once(this.#process, 'message', { signal });
      const ended = once(this.#process, 'exit', { signal }).then(() => {
        throw new Error(`the process of ${this.#module} ended during "${request.kind}"`);
      });
      this.#process.send(request);
      const messages: readonly unknown[] = await Promise.race([answered, ended]);
      return messages[0] as Reply;
    } finally {
      waiting.abort();
    }
  }
}
