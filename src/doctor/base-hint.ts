import type { Conversation, UserSearch } from '../directory/conversation.ts';
import { valuesOf } from '../directory/entry.ts';
import { foldDn, isAtOrBelow } from '../directory/names/dn.ts';
import { parseUserFilter } from '../directory/names/filter.ts';
import { readEntry } from '../directory/read-entry.ts';
import type { BoundAccount } from '../directory/service/bound-account.ts';
import { detailOf, type Failure, nameOfResult } from '../ldap/failure.ts';
import type { SearchEntry } from '../ldap/message.ts';
import { isBuiltIn } from '../directory/service/proof.ts';
import { type RootDse, setBase } from './root-dse.ts';
import { accountVariable, shown } from './words.ts';

/** What is known where the base has failed, and a connection for a second look. */
export type BaseQuestion = {
  readonly search: UserSearch;
  readonly baseDn: string;
  readonly conversation: Conversation;
  readonly bound: BoundAccount;
  readonly root: RootDse | undefined;
};

/** Why nobody could be shown below the base, and what to set or to grant: a second look, by what the first one came to. Never rejects. */
export async function explainBase(question: BaseQuestion, failure: Failure): Promise<string> {
  const { search, baseDn, root } = question;
  const account = accountVariable(search.settings);
  const { cause } = failure;
  if (cause.kind === 'alias')
    return 'LDAP_BASE_DN: this entry is an alias, and aliases are not followed; set LDAP_BASE_DN to the entry that it stands for';
  if (!isDn(baseDn) || (cause.kind === 'result' && cause.code === 34)) return `LDAP_BASE_DN: this is not a DN; ${setBase(root)}`;
  if (cause.kind !== 'result' && cause.kind !== 'nobody shown') return `LDAP_URL: the base could not be searched (${detailOf(failure)})`;
  if (baseDn !== '' && root !== undefined && contextsAbove(baseDn, root).length === 0 && root.namingContexts.length > 0)
    return `LDAP_BASE_DN: this server holds no such tree; ${setBase(root)}`;
  if (cause.kind === 'nobody shown') return await explainNobody(question, account);
  if (failure.reason !== 'directory-refused-service-account')
    return `${search.settings.account.kind === 'anonymous' ? `${account}: the server may take no anonymous search, or` : 'LDAP_URL:'} the base could not be searched (${detailOf(failure)})`;
  return cause.code === 32 ? await explainNoSuchObject(question, account) : withoutRights(account, failure);
}

/** `type=value` somewhere, or one of Active Directory's own forms, `<GUID=…>`. Empty: the whole tree. */
function isDn(base: string): boolean {
  return base === '' || /^\s*(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)*)\s*=|^<[A-Za-z]+=/.test(base);
}

function contextsAbove(base: string, root: RootDse): readonly string[] {
  return root.namingContexts.filter((context) => isAtOrBelow(base, context));
}

function withoutRights(account: string, failure: Failure): string {
  return `${account}: this account has no right to search below LDAP_BASE_DN (${detailOf(failure)}); give it the right to search and read people there`;
}

/** OpenLDAP says that an entry is not there where it only hides it. The top of the tree, which is there, tells the two apart. */
async function explainNoSuchObject({ baseDn, conversation, root }: BaseQuestion, account: string): Promise<string> {
  const [top] = root === undefined ? [] : contextsAbove(baseDn, root);
  const wrong = `LDAP_BASE_DN: there is no such entry, or it is hidden from ${account} (${nameOfResult(32)}); ${setBase(root)}`;
  if (top === undefined) return wrong;
  if (foldDn(top) === foldDn(baseDn))
    return `${account}: the server holds LDAP_BASE_DN, and does not show it to this account; give it the right to search and read people there`;
  const read = await readEntry(conversation.session, { dn: top, attributes: ['1.1'] }, conversation.slice);
  if (read.ok && read.entries.length > 0) return wrong;
  return `${account}: this account is shown neither LDAP_BASE_DN nor ${shown(top)} above it; give it the right to search and read people there, if LDAP_BASE_DN is spelt right`;
}

/** Most entries that a second look reads, of which one may be the account's own. */
const FEW = 10;

/** Nobody fits the filter: are there people at all, and what of them is hidden? */
async function explainNobody({ search, baseDn: base, conversation, bound }: BaseQuestion, account: string): Promise<string> {
  const { settings, filter } = search;
  const named = parseUserFilter(`(|${filter.nameAttributes.map((name) => `(${name}={username})`).join('')})`);
  const compared = attributesIn(settings.userFilter).filter((name) => !filter.nameAttributes.includes(name.toLowerCase()));
  const nobody = `${account}: this account is shown nobody below LDAP_BASE_DN whom LDAP_USER_FILTER (${shown(settings.userFilter)}) may find, itself left out; give it the right to search and read people there, with the attributes of the filter: until then no name can be told to be unknown`;
  if (!named.ok || named.filter.forAnybody === undefined) return nobody;
  const limits = { mostEntries: FEW, sizeLimit: FEW + 1, surplus: 'heard out' } as const;
  const { scope } = settings;
  const attributes = [...filter.nameAttributes, ...compared, 'objectClass', 'objectSid'];
  const reply = await conversation.session.search(
    { base, scope, filter: named.filter.forAnybody, attributes, ...limits },
    conversation.slice,
  );
  const others = reply.ok ? reply.entries.filter((entry) => !bound.isOwnEntry(entry) && !isNoUser(entry)) : [];
  if (others.length === 0) return nobody;
  const names = filter.nameAttributes.join(', ');
  const hidden = compared.filter((name) => !others.some((entry) => valuesOf(entry, name).length > 0));
  if (hidden.length > 0)
    return `${account}: this account is shown entries with ${names} below LDAP_BASE_DN, but not their ${hidden.join(', ')}, which LDAP_USER_FILTER compares; give it the right to search and read ${hidden.join(', ')}, or set LDAP_USER_FILTER to one without`;
  return `LDAP_USER_FILTER: there are entries with ${names}${classesOf(others)}, and the rest of ${shown(settings.userFilter)} fits none of them; set LDAP_USER_FILTER=(${filter.nameAttributes[0] ?? 'uid'}={username}), or one that fits`;
}

/** Active Directory: groups, computers and what is built in have a `sAMAccountName` too, and may be shown to everybody. */
function isNoUser(entry: SearchEntry): boolean {
  return isBuiltIn(entry) || valuesOf(entry, 'objectClass').some((value) => /^(?:computer|group)$/i.test(value.toString('latin1')));
}

function classesOf(entries: readonly SearchEntry[]): string {
  const classes = [...new Set(entries.flatMap((entry) => valuesOf(entry, 'objectClass')).map((value) => value.toString('utf8')))];
  return classes.length === 0 ? '' : ` (objectClass: ${shown(classes.join(', '))})`;
}

/** The attribute types that a filter names, in the order of its text (RFC 4515). */
function attributesIn(filter: string): readonly string[] {
  return [...new Set([...filter.matchAll(/\(\s*([A-Za-z][A-Za-z0-9-]*)[^()=]*=/g)].map(([, name = '']) => name))];
}
