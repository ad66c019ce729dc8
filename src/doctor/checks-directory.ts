import { randomUUID } from 'node:crypto';

import type { Config, SearchAndBind } from '../config/config.ts';
import { DIRECTORY_KINDS } from '../config/directory-kinds.ts';
import type { Conversation } from '../directory/conversation.ts';
import { showsItself } from '../directory/groups/active-directory.ts';
import { showsMembers } from '../directory/groups/member-attributes.ts';
import { ServerFailure } from '../directory/groups/question.ts';
import { isAtOrBelow } from '../directory/names/dn.ts';
import { ELSEWHERE } from '../directory/entry.ts';
import type { Failure } from '../ldap/failure.ts';
import { BASE_IS_ALIAS, NOBODY_SHOWN, proveSight } from '../directory/service/proof.ts';
import { findUser, sightOf } from '../directory/user-search.ts';
import { type Check, check, conversationOf, type Finding } from './check.ts';
import { proposals, proposedBase, readRootDse, type RootDse } from './root-dse.ts';
import { accountVariable, quoted, shown, shownBase, shownDn } from './words.ts';

/** After a refused bind, or without one, as nobody: servers show it to anybody. */
const rootDseCheck = check({
  id: 'root-dse',
  title: 'root DSE',
  needs: ['connection'],
  run: async ({ connection }, visit) => {
    const read = await readRootDse(conversationOf(connection, visit));
    if (!read.ok)
      return { status: 'fail', hint: `LDAP_URL: the server does not show its root DSE (${read.failure.detail}); is it a directory?` };
    const { root } = read;
    const lines = proposals(root, visit.config, visit.problems);
    return {
      status: mismatch(root, visit.config),
      found: describeRoot(root),
      ...(lines.length === 0 ? {} : { hint: lines.join('\n') }),
      learned: { root },
    };
  },
});

/**
 * OpenLDAP's and 389DS's settings are near enough to each other to work; Active Directory's for another server, or the other
 * way round, leave out what tells a locked account, and find nobody.
 */
function mismatch({ kind }: RootDse, { directory }: Config): Finding['status'] {
  return kind !== undefined && DIRECTORY_KINDS[kind].groups !== DIRECTORY_KINDS[directory].groups ? 'fail' : 'pass';
}

function describeRoot({ vendor, namingContexts, supports }: RootDse): string {
  return `${vendor}; ${namingContexts.length === 0 ? 'no naming context told' : namingContexts.join(' | ')}; supports ${supports.length === 0 ? 'nothing of note' : supports.join(', ')}`;
}

/** Without this proof nobody is told "no such user"; under `uniform` nobody is told anything. Asked as in a new process. */
const baseCheck = (baseDn: string, ordinal: number): Check =>
  check({
    id: ordinal === 1 ? 'base' : `base${String(ordinal)}`,
    title: 'base',
    needs: ['search', 'connection', 'bound'],
    run: async ({ search, connection, bound, root, seenBases = [] }, visit) => {
      const found = shownBase(baseDn);
      const conversation: Conversation = { ...conversationOf(connection, visit), proof: 'before any search' };
      const { isOwnEntry } = bound;
      const anew = { ...search, witnesses: new Map<string, string>() };
      const failure = await proveSight(conversation.session, sightOf(anew, baseDn, isOwnEntry), conversation.slice);
      if (failure !== undefined) return { status: 'fail', found, hint: baseHint(search.settings, baseDn, failure, root) };
      const places = [{ base: baseDn, name: { typed: randomUUID(), accountName: undefined } }];
      const stranger = await findUser(anew, places, conversation, isOwnEntry);
      if (stranger.kind === 'failed') return { status: 'fail', found, hint: searchHint(stranger.failure, visit.config) };
      const seen = [...seenBases, baseDn];
      const isAll = search.settings.bases.every((base) => seen.includes(base));
      return { status: 'pass', found, learned: { seenBases: seen, ...(isAll ? { seen: 'all bases' } : {}) } };
    },
  });

