import type { DirectoryEntry } from './entry.ts';
import { hashPassword } from './password.ts';

export const BASE_DN = 'dc=example,dc=org';
export const SERVICE_DN = `cn=ldap-auth,ou=services,${BASE_DN}`;

const PEOPLE_DN = `ou=people,${BASE_DN}`;
const GROUPS_DN = `ou=groups,${BASE_DN}`;

type DemoPerson = {
  readonly username: string;
  readonly password: string;
  readonly givenName: string;
  readonly surname: string;
  readonly title: string;
  readonly mail?: string;
};

// Everyday names, each with a difficulty of its own: umlauts, other scripts, an apostrophe, a comma and a plus in the DN.
const PEOPLE = [
  { username: 'alice', password: 'wonderland', givenName: 'Alice', surname: 'Liddell', title: 'Engineer', mail: 'alice@example.org' },
  { username: 'bob', password: 'builder-of-houses', givenName: 'Bob', surname: 'Baumeister', title: 'Operator', mail: 'bob@example.org' },
  { username: 'jörg', password: 'größenwahn', givenName: 'Jörg', surname: 'Müßig', title: 'Accountant', mail: 'joerg@example.org' },
  { username: '张伟', password: '天下為公-2026', givenName: '伟', surname: '张', title: '工程师', mail: 'zhang.wei@example.org' },
  { username: "o'hara", password: 'Tomorrow is another day', givenName: 'Scarlett', surname: "O'Hara", title: 'Buyer' },
  { username: 'smith, j+k', password: 'p"l,u+s', givenName: 'Jo', surname: 'Smith, Jr.', title: 'Intern' },
] as const satisfies readonly DemoPerson[];

const GROUPS = {
  staff: PEOPLE.map(({ username }) => username),
  admins: ['alice', 'jörg'],
} as const;

export type DemoLogin = { readonly username: string; readonly password: string };

function loginOf({ username, password }: DemoPerson): DemoLogin {
  return { username, password };
}

const [first, ...others] = PEOPLE;

/** The people of the demo directory, to print. Their passwords are no secrets. */
export const demoLogins: readonly [DemoLogin, ...DemoLogin[]] = [loginOf(first), ...others.map(loginOf)];

/**
 * A small company: people, two groups, and the service account `SERVICE_DN`, all below `BASE_DN`. Parents come before
 * their children, so that it can be loaded as it is.
 */
export function demoEntries(servicePassword: string): readonly DirectoryEntry[] {
  return [
    { dn: BASE_DN, attributes: { objectClass: ['top', 'dcObject', 'organization'], dc: ['example'], o: ['Example'] } },
    unit('people'),
    unit('groups'),
    unit('services'),
    {
      dn: SERVICE_DN,
      attributes: {
        objectClass: ['top', 'organizationalRole', 'simpleSecurityObject'],
        cn: ['ldap-auth'],
        description: ['finds people for the login service'],
        userPassword: [hashPassword(servicePassword)],
      },
    },
    ...PEOPLE.map((person, index) => personEntry(person, index + 1)),
    ...Object.entries(GROUPS).map(([name, members]) => groupEntry(name, members)),
  ];
}

function unit(name: string): DirectoryEntry {
  return {
    dn: `ou=${name},${BASE_DN}`,
    attributes: { objectClass: ['top', 'organizationalUnit'], ou: [name] },
  };
}

function personEntry(person: DemoPerson, employeeNumber: number): DirectoryEntry {
  return {
    dn: personDn(person.username),
    attributes: {
      objectClass: ['top', 'person', 'organizationalPerson', 'inetOrgPerson'],
      uid: [person.username],
      cn: [`${person.givenName} ${person.surname}`],
      sn: [person.surname],
      givenName: [person.givenName],
      displayName: [`${person.givenName} ${person.surname}`],
      title: [person.title],
      employeeNumber: [String(employeeNumber)],
      mail: person.mail === undefined ? [] : [person.mail],
      userPassword: [hashPassword(person.password)],
    },
  };
}

function groupEntry(name: string, usernames: readonly string[]): DirectoryEntry {
  return {
    dn: `cn=${name},${GROUPS_DN}`,
    attributes: { objectClass: ['top', 'groupOfNames'], cn: [name], member: usernames.map(personDn) },
  };
}

function personDn(username: string): string {
  return `uid=${username.replace(/[,+"\\<>;=]/g, '\\$&')},${PEOPLE_DN}`;
}
