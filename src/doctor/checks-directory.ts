import type { Config } from '../core/config.ts';
import { showsItself } from '../directory/groups-active-directory.ts';
import { showsMembers } from '../directory/groups-member.ts';
import { ServerFailure } from '../directory/group-question.ts';
import { isAtOrBelow } from '../directory/dn.ts';
import type { Failure } from '../directory/failure.ts';
import { proveSight } from '../directory/proof.ts';
import { type Check, check, conversationOf, type Finding } from './check.ts';
import { proposals, proposedBase, readRootDse, type RootDse } from './root-dse.ts';
import { quoted, shownDn } from './words.ts';

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
const mismatch = ({ kind }: RootDse, { directory }: Config): Finding['status'] =>
  kind !== undefined && kind !== directory && [kind, directory].includes('active-directory') ? 'fail' : 'pass';

const describeRoot = ({ vendor, namingContexts, supports }: RootDse): string =>
  `${vendor}; ${namingContexts.length === 0 ? 'no naming context told' : namingContexts.join(' | ')}; supports ${supports.length === 0 ? 'nothing of note' : supports.join(', ')}`;

const baseCheck = check({
  id: 'base',
  title: 'base',
  needs: ['search', 'connection', 'bound'],
  run: async ({ search, connection, root }, visit) => {
    const { baseDn } = search.settings;
    const conversation = conversationOf(connection, visit);
    const failure = await proveSight(conversation.session, baseDn, conversation.slice);
    const found = baseDn === '' ? 'the whole tree (*)' : shownDn(baseDn, 'LDAP_BASE_DN');
    return failure === undefined
      ? { status: 'pass', found, learned: { seen: 'the base' } }
      : { status: 'fail', found, hint: baseHint(baseDn, failure, root) };
  },
});

const baseHint = (baseDn: string, failure: Failure, root: RootDse | undefined): string => {
  if (failure.reason !== 'directory-refused-service-account') return `LDAP_URL: the base could not be read (${failure.detail})`;
  const isForeign =
    root !== undefined && root.namingContexts.length > 0 && !root.namingContexts.some((context) => isAtOrBelow(baseDn, context));
  if (root !== undefined && isForeign) return `LDAP_BASE_DN: this server holds no such tree; ${proposedBase(root)}`;
  return `LDAP_BASE_DN: there is no such entry, or LDAP_BIND_DN has no right to read it (${failure.detail})${root === undefined ? '' : `; ${proposedBase(root)}`}`;
};

/** Before any user is looked for: a group that cannot be read lets nobody in. */
const groupsCheck = check({
  id: 'groups',
  title: 'required groups',
  needs: ['search', 'connection', 'bound'],
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

const groupHint = (group: string): string =>
  `LDAP_REQUIRED_GROUPS: ${shownDn(group, 'one of them', quoted)} is not there, or LDAP_BIND_DN has no right to read its members`;

export const groupFault = ({ detail }: Failure): Finding => ({
  status: 'fail',
  hint: `LDAP_REQUIRED_GROUPS: the groups could not be read (${detail})`,
});

export const DIRECTORY_CHECKS: readonly Check[] = [rootDseCheck, baseCheck, groupsCheck];
