import { parseLdif } from '../support/servers/ldif.ts';
import { run, Sandbox } from '../support/servers/sandbox.ts';
import type { DirectoryEntry, StartedDirectory } from '../support/servers/server.ts';
import { markOf } from './entries.ts';
import { peopleOf, type Person, type Place } from './people.ts';
import type { ExpectedIdentity } from './verdicts.ts';
import { wrongPasswords } from './wrong-passwords.ts';

/** Somebody in a directory, as the contract suite sees them. */
export type Member = {
  /** Unlike anybody else's. */
  readonly trait: string;
  /** In the entry's description. */
  readonly mark: string;
  /** Every name that is theirs on every directory of this kind. */
  readonly typed: readonly [string, ...string[]];
  readonly password: string;
  readonly hasPassword: boolean;
  readonly mail?: string;
  /** What is not their password. */
  readonly wrong: readonly string[];
};

/** The members of a directory with uid and userPassword. */
export function membersOf(place: Place): readonly Member[] {
  return peopleOf(place).map(memberOf);
}

export function memberOf(person: Person): Member {
  return {
    trait: person.trait,
    mark: markOf(person),
    typed: [...person.logins, ...(person.alsoTyped ?? [])],
    password: person.password,
    hasPassword: person.stored !== 'not at all',
    ...(person.mail === undefined ? {} : { mail: person.mail }),
    wrong: wrongOf(person),
  };
}

/** The stored value is no password; beside it a few are enough where one costs the server a fifth of a second. */
function wrongOf({ stored, password }: Person): readonly string[] {
  if (stored === 'not at all') return [...wrongPasswords(password), password];
  return typeof stored === 'object' ? [stored.value, ...wrongPasswords(password).slice(0, 5)] : wrongPasswords(password);
}

/** Direct bind reaches those whose DN is made of the login name alone. */
export function directMembers(place: Place): readonly { readonly typed: string; readonly member: Member }[] {
  return peopleOf(place)
    .filter(({ rdn = 'uid', units = [], stored }) => rdn === 'uid' && units.length === 0 && stored !== 'not at all')
    .map((person) => ({ typed: person.logins[0], member: memberOf(person) }));
}

/** Who is who, as ldapsearch prints it: a client of its own, with the administrator's rights. */
export function printedIdentities(loginAttribute: string, idAttribute: string, members: readonly Member[]) {
  return async (directory: StartedDirectory): Promise<ReadonlyMap<string, ExpectedIdentity>> => {
    const printed = parseLdif(await ldapsearch(directory, ['(description=person *)', 'description', loginAttribute, idAttribute]));
    const marks = new Map(printed.map((entry) => [entry.attributes.get('description')?.[0] ?? '', entry]));
    return new Map(
      members.map(({ mark, typed }) => {
        const { dn = '', attributes, bytes } = marks.get(mark) ?? {};
        const logins = attributes?.get(loginAttribute.toLowerCase()) ?? [];
        const guid = bytes?.get(idAttribute.toLowerCase())?.[0];
        const id = guid === undefined ? (attributes?.get(idAttribute.toLowerCase())?.[0] ?? '') : guidOf(guid);
        return [mark, { dn, username: logins.find((login) => login === typed[0]) ?? logins[0] ?? '', id }];
      }),
    );
  };
}

/** MS-DTYP 2.3.4.2: a number of 32 bits and two of 16, little-endian, then eight bytes. */
function guidOf(bytes: Buffer): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  const numbers = [hex(bytes.readUInt32LE(0), 8), hex(bytes.readUInt16LE(4), 4), hex(bytes.readUInt16LE(6), 4)];
  return [...numbers, bytes.toString('hex', 8, 10), bytes.toString('hex', 10, 16)].join('-');
}

export async function ldapsearch(directory: StartedDirectory, args: readonly string[]): Promise<string> {
  const { dn, password } = directory.administrator;
  const base = directory.environment['LDAP_BASE_DN'] ?? '';
  const connection = ['-x', '-LLL', '-o', 'ldif-wrap=no', '-H', directory.secureUrl, '-D', dn, '-w', password, '-b', base];
  const sandbox = new Sandbox('ldapsearch');
  try {
    return await run({
      file: '/usr/bin/ldapsearch',
      args: [...connection, ...args],
      env: { LDAPTLS_CACERT: sandbox.write('ca.pem', directory.ca) },
    });
  } finally {
    await sandbox.destroy();
  }
}

/** Who is who in entries that the directory holds as they were given. */
export function givenIdentities(entries: readonly DirectoryEntry[]) {
  return (): Promise<ReadonlyMap<string, ExpectedIdentity>> =>
    Promise.resolve(
      new Map(
        entries.map(
          ({ dn, attributes }) => [String(attributes['description']?.[0]), { dn, username: String(attributes['uid']?.[0]) }] as const,
        ),
      ),
    );
}
