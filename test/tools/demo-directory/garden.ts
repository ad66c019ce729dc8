import { Client, type Entry, type Filter, type SearchOptions } from 'ldapts';

import { Authority } from '../../../tools/demo-directory/certificates.ts';
import type { DirectoryEntry } from '../../../tools/demo-directory/entry.ts';
import { hashPassword } from '../../../tools/demo-directory/password.ts';
import { type EmbeddedDirectory, startDirectory } from '../../../tools/demo-directory/server.ts';

export const BASE = 'dc=example,dc=org';
export const PEOPLE = `ou=people,${BASE}`;
export const SERVICE = { dn: `cn=service,${BASE}`, password: 'service-password' } as const;

export function person(uid: string, attributes: DirectoryEntry['attributes'] = {}): DirectoryEntry {
  return {
    dn: `uid=${uid.replace(/[,+"\\<>;=#]/g, '\\$&').replace(/^ | $/g, '\\20')},${PEOPLE}`,
    attributes: { objectClass: ['inetOrgPerson'], uid: [uid], cn: [uid], sn: [uid], ...attributes },
  };
}

/** Root, people, groups and the service account; tests add what they are about. */
const TRUNK: readonly DirectoryEntry[] = [
  { dn: BASE, attributes: { objectClass: ['dcObject', 'organization'], dc: ['example'], o: ['Example'] } },
  { dn: PEOPLE, attributes: { objectClass: ['organizationalUnit'], ou: ['people'] } },
  { dn: `ou=groups,${BASE}`, attributes: { objectClass: ['organizationalUnit'], ou: ['groups'] } },
  { dn: SERVICE.dn, attributes: { objectClass: ['organizationalRole'], cn: ['service'], userPassword: [hashPassword(SERVICE.password)] } },
];

export type Garden = EmbeddedDirectory & { readonly ca: string };

/** A directory of these entries and the trunk. */
export async function plant(entries: readonly DirectoryEntry[]): Promise<Garden> {
  const authority = await Authority.create('Test');
  const certificate = await authority.issue({ commonName: 'directory', dnsNames: ['ldap.example.org'], ipAddresses: ['127.0.0.1'] });
  return { ...(await startDirectory({ entries: [...TRUNK, ...entries], certificate })), ca: authority.pem };
}

/** Opens a client for `use` and closes it, whatever happened. */
export async function withClient<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ url, timeout: 300_000 });
  try {
    return await use(client);
  } finally {
    await client.unbind();
  }
}

/** What the service account finds. */
export function searchAsService(garden: Garden, base: string, options: SearchOptions): Promise<readonly Entry[]> {
  return withClient(garden.url, async (client) => {
    await client.bind(SERVICE.dn, SERVICE.password);
    return (await client.search(base, options)).searchEntries.map(withoutPadding);
  });
}

/** ldapts adds an empty array for everything that was asked for and did not come. */
export function withoutPadding(entry: Entry): Entry {
  return Object.fromEntries(Object.entries(entry).filter(([, values]) => !Array.isArray(values) || values.length > 0)) as Entry;
}

/** The first RDN of everything that a filter finds below ou=people, in order. */
export async function found(garden: Garden, filter: string | Filter): Promise<readonly string[]> {
  const entries = await searchAsService(garden, PEOPLE, { filter, scope: 'one', attributes: ['1.1'] });
  return entries.map(({ dn }) => dn.split(',')[0] ?? '');
}

/** The code of an LDAP result that is an error, or the message of another one; `success` if there was none. */
export async function resultOf(operation: Promise<unknown>): Promise<unknown> {
  try {
    await operation;
    return 'success';
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : String(error);
  }
}
