import { startDynamo, TABLE } from '../test/gate/dynamo.ts';
import { medians } from './cold.ts';
import type { BenchDirectory } from './directory.ts';
import { environmentFor } from './environment.ts';
import { type Fresh, runFresh, writeEvents } from './fresh.ts';
import { announce, printTable, progress } from './print.ts';
import { median } from './statistics.ts';
import { Worker } from './workers.ts';

/** What the gate adds to a valid login over ldaps; milliseconds. */
export type GateFigures = {
  readonly name: string;
  readonly p50: number;
  readonly cpu: number;
  /** To a login without the gate, in the same rounds. */
  readonly p50Ratio: number;
  readonly importMs: number;
  readonly firstMs: number;
};

const LOGINS = 50;
const COLD_LOGINS = 16;
const LIMIT = { AUTH_GATE_FAILURES: '4', AUTH_GATE_WINDOW_SECONDS: '1800' };

/**
 * The same login without the gate, with the directory's own counter, and with a table, in turn. The table is dynalite on the same
 * machine: it takes milliseconds of the same CPUs, DynamoDB takes milliseconds of a network.
 */
export async function measureGate(directory: BenchDirectory, bundles: string, rounds: number): Promise<readonly GateFigures[]> {
  announce('gate: off, with the directory’s counter, with a table (dynalite)');
  const dynamo = await startDynamo();
  const aws = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('AWS_')));
  const layers = [
    { name: 'no gate', environment: {} },
    { name: 'counter of the directory', environment: LIMIT },
    { name: 'counter and table', environment: { ...LIMIT, ...aws, AUTH_GATE_TABLE: TABLE } },
  ];
  const setting = directory.settingFor('ldaps', 'search-and-bind', bundles);
  const events = writeEvents(bundles, COLD_LOGINS);
  const running: {
    readonly name: string;
    readonly worker: Worker;
    readonly turns: number[];
    readonly cpu: number[];
    readonly fresh: Fresh[];
  }[] = [];
  try {
    for (const { name, environment } of layers) {
      const worker = await Worker.start({ module: 'service.ts', setting, environment });
      await worker.turn({ first: 0, logins: 1000, ms: 10_000 });
      running.push({ name, worker, turns: [], cpu: [], fresh: [] });
    }
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, { name, worker, turns, cpu, fresh }] of running.entries()) {
        progress(`round ${String(round + 1)} of ${String(rounds)}: ${name}`);
        const { ms, cpuMs, refused } = await worker.turn({ first: round * LOGINS, logins: LOGINS, ms: 5000 });
        if (refused > 0) throw new Error(`${name}: people who are in the directory were refused`);
        turns.push(median(ms));
        cpu.push(cpuMs / ms.length);
        fresh.push(await runFresh(`${bundles}/auth.mjs`, events, { ...environmentFor(setting), ...layers[index]?.environment }));
      }
    }
  } finally {
    await Promise.all(running.map(({ worker }) => worker.stop()));
    await dynamo.close();
  }
  const off = running[0]?.turns ?? [];
  const figures = running.map(({ name, turns, cpu, fresh }) => {
    const { importMs, firstMs } = medians(fresh);
    const p50Ratio = median(turns.map((p50, round) => p50 / (off[round] ?? Number.NaN)));
    return { name, p50: median(turns), cpu: median(cpu), p50Ratio, importMs, firstMs };
  });
  printTable(
    ['gate', 'p50 ms', '× no gate', 'CPU ms', 'import ms', 'first login ms'],
    figures.map(({ name, p50, p50Ratio, cpu, importMs, firstMs }) => [
      name,
      ...[p50, p50Ratio, cpu, importMs, firstMs].map((value) => value.toFixed(2)),
    ]),
  );
  return figures;
}
