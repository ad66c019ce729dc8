import type { BenchDirectory } from './directory.ts';
import { announce, printTable, progress } from './print.ts';
import { Worker } from './workers.ts';

export type MemoryFigures = { readonly name: string; readonly logins: number; readonly heapUsed: number; readonly rss: number };

const STEPS = [1000, 5000, 10_000, 15_000, 20_000] as const;

/** V8 lets its young generation grow in steps of tens of MB, whatever runs in it: the floor shows how far. */
const SMALL_YOUNG_GENERATION = '--max-semi-space-size=8';

/** What Lambda's own start of Node sets for 1,024 MB (a tenth of it is the young generation, with two halves). */
const AS_LAMBDA = ['--max-semi-space-size=51', '--max-old-space-size=922'];

const PROCESSES = [
  { name: 'this service', module: 'service.ts', execArgv: [SMALL_YOUNG_GENERATION] },
  { name: 'this service, as V8 likes it', module: 'service.ts', execArgv: [] },
  { name: 'this service, as Lambda starts it', module: 'service.ts', execArgv: AS_LAMBDA },
  { name: 'floor, as V8 likes it', module: 'floor.ts', execArgv: [] },
] as const;

/** 20,000 logins over ldaps in one process: what is left on the heap after a full collection, and what the process holds. */
export async function measureMemory(directory: BenchDirectory, bundles: string, size: 'one' | 'all'): Promise<readonly MemoryFigures[]> {
  announce('memory: 20,000 logins in one process');
  const setting = directory.settingFor('ldaps', 'search-and-bind', bundles);
  const figures: MemoryFigures[] = [];
  for (const { name, module, execArgv } of size === 'one' ? PROCESSES.slice(0, 1) : PROCESSES) {
    const worker = await Worker.start({ module, setting, execArgv: ['--expose-gc', ...execArgv] });
    try {
      let done = 0;
      for (const logins of STEPS) {
        for (; done < logins; done += 250) {
          progress(`${name}: ${String(done)}`);
          await worker.turn({ first: done, logins: 250, ms: 60_000 });
        }
        figures.push({ name, logins, ...(await worker.memory()) });
      }
    } finally {
      await worker.stop();
    }
  }
  const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(2);
  printTable(
    ['process', 'logins', 'heap MB', 'RSS MB'],
    figures.map(({ name, logins, heapUsed, rss }) => [name, String(logins), megabytes(heapUsed), megabytes(rss)]),
  );
  return figures;
}
