import type { LogLevel } from '../core/config.ts';
import type { ConfigProblem } from '../core/environment.ts';
import type { Outcome, Reason } from '../core/outcome.ts';
import type { Trace } from '../core/trace.ts';

/** What is known of one request when it has been answered. */
export type Answered = {
  readonly requestId: string | undefined;
  readonly outcome: Outcome;
  readonly trace: Trace;
  readonly ms: number;
  /** Who asked: the id of an API key (never the key) and the source address. */
  readonly caller: Readonly<Record<string, string>>;
  readonly problems?: readonly ConfigProblem[];
  /** Of an exception: its class and stack without its message, which may hold anything. */
  readonly error?: string;
};

export type Recorder = (answered: Answered) => void;

/** Where a line goes, and where numbers go. */
export type Sink = {
  readonly log: (level: Exclude<LogLevel, 'SILENT'>, message: string, fields: object) => void;
  readonly measure: (answered: Answered) => void;
};

/** One structured line for each request, and its metrics; neither a password nor a typed name is ever in them. */
export const makeRecorder =
  (sink: Sink): Recorder =>
  (answered) => {
    sink.log(levelOf(answered.outcome), 'request answered', fieldsOf(answered));
    sink.measure(answered);
  };

/** What was answered, under `uniform` too: callers are not told, operators are. */
export const reasonOf = ({ outcome, trace }: Answered): Reason =>
  trace.concealed ?? (outcome.kind === 'valid' ? 'authenticated' : outcome.reason);

const levelOf = (outcome: Outcome): Exclude<LogLevel, 'SILENT'> => {
  if (outcome.kind === 'out-of-order') return 'ERROR';
  return outcome.kind === 'indeterminate' ? 'WARN' : 'INFO';
};

const fieldsOf = (answered: Answered): object => {
  const { requestId, outcome, trace, ms, caller, problems, error } = answered;
  return {
    requestId,
    verdict: outcome.kind,
    reason: reasonOf(answered),
    concealed: trace.concealed === undefined ? undefined : true,
    slowerThanFloor: trace.slowerThanFloor ? true : undefined,
    attempted: outcome.kind === 'indeterminate' ? outcome.attempted : undefined,
    detail: trace.detail,
    server: trace.server,
    skipped: trace.skipped.length > 0 ? trace.skipped : undefined,
    entry: trace.entryDn,
    ms: Math.round(ms),
    steps: trace.steps.length > 0 ? sumOfSteps(trace) : undefined,
    operations: trace.operations,
    connections: trace.connections,
    caller,
    problems,
    error,
  };
};

/** Milliseconds of each step, over all servers that were asked. */
export const sumOfSteps = (trace: Trace): Readonly<Record<string, number>> => {
  const sums: Record<string, number> = {};
  for (const { step, ms } of trace.steps) sums[step] = (sums[step] ?? 0) + ms;
  return sums;
};
