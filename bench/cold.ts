import { mkdirSync } from 'node:fs';
import path from 'node:path';

import { bundleCommonJsInto, type Bundled, bundleInto, ROOT } from './bundles.ts';
import type { BenchDirectory } from './directory.ts';
import { environmentFor } from './environment.ts';
import { type Fresh, runFresh, writeEvents } from './fresh.ts';
import { announce, printTable, progress } from './print.ts';
import { median } from './statistics.ts';

/** `bundler`: esbuild as most people call it, or the project's own, which takes Node's modules when they are needed. */
type Subject = { readonly name: string; readonly entry: string; readonly bundler?: 'ordinary'; readonly cache?: 'compile cache' };

const SUBJECTS: readonly Subject[] = [
  { name: 'empty handler', entry: 'bench/floor/empty.ts' },
  { name: 'bare middy + ldapts', entry: 'bench/floor/middy-ldapts.ts', bundler: 'ordinary' },
  { name: 'bare middy + ldapts, our bundler', entry: 'bench/floor/middy-ldapts.ts' },
  { name: 'this service', entry: 'src/handlers/auth.ts' },
  { name: 'this service, compile cache', entry: 'src/handlers/auth.ts', cache: 'compile cache' },
  { name: "the seed's stack", entry: 'bench/floor/seed-program.mjs', bundler: 'ordinary' },
];

export type ColdFigures = { readonly name: string; readonly bytes: number; readonly deflated: number } & Fresh;

/** The first is the first; the second half of them is called warm. */
const LOGINS = 16;

/** Cold start: fresh processes, in turn, each importing one bundle and logging people in over ldaps. */
export async function measureCold(directory: BenchDirectory, folder: string, rounds: number): Promise<readonly ColdFigures[]> {
  announce(`cold start: ${String(rounds)} fresh processes each`);
  const variables = environmentFor(directory.settingFor('ldaps', 'search-and-bind', folder));
  const events = writeEvents(folder, LOGINS);
  const running: Running[] = [];
  for (const [index, subject] of SUBJECTS.entries()) running.push(await prepare(subject, path.join(folder, `cold-${String(index)}`)));
  for (let round = -1; round < rounds; round += 1) {
    for (const { subject, bundled, environment, runs } of running) {
      progress(`round ${String(round + 1)} of ${String(rounds)}: ${subject.name}`);
      const figures = await runFresh(bundled.file, events, { ...variables, ...environment });
      if (round >= 0) runs.push(figures); // the first one warms the disk, and fills the compile cache
    }
  }
  const table = running.map(({ subject, bundled, runs }) => ({
    name: subject.name,
    bytes: bundled.bytes,
    deflated: bundled.deflated,
    ...medians(runs),
  }));
  printCold(table);
  return table;
}

type Running = {
  readonly subject: Subject;
  readonly bundled: Bundled;
  readonly environment: Readonly<Record<string, string>>;
  readonly runs: Fresh[];
};

async function prepare(subject: Subject, folder: string): Promise<Running> {
  mkdirSync(folder);
  const bundled = await (subject.bundler === 'ordinary' ? bundleCommonJsInto : bundleInto)(folder, ROOT, 'auth', subject.entry);
  const environment: Record<string, string> = subject.cache === undefined ? {} : { NODE_COMPILE_CACHE: path.join(folder, 'cache') };
  return { subject, bundled, environment, runs: [] };
}

export function medians(runs: readonly Fresh[]): Fresh {
  return {
    importMs: median(runs.map(({ importMs }) => importMs)),
    importCpuMs: median(runs.map(({ importCpuMs }) => importCpuMs)),
    importedRss: median(runs.map(({ importedRss }) => importedRss)),
    firstMs: median(runs.map(({ firstMs }) => firstMs)),
    warmMs: median(runs.map(({ warmMs }) => warmMs)),
    warmCpuMs: median(runs.map(({ warmCpuMs }) => warmCpuMs)),
    rss: median(runs.map(({ rss }) => rss)),
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
}

function printCold(figures: readonly ColdFigures[]): void {
  printTable(
    ['bundle', 'import ms', 'CPU ms', 'first login ms', 'warm ms', 'bytes', 'deflated', 'RSS MB imported', 'RSS MB after'],
    figures.map(({ name, importMs, importCpuMs, firstMs, warmMs, bytes, deflated, importedRss, rss }) => [
      name,
      ...[importMs, importCpuMs, firstMs, warmMs].map((value) => value.toFixed(1)),
      ...[bytes, deflated].map(String),
      ...[importedRss, rss].map(megabytes),
    ]),
  );
}
