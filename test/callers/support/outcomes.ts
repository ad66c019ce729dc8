import type { Outcome, Reason } from '../../../src/core/outcome.ts';
import { REASONS } from '../../../tools/openapi/bodies.ts';
import { ANSWERS } from '../../../src/http/response.ts';
import type { Answered } from '../../../src/observe/record.ts';
import type { Service } from '../../../src/wiring.ts';

const ALICE = { username: 'alice', dn: 'uid=alice,dc=example,dc=org' };

const KIND_OF_STATUS = {
  0: () => ({ kind: 'valid', identity: ALICE }),
  1: invalid,
  2: invalid,
  3: invalid,
  4: (reason) => ({ kind: 'malformed', reason, problems: [{ field: 'body', expected: 'something else' }] }),
  5: (reason) => ({ kind: 'indeterminate', reason, attempted: false }),
  6: (reason) => (reason === 'user-throttled' ? { kind: 'throttled', reason, retryAfterSeconds: 60 } : undefined), // the other is the gateway’s own
  7: (reason) => ({ kind: 'out-of-order', reason }),
  8: (reason) => ({ kind: 'caller-refused', reason }),
} as const satisfies Readonly<Record<number, (reason: Reason) => object | undefined>>;

function invalid(reason: Reason): object {
  return { kind: 'invalid', reason };
}

function outcomeOf(reason: Reason): Outcome | undefined {
  return KIND_OF_STATUS[ANSWERS[reason].status](reason) as Outcome | undefined;
}

/** One outcome for each reason that the core can come to. */
export const OUTCOMES: readonly (readonly [Reason, Outcome])[] = REASONS.flatMap((reason) => {
  const outcome = outcomeOf(reason);
  return outcome === undefined ? [] : [[reason, outcome] as const];
});

/** A service that answers this to everybody, and what it was asked and would write down. */
export function answering(outcome: Outcome | (() => Promise<Outcome>)): {
  readonly service: Service;
  readonly leftMs: number[];
  readonly answered: Answered[];
} {
  const leftMs: number[] = [];
  const answered: Answered[] = [];
  const service: Service = {
    authenticate: (_login, left) => {
      leftMs.push(left);
      return typeof outcome === 'function' ? outcome() : Promise.resolve(outcome);
    },
    serves: () => true,
    record: (one) => void answered.push(one),
    problems: [],
  };
  return { service, leftMs, answered };
}
