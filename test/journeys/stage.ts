import { setImmediate } from 'node:timers/promises';

import { Authority } from '../../tools/demo-directory/certificates.ts';
import type { Counts } from '../../tools/demo-directory/connection.ts';
import type { DirectoryEntry } from '../../tools/demo-directory/entry.ts';
import { type EmbeddedDirectory, startDirectory } from '../../tools/demo-directory/server.ts';
import { BASE_DN, demoEntries, SERVICE_DN } from '../../tools/demo-directory/people.ts';

export type Variables = Readonly<Record<string, string>>;

/** The demo company's directory, with these people besides, and the variables that lead to it over ldaps. */
export type Stage = {
  readonly directory: EmbeddedDirectory;
  readonly authority: Authority;
  readonly environment: Variables;
  /** What the directory was asked to do while `run` went on, each connection to its end. */
  readonly counting: (run: () => Promise<unknown>) => Promise<Counts>;
};

export const SERVICE_PASSWORD = 'service-password';

export async function startStage(people: readonly DirectoryEntry[] = []): Promise<Stage> {
  const authority = await Authority.create('journeys');
  const certificate = await authority.issue({ commonName: 'localhost', ipAddresses: ['127.0.0.1'] });
  const directory = await startDirectory({ entries: [...demoEntries(SERVICE_PASSWORD), ...people], certificate });
  const environment = {
    LDAP_URL: directory.secureUrl,
    LDAP_TLS_CA: authority.pem,
    LDAP_BIND_DN: SERVICE_DN,
    LDAP_BIND_PASSWORD: SERVICE_PASSWORD,
    LDAP_BASE_DN: BASE_DN,
  };
  return { directory, authority, environment, counting: (run) => countWhile(directory, run) };
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
