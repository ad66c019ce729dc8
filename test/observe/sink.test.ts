import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { afterEach, describe, expect, jest, test } from '@jest/globals';

import type { LogLevel } from '../../src/config/config.ts';
import type { Outcome } from '../../src/core/outcome.ts';
import { Trace } from '../../src/core/trace.ts';
import { embed, type Values } from '../../src/observe/embedded-metrics.ts';
import { DIMENSIONS, METRICS, NAMESPACE } from '../../src/observe/metric-names.ts';
import { makeRecorder } from '../../src/observe/record.ts';
import { makeHealthMeter, makeSink } from '../../src/observe/sink.ts';

const VALID: Outcome = { kind: 'valid', identity: { dn: 'uid=alice,dc=x', username: 'alice' } };
const INVALID: Outcome = { kind: 'invalid', reason: 'wrong-password' };
const INDETERMINATE: Outcome = { kind: 'indeterminate', reason: 'directory-refused-service-account', attempted: false };
const OUT_OF_ORDER: Outcome = { kind: 'out-of-order', reason: 'misconfigured' };
const MALFORMED: Outcome = { kind: 'malformed', reason: 'malformed-request', problems: [] };

afterEach(() => {
  jest.restoreAllMocks();
});

const ENVIRONMENT = { POWERTOOLS_SERVICE_NAME: 'ldap-auth-test' };

/** Every write to standard output, whole. */
function writesOf(run: () => void): readonly string[] {
  const writes: string[] = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((chunk: unknown) => {
    writes.push(String(chunk));
    return true;
  });
  run();
  jest.restoreAllMocks();
  return writes;
}

