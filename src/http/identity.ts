import type { Outcome } from '../core/outcome.ts';

/**
 * For a way to call that hands an identity on: a valid answer without a username is unknown there. A user who is let in under no
 * name, or under the typed one, could pass for another user.
 */
export function withUsername(outcome: Outcome): Outcome {
  if (outcome.kind !== 'valid' || outcome.identity.username !== undefined) return outcome;
  return { kind: 'indeterminate', reason: 'directory-refused-service-account', attempted: true };
}
