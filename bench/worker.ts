/**
 * One candidate, warm, in a process that does nothing else: what the others leave behind in a heap or a just-in-time
 * compiler is not its business. It logs people in when it is told to, one after the other, and says how long each took.
 */
import { type Candidate, personOf, type Setting } from './setting.ts';

/** Logs in people from `first` on, until `logins` or `ms` are used up. */
export type Turn = { readonly first: number; readonly logins: number; readonly ms: number };

export type TurnResult = { readonly ms: readonly number[]; readonly cpuMs: number; readonly refused: number; readonly tookMs: number };

export type Memory = { readonly heapUsed: number; readonly rss: number };

export type Request =
  | { readonly kind: 'start'; readonly module: string; readonly setting: Setting }
  | { readonly kind: 'turn'; readonly turn: Turn }
  | { readonly kind: 'wrong-password' }
  | { readonly kind: 'memory' };

export type Reply =
  { readonly started: true } | { readonly turn: TurnResult } | { readonly accepted: boolean } | { readonly memory: Memory };

function usedCpu(): Promise<number> {
  const { user, system } = process.cpuUsage();
  return Promise.resolve(user + system);
}

async function take(candidate: Candidate, { first, logins, ms }: Turn): Promise<TurnResult> {
  const cpuMicroseconds = candidate.cpuMicroseconds ?? usedCpu;
  const runs = Array.from({ length: logins }, (_, index) => candidate.prepare(personOf(first + index)));
  const times: number[] = [];
  let refused = 0;
  const cpuBefore = await cpuMicroseconds();
  const startedAt = performance.now();
  for (const run of runs) {
    const loginAt = performance.now();
    if (!(await run())) refused += 1;
    times.push(performance.now() - loginAt);
    await new Promise(setImmediate); // sockets that were closed are put away, for everybody alike
    if (performance.now() - startedAt > ms) break;
  }
  const tookMs = performance.now() - startedAt;
  return { ms: times, cpuMs: ((await cpuMicroseconds()) - cpuBefore) / 1000, refused, tookMs };
}

/** After two full collections: the first may only have queued what it found. */
async function measureMemory(): Promise<Memory> {
  for (let run = 0; run < 2; run += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    globalThis.gc?.();
  }
  const { heapUsed, rss } = process.memoryUsage();
  return { heapUsed, rss };
}

type Module = { readonly makeCandidate: (setting: Setting) => Candidate | Promise<Candidate> };

function serve(): void {
  let candidate: Candidate | undefined;
  const answer = async (request: Request): Promise<Reply> => {
    if (request.kind === 'memory') return { memory: await measureMemory() };
    if (request.kind === 'start') {
      const module = (await import(`./candidates/${request.module}`)) as Module;
      candidate = await module.makeCandidate(request.setting);
      return { started: true };
    }
    if (candidate === undefined) throw new Error('not started');
    if (request.kind === 'turn') return { turn: await take(candidate, request.turn) };
    return { accepted: await candidate.prepare({ ...personOf(0), password: 'wrong' })() };
  };
  process.on('message', (request: Request) => {
    void answer(request).then((reply) => process.send?.(reply));
  });
  process.on('disconnect', () => process.exit());
}

if (process.argv[1] === import.meta.filename) serve();
