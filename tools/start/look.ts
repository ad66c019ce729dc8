import { Deadline } from '../../src/core/deadline.ts';
import type { Environment } from '../../src/config/environment.ts';
import { makeRenderer, type Terminal, terminalOn } from '../doctor/render.ts';
import { examine } from '../../src/doctor/run.ts';
import { prepare } from '../../src/wiring.ts';

/** What the doctor finds wrong, as it would print it. `misconfigured`: the service would answer that to everybody. */
export type Found = { readonly kind: 'misconfigured' | 'may be served'; readonly rows: readonly string[] };

/** Nobody waits longer for a first look. */
const MOST_MS = 60_000;

/**
 * The doctor's look at a configuration and at everything that a login needs; of its rows those that failed.
 */
export async function lookAt(settings: Environment): Promise<Found> {
  const parts = prepare(settings);
  const isMisconfigured = parts.problems.length > 0;
  const rows: string[] = [];
  const renderer = makeRenderer(terminalInto(rows), () => performance.now());
  await examine(parts, {}, Deadline.in(MOST_MS), {
    started: () => undefined,
    ended: (row) => {
      if (row.status === 'fail') renderer.ended(row, {});
    },
  });
  return { kind: isMisconfigured ? 'misconfigured' : 'may be served', rows };
}

/** Colours as the terminal of this process has them; whole rows, kept. */
function terminalInto(rows: string[]): Terminal {
  const { paint, columns } = terminalOn(process.stdout, process.env['TERM']);
  return { write: (text) => void rows.push(text.replace(/\n$/, '')), paint, lines: 'appends', columns };
}
