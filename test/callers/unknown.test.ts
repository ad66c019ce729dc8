import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import type { Fault, Outcome } from '../../src/core/outcome.ts';
import { REASONS } from '../../tools/openapi/bodies.ts';
import { answering, OUTCOMES } from './support/outcomes.ts';
import { WAYS } from './support/ways.ts';

// In no way to call is an answer to an unknown equal to an answer to a verdict, in what a caller decides by alone: the HTTP
// code, the status, the effect of a policy. All reasons × all ways.

const LOGIN = { username: 'alice', password: 'x' };

/** Answers of the gateway alone: the function comes to none of them. */
const OF_THE_GATEWAY: readonly string[] = ['throttled', 'caller-not-permitted'];

const REACHED = OUTCOMES.filter(([reason]) => !OF_THE_GATEWAY.includes(reason));

/** A bind that was sent makes no difference to which of the three answers it is. */
const ALL = REACHED.flatMap(([, outcome]): readonly Outcome[] =>
  outcome.kind === 'indeterminate' ? [outcome, { ...outcome, attempted: true }] : [outcome],
);

type Answer = 'yes' | 'no' | 'unread' | 'unknown';

const ANSWER_OF = {
  valid: 'yes',
  invalid: 'no',
  malformed: 'unread', // nothing was asked: some ways tell it as a refusal, so that a password is asked for; never as a yes
  indeterminate: 'unknown',
  throttled: 'unknown',
  'out-of-order': 'unknown',
  'caller-refused': 'unknown',
} as const satisfies Readonly<Record<Outcome['kind'], Answer>>;

test('every reason is among them, but those that are the gateway’s own', () => {
  const reached = new Set(REACHED.map(([reason]) => reason));
  expect(REASONS.filter((reason) => !reached.has(reason)).toSorted()).toEqual(OF_THE_GATEWAY.toSorted());
});

describe.each(Object.entries(WAYS))('%s', (_name, way) => {
  test('tells yes, no and unknown apart', async () => {
    const told: Record<Answer, Set<string>> = { yes: new Set(), no: new Set(), unread: new Set(), unknown: new Set() };
    for (const outcome of ALL) told[ANSWER_OF[outcome.kind]].add(await way(answering(outcome).service, LOGIN));
    const { yes, no, unread, unknown } = told;
    expect([yes.size, no.size > 0, unread.size > 0, unknown.size > 0]).toEqual([1, true, true, true]);
    expect([...unknown].filter((answer) => yes.has(answer) || no.has(answer))).toEqual([]);
    expect([...yes].filter((answer) => no.has(answer) || unread.has(answer))).toEqual([]);
  });

  test('whatever is known of the user, and whatever the fault', async () => {
    const texts = fc.string({ minLength: 1 });
    const identities = fc.record(
      { dn: texts, username: texts, groups: fc.array(texts), attributes: fc.dictionary(texts, fc.array(texts)) },
      { requiredKeys: ['username'] },
    );
    const faults = REACHED.flatMap(([, outcome]) => (outcome.kind === 'indeterminate' ? [outcome.reason] : []));
    await fc.assert(
      fc.asyncProperty(identities, fc.constantFrom<Fault>(...faults), fc.boolean(), async (identity, reason, attempted) => {
        const yes = await way(answering({ kind: 'valid', identity }).service, LOGIN);
        expect(await way(answering({ kind: 'indeterminate', reason, attempted }).service, LOGIN)).not.toBe(yes);
      }),
      { numRuns: 50 },
    );
  });

  test('a service that breaks is unknown', async () => {
    const yes = await way(answering({ kind: 'valid', identity: { dn: 'uid=alice,dc=x', username: 'alice' } }).service, LOGIN);
    const no = await way(answering({ kind: 'invalid', reason: 'wrong-password' }).service, LOGIN);
    const broken = await way(answering(() => Promise.reject(new Error('x'))).service, LOGIN);
    expect([yes, no]).not.toContain(broken);
  });
});
