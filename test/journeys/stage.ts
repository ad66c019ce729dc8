import { setImmediate } from 'node:timers/promises';

import type { Counts } from '../../tools/demo-directory/connection.ts';
import type { DirectoryEntry } from '../../tools/demo-directory/entry.ts';
import { BASE_DN } from '../../tools/demo-directory/people.ts';
import type { EmbeddedDirectory } from '../../tools/demo-directory/server.ts';
import { type Demo, startDemo } from '../support/demo.ts';

/** The demo company's directory, with these people besides. */
export type Stage = {
  readonly directory: Demo;
  readonly environment: Demo['settings'];
  /** What the directory was asked to do while `run` went on, each connection to its end. */
  readonly counting: (run: () => Promise<unknown>) => Promise<Counts>;
};

export async function startStage(people: readonly DirectoryEntry[] = []): Promise<Stage> {
  const directory = await startDemo({ entries: people });
  return { directory, environment: directory.settings, counting: (run) => countWhile(directory, run) };
}

async function countWhile({ counts }: EmbeddedDirectory, run: () => Promise<unknown>): Promise<Counts> {
  const allClosed = async (): Promise<void> => {
    while (counts.openConnections > 0) await setImmediate(); // the directory hears of the end a moment after the answer
  };
  await allClosed();
  const before = { ...counts };
  await run();
  await allClosed();
  return {
    connections: counts.connections - before.connections,
    openConnections: counts.openConnections,
    binds: counts.binds - before.binds,
    searches: counts.searches - before.searches,
    startTls: counts.startTls - before.startTls,
    unbinds: counts.unbinds - before.unbinds,
    notices: counts.notices - before.notices,
  };
}

/** A person below ou=people, named by cn so that two of them can share a uid. */
export function person(cn: string, uid: string, attributes: DirectoryEntry['attributes'] = {}): DirectoryEntry {
  return {
    dn: `cn=${cn},ou=people,${BASE_DN}`,
    attributes: { objectClass: ['inetOrgPerson'], cn: [cn], sn: [cn], uid: [uid], userPassword: ['Passw0rd!'], ...attributes },
  };
}
