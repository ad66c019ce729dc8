import { Client, type Entry, type Filter, type SearchOptions } from 'ldapts';

import { Authority } from '../../../src/dev/certificates.ts';
import type { DirectoryEntry } from '../../../src/dev/directory/entry.ts';
import { hashPassword } from '../../../src/dev/directory/password.ts';
import { type EmbeddedDirectory, startDirectory } from '../../../src/dev/directory/server.ts';

export const BASE = 'dc=example,dc=org';
export const SERVICE = { dn: `cn=service,${BASE}`, password: 'service-password' } as const;

export const person = (uid: string, attributes: DirectoryEntry['attributes'] = {}): DirectoryEntry => ({
  dn: `uid=${uid.replace(/[,+"\\<>;=#]/g, '\\$&').replace(/^ | $/g, '\\20')},ou=people,${BASE}`,
  attributes: { objectClass: ['inetOrgPerson'], uid: [uid], cn: [uid], sn: [uid], ...attributes },
});

/** Root, people, groups and the service account; tests add what they are about. */
export const trunk: readonly DirectoryEntry[] = [
  { dn: BASE, attributes: { objectClass: ['dcObject', 'organization'], dc: ['example'], o: ['Example'] } },
  { dn: `ou=people,${BASE}`, attributes: { objectClass: ['organizationalUnit'], ou: ['people'] } },
  { dn: `ou=groups,${BASE}`, attributes: { objectClass: ['organizationalUnit'], ou: ['groups'] } },
  { dn: SERVICE.dn, attributes: { objectClass: ['organizationalRole'], cn: ['service'], userPassword: [hashPassword(SERVICE.password)] } },
];

export type Garden = EmbeddedDirectory & { readonly ca: string };

/** A directory of these entries and the trunk. */
export const plant = async (entries: readonly DirectoryEntry[]): Promise<Garden> => {
  const authority = await Authority.create('Test');
  const certificate = await authority.issue({ commonName: 'directory', dnsNames: ['ldap.example.org'], ipAddresses: ['127.0.0.1'] });
  return { ...(await startDirectory({ entries: [...trunk, ...entries], certificate })), ca: authority.pem };
};

/** Opens a client for `use` and closes it, whatever happened. */
export const withClient = async <T>(url: string, use: (client: Client) => Promise<T>): Promise<T> => {
  const client = new Client({ url, timeout: 300_000 });
  try {
    return await use(client);
  } finally {
    await client.unbind();
  }
};

/** What the service account finds. */
export const searchAsService = (garden: Garden, base: string, options: SearchOptions): Promise<readonly Entry[]> =>
  withClient(garden.url, async (client) => {
    await client.bind(SERVICE.dn, SERVICE.password);
    return (await client.search(base, options)).searchEntries.map(withoutPadding);
  });

/** ldapts adds an empty array for everything that was asked for and did not come. */
export const withoutPadding = (entry: Entry): Entry => ({
  ...Object.fromEntries(Object.entries(entry).filter(([, values]) => !Array.isArray(values) || values.length > 0)),
  dn: entry.dn,
});

/** The first RDN of everything that a filter finds below ou=people, in order. */
export const found = async (garden: Garden, filter: string | Filter): Promise<readonly string[]> =>
  (await searchAsService(garden, `ou=people,${BASE}`, { filter, scope: 'one', attributes: ['1.1'] })).map(
    ({ dn }) => dn.split(',')[0] ?? '',
  );

/** The code of an LDAP result that is an error, or the message of another one; `success` if there was none. */
export const resultOf = async (operation: Promise<unknown>): Promise<number | string> => {
  try {
    await operation;
    return 'success';
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'number') return error.code;
    return error instanceof Error ? error.message : String(error);
  }
};
