import { describe, expect, test } from '@jest/globals';

import type { LogLevel } from '../../src/config/config.ts';
import type { Outcome } from '../../src/core/outcome.ts';
import { Trace } from '../../src/core/trace.ts';
import { type Answered, makeRecorder } from '../../src/observe/record.ts';

const VALID: Outcome = { kind: 'valid', identity: { dn: 'uid=alice,dc=x', username: 'alice' } };
const INVALID: Outcome = { kind: 'invalid', reason: 'wrong-password' };
const INDETERMINATE: Outcome = { kind: 'indeterminate', reason: 'directory-timeout', attempted: true };
const MALFORMED: Outcome = { kind: 'malformed', reason: 'malformed-request', problems: [{ field: 'username', expected: 'text' }] };
const OUT_OF_ORDER: Outcome = { kind: 'out-of-order', reason: 'misconfigured' };
const CALLER_REFUSED: Outcome = { kind: 'caller-refused', reason: 'no-such-endpoint' };

function recorded(answered: Partial<Answered>): readonly string[] {
  const lines: string[] = [];
  const whole = { requestId: 'r-1', outcome: VALID, trace: new Trace(), ms: 1, caller: {}, ...answered };
  makeRecorder(({ level, message, fields }) => lines.push(JSON.stringify({ level, message, ...fields })))(whole);
  return lines;
}

function fieldsOf(answered: Partial<Answered>): unknown {
  return recorded(answered).map((line): unknown => JSON.parse(line))[0];
}

describe('the level of a line', () => {
  test.each<[string, Outcome, LogLevel]>([
    ['valid', VALID, 'INFO'],
    ['invalid', INVALID, 'INFO'],
    ['malformed', MALFORMED, 'INFO'],
    ['caller refused', CALLER_REFUSED, 'INFO'],
    ['indeterminate', INDETERMINATE, 'WARN'],
    ['out of order', OUT_OF_ORDER, 'ERROR'],
  ])('%s', (_case, outcome, level) => {
    expect(fieldsOf({ outcome })).toMatchObject({ level });
  });
});

describe('the gate', () => {
  test('is told with what it knew; a table that could not be asked is a warning', () => {
    const trace = new Trace();
    trace.gate = { limit: 4, count: 4, by: 'table', table: 'answered' };
    const throttled: Outcome = { kind: 'throttled', reason: 'user-throttled', retryAfterSeconds: 60 };
    expect(fieldsOf({ outcome: throttled, trace })).toMatchObject({
      level: 'INFO',
      verdict: 'throttled',
      reason: 'user-throttled',
      gate: { limit: 4, count: 4, by: 'table', table: 'answered' },
    });
    trace.gate = { limit: 4, count: 0, table: 'unavailable', detail: 'AccessDeniedException' };
    expect(fieldsOf({ trace })).toMatchObject({ level: 'WARN', gate: { table: 'unavailable', detail: 'AccessDeniedException' } });
  });

  test('is measured: who was stopped, under uniform too, and whether the table could be asked', () => {
    const values = (answered: Partial<Answered>): unknown => {
      const seen: unknown[] = [];
      const whole = { requestId: 'r-1', outcome: VALID, trace: new Trace(), ms: 1, caller: {}, ...answered };
      makeRecorder((entry) => seen.push(entry.values))(whole);
      return seen[0];
    };
    const trace = new Trace();
    trace.concealed = 'user-throttled';
    trace.gate = { limit: 4, count: 0, table: 'unavailable' };
    trace.steps.push({ step: 'gate', ms: 2 }, { step: 'gate', ms: 3 });
    expect(values({ outcome: { kind: 'invalid', reason: 'invalid-credentials' }, trace })).toMatchObject({
      UserThrottled: 1,
      GateUnavailable: 1,
      GateLatency: 5,
    });
    expect(values({})).not.toHaveProperty('UserThrottled');
  });
});

describe('a line', () => {
  test('says everything that is known, and nothing of what is not', () => {
    const trace = new Trace();
    trace.steps.push({ step: 'connect', ms: 1.25 }, { step: 'connect', ms: 0.25 }, { step: 'search', ms: 2 });
    trace.skipped.push({ server: 'ldaps://a:636', reason: 'directory-unreachable', detail: 'connect: ECONNREFUSED' });
    Object.assign(trace, {
      server: 'ldaps://b:636',
      entryDn: 'uid=alice,dc=x',
      detail: 'no time left: bind',
      operations: 4,
      connections: 2,
    });
    expect(fieldsOf({ outcome: INDETERMINATE, trace, ms: 12.6, caller: { apiKeyId: 'k', sourceIp: '192.0.2.1' } })).toEqual({
      level: 'WARN',
      message: 'request answered',
      requestId: 'r-1',
      verdict: 'indeterminate',
      reason: 'directory-timeout',
      attempted: true,
      detail: 'no time left: bind',
      server: 'ldaps://b:636',
      skipped: [{ server: 'ldaps://a:636', reason: 'directory-unreachable', detail: 'connect: ECONNREFUSED' }],
      entry: 'uid=alice,dc=x',
      ms: 13,
      steps: { connect: 1.5, search: 2 },
      operations: 4,
      connections: 2,
      caller: { apiKeyId: 'k', sourceIp: '192.0.2.1' },
    });
  });

  test('is short where little happened', () => {
    expect(fieldsOf({ outcome: MALFORMED, requestId: undefined })).toEqual({
      level: 'INFO',
      message: 'request answered',
      verdict: 'malformed',
      reason: 'malformed-request',
      ms: 1,
      operations: 0,
      connections: 0,
      caller: {},
    });
  });

  test('says that a request was authenticated, but not as whom it was typed', () => {
    expect(fieldsOf({ outcome: VALID })).toMatchObject({ verdict: 'valid', reason: 'authenticated' });
    expect(recorded({ outcome: { kind: 'valid', identity: { username: 'typed-name' } } })[0]).not.toContain('typed-name');
  });

  test('says what the caller was not told', () => {
    const trace = Object.assign(new Trace(), { concealed: 'account-locked', slowerThanFloor: true });
    const outcome: Outcome = { kind: 'invalid', reason: 'invalid-credentials' };
    expect(fieldsOf({ outcome, trace })).toMatchObject({
      verdict: 'invalid',
      reason: 'account-locked',
      concealed: true,
      slowerThanFloor: true,
    });
  });

  test('says every problem of the configuration, and where an exception came from', () => {
    const problems = [{ variable: 'LDAP_URL', expected: 'a URL' }];
    expect(fieldsOf({ outcome: OUT_OF_ORDER, problems, error: 'TypeError:\n    at x' })).toMatchObject({
      problems,
      error: 'TypeError:\n    at x',
    });
  });

  test('is one line, whatever is in it', () => {
    const trace = Object.assign(new Trace(), { entryDn: 'cn=a\nlevel: "ERROR"\r\n\u2028' });
    expect(recorded({ trace })[0]).not.toMatch(/[\r\n]/);
  });
});
