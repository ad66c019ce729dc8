import { randomUUID } from 'node:crypto';

import type { Config } from '../config/config.ts';
import type { Conversation } from '../directory/conversation.ts';
import { showsItself } from '../directory/groups/active-directory.ts';
import { showsMembers } from '../directory/groups/member-attributes.ts';
import { ServerFailure } from '../directory/groups/question.ts';
import { detailOf, type Failure } from '../ldap/failure.ts';
import { proveSight } from '../directory/service/proof.ts';
import { findUser, sightOf } from '../directory/user-search.ts';
import { explainBase } from './base-hint.ts';
import { type Check, check, conversationOf, type Finding } from './check.ts';
import { proposals, readRootDse, type RootDse } from './root-dse.ts';
import { quoted, shownDn } from './words.ts';

/** After a refused bind, or without one, as nobody: servers show it to anybody. */
const rootDseCheck = check({
  id: 'root-dse',
  title: 'root DSE',
  needs: ['connection'],
  run: async ({ connection }, visit) => {
    const read = await readRootDse(conversationOf(connection, visit));
    if (!read.ok && !connection.session.isUsable)
      return {
        status: 'fail',
        hint: `LDAP_URL: the server gave no answer to a first question (${detailOf(read.failure)}); is it a directory?`,
      };
    if (!read.ok)
      return {
        status: 'pass',
        found: `not shown (${detailOf(read.failure)}), which no login needs`,
        learned: { fits: 'as far as is told' },
      };
    const { root } = read;
    const lines = proposals(root, visit.config, visit.problems);
    const status = mismatch(root, visit.config);
    return {
      status,
      found: describeRoot(root),
      ...(lines.length === 0 ? {} : { hint: lines.join('\n') }),
      learned: { root, ...(status === 'pass' ? { fits: 'as far as is told' } : {}) },
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
  needs: ['search', 'connection', 'bound', 'fits'],
  run: async ({ search, connection, bound, root }, visit) => {
    const { baseDn } = search.settings;
    const found = baseDn === '' ? 'the whole tree (*)' : shownDn(baseDn, 'LDAP_BASE_DN');
    const conversation: Conversation = { ...conversationOf(connection, visit), proof: 'before any search' };
    const { isOwnEntry } = bound;
    const anew = { ...search, witnesses: new Map<string, string>() };
    const failure = await proveSight(conversation.session, sightOf(anew, isOwnEntry), conversation.slice);
    if (failure !== undefined) return { status: 'fail', found, hint: await explainBase({ search, conversation, bound, root }, failure) };
    const stranger = await findUser(anew, { typed: randomUUID(), accountName: undefined }, conversation, isOwnEntry);
    if (stranger.kind === 'failed') return { status: 'fail', found, hint: searchHint(stranger.failure, visit.config) };
    return { status: 'pass', found, learned: { seen: 'the base' } };
  },
});

/** Why a search for a name got no usable answer. */
export function searchHint(failure: Failure, { directory, disclosure }: Config): string {
  const { reason } = failure;
  const detail = detailOf(failure);
  if (failure.cause.kind === 'elsewhere') {
    const catalog = directory === 'active-directory' ? ', or the global catalog (port 3269, LDAP_BASE_DN=*)' : '';
    const whom = disclosure === 'uniform' ? 'nobody can log in (AUTH_DISCLOSURE=uniform)' : 'no name can be told to be unknown';
    return `LDAP_BASE_DN: part of that tree is on other servers (${detail}), so ${whom}; choose a narrower base that this server holds, LDAP_USER_SCOPE=one${catalog}`;
  }
  if (failure.cause.kind === 'result' && failure.cause.code === 32) return `LDAP_BASE_DN: there is no such entry (${detail})`;
  if (reason === 'directory-refused-service-account') return `LDAP_BIND_DN: the service account may not search there (${detail})`;
  return `LDAP_URL: the search got no usable answer (${detail})`;
}

/** Before any user is looked for: a group that cannot be read lets nobody in. */
const groupsCheck = check({
  id: 'groups',
  title: 'required groups',
  needs: ['search', 'connection', 'bound', 'fits'],
  run: async ({ search, connection }, visit) => {
    const { required } = search.settings.groups;
    if (required.length === 0) return { status: 'skip', found: 'LDAP_REQUIRED_GROUPS is not set' };
    const isReadable = visit.config.directory === 'active-directory' ? showsItself : showsMembers;
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

export function groupFault(failure: Failure): Finding {
  return {
    status: 'fail',
    hint: `LDAP_REQUIRED_GROUPS: the groups could not be read (${detailOf(failure)})`,
  };
}

export const DIRECTORY_CHECKS: readonly Check[] = [rootDseCheck, baseCheck, groupsCheck];
