import { parseLdif } from '../support/servers/ldif.ts';
import { run } from '../support/servers/sandbox.ts';
import type { StartedDirectory } from '../support/servers/server.ts';
import { ldapsearch } from './members.ts';

/** Who somebody is, as a tool prints it. */
export type Identity = { readonly dn: string; readonly username: string; readonly id: string };

/** An entry as ldapsearch prints it, with the administrator's rights. */
export async function printed(
  directory: StartedDirectory,
  [dn, login, id]: readonly [dn: string, login: string, id: string],
): Promise<Identity> {
  const [entry] = parseLdif(await ldapsearch({ ...directory, environment: { LDAP_BASE_DN: dn } }, ['-s', 'base', login, id]));
  const value = (name: string): string => entry?.attributes.get(name.toLowerCase())?.[0] ?? '';
  return { dn: entry?.dn ?? '', username: value(login), id: value(id) };
}

/** Groups with this member, as ldapsearch prints them. */
export async function holdersOf(directory: StartedDirectory, member: string): Promise<readonly string[]> {
  return parseLdif(await ldapsearch(directory, [`(member=${member})`, 'dn'])).map(({ dn }) => dn);
}

/** What samba-tool prints. */
export function sambaTool(directory: StartedDirectory, ...args: readonly string[]): Promise<string> {
  const { dn, password } = directory.administrator;
  const [host = ''] = /\d+\.\d+\.\d+\.\d+/.exec(directory.secureUrl) ?? [];
  return run({ file: '/usr/bin/samba-tool', args: [...args, '-H', `ldap://${host}`, `--simple-bind-dn=${dn}`, `--password=${password}`] });
}

/** samba-tool prints the GUID as text; ldapsearch would print its bytes. */
export async function printedBySamba(directory: StartedDirectory, name: string): Promise<Identity> {
  const [entry] = parseLdif(await sambaTool(directory, 'user', 'show', name));
  const value = (attribute: string): string => entry?.attributes.get(attribute.toLowerCase())?.[0] ?? '';
  return { dn: entry?.dn ?? '', username: value('sAMAccountName'), id: value('objectGUID') };
}
