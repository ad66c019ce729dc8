import type { Conversation, UserSearch } from '../directory/conversation.ts';
import { textsOf, valuesOf } from '../directory/entry.ts';
import { canonicalDn, foldDn, isAtOrBelow, outermost, parentOf } from '../directory/names/dn.ts';
import { parseUserFilter, type UserFilter } from '../directory/names/filter.ts';
import { readEntry } from '../directory/read-entry.ts';
import { isBuiltIn } from '../directory/service/proof.ts';
import type { BoundAccount } from '../directory/service/bound-account.ts';
import { detailOf, type Failure, nameOfResult } from '../ldap/failure.ts';
import type { SearchEntry } from '../ldap/message.ts';
import type { SearchFor } from '../ldap/requests.ts';
import { type RootDse, setBase } from './root-dse.ts';
import { accountVariable, clean, quoted, shown } from './words.ts';

/** Nobody was found: second looks, which say what to set or to grant. They never reject. */

/** A connection that is bound as the service account. */
export type Look = { readonly search: UserSearch; readonly conversation: Conversation; readonly root: RootDse | undefined };

/** What is granted in the directory: no setting replaces it. */
function grant(search: UserSearch): string {
  return `ask the owners of the directory to give ${accountVariable(search.settings)} ${rights(search)}`;
}

function rights({ settings, wanted }: UserSearch): string {
  const attributes = new Set([...attributesIn(settings.userFilter), wanted.username, wanted.id.attribute, ...settings.attributes]);
  return `the right to search there and to read these attributes of people: ${[...attributes].join(', ')}`;
}

/** Why nobody could be shown below the base, by what the first look came to. */
export async function explainBase(look: Look, base: string, { isOwnEntry }: BoundAccount, failure: Failure): Promise<string> {
  const { search, root } = look;
  const account = accountVariable(search.settings);
  const { cause, reason } = failure;
  if (cause.kind === 'alias')
    return 'LDAP_BASE_DN: this entry is an alias, and aliases are not followed; set LDAP_BASE_DN to the entry that it stands for';
  if (cause.kind === 'result' && cause.code === 34) return `LDAP_BASE_DN: this is not a DN; ${setBase(root)}`;
  if (cause.kind !== 'result' && cause.kind !== 'nobody shown') return `LDAP_URL: the base could not be searched (${detailOf(failure)})`;
  if (base !== '' && root !== undefined && contextsAbove(base, root).length === 0 && root.namingContexts.length > 0)
    return `LDAP_BASE_DN: this server holds no such tree; ${setBase(root)}`;
  if (cause.kind === 'nobody shown') return await explainNobody(look, base, isOwnEntry);
  if (reason !== 'directory-refused-service-account')
    return `${search.settings.account.kind === 'anonymous' ? `${account}: the server may take no anonymous search, or` : 'LDAP_URL:'} the base could not be searched (${detailOf(failure)})`;
  if (cause.code === 32) return await explainNoSuchObject(look, base, account);
  return `directory: ${account} has no right to search below LDAP_BASE_DN (${detailOf(failure)}); ${grant(search)}`;
}

function contextsAbove(base: string, root: RootDse): readonly string[] {
  return root.namingContexts.filter((context) => isAtOrBelow(base, context));
}

/** OpenLDAP says that an entry is not there where it only hides it. The top of the tree, which is there, tells the two apart. */
async function explainNoSuchObject({ search, conversation, root }: Look, base: string, account: string): Promise<string> {
  const [top] = root === undefined ? [] : contextsAbove(base, root);
  const wrong = `LDAP_BASE_DN: there is no such entry, or it is hidden from ${account} (${nameOfResult(32)}); ${setBase(root)}`;
  if (top === undefined) return wrong;
  if (foldDn(top) === foldDn(base))
    return `directory: LDAP_BASE_DN is there (the root DSE names it), but the directory hides it from ${account}; ${grant(search)}`;
  const read = await readEntry(conversation.session, { dn: top, attributes: ['1.1'] }, conversation.slice);
  if (read.ok && read.entries.length > 0) return wrong;
  return `directory: it shows ${account} neither LDAP_BASE_DN nor ${shown(top)} above it; check the spelling of LDAP_BASE_DN, then ${grant(search)}`;
}

