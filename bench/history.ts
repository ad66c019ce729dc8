import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import path from 'node:path';

import { ROOT } from './bundles.ts';
import type { Figures } from './targets.ts';

const HISTORY = path.join(ROOT, 'bench/history.jsonl');

/** A run that somebody has looked at and stands by. */
export type Accepted = Figures & {
  readonly at: string;
  readonly commit: string;
  readonly machine: string;
  readonly node: string;
  /** Of the machine, before the run: more than a tenth of its CPUs means that something else was running. */
  readonly loadBefore: number;
};

/** Taken before a run: afterwards the load is the run's own. */
export function circumstances(): Pick<Accepted, 'at' | 'commit' | 'machine' | 'node' | 'loadBefore'> {
  const processors = cpus();
  return {
    at: new Date().toISOString(),
    commit: commitOf(),
    machine: `${String(processors.length)} × ${processors[0]?.model.trim() ?? 'unknown'}, ${String(Math.round(totalmem() / 2 ** 30))} GB, Linux ${release()}`,
    node: process.version,
    loadBefore: loadavg()[0] ?? Number.NaN,
  };
}

function git(...args: readonly string[]): string {
  return execFileSync('git', ['-C', ROOT, ...args], { encoding: 'utf8' }).trim();
}

function commitOf(): string {
  const changed = git('status', '--porcelain', '--', 'src', 'stack');
  return `${git('rev-parse', '--short', 'HEAD')}${changed === '' ? '' : ' with changes'}`;
}

export function readHistory(): readonly Accepted[] {
  if (!existsSync(HISTORY)) return [];
  const lines = readFileSync(HISTORY, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Accepted);
}

/** Adds one line; figures with more digits than they are worth are rounded. */
export function accept(run: Accepted): void {
  const rounded = (_key: string, value: unknown): unknown => (typeof value === 'number' ? Number(value.toPrecision(6)) : value);
  appendFileSync(HISTORY, `${JSON.stringify(run, rounded)}\n`);
}