/** What a process prints, line by line. */
function rowsOf(run: () => void): readonly Record<string, unknown>[] {
  return writesOf(run)
    .join('')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

type Told = readonly (readonly [Outcome, Trace])[];

function record(level: LogLevel, outcomes: Told, environment: Readonly<Record<string, string>> = ENVIRONMENT): () => void {
  return () => {
    const write = makeRecorder(makeSink(level, environment));
    for (const [outcome, trace] of outcomes) write({ requestId: 'r-1', outcome, trace, ms: 12.5, caller: {} });
  };
}

/** What a process prints for these outcomes, one after the other. */
function printed(level: LogLevel, ...outcomes: Told): readonly Record<string, unknown>[] {
  return rowsOf(record(level, outcomes));
}

function traced(changes: Partial<Trace> = {}): Trace {
  return Object.assign(new Trace(), changes);
}

function linesOf(rows: readonly Record<string, unknown>[]): readonly Record<string, unknown>[] {
  return rows.filter((row) => !('_aws' in row));
}

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
function metricsOf(rows: readonly Record<string, unknown>[]): readonly string[] {
  return rows.flatMap((row) => {
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
}

test('metrics of a valid and of an indeterminate answer, the cold start told once', () => {
  const failedOver = traced({ skipped: [{ server: 'ldaps://a:636', reason: 'directory-busy', detail: 'x' }] });
  failedOver.steps.push({ step: 'connect', ms: 2 }, { step: 'connect', ms: 3 });
  expect(metricsOf(printed('WARN', [VALID, traced()], [INDETERMINATE, failedOver]))).toEqual([
    ...['Verdicts|verdict=valid|1', 'Verdicts|reason=authenticated|1'],
    ...['Indeterminate||0', 'Latency||12.5', 'ColdStarts||1'],
    ...['Verdicts|verdict=indeterminate|1', 'Verdicts|reason=directory-refused-service-account|1'],
    ...['Indeterminate||1', 'Latency||12.5', 'Failovers||1', 'RefusedServiceAccount||1', 'ConnectLatency||5'],
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
    'Verdicts|verdict=malformed|1',
    'Verdicts|reason=malformed-request|1',
    'ColdStarts||1',
  ]);
});

test('a request is one write of two whole lines', () => {
  const writes = writesOf(record('INFO', [[VALID, traced({ entryDn: 'cn=a\nb\u2028c' })]]));
  expect(writes).toHaveLength(1);
  expect(writes[0]).toMatch(/^\{[^\n]+\}\n\{[^\n]+\}\n$/);
});

test('POWERTOOLS_METRICS_DISABLED=true leaves the line alone, LOG_LEVEL=SILENT nothing', () => {
  const quiet = { ...ENVIRONMENT, POWERTOOLS_METRICS_DISABLED: 'true' };
  const rows = rowsOf(record('INFO', [[VALID, traced()]], quiet));
  expect(rows.map((row) => '_aws' in row)).toEqual([false]);
  expect(writesOf(record('WARN', [[VALID, traced()]], quiet))).toEqual([]);
  expect(writesOf(record('SILENT', [[OUT_OF_ORDER, traced()]]))).toEqual([]);
});

test('a service without a name is told apart from one with it', () => {
  const [line, blob] = rowsOf(record('INFO', [[VALID, traced()]], {}));
  expect([line?.['service'], blob?.['service']]).toEqual(['service_undefined', 'service_undefined']);
});

test('the health meter writes what the doctor found, and a certificate only if one was seen', () => {
  const told = (level: LogLevel, certificateDaysLeft: number | undefined): readonly string[] =>
    metricsOf(
      rowsOf(() => {
        makeHealthMeter(level, ENVIRONMENT)({ failures: 2, certificateDaysLeft });
      }),
    );
  expect(told('INFO', 30)).toEqual(['DoctorFailures||2', 'CertificateDaysLeft||30']);
  expect(told('INFO', undefined)).toEqual(['DoctorFailures||2']);
  expect(told('SILENT', 30)).toEqual([]);
});

/** The formats are AWS's; its own library says what they are. What it costs in a login: see decision 0012. */
describe('AWS Lambda Powertools would write the same', () => {
  const SERVICE = ENVIRONMENT.POWERTOOLS_SERVICE_NAME;
  const TRACE = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=557abcec3ee5a047;Sampled=1';

  afterEach(() => {
    delete process.env['_X_AMZN_TRACE_ID'];
  });

  /** Without the time, and without the share of requests that are logged in more detail: here there is no such thing. */
  const untimed = ({ timestamp: _, sampling_rate: _none, ...row }: Record<string, unknown>): Record<string, unknown> => row;

  test.each([undefined, TRACE])('as the line of a request, with the trace %s', (trace) => {
    const traces = trace === undefined ? {} : { _X_AMZN_TRACE_ID: trace };
    Object.assign(process.env, traces);
    const told: Told = [[VALID, traced({ server: 'ldaps://a:636', operations: 4 })]];
    const [own] = rowsOf(record('INFO', told, { ...ENVIRONMENT, ...traces }));
    const { requestId, verdict, reason, server, ms, operations, connections, caller } = own ?? {};
    const [theirs] = rowsOf(() => {
      const logger = new Logger({ serviceName: SERVICE, logLevel: 'INFO' });
      logger.info('request answered', { requestId, verdict, reason, server, ms, operations, connections, caller });
    });
    expect(untimed(own ?? {})).toEqual(untimed(theirs ?? {}));
    expect(own?.['timestamp']).toEqual(expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/));
  });

  type Blob = { readonly _aws: { readonly CloudWatchMetrics: readonly object[] } & Record<string, unknown> } & Record<string, unknown>;

  /** Powertools has one directive in a blob: ours is taken apart. */
  const apart = (blob: Blob): readonly unknown[] =>
    blob._aws.CloudWatchMetrics.map((directive) => ({ ...blob, _aws: { ...blob._aws, Timestamp: 0, CloudWatchMetrics: [directive] } }));

  test.each<[Values, Readonly<Record<string, string>>]>([
    [{ Latency: 12.5, Indeterminate: 0, ConnectLatency: 1.25, UserBindLatency: 0.5 }, {}],
    [{ DoctorFailures: 0, CertificateDaysLeft: -3 }, {}],
    [{ Verdicts: 1 }, { [DIMENSIONS.verdict]: 'valid', [DIMENSIONS.reason]: 'authenticated' }],
  ])('as the metrics %j of %j', (values, dimensions) => {
    const own = JSON.parse(embed(values, { service: SERVICE, ...dimensions }, Date.now())) as Blob;
    const theirs = rowsOf(() => {
      const metrics = new Metrics({ namespace: NAMESPACE, serviceName: SERVICE });
      for (const [name, value] of Object.entries(dimensions)) metrics.addDimensions({ [name]: value });
      for (const [metric, value] of Object.entries(values)) {
        metrics.addMetric(metric, METRICS[metric as keyof typeof METRICS].unit, value);
      }
      metrics.publishStoredMetrics();
    });
    expect(apart(own)).toEqual(theirs.flatMap((blob) => apart(blob as Blob)));
  });
});
