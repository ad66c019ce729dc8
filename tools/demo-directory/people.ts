import type { DirectoryEntry } from './entry.ts';
import { hashPassword } from './password.ts';

export const BASE_DN = 'dc=example,dc=org';
export const SERVICE_DN = `cn=ldap-auth,ou=services,${BASE_DN}`;

// Everyday names, each with a difficulty of its own: umlauts, other scripts, an apostrophe, a comma and a plus in the DN.
const PEOPLE = [
  { username: 'alice', password: 'wonderland', givenName: 'Alice', surname: 'Liddell', title: 'Engineer', mail: ['alice@example.org'] },
  { username: 'bob', password: 'builder-of-houses', givenName: 'Bob', surname: 'Baumeister', title: 'Operator', mail: ['bob@example.org'] },
  { username: 'jörg', password: 'größenwahn', givenName: 'Jörg', surname: 'Müßig', title: 'Accountant', mail: ['joerg@example.org'] },
  { username: '张伟', password: '天下為公-2026', givenName: '伟', surname: '张', title: '工程师', mail: ['zhang.wei@example.org'] },
  { username: "o'hara", password: 'Tomorrow is another day', givenName: 'Scarlett', surname: "O'Hara", title: 'Buyer', mail: [] },
  { username: 'smith, j+k', password: 'p"l,u+s', givenName: 'Jo', surname: 'Smith, Jr.', title: 'Intern', mail: [] },
] as const;

const GROUPS = { staff: PEOPLE.map(({ username }) => username), admins: ['alice', 'jörg'] } as const;

export type DemoLogin = { readonly username: string; readonly password: string };

function loginOf({ username, password }: DemoLogin): DemoLogin {
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
  const service = { cn: ['ldap-auth'], description: ['finds people for the login service'], userPassword: [hashPassword(servicePassword)] };
  return [
    entry(BASE_DN, 'dcObject organization', { dc: ['example'], o: ['Example'] }),
    ...['people', 'groups', 'services'].map((ou) => entry(`ou=${ou},${BASE_DN}`, 'organizationalUnit', { ou: [ou] })),
    entry(SERVICE_DN, 'organizationalRole simpleSecurityObject', service),
    ...PEOPLE.map((person, index) => personEntry(person, index + 1)),
    ...Object.entries(GROUPS).map(([cn, members]) =>
      entry(`cn=${cn},ou=groups,${BASE_DN}`, 'groupOfNames', { cn: [cn], member: members.map(personDn) }),
    ),
  ];
}

function personEntry(
  { username, password, givenName, surname, title, mail }: (typeof PEOPLE)[number],
  employeeNumber: number,
): DirectoryEntry {
  const name = `${givenName} ${surname}`;
  return entry(personDn(username), 'person organizationalPerson inetOrgPerson', {
    ...{ uid: [username], cn: [name], sn: [surname], givenName: [givenName], displayName: [name], title: [title] },
    ...{ employeeNumber: [String(employeeNumber)], mail, userPassword: [hashPassword(password)] },
  });
}

function personDn(username: string): string {
  return `uid=${username.replace(/[,+"\\<>;=]/g, '\\$&')},ou=people,${BASE_DN}`;
}

function entry(dn: string, classes: string, attributes: DirectoryEntry['attributes']): DirectoryEntry {
  return { dn, attributes: { objectClass: ['top', ...classes.split(' ')], ...attributes } };
}
