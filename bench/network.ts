import { startNameServer } from '../test/network/name-server.ts';
import { canMount, startNode } from '../test/network/own-resolver.ts';
import { DeafServer } from '../test/support/faults/deaf-server.ts';
import { freeAddress } from '../test/support/servers/sandbox.ts';
import { medians } from './cold.ts';
import type { BenchDirectory } from './directory.ts';
import { environmentFor } from './environment.ts';
import { COLD_CHILD, figuresOf, type Fresh, runFresh, writeEvents } from './fresh.ts';
import { announce, printTable, progress } from './print.ts';

/** One of two servers drops every packet; milliseconds. */
export type SilentFigures = { readonly name: string; readonly firstMs: number; readonly warmMs: number };

const LOGINS = 16;

/** Fresh processes, in turn: the silent server is never asked, or asked first. */
export async function measureSilent(directory: BenchDirectory, folder: string, rounds: number): Promise<readonly SilentFigures[]> {
  announce(`one of two servers silent: ${String(rounds)} fresh processes each`);
  const setting = directory.settingFor('ldaps', 'search-and-bind', folder);
  const events = writeEvents(folder, LOGINS);
  const deaf = await DeafServer.start();
  const silent = `ldaps://127.0.0.1:${String(deaf.port)}`;
  const orders = [
    { name: 'the first one answers', url: `${setting.url} ${silent}`, runs: [] as Fresh[] },
    { name: 'the first one is silent', url: `${silent} ${setting.url}`, runs: [] as Fresh[] },
  ];
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const { name, url, runs } of orders) {
        progress(`round ${String(round + 1)} of ${String(rounds)}: ${name}`);
        runs.push(await runFresh(`${folder}/auth.mjs`, events, environmentFor({ ...setting, url })));
      }
    }
  } finally {
    await deaf.close();
  }
  const figures = orders.map(({ name, runs }) => ({ name, firstMs: medians(runs).firstMs, warmMs: medians(runs).warmMs }));
  printTable(
    ['of two servers', 'first login ms', 'warm ms'],
    figures.map(({ name, firstMs, warmMs }) => [name, firstMs.toFixed(1), warmMs.toFixed(2)]),
  );
  return figures;
}

/** By name, with a resolver that counts. */
export type NameFigures = { readonly logins: number; readonly packets: number; readonly warmMs: number };

const NAMED_LOGINS = 1000;

/** Undefined where a process cannot have a resolver of its own: only root on Linux can. */
export async function measureNames(directory: BenchDirectory, folder: string): Promise<NameFigures | undefined> {
  if (!canMount) return undefined;
  announce(`names: ${String(NAMED_LOGINS)} logins by name, in one process`);
  const setting = directory.settingFor('plain', 'search-and-bind', folder);
  const { hostname, port } = new URL(setting.url);
  const nameServer = await startNameServer(await freeAddress([53]), hostname);
  const program = [COLD_CHILD, `${folder}/auth.mjs`, writeEvents(folder, NAMED_LOGINS)];
  const { child, end } = startNode(program, environmentFor({ ...setting, url: `ldap://directory.example.test:${port}` }), nameServer);
  try {
    child.stdout.resume();
    const { warmMs } = await figuresOf(child);
    const packets = [...nameServer.asked.values()].reduce((total, count) => total + count, 0);
    printTable(['logins by name', 'DNS packets', 'warm ms'], [[String(NAMED_LOGINS), String(packets), warmMs.toFixed(2)]]);
    return { logins: NAMED_LOGINS, packets, warmMs };
  } finally {
    await end();
    await nameServer.close();
  }
}
