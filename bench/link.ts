import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

/** A wire between a candidate and the directory that takes its time: what comes is handed on so many milliseconds later. */
export type Link = {
  readonly port: number;
  /** Connections since the start, and how often the side that speaks changed: twice a round trip. */
  readonly counts: () => Promise<LinkCounts>;
  /** Milliseconds in each direction from now on; 0 at first. */
  readonly delay: (ms: number) => Promise<void>;
  readonly stop: () => void;
};

export type LinkCounts = { readonly connections: number; readonly turns: number };

/** In a process of its own: it waits for fractions of a millisecond by looking at the clock. */
export async function startLink(target: { readonly host: string; readonly port: number }): Promise<Link> {
  const args = [target.host, String(target.port)];
  const child = fork(path.join(import.meta.dirname, 'link-process.ts'), args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const { port } = (await answerOf(child)) as { readonly port: number };
  const tell = async (what: 'counts' | number): Promise<LinkCounts> => {
    child.send(what);
    return (await answerOf(child)) as LinkCounts;
  };
  return {
    port,
    counts: () => tell('counts'),
    delay: async (ms) => {
      await tell(ms);
    },
    stop: () => {
      child.disconnect();
    },
  };
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const messages: readonly unknown[] = await once(child, 'message');
  return messages[0];
}
