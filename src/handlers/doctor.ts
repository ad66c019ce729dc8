import type { Context } from 'aws-lambda';

import { Deadline } from '../core/deadline.ts';
import { examine, type Report } from '../doctor/run.ts';
import { isUsername } from '../doctor/username.ts';
import { type Parts, prepare } from '../wiring.ts';

export type DoctorHandler = (event: unknown, context?: Partial<Context> | null) => Promise<Report>;

/** What telling the report and closing the connections may take, within the invocation. */
const ANSWER_MS = 500;

/**
 * Invoked by hand, or on a schedule: `{"user": "alice"}` or `{}`; anything else is taken for `{}`. Returns a row for each
 * check, never throws, asks for no password. It writes no log: what it finds goes to whoever invoked it.
 */
export const makeDoctor =
  (parts: Parts): DoctorHandler =>
  async (event, context) => {
    const leftMs = context?.getRemainingTimeInMillis?.() ?? UNBOUNDED_MS;
    return await examine(parts, questionIn(event), Deadline.in(Math.max(0, leftMs - ANSWER_MS)), SILENT);
  };

/** Without an invocation around it (tests, `node -e`): Lambda's longest. */
const UNBOUNDED_MS = 900_000;

const SILENT = { started: () => undefined, ended: () => undefined } as const;

const questionIn = (event: unknown): { readonly username?: string } => {
  const user = typeof event === 'object' && event !== null && 'user' in event ? event.user : undefined;
  return isUsername(user) ? { username: user } : {};
};

export const handler: DoctorHandler = makeDoctor(prepare(process.env));
