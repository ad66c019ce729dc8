import type { Identity } from '../core/outcome.ts';
import { type Attributes, formatAttributes } from './attributes.ts';
import type { ProvenGroups } from './groups/read-groups.ts';
import type { Decided, Decision } from './user-bind.ts';

/** What was read about somebody whose bind was accepted. What of it is unknown shows itself only to the right password. */
export type Read = ProvenGroups & {
  /** Nothing, where a user may not read the own entry. */
  readonly identity: Pick<Identity, 'dn' | 'username' | 'id'>;
  readonly attributes: Attributes;
};

/** The answer to an accepted bind: valid with everything that is to be told, whole, or not in a required group, or unknown. */
export function decideValid(
  verdict: Extract<Decided, { readonly kind: 'accepted' }>,
  { identity, isMember, attributes, returned }: Read,
): Decision {
  if (!isMember.known) return { kind: 'unknown', failure: isMember.failure };
  if (!isMember.value) return { kind: 'invalid', reason: 'not-in-required-group' };
  if (!attributes.known) return { kind: 'unknown', failure: attributes.failure };
  if (returned?.known === false) return { kind: 'unknown', failure: returned.failure };
  const { kind: _, ...remaining } = verdict; // what the directory said of the password's time
  const groups = returned === undefined ? {} : { groups: returned.value };
  return { kind: 'valid', identity: { ...identity, ...formatAttributes(attributes.value), ...groups, ...remaining } };
}
