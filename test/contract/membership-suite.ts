import { Deadline } from '../../src/core/deadline.ts';
import { Secret } from '../../src/core/secret.ts';
import { Trace } from '../../src/core/trace.ts';
import { authenticate } from '../../src/directory/authenticate.ts';
import { prepare } from '../../src/wiring.ts';
import { makeService } from '../support/ask.ts';
import type { DirectoryEntry, StartedDirectory } from '../support/servers/server.ts';
import { store } from '../support/servers/stored-password.ts';
import { BASE, personAt } from './entries.ts';

export { BASE };

export const PASSWORD = 'Passw0rd-of-everybody';
/** More groups than can be listed. */
export const MANY = 1100;

export type Variables = Readonly<Record<string, string>>;

export function personDn(name: string): string {
  return `uid=${name},ou=people,${BASE}`;
}
export function groupDn(name: string): string {
  return `cn=${name},ou=groups,${BASE}`;
}

export function person(name: string): DirectoryEntry {
  return personAt(`ou=people,${BASE}`, name, store(PASSWORD, 'SSHA'));
}

export function device(name: string): DirectoryEntry {
  return { dn: groupDn(name), attributes: { objectClass: ['device'], cn: [name] } };
}

export function group(name: string, member: readonly string[], more: DirectoryEntry['attributes'] = {}): DirectoryEntry {
  return { dn: groupDn(name), attributes: { objectClass: ['groupOfNames'], cn: [name], member, ...more } };
}

/** Everything that a verdict is, without the words. */
export async function verdictOf(directory: StartedDirectory, more: Variables, name: string, password = PASSWORD): Promise<object> {
  const { body } = await makeService({ ...directory.environment, ...more })(name, password);
  const { status, reason, attempted, groups } = body;
  return { status, reason, ...(attempted === undefined ? {} : { attempted }), ...(groups === undefined ? {} : { groups }) };
}

export function requiring(nested: boolean, ...groups: readonly string[]): Variables {
  return { LDAP_REQUIRED_GROUPS: JSON.stringify(groups), LDAP_NESTED_GROUPS: String(nested) };
}

export const OUT = { status: 3, reason: 'not-in-required-group' } as const;
export const IN = { status: 0, reason: 'authenticated' } as const;
export const WRONG = { status: 2, reason: 'wrong-password' } as const;

/** LDAP operations of one login in a warm process, the unbind included. */
export async function operationsOf(directory: StartedDirectory, more: Variables, name: string, password = PASSWORD): Promise<number> {
  const parts = prepare({ ...directory.environment, ...more });
  if (parts.directory === undefined) throw new Error('misconfigured');
  const login = { username: name, password: new Secret(password) };
  const traces = [new Trace(), new Trace()] as const; // a cold process asks besides who is bound
  const required = parts.config.requiredGroups;
  for (const trace of traces) await authenticate(parts.directory, { login, required, deadline: Deadline.in(60_000), trace });
  return traces[1].operations;
}
