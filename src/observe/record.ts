import type { ConfigProblem } from '../config/environment.ts';
import { type Outcome, type Reason, reasonOf } from '../core/outcome.ts';
import type { StepName, Trace } from '../core/trace.ts';
import type { Values } from './embedded-metrics.ts';
import { METRIC_OF_STEP, type MetricName } from './metric-names.ts';
import type { Entry, Sink } from './sink.ts';

/** What is known of one request when it has been answered. */
export type Answered = {
  readonly requestId: string | undefined;
  readonly outcome: Outcome;
  readonly trace: Trace;
  readonly ms: number;
  /** Who asked: the id of an API key (never the key) and the source address. */
  readonly caller: Readonly<Record<string, string>>;
  readonly problems?: readonly ConfigProblem[];
  /** Of an exception: where it happened. Its message may hold anything, and is left out. */
  readonly error?: string;
};

export type Recorder = (answered: Answered) => void;

/** One structured line for each request, and its metrics; neither a password nor a typed name is ever in them. */
export function makeRecorder(sink: Sink): Recorder {
  return (answered) => {
    const steps = sumOfSteps(answered.trace);
    const reason = toldToOperators(answered);
    sink({
      level: levelOf(answered),
      message: 'request answered',
      fields: fieldsOf(answered, reason, steps),
      values: valuesOf(answered, reason, steps),
      dimensions: { verdict: answered.outcome.kind, reason },
    });
  };
}

/** What was answered, under `uniform` too: callers are not told, operators are. */
function toldToOperators({ outcome, trace }: Answered): Reason {
  return trace.concealed ?? reasonOf(outcome);
}

function levelOf({ outcome, trace }: Answered): Entry['level'] {
  if (outcome.kind === 'out-of-order') return 'ERROR';
  return outcome.kind === 'indeterminate' || trace.gate?.table === 'unavailable' ? 'WARN' : 'INFO';
}

function fieldsOf(answered: Answered, reason: Reason, steps: Steps): object {
  const { requestId, outcome, trace, ms, caller, problems, error } = answered;
  return {
    requestId,
    verdict: outcome.kind,
    reason,
    concealed: trace.concealed === undefined ? undefined : true,
    slowerThanFloor: trace.slowerThanFloor ? true : undefined,
    attempted: outcome.kind === 'indeterminate' ? outcome.attempted : undefined,
    detail: trace.detail,
    gate: trace.gate,
    server: trace.server,
    skipped: trace.skipped.length > 0 ? trace.skipped : undefined,
    entry: trace.entryDn,
    ms: Math.round(ms),
    steps: trace.steps.length > 0 ? steps : undefined,
    operations: trace.operations,
    connections: trace.connections,
    caller,
    problems,
    error,
  };
}

function valuesOf({ outcome, trace, ms }: Answered, reason: Reason, steps: Steps): Values {
  const values: Partial<Record<MetricName, number>> = { Verdicts: 1 };
  const isOpen = outcome.kind === 'indeterminate' || outcome.kind === 'out-of-order';
  if (isOpen || outcome.kind === 'valid' || outcome.kind === 'invalid') {
    values.Indeterminate = isOpen ? 1 : 0;
    values.Latency = hundredths(ms);
  }
  if (trace.slowerThanFloor) values.SlowRefusals = 1;
  if (trace.skipped.length > 0) values.Failovers = trace.skipped.length;
  if (reason === 'directory-refused-service-account') values.RefusedServiceAccount = 1;
  if (reason === 'user-throttled') values.UserThrottled = 1;
  if (trace.gate?.table === 'unavailable') values.GateUnavailable = 1;
  for (const { step } of trace.steps) values[METRIC_OF_STEP[step]] = steps[step] ?? 0;
  return values;
}

type Steps = Readonly<Partial<Record<StepName, number>>>;

/** Milliseconds of each step, over all servers that were asked. */
function sumOfSteps(trace: Trace): Steps {
  const sums: Partial<Record<StepName, number>> = {};
  for (const { step, ms } of trace.steps) sums[step] = hundredths((sums[step] ?? 0) + ms);
  return sums;
}

function hundredths(ms: number): number {
  return Math.round(ms * 100) / 100;
}
