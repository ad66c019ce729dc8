import type { DirectoryEntry } from '../support/servers/server.ts';
import { rdnOf } from './dn.ts';
import { type Person, peopleOf, type Place } from './people.ts';
import { store } from '../support/servers/stored-password.ts';

export const BASE = 'dc=example,dc=org';

/** Somebody who logs in with the name in the RDN. */
export function personAt(parent: string, uid: string, password: string, more: DirectoryEntry['attributes'] = {}): DirectoryEntry {
  const attributes = { objectClass: ['inetOrgPerson'], uid: [uid], cn: [uid], sn: [uid], userPassword: [password], ...more };
  return { dn: `uid=${uid},${parent}`, attributes };
}

/** Marks the entry of a person, so that it can be found without its name. */
export function markOf(person: { readonly trait: string }): string {
  return `person ${person.trait}`;
}

/** The people as entries of a directory with uid and userPassword, below `ou=people` of the base. */
export function peopleEntries(base: string, place: Place): readonly DirectoryEntry[] {
  const root = `ou=people,${base}`;
  const people = peopleOf(place);
  return [unitEntry('people', base), ...unitEntries(people, root), ...people.map((person) => personEntry(person, root))];
}

export function unitEntry(name: string, parent: string): DirectoryEntry {
  return { dn: `${rdnOf('ou', name)},${parent}`, attributes: { objectClass: ['organizationalUnit'], ou: [name] } };
}

function unitEntries(people: readonly Person[], root: string): readonly DirectoryEntry[] {
  const entries = new Map<string, DirectoryEntry>();
  for (const { units = [] } of people) {
    for (let depth = units.length - 1; depth >= 0; depth -= 1) {
      const [name = '', ...above] = units.slice(depth);
      const entry = unitEntry(name, parentOf(above, root));
      entries.set(entry.dn, entry);
    }
  }
  return [...entries.values()];
}

function parentOf(units: readonly string[], root: string): string {
  return [...units.map((unit) => rdnOf('ou', unit)), root].join(',');
}

function personEntry(person: Person, root: string): DirectoryEntry {
  return {
    dn: `${rdn(person)},${parentOf(person.units ?? [], root)}`,
    attributes: {
      uid: person.logins,
      cn: [person.trait],
      description: [markOf(person)],
      ...(person.objectClass === 'account' ? POSIX_ACCOUNT : { objectClass: ['inetOrgPerson'], sn: [person.trait] }),
      ...(person.mail === undefined ? {} : { mail: [person.mail] }),
      ...userPassword(person),
    },
  };
}

/** RFC 2307: how many directories of Unix accounts look; nobody in them is a person. */
const POSIX_ACCOUNT = {
  objectClass: ['account', 'posixAccount'],
  uidNumber: ['10001'],
  gidNumber: ['100'],
  homeDirectory: ['/home/x'],
} as const;

function rdn(person: Person): string {
  const names = { uid: rdnOf('uid', person.logins[0]), cn: rdnOf('cn', person.trait) };
  if (person.rdn === 'cn+uid') return `${names.cn}+${names.uid}`;
  return names[person.rdn ?? 'uid'];
}

function userPassword({ stored = 'SSHA', password }: Person): DirectoryEntry['attributes'] {
  if (stored === 'not at all') return {};
  return { userPassword: [typeof stored === 'string' ? store(password, stored) : stored.value] };
}
