import { describe, expect, test } from '@jest/globals';

import { DIRECTORY_KINDS } from '../../src/config/directory-kinds.ts';
import type { SearchEntry } from '../../src/ldap/message.ts';
import { type CounterName, countOf, type DirectoryCount, tellsLock } from '../../src/gate/failure-count.ts';

const NOW = Date.parse('2026-11-25T12:00:00Z');
const WINDOW = 1800;

type Given = Readonly<Record<string, readonly string[]>>;

function entryOf(given: Given): SearchEntry {
  return {
    dn: 'uid=alice,dc=example,dc=org',
    attributes: Object.entries(given).map(([description, values]) => ({ description, values: values.map((value) => Buffer.from(value)) })),
  };
}

/** 100 ns since 1601. */
function fileTime(secondsAgo: number): string {
  return String(BigInt(NOW - secondsAgo * 1000 + 11_644_473_600_000) * 10_000n);
}
function generalized(secondsAgo: number, fraction = ''): string {
  return `${new Date(NOW - secondsAgo * 1000).toISOString().replace(/[-:T]/g, '').slice(0, 14)}${fraction}Z`;
}

function told(failures: number, endsInSeconds?: number): DirectoryCount {
  return {
    kind: 'told',
    failures,
    endsAtMs: endsInSeconds === undefined ? undefined : NOW + endsInSeconds * 1000,
  };
}
const ABSENT: DirectoryCount = { kind: 'silent', why: 'absent' };
const MALFORMED: DirectoryCount = { kind: 'silent', why: 'malformed' };

type Row = readonly [what: string, given: Given, withWindow: DirectoryCount, withoutWindow: DirectoryCount];

const ACTIVE_DIRECTORY: readonly Row[] = [
  ['nothing shown', {}, ABSENT, ABSENT],
  ['never failed', { badPwdCount: ['0'], badPasswordTime: ['0'] }, told(0), told(0)],
  ['a count of zero without a time', { badPwdCount: ['0'] }, told(0), told(0)],
  ['three, ten minutes ago', { badPwdCount: ['3'], badPasswordTime: [fileTime(600)] }, told(3, 1200), told(3)],
  ['names in other letters', { BADPWDCOUNT: ['3'], badpasswordtime: [fileTime(600)] }, told(3, 1200), told(3)],
  ['three, a second less than the window ago', { badPwdCount: ['3'], badPasswordTime: [fileTime(WINDOW - 1)] }, told(3, 1), told(3)],
  ['three, a window ago: the next one begins anew', { badPwdCount: ['3'], badPasswordTime: [fileTime(WINDOW)] }, told(0), told(3)],
  ["three, by a server's clock ahead", { badPwdCount: ['3'], badPasswordTime: [fileTime(-60)] }, told(3, WINDOW + 60), told(3)],
  ['a time in 1601', { badPwdCount: ['3'], badPasswordTime: ['0'] }, told(0), told(3)],
  ['a count whose time is not shown', { badPwdCount: ['3'] }, ABSENT, ABSENT],
  ['a time whose count is not shown', { badPasswordTime: [fileTime(1)] }, ABSENT, ABSENT],
  ['a count that is no number', { badPwdCount: ['three'], badPasswordTime: [fileTime(1)] }, MALFORMED, MALFORMED],
  ['a negative count', { badPwdCount: ['-1'], badPasswordTime: [fileTime(1)] }, MALFORMED, MALFORMED],
  ['two counts', { badPwdCount: ['1', '2'], badPasswordTime: [fileTime(1)] }, MALFORMED, MALFORMED],
  ['an empty count', { badPwdCount: [''], badPasswordTime: [fileTime(1)] }, MALFORMED, MALFORMED],
  ['a time that is no number', { badPwdCount: ['1'], badPasswordTime: ['yesterday'] }, MALFORMED, MALFORMED],
];

