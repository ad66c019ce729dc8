import type { Conversation, UserSearch } from '../directory/conversation.ts';
import { valuesOf } from '../directory/entry.ts';
import { canonicalDn, isAtOrBelow, parentOf } from '../directory/names/dn.ts';
import { parseUserFilter, type UserFilter } from '../directory/names/filter.ts';
import { readEntry } from '../directory/read-entry.ts';
import type { SearchEntry } from '../ldap/message.ts';
import type { RootDse } from './root-dse.ts';
import { clean, quoted, shown } from './words.ts';

/** Names that people type, whatever the filter compares. The first that fits is named. */
const NAMES = ['uid', 'sAMAccountName', 'userPrincipalName', 'mail', 'cn'] as const;

/** Most entries that are read for one name. */
const FEW = 5;

/** A connection that is bound as the service account, and where else somebody may be. */
export type Elsewhere = { readonly search: UserSearch; readonly conversation: Conversation; readonly root: RootDse | undefined };

/**
 * Where somebody is whom the login's own search does not find: in the whole of the naming contexts, by each name that people
 * type. A line for each setting that would find them; empty where they are nowhere. Never rejects.
 */
export async function lookElsewhere(elsewhere: Elsewhere, username: string): Promise<readonly string[]> {
  const { search } = elsewhere;
  const [domain, account] = /^([A-Za-z0-9._-]+)\\(.+)$/s.exec(username)?.slice(1) ?? [];
  if (domain === undefined || account === undefined || search.settings.netbiosDomain !== undefined)
    return await findIn(elsewhere, username);
  const line = search.kind.domainNames
    ? `LDAP_NETBIOS_DOMAIN: without it a name with a domain before it is nobody's; set LDAP_NETBIOS_DOMAIN=${domain}`
    : `LDAP_USER_FILTER: names with a domain before them are understood on Active Directory alone; log in as ${quoted(account)}`;
  return [line, ...(await findIn(elsewhere, account))];
}

async function findIn(elsewhere: Elsewhere, name: string): Promise<readonly string[]> {
  const found = await findByAnyName(elsewhere, name);
  return found === undefined ? [] : await settingsFor(elsewhere, name, found);
}

async function findByAnyName({ search, conversation, root }: Elsewhere, name: string): Promise<SearchEntry | undefined> {
  const byName = parseUserFilter(`(|${NAMES.map((attribute) => `(${attribute}={username})`).join('')})`);
  if (!byName.ok) return undefined;
  const filter = byName.filter.forName({ typed: name, accountName: undefined });
  for (const base of outermost([...search.settings.bases, ...(root?.userContexts ?? [])])) {
    const limits = { mostEntries: FEW, sizeLimit: FEW + 1, surplus: 'heard out' } as const;
    const reply = await conversation.session.search({ base, scope: 'sub', filter, attributes: NAMES, ...limits }, conversation.slice);
    const [first] = reply.ok ? reply.entries : [];
    if (first !== undefined) return first;
  }
  return undefined;
}

function outermost(bases: readonly string[]): readonly string[] {
  const distinct = [...new Set(bases)];
  return distinct.filter((base) => !distinct.some((other) => other !== base && isAtOrBelow(base, other)));
}

async function settingsFor({ search, conversation, root }: Elsewhere, name: string, entry: SearchEntry): Promise<readonly string[]> {
  const { settings, filter } = search;
  const asked = { dn: entry.dn, attributes: ['1.1'], filter: filter.forName({ typed: name, accountName: undefined }) };
  const fitting = await readEntry(conversation.session, asked, conversation.slice);
  const lines: string[] = [];
  if (!settings.bases.some((base) => isAtOrBelow(entry.dn, base)))
    lines.push(
      `LDAP_BASE_DN: ${quoted(entry.dn)} has this name, and is not below it; set LDAP_BASE_DN=${clean(baseFor(entry.dn, settings.bases, root))}`,
    );
  else if (settings.scope === 'one' && !settings.bases.some((base) => canonicalDn(parentOf(entry.dn)) === canonicalDn(base)))
    lines.push(`LDAP_USER_SCOPE: ${quoted(entry.dn)} has this name, and is not directly below LDAP_BASE_DN; set LDAP_USER_SCOPE=sub`);
  if (!fitting.ok || fitting.entries.length === 0) lines.push(filterLine(settings.userFilter, filter, name, entry));
  return lines;
}

/** The lowest entry above both; where there is none in the same tree, the place of the entry itself. Of several bases, one more. */
function baseFor(dn: string, bases: readonly string[], root: RootDse | undefined): string {
  const [base = '', ...others] = bases;
  if (others.length > 0) return JSON.stringify([...bases, parentOf(dn)]);
  for (let place = parentOf(base); place !== ''; place = parentOf(place)) {
    if (isAtOrBelow(dn, place)) return root?.namingContexts.some((context) => isAtOrBelow(place, context)) === false ? parentOf(dn) : place;
  }
  return parentOf(dn);
}

function filterLine(userFilter: string, { nameAttributes }: UserFilter, name: string, entry: SearchEntry): string {
  const held = NAMES.find((attribute) => valuesOf(entry, attribute).some((value) => isSame(value.toString('utf8'), name)));
  const [first = 'uid'] = nameAttributes;
  if (held === undefined || nameAttributes.includes(held.toLowerCase()))
    return `LDAP_USER_FILTER: ${quoted(entry.dn)} has this name, and ${shown(userFilter)} leaves it out; set LDAP_USER_FILTER=(${held ?? first}={username}), or one that fits it`;
  return `LDAP_USER_FILTER: the name is the ${held} of ${quoted(entry.dn)}, which ${shown(userFilter)} does not compare; set LDAP_USER_FILTER=${clean(withName(userFilter, held))}`;
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** The filter with one more attribute in which the name may be, in the place of the first one. */
function withName(userFilter: string, attribute: string): string {
  return userFilter.replace(/\([^()=]+=\{username\}\)/, (first) => `(|${first}(${attribute}={username}))`);
}
