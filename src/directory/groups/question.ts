import type { Conversation, UserSearch } from '../conversation.ts';
import { detailOf, type Failure } from '../../ldap/failure.ts';
import type { BoundAccount } from '../service/bound-account.ts';
import type { SearchEntry } from '../../ldap/message.ts';

/** Something about one entry, or why it is unknown. A group that is not there, or cannot be read, is never "not in it". */
export type Known<T> = { readonly known: true; readonly value: T } | Unknown;

export type Unknown = { readonly known: false; readonly failure: Failure };

/** The walk up met no required group. That is no proof: the walk down, after the user's bind, is. */
export type Unproved = { readonly known: 'after the bind'; readonly bases: readonly string[] };

export type Groups = {
  /** Whether the user is in one of the required groups; true where none is required. */
  readonly isMember: Known<boolean> | Unproved;
  /** The DNs to return, whole; undefined where none are to be returned. */
  readonly returned: Known<readonly string[]> | undefined;
};

/**
 * An entry whose groups are asked for, which of them the call requires, and where: with the rights of the service account or,
 * after a direct bind, of the user.
 */
export type GroupQuestion = {
  readonly search: Pick<UserSearch, 'kind'> & { readonly settings: Pick<UserSearch['settings'], 'bases' | 'groups'> };
  readonly user: SearchEntry;
  /** DNs; empty: no requirement. */
  readonly required: readonly string[];
  readonly conversation: Conversation;
  /** A search that can show other people; undefined on a connection of the user, who alone is surely shown. */
  readonly others?: { readonly search: UserSearch; readonly isOwnEntry: BoundAccount['isOwnEntry'] };
  /** Active Directory, on a connection of the user: the SIDs of the user and of all groups, as the root DSE tells them. */
  readonly sids?: ReadonlySet<string>;
};

/** Most groups of one user, and most entries in one answer about groups. A longer list is not cut short: it is unknown. */
export const MOST_GROUPS = 1000;

/**
 * Carries a fault of the server (a broken connection, no time left, busy) out of what is read about one entry. Before the
 * user's bind the next server may be asked. Whatever depends on the entry is no such fault: it is `Unknown`.
 */
export class ServerFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(detailOf(failure));
    this.failure = failure;
  }
}

/** What was read, or the fault of the server that ended the reading. */
export async function orFault<T>(read: () => Promise<T>): Promise<T | { readonly kind: 'failed'; readonly failure: Failure }> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ServerFailure) return { kind: 'failed', failure: error.failure };
    throw error;
  }
}

export function known<T>(value: T): Known<T> {
  return { known: true, value };
}

/** `what` the service account is not shown: who is in a group is unknown. */
export function unknown(what: string): Unknown {
  return { known: false, failure: { reason: 'directory-refused-service-account', step: 'groups', cause: { kind: 'hidden', what } } };
}
