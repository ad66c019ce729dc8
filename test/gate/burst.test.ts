import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { type Dynamo, startDynamo } from './dynamo.ts';

const MINUTES = 300_000;
const PROCESSES = 5;

type Told = { readonly sent: number; readonly throttled: number; readonly unavailable: number };

const started: { dynamo?: Dynamo } = {};
beforeEach(async () => {
  started.dynamo = await startDynamo();
});
afterEach(async () => {
  await started.dynamo?.close();
});

async function run(args: readonly string[], laterMs = 0): Promise<Told> {
  const env = { ...process.env, GATE_TEST_LATER_MS: String(laterMs) };
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(import.meta.dirname, 'burst.ts'), ...args], { env });
  return read(JSON.parse(stdout));
}

function read(told: unknown): Told {
  const number = (name: string): number => Number(typeof told === 'object' && told !== null ? Reflect.get(told, name) : Number.NaN);
  return { sent: number('sent'), throttled: number('throttled'), unavailable: number('unavailable') };
}

/** Several functions that are warm at once. */
async function burst(each: number, ...args: readonly string[]): Promise<Told> {
  const all = await Promise.all(Array.from({ length: PROCESSES }, () => run([String(each), ...args])));
  const sum = (name: keyof Told): number => all.reduce((total, one) => total + one[name], 0);
  return { sent: sum('sent'), throttled: sum('throttled'), unavailable: sum('unavailable') };
}

test(
  '1,000 wrong passwords at the same moment, from five processes: at most four binds are sent; after the window one is sent again',
  async () => {
    expect(await burst(200, 'refused')).toEqual({ sent: 4, throttled: 996, unavailable: 0 });
    expect(await run(['1', 'accepted'])).toEqual({ sent: 0, throttled: 1, unavailable: 0 });
    expect(await run(['1', 'accepted'], 62_000)).toEqual({ sent: 1, throttled: 0, unavailable: 0 });
  },
  MINUTES,
);

test(
  '100 right passwords at the same moment, from five processes: all are sent',
  async () => {
    expect(await burst(20, 'accepted')).toEqual({ sent: 100, throttled: 0, unavailable: 0 });
  },
  MINUTES,
);

test(
  'processes that die between the reservation and the release: each counts as a failure, until the window is over',
  async () => {
    for (let death = 0; death < 4; death += 1) await expect(run(['1', 'dies'])).rejects.toMatchObject({ signal: 'SIGKILL' });
    expect(await run(['1', 'accepted'], 35_000)).toEqual({ sent: 0, throttled: 1, unavailable: 0 });
    expect(await run(['1', 'accepted'], 62_000)).toEqual({ sent: 1, throttled: 0, unavailable: 0 });
  },
  MINUTES,
);
