import type { Fault as Reason } from '../../../src/core/outcome.ts';
import { freePort } from '../../../tools/start/ports.ts';
import { type Action, type Payload, send } from '../../support/faults/actions.ts';
import type { Fault, Operation, Step } from '../../support/faults/conversation.ts';
import { DeafServer } from '../../support/faults/deaf-server.ts';
import { type FaultyDirectory, type FaultyOptions, startFaulty } from '../../support/faults/directory.ts';
import { goodServer, type Stage } from '../stage.ts';

export type Transport = 'ldaps' | 'starttls' | 'ldap';

/** What must be answered: a fault's reason, or what the directory itself would have answered. */
export type Expected = Reason | 'the true answer';

/** How long the answer takes: `at once`, or until the limit that bounds this step has passed. */
export type Pace = 'at once' | 'waits';

/** A server that is not in order, from the start or from a step on. */
export type BadServer = {
  readonly url: string;
  readonly port: number;
  /** Undefined where nothing that listens could see a request. */
  readonly directory: FaultyDirectory | undefined;
  readonly close: () => Promise<void>;
};

export type Serve = (stage: Stage, transport: Transport) => Promise<BadServer>;

/** One fault at one step: a row of docs/fault-matrix.md. */
export type Row = {
  readonly fault: string;
  readonly step: Step;
  readonly over: readonly Transport[];
  readonly serve: Serve;
  /** Settings of the service that belong to the fault. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly answer: Expected;
  readonly pace: Pace;
};

function nowhere(transport: Transport, host: string, port: number, close: () => Promise<void> = () => Promise.resolve()): BadServer {
  return { url: `${transport === 'ldaps' ? 'ldaps' : 'ldap'}://${host}:${String(port)}`, port, directory: undefined, close };
}

export const noSuchName: Serve = (_stage, transport) => Promise.resolve(nowhere(transport, 'directory.invalid', 3636));

/** Nothing listens on the port. */
export const refuses: Serve = async (_stage, transport) => nowhere(transport, '127.0.0.1', await freePort());

/** Connections are neither accepted nor refused. */
export const deaf: Serve = async (_stage, transport) => {
  const server = await DeafServer.start();
  return nowhere(transport, '127.0.0.1', server.port, () => server.close());
};

/** A faulty directory with this fault or flaw. */
export function faulty(fault: Fault | undefined, flawOf: (stage: Stage) => Partial<FaultyOptions> = () => ({})): Serve {
  return async (stage, transport) => {
    const directory = await startFaulty({ ...goodServer(stage, transport), ...flawOf(stage) }, fault);
    return { url: directory.url, port: directory.port, directory, close: directory.close };
  };
}

/** A fault at several steps, its answer the same except where it is said. */
export type Spread = {
  readonly fault: string;
  readonly when?: 'request' | undefined;
  readonly action: Action;
  readonly answer: Expected;
  readonly except?: Partial<Readonly<Record<Step, Expected>>>;
  readonly pace?: Pace;
  /** Steps at which something else is awaited after it. */
  readonly waitsAt?: readonly Step[];
};

export function unanswered(fault: string, action: Action, when?: 'request'): Spread {
  return { fault, action, when, answer: 'directory-timeout', pace: 'waits' };
}

export function cutOff(fault: string, action: Action, when?: 'request'): Spread {
  return { fault, action, when, answer: 'directory-unreachable' };
}

export function harmless(fault: string, action: Action): Spread {
  return { fault, action, answer: 'the true answer' };
}

export function answered(fault: string, payload: Payload, answer: Expected): Spread {
  return { fault, action: send(payload), answer };
}

export const OPERATIONS = ['service bind', 'who am I', 'search', 'proof', 'user bind'] as const satisfies readonly Operation[];

/** Those without which every answer is unknown. "Who am I?" may stay without an answer. */
export const VERDICT_STEPS = OPERATIONS.filter((step) => step !== 'who am I');

export const PROTECTED = ['ldaps', 'starttls'] as const satisfies readonly Transport[];
export const ALL = [...PROTECTED, 'ldap'] as const satisfies readonly Transport[];

export function spread(steps: readonly Step[], over: readonly Transport[], spreads: readonly Spread[]): readonly Row[] {
  return spreads.flatMap(({ fault, when, action, answer, except, pace = 'at once', waitsAt }) =>
    steps.map((step): Row => {
      const serve = faulty({ step, action, when });
      return { fault, step, over, serve, answer: except?.[step] ?? answer, pace: waitsAt?.includes(step) === true ? 'waits' : pace };
    }),
  );
}
