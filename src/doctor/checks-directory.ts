import { randomUUID } from 'node:crypto';

import type { Config, SearchAndBind } from '../config/config.ts';
import { DIRECTORY_KINDS } from '../config/directory-kinds.ts';
import type { Conversation, UserSearch } from '../directory/conversation.ts';
import { isKnownGroup, showsMembers } from '../directory/groups/member-attributes.ts';
import { orFault, ServerFailure } from '../directory/groups/question.ts';
import { readGroupEntry } from '../directory/groups/search.ts';
import { isSecurityGroup, readShownGroup } from '../directory/groups/tokens.ts';
import { anyEntry } from '../directory/names/filter.ts';
import { canonicalDn } from '../directory/names/dn.ts';
import { textsOf } from '../directory/entry.ts';
import type { BoundAccount } from '../directory/service/bound-account.ts';
import type { SearchEntry } from '../ldap/message.ts';
import { detailOf, type Failure } from '../ldap/failure.ts';
import { proveShown, proveSight } from '../directory/service/proof.ts';
import { findUser, sightOf } from '../directory/user-search.ts';
import { type Check, check, conversationOf, fail, type Finding, pass, skip } from './check.ts';
import { explainBase } from './nobody-found.ts';
import { POLICY_CONTROL, proposals, readRootDse, type RootDse } from './root-dse.ts';
import { accountVariable, quoted, shown, shownBase, shownDn } from './words.ts';

/** After a refused bind, or without one, as nobody: servers show it to anybody. */
const rootDseCheck = check({
  id: 'root-dse',
  title: 'root DSE',
  needs: ['connection'],
  run: async ({ connection }, visit) => {
    const read = await readRootDse(conversationOf(connection, visit));
    if (!read.ok) {
      const detail = detailOf(read.failure);
      if (connection.session.isUsable) return pass(`hidden (${detail}); no login needs it`, FITS);
      return fail(`LDAP_URL: the server gave no answer to a first question (${detail}); is it a directory?`);
    }
    const { root } = read;
    const isRightKind = fits(root, visit.config); // the right one brings its own default
    const isBlind = isRightKind && !visit.config.passwordPolicy && root.supports.includes(POLICY_CONTROL);
    const lines = [...proposals(root, visit.config, visit.problems), ...(isBlind ? [NO_POLICY] : [])];
    const learned = { root, ...(isRightKind ? FITS : {}) };
    return isBlind || !isRightKind ? fail(lines, describeRoot(root), learned) : pass(describeRoot(root), learned, lines);
  },
});

const FITS = { fits: 'as far as is told' } as const;

const NO_POLICY =
  'LDAP_PASSWORD_POLICY: the server offers the password policy control; without it an account that must change its password may be told valid; set LDAP_PASSWORD_POLICY=true';

/**
 * OpenLDAP's and 389DS's settings are near enough to each other to work; Active Directory's for another server, or the other
 * way round, leave out what tells a locked account, and find nobody.
 */
function fits({ kind }: RootDse, { directory }: Config): boolean {
  return kind === undefined || DIRECTORY_KINDS[kind].groups === DIRECTORY_KINDS[directory].groups;
}

function describeRoot({ vendor, namingContexts, supports }: RootDse): string {
  return `${vendor}; ${namingContexts.length === 0 ? 'no naming context told' : namingContexts.join(' | ')}; supports ${supports.length === 0 ? 'nothing of note' : supports.join(', ')}`;
}

/** Without this proof nobody is told "no such user"; under `uniform` nobody is told anything. Asked as in a new process. */
function baseCheck(baseDn: string, ordinal: number): Check {
  return check({
    id: ordinal === 1 ? 'base' : `base${String(ordinal)}`,
    title: 'base',
    needs: ['search', 'connection', 'bound', 'fits'],
    run: async ({ search, connection, bound, root, seenBases = [] }, visit) => {
      const found = shownBase(baseDn);
      const conversation: Conversation = { ...conversationOf(connection, visit), proof: 'before any search' };
      const anew = { ...search, witnesses: new Map<string, string>() };
      const failure = await proveSight(conversation.session, sightOf(anew, baseDn, bound.isOwnEntry), conversation.slice);
      if (failure !== undefined) return fail(await explainBase({ search, conversation, root }, baseDn, bound, failure), found);
      const places = [{ base: baseDn, name: { typed: randomUUID(), accountName: undefined } }];
      const stranger = await findUser(anew, places, conversation, bound.isOwnEntry);
      if (stranger.kind === 'failed') return fail(searchHint(stranger.failure, visit.config), found);
      return pass(found, { seenBases: [...seenBases, baseDn] });
    },
  });
}

/** Why a search for a name got no usable answer. */
export function searchHint(failure: Failure, { directory, disclosure, lookup }: Config): string {
  const { reason, cause } = failure;
  const detail = detailOf(failure);
  if (cause.kind === 'elsewhere') {
    const catalog = DIRECTORY_KINDS[directory].ownPartitions ? ', or the global catalog (port 3269, LDAP_BASE_DN=*)' : '';
    const whom = disclosure === 'uniform' ? 'nobody can log in (AUTH_DISCLOSURE=uniform)' : 'no name can be told to be unknown';
    return `LDAP_BASE_DN: part of that tree is on other servers (${detail}), so ${whom}; choose a narrower base that this server holds, LDAP_USER_SCOPE=one${catalog}`;
  }
  if (cause.kind === 'result' && cause.code === 32) return `LDAP_BASE_DN: there is no such entry (${detail})`;
  if (reason === 'directory-refused-service-account')
    return `directory: ${lookup.kind === 'direct-bind' ? 'the user' : accountVariable(lookup)} may not search there (${detail}); ask the owners of the directory for that right`;
  return `LDAP_URL: the search got no usable answer (${detail})`;
}

