import { afterEach, expect, jest, test } from '@jest/globals';

import type { LogLevel } from '../../src/core/config.ts';
import type { Outcome } from '../../src/core/outcome.ts';
import { Trace } from '../../src/core/trace.ts';
import { makeSink } from '../../src/observe/powertools.ts';
import { makeRecorder } from '../../src/observe/record.ts';

const VALID: Outcome = { kind: 'valid', identity: { dn: 'uid=alice,dc=x', username: 'alice' } };
const INVALID: Outcome = { kind: 'invalid', reason: 'wrong-password' };
const INDETERMINATE: Outcome = { kind: 'indeterminate', reason: 'directory-refused-service-account', attempted: false };
const OUT_OF_ORDER: Outcome = { kind: 'out-of-order', reason: 'misconfigured' };
const MALFORMED: Outcome = { kind: 'malformed', reason: 'malformed-request', problems: [] };

afterEach(() => {
  jest.restoreAllMocks();
});

/** What a process prints for these outcomes, one after the other. */
const printed = (level: LogLevel, ...outcomes: readonly (readonly [Outcome, Trace])[]): readonly Record<string, unknown>[] => {
  const text: string[] = [];
  const keep = (chunk: unknown): boolean => {
    text.push(String(chunk));
    return true;
  };
  jest.spyOn(process.stdout, 'write').mockImplementation(keep);
  jest.spyOn(process.stderr, 'write').mockImplementation(keep);
  const record = makeRecorder(makeSink(level));
  for (const [outcome, trace] of outcomes) record({ requestId: 'r-1', outcome, trace, ms: 12.5, caller: {} });
  jest.restoreAllMocks();
  return text
    .join('')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
};

const traced = (changes: Partial<Trace> = {}): Trace => Object.assign(new Trace(), changes);

const linesOf = (rows: readonly Record<string, unknown>[]): readonly Record<string, unknown>[] => rows.filter((row) => !('_aws' in row));

test.each<[LogLevel, readonly string[]]>([
  ['DEBUG', ['valid', 'invalid', 'indeterminate', 'out-of-order']],
  ['INFO', ['valid', 'invalid', 'indeterminate', 'out-of-order']],
  ['WARN', ['indeterminate', 'out-of-order']],
  ['ERROR', ['out-of-order']],
  ['SILENT', []],
])('LOG_LEVEL=%s lets pass the lines of %j', (level, expected) => {
  const rows = printed(level, ...[VALID, INVALID, INDETERMINATE, OUT_OF_ORDER].map((outcome) => [outcome, traced()] as const));
  expect(linesOf(rows).map(({ verdict }) => verdict)).toEqual(expected);
});

test('a line is JSON with a level, a time and what happened', () => {
  const [line] = linesOf(printed('INFO', [VALID, traced({ server: 'ldaps://a:636', operations: 4 })]));
  expect(line).toMatchObject({
    level: 'INFO',
    message: 'request answered',
    requestId: 'r-1',
    verdict: 'valid',
    server: 'ldaps://a:636',
    operations: 4,
  });
  expect(line?.['timestamp']).toEqual(expect.stringMatching(/^\d{4}-\d\d-\d\dT/));
});

/** The blobs as `name|dimension=value,…|value`. */
const metricsOf = (rows: readonly Record<string, unknown>[]): readonly string[] =>
  rows.flatMap((row) => {
    const directives =
      (row['_aws'] as { CloudWatchMetrics: { Dimensions: string[][]; Metrics: { Name: string }[] }[] } | undefined)?.CloudWatchMetrics ??
      [];
    return directives.flatMap(({ Dimensions, Metrics }) =>
      Dimensions.flatMap((set) =>
        Metrics.map(
          ({ Name }) =>
            `${Name}|${set
              .filter((key) => key !== 'service')
              .map((key) => `${key}=${String(row[key])}`)
              .join()}|${String(row[Name])}`,
        ),
      ),
    );
  });

test('metrics of a valid and of an indeterminate answer, the cold start told once', () => {
  const failedOver = traced({ skipped: [{ server: 'ldaps://a:636', reason: 'directory-busy', detail: 'x' }] });
  failedOver.steps.push({ step: 'connect', ms: 2 }, { step: 'connect', ms: 3 });
  expect(metricsOf(printed('WARN', [VALID, traced()], [INDETERMINATE, failedOver]))).toEqual([
    'Indeterminate||0',
    'Latency||12.5',
    'ColdStarts||1',
    'Verdicts|verdict=valid|1',
    'Verdicts|reason=authenticated|1',
    'Indeterminate||1',
    'Latency||12.5',
    'Failovers||1',
    'RefusedServiceAccount||1',
    'Verdicts|verdict=indeterminate|1',
    'Verdicts|reason=directory-refused-service-account|1',
    'StepLatency|step=connect|5',
  ]);
});

test('what was concealed from the caller is counted by its real reason', () => {
  const trace = traced({ concealed: 'account-locked', slowerThanFloor: true });
  const metrics = metricsOf(printed('INFO', [{ kind: 'invalid', reason: 'invalid-credentials' }, trace]));
  expect(metrics).toContain('Verdicts|reason=account-locked|1');
  expect(metrics).toContain('SlowRefusals||1');
});

test('a malformed request is no login: it has a verdict, and no latency', () => {
  expect(metricsOf(printed('INFO', [MALFORMED, traced()]))).toEqual([
    'ColdStarts||1',
    'Verdicts|verdict=malformed|1',
    'Verdicts|reason=malformed-request|1',
  ]);
});
