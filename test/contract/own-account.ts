import { Attribute, Change, Client } from 'ldapts';

import type { StartedDirectory } from '../support/servers/server.ts';

/** Whoever may see what the directory counts, over TLS, with a client of another make. */
export async function asAdministrator<T>(directory: StartedDirectory, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ url: directory.secureUrl, tlsOptions: { ca: directory.ca } });
  try {
    await client.bind(directory.administrator.dn, directory.administrator.password);
    return await use(client);
  } finally {
    await client.unbind();
  }
}

/** The values of one attribute of one entry; none where it is not there. */
export function readValues(directory: StartedDirectory, dn: string, attribute: string): Promise<readonly string[]> {
  return asAdministrator(directory, async (client) => {
    const { searchEntries } = await client.search(dn, { scope: 'base', attributes: [attribute] });
    return [searchEntries[0]?.[attribute] ?? []].flat().map(String);
  });
}

/** Puts one value in the place of what an attribute holds, for each of these. */
export function replaceValues(directory: StartedDirectory, dn: string, values: Readonly<Record<string, string>>): Promise<void> {
  return asAdministrator(directory, async (client) => {
    const changes = Object.entries(values).map(
      ([type, value]) => new Change({ operation: 'replace', modification: new Attribute({ type, values: [value] }) }),
    );
    await client.modify(dn, changes);
  });
}
