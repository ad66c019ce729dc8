import type { Deadline } from '../core/deadline.ts';
import type { Bounds, Change, Item } from './allowance.ts';

/** What came of a question to the table. */
export type Asked<T> =
  | { readonly kind: 'answered'; readonly value: T }
  /** DynamoDB refused because this one row is asked too often, which is an attack on its entry. */
  | { readonly kind: 'throttled' }
  /** The table could not be asked. `detail` is for the log: the name of an error, never its text. */
  | { readonly kind: 'unavailable'; readonly detail: string };

/**
 * Where the rows are that all processes share. Each question is one call, which ends with the deadline at the latest; none ever
 * rejects for what the network or AWS does. Keys are made by `keyOfEntry` and `keyOfName`.
 */
export type Table = {
  /** Counts one more bind by the rule of `isOpen`: the row after it, or undefined where the rule forbids it. */
  readonly reserve: (key: string, bounds: Bounds, deadline: Deadline) => Promise<Asked<Item | undefined>>;
  /** The row as it is after every write that was answered. */
  readonly read: (key: string, deadline: Deadline) => Promise<Asked<Item | undefined>>;
  /** Writes `next` if the row is still as it was `seen`. */
  readonly replace: (key: string, rows: Replacement, deadline: Deadline) => Promise<Asked<'written' | 'changed'>>;
  /** Makes the change, if the run is still the same, a bind of it is under way and, for a clearing, nobody has cleared since. */
  readonly release: (key: string, release: Release, deadline: Deadline) => Promise<Asked<'written' | 'changed'>>;
};

export type Replacement = { readonly seen: Item; readonly next: Item; readonly bounds: Bounds };

export type Release = { readonly run: number; readonly change: Change };

/** What a release may take. The answer does not depend on it, so it is allowed even after the deadline. */
export const RELEASE_MS = 300;
