import { Deadline } from '../../../src/core/deadline.ts';
import type { Row } from '../../../src/doctor/check.ts';
import { examine, type Question, type Report } from '../../../src/doctor/run.ts';
import { prepare } from '../../../src/wiring.ts';
import type { Settings } from '../../support/demo.ts';

export const QUIET = { started: () => undefined, ended: () => undefined } as const;

/** One run of the doctor, as a fresh process would do it. */
export function examineWith(settings: Settings, question: Question = {}): Promise<Report> {
  return examine(prepare(settings), question, Deadline.in(20_000), QUIET);
}

export function failed({ checks }: Report): readonly Row[] {
  return checks.filter(({ status }) => status === 'fail');
}

/** `pass dns`, for all of them. */
export function outline({ checks }: Report): readonly string[] {
  return checks.map(({ id, status }) => `${status} ${id}`);
}

export function rowOf({ checks }: Report, id: string): Row {
  const row = checks.find((one) => one.id === id);
  if (row === undefined) throw new Error(`no row ${id}`);
  return row;
}
