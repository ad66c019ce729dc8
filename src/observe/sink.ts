import type { LogLevel } from '../config/config.ts';
import type { Environment } from '../config/environment.ts';
import { type Dimensions, embed, type Values } from './embedded-metrics.ts';
import { print } from './print.ts';

/** What is written down of one request. Fields that are undefined are left out; there is always one that is not. */
export type Entry = {
  readonly level: Exclude<LogLevel, 'SILENT'>;
  readonly message: string;
  readonly fields: object;
  readonly values: Values;
  readonly dimensions: Dimensions;
};

export type Sink = (entry: Entry) => void;

const SEVERITY = { DEBUG: 0, INFO: 1, WARN: 2, ERROR: 3, SILENT: 4 } as const satisfies Record<LogLevel, number>;

/**
 * Standard output, which Lambda cuts into events line by line: a line of JSON with the standard keys of AWS Lambda
 * Powertools, and the metrics behind it, in one write. LOG_LEVEL=SILENT silences the metrics as well;
 * POWERTOOLS_METRICS_DISABLED=true the metrics alone.
 */
export function makeSink(level: LogLevel, environment: Environment): Sink {
  const service = serviceOf(environment);
  const isMeasured = measures(level, environment);
  let isCold = true;
  return ({ level: own, message, fields, values, dimensions }) => {
    const now = new Date();
    const isLogged = SEVERITY[own] >= SEVERITY[level];
    const head = { level: own, message, timestamp: now.toISOString(), service, xray_trace_id: traceIdIn(environment) };
    const line = isLogged ? `${JSON.stringify(head).slice(0, -1)},${JSON.stringify(fields).slice(1)}\n` : '';
    const all = isCold ? { ...values, ColdStarts: 1 } : values;
    const metrics = isMeasured ? `${embed(all, { service, ...dimensions }, now.getTime())}\n` : '';
    isCold = false;
    if (line !== '' || metrics !== '') print(line + metrics);
  };
}

/** What a run of the doctor found, in numbers. */
export type Health = {
  readonly failures: number;
  /** Undefined: it saw no certificate. */ readonly certificateDaysLeft: number | undefined;
};

export type HealthMeter = (health: Health) => void;

export function makeHealthMeter(level: LogLevel, environment: Environment): HealthMeter {
  const service = serviceOf(environment);
  return ({ failures, certificateDaysLeft }) => {
    if (!measures(level, environment)) return;
    const values = { DoctorFailures: failures, ...(certificateDaysLeft === undefined ? {} : { CertificateDaysLeft: certificateDaysLeft }) };
    print(`${embed(values, { service }, Date.now())}\n`);
  };
}

function measures(level: LogLevel, environment: Environment): boolean {
  return level !== 'SILENT' && environment['POWERTOOLS_METRICS_DISABLED'] !== 'true';
}

/** Set by the stack: it tells stages apart in logs and metrics. */
function serviceOf(environment: Environment): string {
  const name = environment['POWERTOOLS_SERVICE_NAME'] ?? '';
  return name === '' ? 'service_undefined' : name;
}

/** The root of X-Ray's trace: the platform puts it into the environment with each invocation. */
function traceIdIn(environment: Environment): string | undefined {
  return /Root=([^;]+)/.exec(environment['_X_AMZN_TRACE_ID'] ?? '')?.[1];
}
