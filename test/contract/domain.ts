import type { DirectoryEntry } from '../support/servers/server.ts';
import { rdnOf } from './dn.ts';
import { markOf } from './entries.ts';
import type { Member } from './members.ts';
import { type Person, peopleOf } from './people.ts';
import { wrongPasswords } from './wrong-passwords.ts';

export const DOMAIN_BASE = 'DC=corp,DC=example,DC=test';
export const REALM = 'corp.example.test';

/** Somebody in an Active Directory domain, and every name they may type. */
export type Account = {
  readonly trait: string;
  readonly accountName: string;
  readonly principalName?: string;
  readonly typed: readonly [string, ...string[]];
  readonly cn: string;
  readonly units: readonly string[];
  readonly password: string;
  readonly hasPassword: boolean;
  readonly mail?: string;
};

/** The people of every directory as accounts, and those that only a domain has. */
export function accounts(): readonly Account[] {
  return [...peopleOf('samba').map(accountOf), ...OWN_ACCOUNTS];
}

/** MS-ADTS 3.1.1.6 (samr): what a sAMAccountName must not hold; 20 characters, for a user. */
function isAccountName(name: string): boolean {
  return name.length <= 20 && !/["/\\[\]:;|=,+*?<>@]|[. ]$|^ /.test(name);
}

function accountOf(person: Person, index: number): Account {
  const [login, second] = person.logins;
  const principalName = `${second ?? login}@${REALM}`;
  const typedAccountNames = isAccountName(login) ? [login, ...(person.alsoTyped ?? [])] : [];
  return {
    trait: person.trait,
    accountName: isAccountName(login) ? login : `account${String(index)}`,
    principalName,
    typed: [principalName, ...typedAccountNames],
    cn: person.rdn === 'cn' ? person.trait : login,
    units: person.units ?? [],
    password: person.password,
    hasPassword: person.stored !== 'not at all',
    ...(person.mail === undefined ? {} : { mail: person.mail }),
  };
}

function own(trait: string, accountName: string, typed: Account['typed'], others: Partial<Account> = {}): Account {
  return {
    trait,
    accountName,
    typed,
    cn: trait,
    units: [],
    password: `Passw0rd of ${accountName}`,
    hasPassword: true,
    ...others,
  };
}

const OWN_ACCOUNTS: readonly Account[] = [
  own('a principal name with another suffix', 'eva', ['eva@other.example', 'EVA@Other.Example', 'eva'], {
    principalName: 'eva@other.example',
  }),
  own('no principal name', 'ivan', ['ivan', `ivan@${REALM}`]), // the implicit one, which no attribute holds
  own('a principal name that differs from the account name', 'gwen', ['gwen', `gwendolyn@${REALM}`], {
    principalName: `gwendolyn@${REALM}`,
  }),
  own('an account name of 20 characters', 'abcdefghijklmnopqrst', ['abcdefghijklmnopqrst']),
];

/** The accounts as the contract suite sees them. */
export function domainMembers(): readonly Member[] {
  return accounts().map(({ trait, typed, password, hasPassword, mail }) => ({
    trait,
    mark: markOf({ trait }),
    typed,
    password,
    hasPassword,
    wrong: hasPassword ? wrongPasswords(password) : [...wrongPasswords(password), password],
    ...(mail === undefined ? {} : { mail }),
  }));
}

/** What they type where a template puts `@realm` behind it: the account name, or the principal name without its suffix. */
export function domainDirectMembers(): readonly { readonly typed: string; readonly member: Member }[] {
  return domainMembers().flatMap((member) =>
    member.typed
      .map((typed) => (typed.endsWith(`@${REALM}`) ? typed.slice(0, -REALM.length - 1) : typed))
      .filter((typed, index, all) => member.hasPassword && !/[@\\/]/.test(typed) && all.indexOf(typed) === index)
      .map((typed) => ({ typed, member })),
  );
}

/** Everybody, as a domain controller takes them. */
export function domainEntries(): readonly DirectoryEntry[] {
  const root = `OU=people,${DOMAIN_BASE}`;
  const all = accounts();
  const units = new Map(all.flatMap(({ units: names }) => unitsOf(names, root)).map((entry) => [entry.dn, entry]));
  return [domainUnit('people', DOMAIN_BASE), ...units.values(), ...all.map((account) => accountEntry(account, root))];
}

export function domainUnit(name: string, parent: string): DirectoryEntry {
  return { dn: `${rdnOf('OU', name)},${parent}`, attributes: { objectClass: ['organizationalUnit'] } };
}

/** Somebody of a domain who logs in with the name in the RDN. */
export function userAt(parent: string, name: string, password: string, more: DirectoryEntry['attributes'] = {}): DirectoryEntry {
  const own = { objectClass: ['user'], sAMAccountName: [name], userAccountControl: [String(NORMAL_ACCOUNT)] };
  return { dn: `CN=${name},${parent}`, attributes: { ...own, unicodePwd: [unicodePwd(password)], ...more } };
}

function parentOf(units: readonly string[], root: string): string {
  return [...units.map((unit) => rdnOf('OU', unit)), root].join(',');
}

/** From the highest down, so that each is added below one that is there. */
function unitsOf(units: readonly string[], root: string): readonly DirectoryEntry[] {
  return units.map((name, depth) => domainUnit(name, parentOf(units.slice(depth + 1), root))).reverse();
}

const NORMAL_ACCOUNT = 0x200;
const PASSWORD_NOT_REQUIRED = 0x20;

function accountEntry(account: Account, root: string): DirectoryEntry {
  return {
    dn: `${rdnOf('CN', account.cn)},${parentOf(account.units, root)}`,
    attributes: {
      objectClass: ['user'],
      sAMAccountName: [account.accountName],
      description: [markOf(account)],
      userAccountControl: [String(account.hasPassword ? NORMAL_ACCOUNT : NORMAL_ACCOUNT | PASSWORD_NOT_REQUIRED)],
      ...(account.principalName === undefined ? {} : { userPrincipalName: [account.principalName] }),
      ...(account.mail === undefined ? {} : { mail: [account.mail] }),
      ...(account.hasPassword ? { unicodePwd: [unicodePwd(account.password)] } : {}),
    },
  };
}

/** MS-ADTS 3.1.1.3.1.5.1: in quotes, as UTF-16 LE. */
export function unicodePwd(password: string): Buffer {
  return Buffer.from(`"${password}"`, 'utf16le');
}
