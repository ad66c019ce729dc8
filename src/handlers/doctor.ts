import type { Context } from 'aws-lambda';

import { fieldIn } from '../core/anything.ts';
import { Deadline } from '../core/deadline.ts';
import { examine, type Progress, type Report } from '../doctor/run.ts';
import { isUsername } from '../core/username.ts';
import { type HealthMeter, makeHealthMeter } from '../observe/sink.ts';
import { type Parts, prepare } from '../wiring.ts';
import { leftMsOf } from './context.ts';

export type DoctorHandler = (event: unknown, context?: Partial<Context> | null) => Promise<Report>;

/** What telling the report and closing the connections may take, within the invocation. */
const ANSWER_MS = 500;

/**
 * Invoked by hand, or on a schedule: `{"user": "alice"}` or `{}`; anything else is taken for `{}`. Returns a row for each
 * check, never throws, asks for no password. What it finds goes to the caller, and as numbers to the alarms.
 */
export function makeDoctor(parts: Parts, measure: HealthMeter = () => undefined): DoctorHandler {
  return async (event, context) => {
    const leftMs = Math.min(leftMsOf(context), UNBOUNDED_MS);
    const days: number[] = [];
    const progress: Progress = {
      started: () => undefined,
      ended: (_row, { certificateDaysLeft }) => {
        if (certificateDaysLeft !== undefined) days.push(certificateDaysLeft);
      },
    };
    const report = await examine(parts, { ...questionIn(event), sdk: process.env }, Deadline.in(Math.max(0, leftMs - ANSWER_MS)), progress);
    const failures = report.checks.filter(({ status }) => status === 'fail').length;
    measure({ failures, certificateDaysLeft: days.length === 0 ? undefined : Math.min(...days) });
    return report;
  };
}

/** Without an invocation around it (tests, `node -e`): Lambda's longest. */
const UNBOUNDED_MS = 900_000;

function questionIn(event: unknown): { readonly username?: string } {
  const user = fieldIn(event, 'user');
  return isUsername(user) ? { username: user } : {};
}

const parts = prepare(process.env);

export const handler: DoctorHandler = makeDoctor(parts, makeHealthMeter(parts.config.logLevel, process.env));