/** Before any user is looked for: what lets nobody in, or tells nobody's groups. */
const groupsCheck = check({
  id: 'groups',
  title: 'required groups',
  needs: ['search', 'connection', 'bound', 'fits'],
  run: async ({ search, connection, bound }, visit) => {
    const { returned, baseDn, lookup } = search.settings.groups;
    const required = requiredGroups(visit.config);
    if (required.length === 0 && !returned) return skip('LDAP_REQUIRED_GROUPS is not set');
    const conversation = conversationOf(connection, visit);
    return await unlessFault(async () => {
      const hints =
        lookup === 'memberOf'
          ? await memberOfHints(search, bound, conversation)
          : [...(await groupHints(search, required, conversation)), ...(await groupBaseHints(baseDn, conversation))];
      const found = lookup === 'memberOf' ? 'memberOf is believed' : `${String(required.length)} asked for`;
      return hints.length === 0 ? pass(found) : fail(hints, found);
    });
  },
});

/** Looks at groups; a fault of the server is a row as well. */
export async function unlessFault(look: () => Promise<Finding>): Promise<Finding> {
  const found = await orFault(look);
  return 'status' in found ? found : fail(`LDAP_REQUIRED_GROUPS: the groups could not be read (${detailOf(found.failure)})`);
}

/** A group, and each setting that requires it. */
type RequiredGroup = { readonly dn: string; readonly settings: readonly string[] };

/** Of LDAP_REQUIRED_GROUPS and of every application; one that several of them name, in whatever spelling, is there once. */
function requiredGroups({ requiredGroups: own, applications }: Config): readonly RequiredGroup[] {
  const named = [
    ...own.map((dn) => ({ dn, setting: 'LDAP_REQUIRED_GROUPS' })),
    ...[...applications.values()].flat().map((dn) => ({ dn, setting: 'AUTH_APPLICATIONS' })),
  ];
  const byDn = Map.groupBy(named, ({ dn }) => canonicalDn(dn));
  return [...byDn.values()].flatMap((same) =>
    same.slice(0, 1).map(({ dn }) => ({ dn, settings: [...new Set(same.map(({ setting }) => setting))] })),
  );
}

async function groupHints(
  { settings, kind }: UserSearch,
  required: readonly RequiredGroup[],
  conversation: Conversation,
): Promise<readonly string[]> {
  const hints: string[] = [];
  for (const { dn, settings: named } of required) {
    const why = kind.groups === 'tokens' ? await whyNotAskable(settings, conversation, dn) : await whyNoMembers(conversation, dn);
    if (why === undefined) continue;
    const what = why === 'hidden' ? `not there, or ${accountVariable(settings)} has no right to read its members` : why;
    hints.push(...named.map((setting) => `${setting}: ${shownDn(dn, 'one of them', quoted)} is ${what}`));
  }
  return hints;
}

/** OpenLDAP, 389DS: what keeps a group from proving who is not in it, as far as it shows. */
async function whyNoMembers(conversation: Conversation, group: string): Promise<string | undefined> {
  if (await showsMembers(conversation, group)) return undefined;
  const entry = await readGroupEntry(conversation, group, anyEntry, ['objectClass']);
  if (entry === undefined || isKnownGroup(entry) !== false) return 'hidden';
  return `of a kind that is not supported (objectClass ${classesOf(entry)}): members are read from member, uniqueMember, memberUid and roleOccupant`;
}

/** Active Directory. */
async function whyNotAskable({ groups }: SearchAndBind, conversation: Conversation, group: string): Promise<string | undefined> {
  const entry = await readGroupEntry(conversation, group, anyEntry, ['objectClass']);
  if (entry === undefined) return 'hidden';
  if (isKnownGroup(entry) === false) return `of a kind that is not supported (objectClass ${classesOf(entry)}): it is no group`;
  const shownGroup = groups.nested ? await readShownGroup(conversation, group) : undefined;
  return shownGroup === undefined || isSecurityGroup(shownGroup)
    ? undefined
    : 'of a kind that is not supported beside LDAP_NESTED_GROUPS=true: of a distribution group nobody can be told not to be in it';
}

function classesOf(entry: SearchEntry): string {
  return textsOf(entry, 'objectClass').map(shown).join(', ');
}

async function groupBaseHints(baseDn: string | undefined, conversation: Conversation): Promise<readonly string[]> {
  if (baseDn === undefined || (await readGroupEntry(conversation, baseDn, anyEntry)) !== undefined) return [];
  return ['LDAP_GROUP_BASE_DN: there is no such entry, or it is not shown: no group lies below it'];
}

async function memberOfHints(search: UserSearch, bound: BoundAccount, { session, slice }: Conversation): Promise<readonly string[]> {
  const hints: string[] = [];
  for (const base of search.settings.bases) {
    const result = await proveShown(session, sightOf(search, base, bound.isOwnEntry), 'memberOf', slice);
    if (!result.ok) throw new ServerFailure(result.failure);
    if (result.isShown) continue;
    const account = accountVariable(search.settings);
    hints.push(
      `LDAP_GROUP_LOOKUP: nobody below ${shownBase(base, quoted)} is shown with memberOf: the groups of an entry without it are unknown; give ${account} the right to read it, or set LDAP_GROUP_LOOKUP=group`,
    );
  }
  return hints;
}

/** A row for each base, the first one's as where there is one. */
export function directoryChecks({ lookup }: Config): readonly Check[] {
  const bases = lookup.kind === 'direct-bind' || lookup.bases.length === 0 ? [''] : lookup.bases;
  return [rootDseCheck, ...bases.map((base, index) => baseCheck(base, index + 1)), groupsCheck];
}
