import { describe, expect, test } from '@jest/globals';

import { DIRECTORY_KINDS } from '../../src/config/directory-kinds.ts';
import {
  boundsOf,
  type Change,
  firstLook,
  isAdmitted,
  isOpen,
  type Item,
  LONGEST_BIND_SECONDS,
  mustReadAgain,
  releaseOf,
  type Rules,
  type Standing,
  standingOf,
  whatSuccessClears,
  withoutClearing,
} from '../../src/gate/allowance.ts';
import { released, reserved } from './memory-table.ts';

const RULES: Rules = { limit: 4, windowSeconds: 1800, success: 'clears' };
const FOREVER: Rules = { ...RULES, windowSeconds: 0 };
const NOW_SECONDS = 1_800_000_000;
const NOW = NOW_SECONDS * 1000;

/** Times are seconds ago. */
function row(counted: number, underWay: number, ago: { readonly reserved?: number; readonly failed?: number } = {}): Item {
  return {
    counted,
    underWay,
    reservedAt: NOW_SECONDS - (ago.reserved ?? 0),
    failedAt: ago.failed === undefined ? 0 : NOW_SECONDS - ago.failed,
    clearings: 7,
    run: NOW_SECONDS - 5000,
  };
}

const anew = { counted: 1, underWay: 1, reservedAt: NOW_SECONDS, failedAt: 0, clearings: 8, run: NOW_SECONDS };

type Row = readonly [what: string, item: Item | undefined, failures: number, expected: Standing | 'open'];

const STANDINGS: readonly Row[] = [
  ['nobody yet', undefined, 0, 'open'],
  ['everything forgiven', row(0, 0, { reserved: 9000, failed: 9000 }), 0, 'open'],
  ['three failures', row(3, 0, { failed: 1 }), 0, 'open'],
  ['four failures', row(4, 0, { failed: 100 }), 0, { kind: 'exhausted', retryAfterSeconds: 1700 }],
  ['four failures, the last one now', row(4, 0, { failed: 0 }), 0, { kind: 'exhausted', retryAfterSeconds: 1800 }],
  ['four failures, the last one by a clock ahead', row(4, 0, { failed: -5 }), 0, { kind: 'exhausted', retryAfterSeconds: 1800 }],
  ['four failures, one second before the end', row(4, 0, { failed: 1799 }), 0, { kind: 'exhausted', retryAfterSeconds: 1 }],
  ['four failures, a window ago', row(4, 0, { failed: 1800 }), 0, { kind: 'to replace', seen: row(4, 0, { failed: 1800 }), next: anew }],
  ['one failure, a window ago', row(1, 0, { failed: 1800 }), 0, { kind: 'to replace', seen: row(1, 0, { failed: 1800 }), next: anew }],
  ['three under way', row(3, 3), 0, 'open'],
  ['four under way', row(4, 4), 0, { kind: 'crowded' }],
  ['two failures, two under way', row(4, 2, { failed: 5 }), 0, { kind: 'crowded' }],
  ['two under way, two counted by the directory', row(2, 2), 2, { kind: 'crowded' }],
  ['one under way, two counted by the directory', row(1, 1), 2, 'open'],
  [
    'one that died, a minute ago',
    row(1, 1, { reserved: 60 }),
    0,
    {
      kind: 'to replace',
      seen: row(1, 1, { reserved: 60 }),
      next: { ...anew, counted: 2, failedAt: NOW_SECONDS - 59 },
    },
  ],
  ['four that died, a minute ago', row(4, 4, { reserved: 60 }), 0, { kind: 'exhausted', retryAfterSeconds: 1741 }],
  [
    'four that died, a window ago',
    row(4, 4, { reserved: 1801 }),
    0,
    { kind: 'to replace', seen: row(4, 4, { reserved: 1801 }), next: anew },
  ],
  ['four, reserved as long ago as a bind may last', row(4, 4, { reserved: LONGEST_BIND_SECONDS }), 0, { kind: 'crowded' }],
];

test.each(STANDINGS)('%s', (_what, item, failures, expected) => {
  const bounds = boundsOf(RULES, NOW, failures);
  expect(isOpen(item, bounds)).toBe(expected === 'open');
  expect(standingOf(item, bounds)).toEqual(expected === 'open' ? { kind: 'open' } : expected);
});

test('where failures never age, no quiet ends them, and nobody is told when to come again', () => {
  const long = { reserved: 1_000_000_000, failed: 1_000_000_000 };
  const bounds = boundsOf(FOREVER, NOW, 0);
  expect(standingOf(row(4, 0, long), bounds)).toEqual({ kind: 'exhausted', retryAfterSeconds: undefined });
  expect(standingOf(row(4, 4, long), bounds)).toEqual({ kind: 'exhausted', retryAfterSeconds: undefined });
  expect(isOpen(row(3, 0, long), bounds)).toBe(true);
  expect(bounds.expiresAt - NOW_SECONDS > 3_000_000_000).toBe(true); // nor does DynamoDB delete them
});

