import { afterEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';

import type { Server } from '../../src/core/config.ts';
import { Deadline } from '../../src/core/deadline.ts';
import type { Outcome } from '../../src/core/outcome.ts';
import { Trace } from '../../src/core/trace.ts';
import { askInTurn, type Attempt } from '../../src/directory/failover.ts';
import { PenaltyBox } from '../../src/directory/penalty-box.ts';

const UNREACHABLE = { reason: 'directory-unreachable', detail: 'connect: ECONNREFUSED' } as const;
const TIMEOUT = { reason: 'directory-timeout', detail: 'no time left: search' } as const;
const TLS = { reason: 'directory-tls-failure', detail: 'tls: CERT_HAS_EXPIRED' } as const;

const VALID: Outcome = { kind: 'valid', identity: { username: 'alice' } };
const answer = (outcome: Outcome): Attempt => ({ kind: 'answer', outcome });
const down: Attempt = { kind: 'failed', failure: UNREACHABLE };
const slow: Attempt = { kind: 'failed', failure: TIMEOUT };
const lost: Attempt = { kind: 'failed-after-bind', failure: TIMEOUT };

/** What each server does: how long it takes of what it is given, and what comes of it. */
type Script = Readonly<Record<string, readonly [tookMs: number | 'all', attempt: Attempt]>>;

afterEach(() => {
  jest.restoreAllMocks();
});

type Asked = { readonly outcome: Outcome; readonly asked: readonly (readonly [string, number])[]; readonly trace: Trace };

const ask = async (script: Script, deadlineMs = 8000, box = new PenaltyBox(() => 0)): Promise<Asked> => {
  let now = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  const deadline = Deadline.in(deadlineMs);
  const trace = new Trace();
  const servers = Object.keys(script).map((name): Server => ({ name, host: name, port: 636, transport: 'tls' }));
  const asked: (readonly [string, number])[] = [];
  const outcome = await askInTurn(servers, box, deadline, trace, ({ name }, slice) => {
    asked.push([name, Math.round(slice.leftMs)]);
    const [tookMs, attempt] = script[name] ?? [0, down];
    now += tookMs === 'all' ? slice.leftMs : tookMs;
    return Promise.resolve(attempt);
  });
  return { outcome, asked, trace };
};

describe('each server gets (what is left − the reserve) ÷ (servers left)', () => {
  test.each<[string, number, Script, readonly (readonly [string, number])[]]>([
    ['one of 8 s: all but 2.5 s', 8000, { a: [0, answer(VALID)] }, [['a', 5500]]],
    ['one of 3 s: all but a third', 3000, { a: [0, answer(VALID)] }, [['a', 2000]]],
    ['where the two meet', 7500, { a: [0, answer(VALID)] }, [['a', 5000]]],
    [
      'two, the first at once',
      8000,
      { a: [0, down], b: [0, answer(VALID)] },
      [
        ['a', 2750],
        ['b', 5500],
      ],
    ],
    [
      'two, the first silent',
      8000,
      { a: ['all', slow], b: [0, answer(VALID)] },
      [
        ['a', 2750],
        ['b', 2750],
      ],
    ],
    [
      'three silent ones',
      8000,
      { a: ['all', slow], b: ['all', slow], c: ['all', slow] },
      [
        ['a', 1833],
        ['b', 1833],
        ['c', 1833],
      ],
    ],
    [
      'three, the second silent',
      3000,
      { a: [500, down], b: ['all', slow], c: [0, down] },
      [
        ['a', 667],
        ['b', 750],
        ['c', 750],
      ],
    ],
    ['the reserve is not for the next server', 8000, { a: [5500, slow], b: [0, answer(VALID)] }, [['a', 2750]]],
  ])('%s', async (_case, deadlineMs, script, expected) => {
    expect((await ask(script, deadlineMs)).asked).toEqual(expected);
  });

  test('whatever they do, the slices never touch the reserve, and none is asked twice', async () => {
    const attempts = fc.constantFrom(down, slow);
    const scripts = fc.dictionary(
      fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      fc.tuple(fc.oneof(fc.constant('all' as const), fc.nat(3000)), attempts),
    );
    await fc.assert(
      fc.asyncProperty(scripts, fc.integer({ min: 50, max: 25_000 }), async (script, deadlineMs) => {
        const { asked } = await ask(script, deadlineMs);
        const reserveMs = Math.min(2500, deadlineMs / 3);
        expect(new Set(asked.map(([name]) => name)).size).toBe(asked.length);
        for (const [, sliceMs] of asked) expect(sliceMs >= 0 && sliceMs <= deadlineMs - reserveMs + 1).toBe(true);
      }),
    );
  });
});

describe('an answer is final', () => {
  test.each<[string, Outcome]>([
    ['valid', VALID],
    ['wrong password', { kind: 'invalid', reason: 'wrong-password' }],
    ['unknown user', { kind: 'invalid', reason: 'user-not-found' }],
    ['ambiguous user', { kind: 'indeterminate', reason: 'ambiguous-user', attempted: false }],
    ['a refused service account', { kind: 'indeterminate', reason: 'directory-refused-service-account', attempted: false }],
  ])('%s: nobody else is asked', async (_case, outcome) => {
    const { outcome: told, asked, trace } = await ask({ a: [5, answer(outcome)], b: [0, answer(VALID)] });
    expect([told, asked.map(([name]) => name), trace.server, trace.skipped]).toEqual([outcome, ['a'], 'a', []]);
  });

  test('a fault after the user’s bind: nobody else is asked, and it says "attempted"', async () => {
    const { outcome, asked, trace } = await ask({ a: [5, lost], b: [0, answer(VALID)] });
    expect(outcome).toEqual({ kind: 'indeterminate', reason: 'directory-timeout', attempted: true });
    expect([asked.map(([name]) => name), trace.detail]).toEqual([['a'], TIMEOUT.detail]);
  });
});

describe('a fault before the user’s bind', () => {
  test('moves on to the next server, in order, and is noted', async () => {
    const { outcome, asked, trace } = await ask({
      a: [1, down],
      b: [1, { kind: 'failed', failure: TLS }],
      c: [1, answer(VALID)],
      d: [0, down],
    });
    expect(outcome).toEqual(VALID);
    expect([asked.map(([name]) => name), trace.server]).toEqual([['a', 'b', 'c'], 'c']);
    expect(trace.skipped).toEqual([
      { server: 'a', ...UNREACHABLE },
      { server: 'b', ...TLS },
    ]);
  });

  test('of all of them is the last one’s, not attempted', async () => {
    const { outcome, trace } = await ask({ a: [1, down], b: ['all', slow] });
    expect(outcome).toEqual({ kind: 'indeterminate', reason: 'directory-timeout', attempted: false });
    expect(trace.detail).toBe(TIMEOUT.detail);
  });

  test('of the first, when no time is left for a second, is the first one’s', async () => {
    const { outcome, asked } = await ask({ a: [7000, down], b: [0, answer(VALID)] });
    expect(outcome).toEqual({ kind: 'indeterminate', reason: 'directory-unreachable', attempted: false });
    expect(asked.map(([name]) => name)).toEqual(['a']);
  });

  test('no time at all: nobody is asked', async () => {
    const { outcome, asked, trace } = await ask({ a: [0, answer(VALID)] }, 0);
    expect(outcome).toEqual({ kind: 'indeterminate', reason: 'directory-timeout', attempted: false });
    expect([asked, trace.detail, trace.server]).toEqual([[], 'no time left: nothing was asked', undefined]);
  });
});

describe('from one request to the next', () => {
  const namesAfter = async (first: Attempt): Promise<readonly string[]> => {
    const box = new PenaltyBox(() => 0);
    await ask({ a: [0, first], b: [0, answer(VALID)], c: [0, down] }, 8000, box);
    const { asked } = await ask({ a: [0, down], b: [0, down], c: [0, down] }, 8000, box);
    return asked.map(([name]) => name);
  };

  test.each<[string, Attempt, readonly string[]]>([
    ['failed', down, ['b', 'c', 'a']],
    ['failed after the user’s bind', lost, ['b', 'c', 'a']],
    ['answered', answer(VALID), ['a', 'b', 'c']],
    [
      'refused the service account',
      answer({ kind: 'indeterminate', reason: 'directory-refused-service-account', attempted: false }),
      ['a', 'b', 'c'],
    ],
  ])('a server that %s is asked in this order', async (_case, first, expected) => {
    expect(await namesAfter(first)).toEqual(expected);
  });

  test('one that rests is asked all the same when the others fail, and pardoned when it answers', async () => {
    const box = new PenaltyBox(() => 0);
    box.penalise('a');
    const { outcome, asked } = await ask({ a: [0, answer(VALID)], b: [0, down] }, 8000, box);
    expect([outcome, asked.map(([name]) => name)]).toEqual([VALID, ['b', 'a']]);
    expect(box.order(['a', 'b'], (name) => name)).toEqual(['a', 'b']);
  });
});
