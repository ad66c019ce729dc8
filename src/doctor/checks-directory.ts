import { randomUUID } from 'node:crypto';

import type { Config, SearchAndBind } from '../config/config.ts';
import type { Conversation } from '../directory/conversation.ts';
import { showsItself } from '../directory/groups/active-directory.ts';
import { showsMembers } from '../directory/groups/member-attributes.ts';
import { ServerFailure } from '../directory/groups/question.ts';
import { canonicalDn, isAtOrBelow } from '../directory/names/dn.ts';
import { ELSEWHERE } from '../directory/entry.ts';
import type { Failure } from '../ldap/failure.ts';
import { BASE_IS_ALIAS, NOBODY_SHOWN, proveSight } from '../directory/service/proof.ts';
import { findUser, sightOf } from '../directory/user-search.ts';
import { type Check, check, conversationOf, type Finding } from './check.ts';
import { proposals, proposedBase, readRootDse, type RootDse } from './root-dse.ts';
import { quoted, shown, shownDn } from './words.ts';

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
  return kind !== undefined && kind !== directory && [kind, directory].includes('active-directory') ? 'fail' : 'pass';
}

function describeRoot({ vendor, namingContexts, supports }: RootDse): string {
  return `${vendor}; ${namingContexts.length === 0 ? 'no naming context told' : namingContexts.join(' | ')}; supports ${supports.length === 0 ? 'nothing of note' : supports.join(', ')}`;
}

/** Without this proof nobody is told "no such user"; under `uniform` nobody is told anything. Asked as in a new process. */
const baseCheck = check({
  id: 'base',
  title: 'base',
  needs: ['search', 'connection', 'bound'],
  run: async ({ search, connection, bound, root }, visit) => {
    const { baseDn } = search.settings;
    const found = baseDn === '' ? 'the whole tree (*)' : shownDn(baseDn, 'LDAP_BASE_DN');
    const conversation: Conversation = { ...conversationOf(connection, visit), proof: 'before any search' };
    const { isOwnEntry } = bound;
    const anew = { ...search, witnesses: new Map<string, string>() };
    const failure = await proveSight(conversation.session, sightOf(anew, isOwnEntry), conversation.slice);
    if (failure !== undefined) return { status: 'fail', found, hint: baseHint(search.settings, failure, root) };
    const stranger = await findUser(anew, { typed: randomUUID(), accountName: undefined }, conversation, isOwnEntry);
    if (stranger.kind === 'failed') return { status: 'fail', found, hint: searchHint(stranger.failure, visit.config) };
    return { status: 'pass', found, learned: { seen: 'the base' } };
  },
});

function baseHint({ baseDn, userFilter }: SearchAndBind, failure: Failure, root: RootDse | undefined): string {
  if (failure === BASE_IS_ALIAS)
    return 'LDAP_BASE_DN: this entry is an alias, and aliases are not followed; name the entry that it stands for';
  if (failure === NOBODY_SHOWN)
    return `LDAP_BIND_DN: this account is shown nobody below LDAP_BASE_DN whom LDAP_USER_FILTER (${shown(userFilter)}) may find, itself left out; give it the right to search and read people there, with the attributes of the filter: until then no name can be told to be unknown`;
  if (failure.reason !== 'directory-refused-service-account') return `LDAP_URL: the base could not be searched (${failure.detail})`;
  const isForeign =
    root !== undefined && root.namingContexts.length > 0 && !root.namingContexts.some((context) => isAtOrBelow(baseDn, context));
  if (root !== undefined && isForeign) return `LDAP_BASE_DN: this server holds no such tree; ${proposedBase(root)}`;
  return `LDAP_BASE_DN: there is no such entry, or LDAP_BIND_DN has no right to search below it (${failure.detail})${root === undefined ? '' : `; ${proposedBase(root)}`}`;
}

/** Why a search for a name got no usable answer. */
export function searchHint(failure: Failure, { directory, disclosure }: Config): string {
  const { reason, detail } = failure;
  if (failure === ELSEWHERE) {
    const catalog = directory === 'active-directory' ? ', or the global catalog (port 3269, LDAP_BASE_DN=*)' : '';
    const whom = disclosure === 'uniform' ? 'nobody can log in (AUTH_DISCLOSURE=uniform)' : 'no name can be told to be unknown';
    return `LDAP_BASE_DN: part of that tree is on other servers (${detail}), so ${whom}; choose a narrower base that this server holds, LDAP_USER_SCOPE=one${catalog}`;
  }
  if (reason === 'directory-refused-service-account')
    return `LDAP_BIND_DN: the service account may not search there, or LDAP_BASE_DN is wrong (${detail})`;
  return `LDAP_URL: the search got no usable answer (${detail})`;
}

/** Before any user is looked for: a group that cannot be read lets nobody in. */
const groupsCheck = check({
  id: 'groups',
  title: 'required groups',
  needs: ['search', 'connection', 'bound'],
  run: async ({ connection }, visit) => {
    const required = requiredGroups(visit.config);
    if (required.length === 0) return { status: 'skip', found: 'LDAP_REQUIRED_GROUPS is not set' };
    const isReadable = visit.config.directory === 'active-directory' ? showsItself : showsMembers;
    try {
      const unreadable: RequiredGroup[] = [];
      for (const group of required) if (!(await isReadable(conversationOf(connection, visit), group.dn))) unreadable.push(group);
      const found = `${String(required.length - unreadable.length)} of ${String(required.length)} can be read`;
      return unreadable.length === 0
        ? { status: 'pass', found }
        : { status: 'fail', found, hint: unreadable.flatMap(groupHints).join('\n') };
    } catch (error) {
      if (error instanceof ServerFailure) return groupFault(error.failure);
      throw error;
    }
  },
});

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

function groupHints({ dn, settings }: RequiredGroup): readonly string[] {
  const group = shownDn(dn, 'one of them', quoted);
  return settings.map((setting) => `${setting}: ${group} is not there, or LDAP_BIND_DN has no right to read its members`);
}

export function groupFault({ detail }: Failure): Finding {
  return {
    status: 'fail',
    hint: `LDAP_REQUIRED_GROUPS: the groups could not be read (${detail})`,
  };
}

export const DIRECTORY_CHECKS: readonly Check[] = [rootDseCheck, baseCheck, groupsCheck];
