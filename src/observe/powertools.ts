import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';

import type { LogLevel } from '../core/config.ts';
import { DIMENSIONS, METRICS, NAMESPACE } from './metric-names.ts';
import { type Answered, reasonOf, type Sink, sumOfSteps } from './record.ts';

/** `POWERTOOLS_SERVICE_NAME` is set by the stack: it tells stages apart in logs and metrics. */
const makeMetrics = (): Metrics => new Metrics({ namespace: NAMESPACE });

/**
 * AWS Lambda Powertools: lines as JSON, metrics in the embedded metric format, both on standard output. LOG_LEVEL=SILENT
 * silences the metrics as well; POWERTOOLS_METRICS_DISABLED=true the metrics alone.
 */
export const makeSink = (level: LogLevel): Sink => {
  const logger = new Logger({ logLevel: level });
  const metrics = makeMetrics();
  const verdicts = makeMetrics();
  const steps = new StepMeters();
  let isCold = true;
  return {
    log: (own, message, fields) => {
      logger[METHOD[own]](message, { ...fields });
    },
    measure: (answered) => {
      if (level === 'SILENT') return;
      measureRequest(metrics, answered);
      if (isCold) add(metrics, 'coldStarts', 1);
      isCold = false;
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics(); // none: Powertools would complain in the log
      measureVerdict(verdicts, answered);
      steps.measure(answered);
    },
  };
};

/** What a run of the doctor found, in numbers. */
export type Health = {
  readonly failures: number;
  /** Undefined: it saw no certificate. */ readonly certificateDaysLeft: number | undefined;
};

export type HealthMeter = (health: Health) => void;

export const makeHealthMeter =
  (level: LogLevel): HealthMeter =>
  ({ failures, certificateDaysLeft }) => {
    if (level === 'SILENT') return;
    const metrics = makeMetrics();
    add(metrics, 'doctorFailures', failures);
    if (certificateDaysLeft !== undefined) add(metrics, 'certificateDaysLeft', certificateDaysLeft);
    metrics.publishStoredMetrics();
  };

const METHOD = { DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

const add = (metrics: Metrics, metric: keyof typeof METRICS, value: number): void => {
  const { name, unit } = METRICS[metric];
  metrics.addMetric(name, unit, value);
};

const measureRequest = (metrics: Metrics, answered: Answered): void => {
  const { outcome, trace, ms } = answered;
  const isOpen = outcome.kind === 'indeterminate' || outcome.kind === 'out-of-order';
  if (isOpen || outcome.kind === 'valid' || outcome.kind === 'invalid') {
    add(metrics, 'indeterminate', isOpen ? 1 : 0);
    add(metrics, 'latency', ms);
  }
  if (trace.slowerThanFloor) add(metrics, 'slowRefusals', 1);
  if (trace.skipped.length > 0) add(metrics, 'failovers', trace.skipped.length);
  if (reasonOf(answered) === 'directory-refused-service-account') add(metrics, 'refusedServiceAccount', 1);
};

/** By verdict and, apart, by reason: two sets of dimensions of one value. */
const measureVerdict = (metrics: Metrics, answered: Answered): void => {
  metrics.addDimensions({ [DIMENSIONS.verdict]: answered.outcome.kind });
  metrics.addDimensions({ [DIMENSIONS.reason]: reasonOf(answered) });
  add(metrics, 'verdicts', 1);
  metrics.publishStoredMetrics();
};

/** Metrics of each step, made once: each has a console of its own, which is most of what a request's log would cost. */
class StepMeters {
  readonly #ofStep = new Map<string, Metrics>();

  measure({ trace }: Answered): void {
    for (const [step, ms] of Object.entries(sumOfSteps(trace))) {
      const metrics = this.#ofStep.get(step) ?? new Metrics({ namespace: NAMESPACE, defaultDimensions: { [DIMENSIONS.step]: step } });
      this.#ofStep.set(step, metrics);
      add(metrics, 'stepLatency', ms);
      metrics.publishStoredMetrics();
    }
  }
}