/** Nobody fits the filter: are there people at all, and what of them is hidden? */
async function explainNobody(look: Look, base: string, isOwnEntry: BoundAccount['isOwnEntry']): Promise<string> {
  const { settings, filter } = look.search;
  const account = accountVariable(settings);
  const compared = attributesIn(settings.userFilter).filter((name) => !filter.nameAttributes.includes(name.toLowerCase()));
  const attributes = [...filter.nameAttributes, ...compared, 'objectClass', 'objectSid'];
  const shownThere = await fewWith(filter.nameAttributes, undefined, look.conversation, { base, scope: settings.scope, attributes });
  const others = shownThere.filter((entry) => !isOwnEntry(entry) && !isNoUser(entry));
  const byOtherName = others.length > 0 ? undefined : await explainOtherName(look, base, isOwnEntry);
  if (byOtherName !== undefined) return byOtherName;
  const isTop = base === '' || look.root?.userContexts.some((context) => isAtOrBelow(context, base)) === true; // nobody is elsewhere
  const wrongPlace = isTop ? '' : `. If nobody is there, LDAP_BASE_DN is the wrong place: ${setBase(look.root)}`;
  if (others.length === 0)
    return `directory: ${account} sees no other user below LDAP_BASE_DN, so the service cannot tell an unknown name from a hidden user. Ask the owners of the directory whether users are there. If they are, ${account} needs ${rights(look.search)}${wrongPlace}`;
  const names = filter.nameAttributes.join(', ');
  const hidden = compared.filter((name) => !others.some((entry) => valuesOf(entry, name).length > 0));
  if (hidden.length > 0)
    return `directory: ${account} sees entries with ${names} below LDAP_BASE_DN, but not their ${hidden.join(', ')}, which LDAP_USER_FILTER compares; ask the owners of the directory to give it the right to search and read ${hidden.join(', ')} there. Only if they will not, let all entries that fit the rest of it log in: set LDAP_USER_FILTER=${clean(without(settings.userFilter, hidden))}`;
  const classes = new Set(others.flatMap((entry) => textsOf(entry, 'objectClass')));
  return `LDAP_USER_FILTER: there are entries with ${names} (objectClass: ${shown([...classes].join(', ') || 'hidden')}), but none of them fits the rest of ${shown(settings.userFilter)}; set LDAP_USER_FILTER=(${filter.nameAttributes[0] ?? 'uid'}={username}), or a filter that fits`;
}

/** People are there, by the attribute of the default filter, and none has what LDAP_USER_FILTER compares. Undefined: none of it. */
async function explainOtherName(look: Look, base: string, isOwnEntry: BoundAccount['isOwnEntry']): Promise<string | undefined> {
  const { kind, settings, filter } = look.search;
  const other = kind.usernameAttribute;
  if (filter.nameAttributes.includes(other.toLowerCase())) return undefined;
  const attributes = [other, 'objectClass', 'objectSid'];
  const shownThere = await fewWith([other], undefined, look.conversation, { base, scope: settings.scope, attributes });
  if (shownThere.every((entry) => isOwnEntry(entry) || isNoUser(entry))) return undefined;
  const names = attributesIn(settings.userFilter)
    .filter((name) => filter.nameAttributes.includes(name.toLowerCase()))
    .join(', ');
  return `LDAP_USER_FILTER: ${accountVariable(settings)} sees users with ${other} below LDAP_BASE_DN, but none with ${names}; set LDAP_USER_FILTER=${kind.userFilter}, or, if people have ${names}, ${grant(look.search)}`;
}

/** The filter without what it says about these attributes. */
function without(filter: string, attributes: readonly string[]): string {
  const comparison = new RegExp(`\\(\\s*(?:${attributes.join('|')})(?![A-Za-z0-9-])[^()=]*=[^()]*\\)|\\([&|!]\\)`, 'gi');
  const left = filter.replaceAll(comparison, '').replaceAll(/\([&|](\([^()]*\))\)/g, '$1');
  return left === filter ? left : without(left, attributes);
}

/** Most entries that a second look reads, of which one may be the account's own. */
const FEW = 10;

/** A few of the entries that have one of these names, whatever or `typed`, as far as they are shown: none, where the search fails. */
async function fewWith(
  names: readonly string[],
  typed: string | undefined,
  { session, slice }: Conversation,
  place: Pick<SearchFor, 'base' | 'scope' | 'attributes'>,
): Promise<readonly SearchEntry[]> {
  const parsed = parseUserFilter(`(|${names.map((name) => `(${name}={username})`).join('')})`);
  if (!parsed.ok) return [];
  const { forAnybody, forName } = parsed.filter;
  const filter = typed === undefined ? forAnybody : forName({ typed, accountName: undefined });
  if (filter === undefined) return [];
  const reply = await session.search({ ...place, filter, mostEntries: FEW, sizeLimit: FEW + 1, surplus: 'heard out' }, slice);
  return reply.ok ? reply.entries : [];
}

/** Active Directory: groups, computers and what is built in have a `sAMAccountName` too, and may be shown to everybody. */
function isNoUser(entry: SearchEntry): boolean {
  return isBuiltIn(entry) || textsOf(entry, 'objectClass').some((name) => /^(?:computer|group)$/i.test(name));
}

