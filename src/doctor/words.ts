import { isIP } from 'node:net';

import type { DirectoryKind, SearchAndBind } from '../config/config.ts';
import { dnsDomainOf } from '../directory/names/login-name.ts';

/** A text that came from a directory or a certificate, fit to be shown: short, and nothing in it that moves a cursor. */
export function quoted(text: string): string {
  return `"${shown(text)}"`;
}

export function shown(text: string): string {
  const whole = clean(text);
  return whole.length > MOST_SHOWN ? `${whole.slice(0, MOST_SHOWN)}…` : whole;
}

/** Whole, because it is to be copied. */
export function clean(text: string): string {
  return text.replace(/\p{C}/gu, '�');
}

const MOST_SHOWN = 200;

const HOST = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}$/i;

/** Attribute types in which a DN's parts are named. A password may hold an equals sign, and does not begin like these. */
const DN =
  /^(?:\s*(?:cn|uid|userid|ou|o|dc|c|l|st|street|sn|givenname|mail|email|serialnumber)\s*=\s*(?:\\.|[^\\,+="])+(?:[,+](?!$)|$))+$/isu;

/**
 * A setting that should be a DN, or the name of its variable where it is none: somebody who confused two variables has a
 * password there.
 */
export function shownDn(dn: string, variable: string, show: (text: string) => string = shown): string {
  return DN.test(dn) ? show(dn) : variable;
}

/** The variable that says in whose name people are searched. */
export function accountVariable({ account }: Pick<SearchAndBind, 'account'>): string {
  return account.kind === 'anonymous' ? 'LDAP_ANONYMOUS_SEARCH' : 'LDAP_BIND_DN';
}

/** What is wrong with a base that is no DN, and a DN as this kind of directory writes it. */
export function notADn(base: string, directory: DirectoryKind): string {
  const [ou, dc] = directory === 'active-directory' ? ['OU', 'DC'] : ['ou', 'dc'];
  if (HOST.test(base)) return `${quoted(base)} is a domain name, not a DN; as a DN it is ${dc}=${base.replaceAll('.', `,${dc}=`)}`;
  return `${shownDn(base, 'its value', quoted)} is not a DN; a DN looks like ${ou}=people,${dc}=example,${dc}=org`;
}

/** A base. */
export function shownBase(base: string, show?: (text: string) => string): string {
  return base === '' ? 'the whole tree (*)' : shownDn(base, 'LDAP_BASE_DN', show);
}

/** A name without its domain. */
const WORD = /^[a-z][a-z._-]*\d{0,3}$/i;

/** What may be a name: a password like this may be in the wrong variable, and the password in the other one. */
const NAME = new RegExp(`[=\\\\]|@.*\\.|${WORD.source}`, 'i');

/** LDAP_BIND_DN. `P@ssw0rd` has the form of a principal name, so of those only names in the domain that is searched are shown. */
export function shownAccount({ account, bases, netbiosDomain }: SearchAndBind): string {
  if (account.kind === 'anonymous') return 'anonymous';
  const { bindDn, bindPassword } = account;
  if (bindPassword.kind === 'given' && bindPassword.value.isIn(bindDn)) return 'LDAP_BIND_DN';
  const domains = bases.flatMap((base) => dnsDomainOf(base) ?? []);
  const realm = /^[^@\\/]+@([a-z0-9.-]+)$/i.exec(bindDn)?.[1]?.toLowerCase();
  const netbios = /^([a-z0-9._-]+)\\[^@\\/]+$/i.exec(bindDn)?.[1]?.toLowerCase();
  const isOfRealm = realm !== undefined && domains.some((domain) => `.${realm}`.endsWith(`.${domain}`));
  const isOfDomain =
    netbios !== undefined && [netbiosDomain?.toLowerCase(), ...domains.map((domain) => domain.split('.')[0])].includes(netbios);
  const isName = bindPassword.kind === 'given' && WORD.test(bindDn) && !bindPassword.value.hasForm(NAME);
  return isOfRealm || isOfDomain || isName ? shown(bindDn) : shownDn(bindDn, 'LDAP_BIND_DN');
}

/** A setting that should be the name or the address of a host. */
export function shownHost(host: string, variable: string): string {
  const isHost = isIP(host) !== 0 || host === 'localhost' || HOST.test(host);
  return isHost ? quoted(host) : `the name in ${variable}`;
}