const OPENLDAP: readonly Row[] = [
  ['nothing shown', {}, ABSENT, ABSENT],
  ['one, with microseconds', { pwdFailureTime: [generalized(600, '.000000')] }, told(1, 1200), told(1)],
  ['three', { pwdFailureTime: [generalized(900), generalized(300), generalized(600)] }, told(3, 1500), told(3)],
  ['two and an old one', { pwdFailureTime: [generalized(9000), generalized(300), generalized(600)] }, told(2, 1500), told(3)],
  [
    'a run that is longer than the window',
    { pwdFailureTime: [generalized(2000), generalized(1000), generalized(1)] },
    told(3, 1799),
    told(3),
  ],
  ['old ones', { pwdFailureTime: [generalized(WINDOW), generalized(9000)] }, told(0), told(2)],
  ['one that cannot be read among others', { pwdFailureTime: [generalized(1), 'soon'] }, MALFORMED, MALFORMED],
  ['a day that does not exist', { pwdFailureTime: ['20261331000000Z'] }, MALFORMED, MALFORMED],
];

const DS389: readonly Row[] = [
  ['nothing shown', {}, ABSENT, ABSENT],
  ['after a success', { passwordRetryCount: ['0'] }, told(0), told(0)],
  ['two in a window that is open', { passwordRetryCount: ['2'], retryCountResetTime: [generalized(-60)] }, told(2, 60), told(2, 60)],
  ['two in a window that is over', { passwordRetryCount: ['2'], retryCountResetTime: [generalized(0)] }, told(0), told(0)],
  ['a count without a time', { passwordRetryCount: ['2'] }, ABSENT, ABSENT],
  ['a count that is no number', { passwordRetryCount: ['x'], retryCountResetTime: [generalized(-60)] }, MALFORMED, MALFORMED],
  ['a time that is none', { passwordRetryCount: ['2'], retryCountResetTime: ['2026-11-25'] }, MALFORMED, MALFORMED],
];

const ROWS: readonly (readonly [CounterName, readonly Row[]])[] = [
  ['badPwdCount', ACTIVE_DIRECTORY],
  ['pwdFailureTime', OPENLDAP],
  ['passwordRetryCount', DS389],
];

describe.each(ROWS)('the count by %s', (counter, rows) => {
  test.each(rows)('%s', (_what, given, withWindow, withoutWindow) => {
    expect(countOf(counter, entryOf(given), { nowMs: NOW, windowSeconds: WINDOW })).toEqual(withWindow);
    expect(countOf(counter, entryOf(given), { nowMs: NOW, windowSeconds: 0 })).toEqual(withoutWindow);
  });
});

const LOCKS: readonly (readonly [CounterName, string, Given, boolean])[] = [
  ['badPwdCount', 'locked out', { 'msDS-User-Account-Control-Computed': ['16'] }, true],
  ['badPwdCount', 'locked out, password expired', { 'msDS-User-Account-Control-Computed': ['8388624'] }, true],
  ['badPwdCount', 'password expired', { 'msDS-User-Account-Control-Computed': ['8388608'] }, false],
  ['badPwdCount', 'the highest bit', { 'msDS-User-Account-Control-Computed': ['-2147483648'] }, false],
  ['badPwdCount', 'nothing shown', {}, false],
  ['badPwdCount', 'no number', { 'msDS-User-Account-Control-Computed': ['locked'] }, false],
  ['passwordRetryCount', 'until a year from now', { accountUnlockTime: ['20271125120000Z'] }, true],
  ['passwordRetryCount', 'until ten seconds from now: while the login goes on', { accountUnlockTime: ['20261125120010Z'] }, false],
  ['passwordRetryCount', 'until a minute ago', { accountUnlockTime: ['20261125115900Z'] }, false],
  ['passwordRetryCount', 'without an end, or lifted', { accountUnlockTime: ['19700101000000Z'] }, false],
  ['passwordRetryCount', 'nothing shown', {}, false],
  ['pwdFailureTime', 'locked, and it is unknown until when', { pwdAccountLockedTime: ['20261125115900Z'] }, false],
];

test.each(LOCKS)('a lock beside %s: %s', (counter, _what, given, isLocked) => {
  expect(tellsLock(counter, entryOf(given), NOW)).toBe(isLocked);
});

test('every attribute that is read is asked for', () => {
  const asked = Object.values(DIRECTORY_KINDS).map(({ failureCounter, counterAttributes }) => [failureCounter, counterAttributes]);
  expect(Object.fromEntries(asked)).toEqual({
    badPwdCount: ['badPwdCount', 'badPasswordTime', 'msDS-User-Account-Control-Computed'],
    pwdFailureTime: ['pwdFailureTime'],
    passwordRetryCount: ['passwordRetryCount', 'retryCountResetTime', 'accountUnlockTime'],
  });
});