/** The attribute types that a filter names, in the order of its text (RFC 4515). */
function attributesIn(filter: string): readonly string[] {
  return [...new Set([...filter.matchAll(/\(\s*([A-Za-z][A-Za-z0-9-]*)[^()=]*=/g)].map(([, name = '']) => name))];
}

/** Names that people type, whatever the filter compares. The first that fits is named. */
const NAMES = ['uid', 'sAMAccountName', 'userPrincipalName', 'mail', 'cn'] as const;

/**
 * Where somebody is whom the login's own search does not find: in the whole of the naming contexts, by each name that people
 * type. A line for each setting that would find them; empty where they are nowhere.
 */
export async function lookElsewhere(look: Look, username: string): Promise<readonly string[]> {
  const { search } = look;
  const [domain, account] = /^([A-Za-z0-9._-]+)\\(.+)$/s.exec(username)?.slice(1) ?? [];
  if (domain === undefined || account === undefined || search.settings.netbiosDomain !== undefined) return await findIn(look, username);
  const plainly = `log in as ${quoted(account)}`;
  const line = search.kind.domainNames
    ? `LDAP_NETBIOS_DOMAIN: it is not set, so a name with a domain before it finds nobody; set LDAP_NETBIOS_DOMAIN=${domain} (${await whoseDomain(look, domain)}), or ${plainly}`
    : `--user: only Active Directory has names with a domain before them; ${plainly}`;
  return [line, ...(await findIn(look, account))];
}

/** The forest's list of its domains tells their short names (MS-ADTS 6.1.1.2.1.1). */
async function whoseDomain({ conversation, root }: Look, domain: string): Promise<string> {
  const base = `CN=Partitions,${root?.namingContexts.find((context) => /^cn=configuration,/i.test(context)) ?? ''}`;
  const found = await fewWith(['nETBIOSName'], domain, conversation, { base, scope: 'one', attributes: ['1.1'] });
  return found.length > 0 ? 'the directory has a domain of this name' : 'as typed: the directory does not show a domain of this name';
}

async function findIn(look: Look, name: string): Promise<readonly string[]> {
  for (const base of outermost([...look.search.settings.bases, ...(look.root?.userContexts ?? [])])) {
    const [first] = await fewWith(NAMES, name, look.conversation, { base, scope: 'sub', attributes: NAMES });
    if (first !== undefined) return await settingsFor(look, name, first);
  }
  return [];
}

async function settingsFor({ search, conversation, root }: Look, name: string, entry: SearchEntry): Promise<readonly string[]> {
  const { filter, settings } = search;
  const { bases, scope, userFilter } = settings;
  const asked = { dn: entry.dn, attributes: ['1.1'], filter: filter.forName({ typed: name, accountName: undefined }) };
  const fitting = await readEntry(conversation.session, asked, conversation.slice);
  const lines: string[] = [];
  if (!bases.some((base) => isAtOrBelow(entry.dn, base))) {
    const wide = clean(baseFor(entry.dn, bases, root));
    lines.push(`LDAP_BASE_DN: ${quoted(entry.dn)} has this name, but is not below this base; set LDAP_BASE_DN=${wide}`);
  } else if (scope === 'one' && !bases.some((base) => canonicalDn(parentOf(entry.dn)) === canonicalDn(base)))
    lines.push(`LDAP_USER_SCOPE: ${quoted(entry.dn)} has this name, but is not directly below LDAP_BASE_DN; set LDAP_USER_SCOPE=sub`);
  if (!fitting.ok || fitting.entries.length === 0) lines.push(filterLine(userFilter, filter, name, entry));
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
  const held = NAMES.find((attribute) => textsOf(entry, attribute).some((value) => value.toLowerCase() === name.toLowerCase()));
  const [first = 'uid'] = nameAttributes;
  if (held === undefined || nameAttributes.includes(held.toLowerCase()))
    return `LDAP_USER_FILTER: ${quoted(entry.dn)} has this name, but ${shown(userFilter)} leaves it out; set LDAP_USER_FILTER=(${held ?? first}={username}), or one that fits it`;
  const wider = userFilter.replace(/\([^()=]+=\{username\}\)/, (compared) => `(|${compared}(${held}={username}))`);
  const [other] = nameAttributes.flatMap((attribute) => textsOf(entry, attribute));
  const instead = other === undefined ? '' : ` or log in as ${quoted(other)}`;
  return `LDAP_USER_FILTER: ${quoted(entry.dn)} has this name as its ${held}. The filter ${shown(userFilter)} does not compare ${held}. Set LDAP_USER_FILTER=${clean(wider)}${instead}`;
}
