import { cpus } from 'node:os';

import type { BenchDirectory } from './directory.ts';
import { announce, printTable, progress } from './print.ts';
import { median, percentile, sum } from './statistics.ts';
import { Worker } from './workers.ts';

export type ScaleFigures = {
  readonly processes: number;
  readonly loginsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Milliseconds of CPU for one login: ours, and the directory's. */
  readonly cpu: number;
  readonly directoryCpu: number;
  /** What cn=Monitor counted for one login. */
  readonly connections: number;
  readonly binds: number;
  readonly searches: number;
  /** The share of the whole machine that was busy, with whatever else ran on it. */
  readonly busy: number;
};

const STEPS = [1, 2, 4, 8, 16, 32, 64] as const;

/** A young process, as most of Lambda's are: V8 optimizes what has been called three thousand times, and some of that comes in the steps. */
const WARM_UP = 400;

/** More than one process can do while a step lasts. */
const MOST_LOGINS = 2000;

/** N warm processes, each with one login after the other as Lambda would run them, against one slapd. */
export async function measureScale(directory: BenchDirectory, bundles: string, ms: number): Promise<readonly ScaleFigures[]> {
  announce('scale: 1 to 64 warm processes against one slapd, ldaps, search-and-bind');
  const setting = directory.settingFor('ldaps', 'search-and-bind', bundles);
  const workers: Worker[] = [];
  const figures: ScaleFigures[] = [];
  try {
    for (const processes of STEPS) {
      while (workers.length < processes) {
        progress(`starting process ${String(workers.length + 1)}`);
        const worker = await Worker.start({ module: 'service.ts', setting });
        await worker.turn({ first: 0, logins: WARM_UP, ms: 3000 });
        workers.push(worker);
      }
      progress(`${String(processes)} processes`);
      figures.push(await measureStep(directory, workers, ms));
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
  printScale(figures);
  return figures;
}

async function measureStep(directory: BenchDirectory, workers: readonly Worker[], ms: number): Promise<ScaleFigures> {
  const before = { counts: await directory.counts(), cpuMs: directory.cpuMs(), machine: machineTimes() };
  const turns = await Promise.all(workers.map((worker, index) => worker.turn({ first: index * 150, logins: MOST_LOGINS, ms })));
  const after = { cpuMs: directory.cpuMs(), machine: machineTimes(), counts: await directory.counts() };
  const times = turns.flatMap((turn) => turn.ms);
  if (turns.some(({ refused }) => refused > 0)) throw new Error('people who are in the directory were refused');
  return {
    processes: workers.length,
    loginsPerSecond: sum(turns.map((turn) => (turn.ms.length * 1000) / turn.tookMs)),
    p50: median(times),
    p99: percentile(times, 0.99),
    cpu: sum(turns.map(({ cpuMs }) => cpuMs)) / times.length,
    directoryCpu: (after.cpuMs - before.cpuMs) / times.length,
    // One connection, bind, search and unbind each are those of the look into cn=Monitor itself.
    connections: (after.counts.connections - before.counts.connections - 1) / times.length,
    binds: (after.counts.binds - before.counts.binds - 1) / times.length,
    searches: (after.counts.searches - before.counts.searches - 1) / times.length,
    busy: 1 - (after.machine.idle - before.machine.idle) / (after.machine.total - before.machine.total),
  };
}

function machineTimes(): { readonly idle: number; readonly total: number } {
  const times = cpus().map((cpu) => cpu.times);
  return { idle: sum(times.map(({ idle }) => idle)), total: sum(times.flatMap((time) => Object.values(time))) };
}

/** The least number of processes that brings 85 % of the most logins: from there on more of them only wait for each other. */
export function kneeOf(figures: readonly ScaleFigures[]): ScaleFigures | undefined {
  const most = Math.max(...figures.map(({ loginsPerSecond }) => loginsPerSecond));
  return figures.find(({ loginsPerSecond }) => loginsPerSecond >= 0.85 * most);
}

function printScale(figures: readonly ScaleFigures[]): void {
  printTable(
    ['processes', 'logins/s', 'p50 ms', 'p99 ms', 'CPU ms', "slapd's CPU ms", 'connections', 'binds', 'searches', 'machine busy'],
    figures.map((row) => [
      String(row.processes),
      row.loginsPerSecond.toFixed(0),
      ...[row.p50, row.p99, row.cpu, row.directoryCpu, row.connections, row.binds, row.searches].map((value) => value.toFixed(2)),
      `${(100 * row.busy).toFixed(0)} %`,
    ]),
  );
}