function baseHint(settings: SearchAndBind, baseDn: string, failure: Failure, root: RootDse | undefined): string {
  const account = accountVariable(settings);
  const filter = shown(settings.userFilter);
  if (failure === BASE_IS_ALIAS)
    return 'LDAP_BASE_DN: this entry is an alias, and aliases are not followed; name the entry that it stands for';
  if (failure === NOBODY_SHOWN)
    return `${account}: this account is shown nobody below LDAP_BASE_DN whom LDAP_USER_FILTER (${filter}) may find, itself left out; give it the right to search and read people there, with the attributes of the filter: until then no name can be told to be unknown`;
  if (failure.reason !== 'directory-refused-service-account')
    return `${settings.account.kind === 'anonymous' ? `${account}: the server may take no anonymous search, or` : 'LDAP_URL:'} the base could not be searched (${failure.detail})`;
  const isForeign =
    root !== undefined && root.namingContexts.length > 0 && !root.namingContexts.some((context) => isAtOrBelow(baseDn, context));
  if (root !== undefined && isForeign) return `LDAP_BASE_DN: this server holds no such tree; ${proposedBase(root)}`;
  return `LDAP_BASE_DN: there is no such entry, or ${account} has no right to search below it (${failure.detail})${root === undefined ? '' : `; ${proposedBase(root)}`}`;
}

/** Why a search for a name got no usable answer. */
export function searchHint(failure: Failure, { directory, disclosure, lookup }: Config): string {
  const { reason, detail } = failure;
  if (failure === ELSEWHERE) {
    const catalog = DIRECTORY_KINDS[directory].ownPartitions ? ', or the global catalog (port 3269, LDAP_BASE_DN=*)' : '';
    const whom = disclosure === 'uniform' ? 'nobody can log in (AUTH_DISCLOSURE=uniform)' : 'no name can be told to be unknown';
    return `LDAP_BASE_DN: part of that tree is on other servers (${detail}), so ${whom}; choose a narrower base that this server holds, LDAP_USER_SCOPE=one${catalog}`;
  }
  if (reason === 'directory-refused-service-account')
    return `${lookup.kind === 'direct-bind' ? 'LDAP_USER_DN_TEMPLATE' : accountVariable(lookup)}: the service account may not search there, or LDAP_BASE_DN is wrong (${detail})`;
  return `LDAP_URL: the search got no usable answer (${detail})`;
}

/** Before any user is looked for: a group that cannot be read lets nobody in. */
const groupsCheck = check({
  id: 'groups',
  title: 'required groups',
  needs: ['search', 'connection', 'bound'],
  run: async ({ search, connection }, visit) => {
    const { required } = search.settings.groups;
    if (required.length === 0) return { status: 'skip', found: 'LDAP_REQUIRED_GROUPS is not set' };
    const isReadable = search.kind.groups === 'tokens' ? showsItself : showsMembers;
    try {
      const unreadable: string[] = [];
      for (const group of required) if (!(await isReadable(conversationOf(connection, visit), group))) unreadable.push(group);
      const found = `${String(required.length - unreadable.length)} of ${String(required.length)} can be read`;
      return unreadable.length === 0 ? { status: 'pass', found } : { status: 'fail', found, hint: unreadable.map(groupHint).join('\n') };
    } catch (error) {
      if (error instanceof ServerFailure) return groupFault(error.failure);
      throw error;
    }
  },
});

function groupHint(group: string): string {
  return `LDAP_REQUIRED_GROUPS: ${shownDn(group, 'one of them', quoted)} is not there, or LDAP_BIND_DN has no right to read its members`;
}

export function groupFault({ detail }: Failure): Finding {
  return {
    status: 'fail',
    hint: `LDAP_REQUIRED_GROUPS: the groups could not be read (${detail})`,
  };
}

/** A row for each base, the first one's as where there is one. */
export function directoryChecks({ lookup }: Config): readonly Check[] {
  const bases = lookup.kind === 'direct-bind' || lookup.bases.length === 0 ? [''] : lookup.bases;
  return [rootDseCheck, ...bases.map((base, index) => baseCheck(base, index + 1)), groupsCheck];
}
