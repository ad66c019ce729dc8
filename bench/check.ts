import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';

import { borrowDependencies, bundleInto, ROOT } from './bundles.ts';
import type { BenchDirectory } from './directory.ts';
import { environmentFor } from './environment.ts';
import { type Fresh, runFresh, writeEvents } from './fresh.ts';
import { announce, print, printTable, progress } from './print.ts';
import { median, uncertaintyOfMedian } from './statistics.ts';

const ROUNDS = 16;
const LOGINS = 400;

const MEASURES = [
  { what: 'cold import', of: ({ importMs }: Fresh) => importMs },
  { what: 'first login', of: ({ firstMs }: Fresh) => firstMs },
  { what: 'warm login', of: ({ warmMs }: Fresh) => warmMs },
  { what: 'CPU of a warm login', of: ({ warmCpuMs }: Fresh) => warmCpuMs },
] as const;

type Round = { readonly base: Fresh; readonly again: Fresh; readonly work: Fresh };

/**
 * The working tree beside a commit: both bundled, fresh processes in turn over ldaps. The commit runs twice in each round, and
 * how far it differs from itself is the noise. True if the working tree is not slower by more than that.
 */
export async function check(directory: BenchDirectory, folder: string, commit: string): Promise<boolean> {
  announce(`the working tree beside ${commit}: ${String(ROUNDS)} rounds of three fresh processes`);
  const tree = path.join(folder, 'commit');
  execFileSync('git', ['-C', ROOT, 'worktree', 'add', '--detach', tree, commit], { stdio: 'ignore' });
  try {
    borrowDependencies(tree);
    const [base, work] = [await bundleTree(folder, tree, 'base'), await bundleTree(folder, ROOT, 'work')];
    const rounds = await takeRounds(directory, folder, base, work);
    return judge(rounds);
  } finally {
    execFileSync('git', ['-C', ROOT, 'worktree', 'remove', '--force', tree], { stdio: 'ignore' });
  }
}

async function bundleTree(folder: string, tree: string, name: string): Promise<string> {
  mkdirSync(path.join(folder, name));
  return (await bundleInto(path.join(folder, name), tree, 'auth', 'src/handlers/auth.ts')).file;
}

async function takeRounds(directory: BenchDirectory, folder: string, base: string, work: string): Promise<readonly Round[]> {
  const environment = environmentFor(directory.settingFor('ldaps', 'search-and-bind', folder));
  const events = writeEvents(folder, LOGINS);
  const rounds: Round[] = [];
  for (let round = -1; round < ROUNDS; round += 1) {
    progress(`round ${String(round + 1)} of ${String(ROUNDS)}`);
    const order = [
      ['base', base],
      ['work', work],
      ['again', base],
    ] as const;
    const taken: Partial<Record<keyof Round, Fresh>> = {};
    for (const [name, file] of round % 2 === 0 ? order : order.toReversed()) taken[name] = await runFresh(file, events, environment);
    const { base: first, again, work: own } = taken;
    if (round >= 0 && first !== undefined && again !== undefined && own !== undefined) rounds.push({ base: first, again, work: own });
  }
  return rounds;
}

/** Each round's ratios are of processes that ran within seconds of each other; what the machine did meanwhile falls out. */
function judge(rounds: readonly Round[]): boolean {
  const verdicts = MEASURES.map(({ what, of }) => {
    const self = rounds.map(({ base, again }) => of(again) / of(base));
    const changed = rounds.map(({ base, again, work }) => (2 * of(work)) / (of(base) + of(again)));
    const noise = Math.abs(median(self) - 1) + uncertaintyOfMedian(self);
    const slower = median(changed) - 1;
    return { what, ms: median(rounds.map(({ work }) => of(work))), slower, noise, isSlower: slower > noise };
  });
  const percent = (share: number): string => `${share < 0 ? '' : '+'}${(100 * share).toFixed(1)} %`;
  printTable(
    ['', 'ms now', 'change', 'noise', ''],
    verdicts.map(({ what, ms, slower, noise, isSlower }) => [
      what,
      ms.toFixed(2),
      percent(slower),
      `±${(100 * noise).toFixed(1)} %`,
      isSlower ? 'slower' : slower < -noise ? 'faster' : 'the same',
    ]),
  );
  const slower = verdicts.filter(({ isSlower }) => isSlower).map(({ what }) => what);
  print(slower.length === 0 ? 'Not slower.' : `Slower: ${slower.join(', ')}.`);
  return slower.length === 0;
}
