/**
 * `npm run bench`: this service beside the floor and its peers, against a real OpenLDAP, in some seven minutes.
 *
 *   npm run bench                        everything
 *   npm run bench -- logins cold         only these; also: scale, memory (four processes instead of one), network, gate
 *   npm run bench -- --accept            … and write the run down in bench/history.jsonl and docs/bench.svg
 *   npm run bench -- --check main        is the working tree slower than that commit? Exit code 1 if so
 *   npm run bench -- --plot              docs/bench.svg again, from bench/history.jsonl
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { availability, ensureInstalled } from '../test/support/servers/install.ts';
import { bundleInto, ROOT, withFolder } from './bundles.ts';
import { check } from './check.ts';
import { measureCold } from './cold.ts';
import { type BenchDirectory, startDirectory } from './directory.ts';
import { accept, circumstances } from './history.ts';
import { measureGate } from './gate.ts';
import { measureLogins } from './login.ts';
import { measureMemory } from './memory.ts';
import { measureNames, measureSilent } from './network.ts';
import { writePlot } from './plot.ts';
import { announce, print } from './print.ts';
import { kneeOf, measureScale } from './scale.ts';
import { type Figures, printTargets } from './targets.ts';

const PARTS = ['logins', 'cold', 'scale', 'memory', 'network', 'gate'] as const;

/** In one turn: enough for the caches of a CPU to be this candidate's, few enough for the machine to stay the same for all of them. */
const LOGINS = 50;

/** Load of a machine that does nothing else. */
const QUIET = 0.5;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { accept: { type: 'boolean' }, check: { type: 'string' }, plot: { type: 'boolean' }, rounds: { type: 'string' } },
});

/** The peers are installed when they are first needed, from bench/'s own lockfile. */
function installPeers(): void {
  if (existsSync(path.join(import.meta.dirname, 'node_modules'))) return;
  announce('installing the peers into bench/node_modules');
  execFileSync('npm', ['ci', '--ignore-scripts'], { cwd: import.meta.dirname, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** As the tests do it: where that is allowed; otherwise the command is told. */
async function installOpenldap(): Promise<void> {
  if (availability('openldap').kind === 'not-run') await ensureInstalled(announce);
  const state = availability('openldap');
  if (state.kind === 'not-run') throw new Error(`no OpenLDAP: ${state.command}`);
}

async function withDirectory<T>(use: (directory: BenchDirectory, folder: string) => Promise<T>): Promise<T> {
  return await withFolder(async (folder) => {
    await installOpenldap();
    announce('starting OpenLDAP with 10,000 people');
    const directory = await startDirectory();
    try {
      return await use(directory, folder);
    } finally {
      await directory.stop();
    }
  });
}

async function measure(directory: BenchDirectory, folder: string): Promise<Figures> {
  const wanted = new Set(positionals);
  const wants = (part: (typeof PARTS)[number]): boolean => wanted.size === 0 || wanted.has(part);
  await bundleInto(folder, ROOT, 'auth', 'src/handlers/auth.ts');
  const rounds = Number(options.rounds ?? 12);
  return {
    ...(wants('logins') ? { logins: await measureLogins(directory, { rounds, logins: LOGINS, bundles: folder }) } : {}),
    ...(wants('cold') ? { cold: await measureCold(directory, folder, rounds) } : {}),
    ...(wants('scale') ? { scale: await measureScale(directory, folder, 2000) } : {}),
    ...(wants('memory') ? { memory: await measureMemory(directory, folder, wanted.has('memory') ? 'all' : 'one') } : {}),
    ...(wants('network') ? await measureNetwork(directory, folder, rounds) : {}),
    ...(wants('gate') ? { gate: await measureGate(directory, folder, rounds) } : {}),
  };
}

async function measureNetwork(directory: BenchDirectory, folder: string, rounds: number): Promise<Figures> {
  const names = await measureNames(directory, folder);
  return { silent: await measureSilent(directory, folder, rounds), ...(names === undefined ? {} : { names }) };
}

async function run(): Promise<void> {
  const about = circumstances();
  print(`Commit ${about.commit}, Node ${about.node}, ${about.machine}, load before ${about.loadBefore.toFixed(2)}`);
  if (options.accept === true && about.loadBefore > QUIET)
    throw new Error('something else is running on this machine: wait until it is quiet');
  if (about.loadBefore > QUIET) announce('Something else is running on this machine: these figures say little, ratios included.');
  const figures = await withDirectory(measure);
  const knee = figures.scale === undefined ? undefined : kneeOf(figures.scale);
  if (knee !== undefined)
    print(`The knee is at ${String(knee.processes)} processes: the machine is ${(100 * knee.busy).toFixed(0)} % busy there.`);
  printTargets(figures);
  if (options.accept !== true) return;
  accept({ ...about, ...figures });
  writePlot();
}

const unknown = positionals.filter((part) => !PARTS.some((known) => known === part));
if (unknown.length > 0) throw new Error(`unknown: ${unknown.join(', ')}; known are ${PARTS.join(', ')}`);
if (options.plot === true) writePlot();
else {
  installPeers();
  const { check: commit } = options;
  if (commit === undefined) await run();
  else if (!(await withDirectory((directory, folder) => check(directory, folder, commit)))) process.exitCode = 1;
}
