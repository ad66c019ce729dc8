import type { LogLevel } from '../core/config.ts';
import type { ConfigProblem } from '../core/environment.ts';
import type { Outcome } from '../core/outcome.ts';
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

const SEVERITY = { DEBUG: 0, INFO: 1, WARN: 2, ERROR: 3, SILENT: 4 } as const satisfies Record<LogLevel, number>;

/** One JSON line for each request; neither a password nor a typed name is ever in it. */
export const makeRecorder =
  (level: LogLevel, write: (line: string) => void): Recorder =>
  (answered) => {
    const own = levelOf(answered.outcome);
    if (SEVERITY[own] >= SEVERITY[level]) write(JSON.stringify(toLine(own, answered)));
  };

const levelOf = (outcome: Outcome): LogLevel => {
  if (outcome.kind === 'out-of-order') return 'ERROR';
  return outcome.kind === 'indeterminate' ? 'WARN' : 'INFO';
};

const toLine = (level: LogLevel, { requestId, outcome, trace, ms, caller, problems, error }: Answered): object => ({
  level,
  timestamp: new Date().toISOString(),
  requestId,
  verdict: outcome.kind,
  reason: trace.concealed ?? (outcome.kind === 'valid' ? 'authenticated' : outcome.reason),
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
});

/** Milliseconds of each step, over all servers that were asked. */
const sumOfSteps = (trace: Trace): Readonly<Record<string, number>> => {
  const sums: Record<string, number> = {};
  for (const { step, ms } of trace.steps) sums[step] = (sums[step] ?? 0) + ms;
  return sums;
};
