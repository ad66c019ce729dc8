import type { Failure } from './failure.ts';
import { type GroupQuestion, type Groups, known, ServerFailure } from './group-question.ts';
import { readActiveDirectoryGroups } from './groups-active-directory.ts';
import { readMemberGroups } from './groups-member.ts';

/** Not `ok`: the server gave no usable answer, so that another one may be asked. */
export type GroupsRead = { readonly ok: true; readonly groups: Groups } | { readonly ok: false; readonly failure: Failure };

/**
 * What is to be known of a user's groups, in the service account's name and so before the user's bind. What it means is
 * decided after that bind: a wrong password is a wrong password, whatever groups the person is in.
 */
export const readGroups = async (question: GroupQuestion): Promise<GroupsRead> => {
  const { kind, settings } = question.search;
  const { required, returned } = settings.groups;
  if (required.length === 0 && !returned) return { ok: true, groups: { isMember: known(true), returned: undefined } };
  try {
    const groups = kind === 'active-directory' ? await readActiveDirectoryGroups(question) : await readMemberGroups(question);
    return { ok: true, groups };
  } catch (error) {
    if (error instanceof ServerFailure) return { ok: false, failure: error.failure };
    throw error;
  } finally {
    question.conversation.trace.took('groups');
  }
};
