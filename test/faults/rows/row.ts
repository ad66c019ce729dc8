import type { SecureVersion } from 'node:tls';

import type { Fault as Reason } from '../../../src/core/outcome.ts';
import type { Action, Fault, Operation, Step } from '../../support/faults/fault.ts';
import type { CertificateKind } from '../../support/faults/wrong-certificates.ts';

export type Transport = 'ldaps' | 'starttls' | 'ldap';

/** What must be answered: a fault's reason, or what the directory itself would have answered. */
export type Expected = Reason | 'the true answer';

/** How long the answer takes: `at once`, or until the limit that bounds this step has passed. */
export type Pace = 'at once' | 'waits';

/** What is wrong with the server itself, from the start. */
export type BadServer =
  | { readonly kind: 'certificate'; readonly certificate: CertificateKind }
  | { readonly kind: 'tls version'; readonly newest: SecureVersion; readonly demanded?: 'TLSv1.3' }
  | { readonly kind: 'client certificate demanded' }
  /** Nothing listens on the port. */
  | { readonly kind: 'refuses' }
  /** Connections are neither accepted nor refused. */
  | { readonly kind: 'deaf' }
  | { readonly kind: 'no such name' };

/** One fault at one step: a row of docs/fault-matrix.md. */
export type Row = {
  readonly fault: string;
  readonly step: Step;
  readonly over: readonly Transport[];
  readonly cause: { readonly kind: 'fault'; readonly fault: Fault } | BadServer;
  readonly answer: Expected;
  readonly pace: Pace;
};

/** A fault at several steps, its answer the same except where it is said. */
export type Spread = {
  readonly fault: string;
  readonly when?: 'request' | 'response';
  readonly action: Action;
  readonly answer: Expected;
  readonly except?: Partial<Readonly<Record<Step, Expected>>>;
  readonly pace?: Pace;
  /** Steps at which something else is awaited after it. */
  readonly waitsAt?: readonly Step[];
};

export const OPERATIONS = ['service bind', 'who am I', 'search', 'proof', 'user bind'] as const satisfies readonly Operation[];

/** Those without which every answer is unknown. "Who am I?" may stay without an answer. */
export const VERDICT_STEPS = OPERATIONS.filter((step) => step !== 'who am I');

export const PROTECTED = ['ldaps', 'starttls'] as const satisfies readonly Transport[];

export const ALL = ['ldaps', 'starttls', 'ldap'] as const satisfies readonly Transport[];

export function spread(steps: readonly Step[], over: readonly Transport[], spreads: readonly Spread[]): readonly Row[] {
  return spreads.flatMap(({ fault, when, action, answer, except, pace, waitsAt }) =>
    steps.map((step) => ({
      fault,
      step,
      over,
      cause: { kind: 'fault', fault: { step, action, ...(when === undefined ? {} : { when }) } } as const,
      answer: except?.[step] ?? answer,
      pace: waitsAt?.includes(step) === true ? 'waits' : (pace ?? 'at once'),
    })),
  );
}
