import type { Conversation, UserSearch } from './conversation.ts';
import type { Failure } from './failure.ts';
import type { SearchEntry } from './message.ts';

/** Something about groups, or why nobody knows it. A group that is not there, or cannot be read, is never "not in it". */
export type Known<T> = { readonly known: true; readonly value: T } | { readonly known: false; readonly failure: Failure };

export type Groups = {
  /** Whether the user is in one of the required groups; true where none is required. */
  readonly isMember: Known<boolean>;
  /** The DNs to return; undefined where none are to be returned. */
  readonly returned: Known<readonly string[]> | undefined;
};

/** An entry whose groups are asked for, and where. */
export type GroupQuestion = { readonly search: UserSearch; readonly user: SearchEntry; readonly conversation: Conversation };

/** Most groups of one user, and most entries in one answer about groups. A longer list is not cut short: it is unknown. */
export const MOST_GROUPS = 1000;

/** Carries a failure of the server out of the questions about groups, to `readGroups` and no farther. */
export class ServerFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.detail);
    this.failure = failure;
  }
}

export const known = <T>(value: T): Known<T> => ({ known: true, value });

export const unknown = (detail: string): { readonly known: false; readonly failure: Failure } => ({
  known: false,
  failure: { reason: 'directory-refused-service-account', detail },
});