describe('a reservation', () => {
  test('of a new row', () => {
    expect(reserved(undefined, boundsOf(RULES, NOW, 0))).toEqual({ ...anew, clearings: 0 });
  });
  test('of a row that is there', () => {
    expect(reserved(row(2, 1, { reserved: 9, failed: 5 }), boundsOf(RULES, NOW, 0))).toEqual(row(3, 2, { failed: 5 }));
  });
  test.each([
    ['nothing counted anywhere', row(4, 4), 0, false, true],
    ['the directory counted two, ours is the second under way', row(2, 2), 2, false, true],
    ['the directory counted two, ours is the third under way', row(3, 3), 2, false, false],
    ['both counted: the directory is to be read again', row(3, 1, { failed: 1 }), 2, true, true],
  ])('%s', (_what, mine, failures, again, admitted) => {
    expect([mustReadAgain(mine, failures), isAdmitted(mine, failures, RULES)]).toEqual([again, admitted]);
  });
});

const GIVEN_BACK: Change = { uncount: 1, failedAt: undefined, clearsSince: undefined };

describe('a release', () => {
  const mine = row(3, 1, { failed: 9 });
  test.each([
    ['not sent', RULES, GIVEN_BACK],
    ['state', RULES, GIVEN_BACK],
    ['refused', RULES, { uncount: 0, failedAt: NOW_SECONDS + 1, clearsSince: undefined }],
    ['unknown', RULES, { uncount: 0, failedAt: NOW_SECONDS + 1, clearsSince: undefined }],
    ['accepted', RULES, { uncount: 3, failedAt: undefined, clearsSince: 7 }],
    ['accepted', { ...RULES, success: 'clears nothing' }, GIVEN_BACK],
  ] as const)('of a bind that was %s', (end, rules, change) => {
    expect(releaseOf(end, mine, rules, NOW + 1)).toEqual(change);
  });
  test('of a success with nothing to clear is a plain one', () => {
    expect(releaseOf('accepted', row(2, 2), RULES, NOW)).toEqual(GIVEN_BACK);
  });
  test('takes its bind from the row, and writes the failure down', () => {
    const change = releaseOf('refused', mine, RULES, NOW);
    expect(released(row(4, 2, { failed: 9 }), mine.run, change)).toEqual(row(4, 1, { failed: 0 }));
  });
  test('of a success leaves those who failed after it had begun', () => {
    const change = releaseOf('accepted', mine, RULES, NOW);
    expect(released(row(4, 1, { failed: 1 }), mine.run, change)).toEqual({ ...row(1, 0, { failed: 1 }), clearings: 8 });
  });
  test('where somebody else has cleared meanwhile gives back its own bind alone', () => {
    const change = releaseOf('accepted', mine, RULES, NOW);
    const now = { ...row(2, 1, { failed: 1 }), clearings: 8 };
    expect(released(now, mine.run, change)).toBe(undefined);
    expect(released(now, mine.run, withoutClearing(change))).toEqual({ ...row(1, 0, { failed: 1 }), clearings: 8 });
  });
  test('of another run, of a row without anybody under way, and of no row: nothing', () => {
    expect(released({ ...mine, run: mine.run + 1 }, mine.run, GIVEN_BACK)).toBe(undefined);
    expect(released(row(2, 0, { failed: 1 }), mine.run, GIVEN_BACK)).toBe(undefined);
    expect(released(undefined, mine.run, GIVEN_BACK)).toBe(undefined);
  });
});

describe("the directory's own count", () => {
  const told = (failures: number, inMs: number) => ({ kind: 'told', failures, endsAtMs: NOW + inMs }) as const;
  test.each([
    ['says nothing', { kind: 'silent', why: 'malformed' }, RULES, { kind: 'go on', failures: 0 }],
    ['is below the limit', told(3, 1), RULES, { kind: 'go on', failures: 3 }],
    ['is at the limit', told(4, 1500), RULES, { kind: 'exhausted', failures: 4, retryAfterSeconds: 2 }],
    ['is above the limit', told(9, 1), RULES, { kind: 'exhausted', failures: 9, retryAfterSeconds: 1 }],
    [
      'never ages',
      { kind: 'told', failures: 4, endsAtMs: undefined },
      FOREVER,
      { kind: 'exhausted', failures: 4, retryAfterSeconds: undefined },
    ],
    ['ages by itself, where ours do not', told(4, 1), FOREVER, { kind: 'exhausted', failures: 4, retryAfterSeconds: undefined }],
  ] as const)('%s', (_what, count, rules, expected) => {
    expect(firstLook(count, rules, NOW)).toEqual(expected);
  });
});

test.each([
  ['active-directory', 1, 'clears'],
  ['active-directory', 2, 'clears nothing'],
  ['openldap', 1, 'clears'],
  ['openldap', 3, 'clears'],
  ['389ds', 3, 'clears'],
] as const)('%s, servers %s: a success %s', (kind, servers, expected) => {
  expect(whatSuccessClears(DIRECTORY_KINDS[kind], servers)).toBe(expected);
});
