import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { boundsOf, expectedOf, timeClassOf, toldBy, TRUTH } from './expectation.ts';
import { renderMatrix } from './matrix-document.ts';
import { NETWORK_ROWS } from './rows/network.ts';
import { PROTOCOL_ROWS } from './rows/protocol.ts';
import { RESULT_ROWS } from './rows/results.ts';
import { noSuchName, type Row } from './rows/row.ts';
import { TLS_ROWS } from './rows/tls.ts';
import { REST_MS } from './setting.ts';
import { type Stage, startStage } from './stage.ts';
import { type Next, type Observation, runTrial, type Trial } from './trial.ts';
import { ProcessWatch } from './watch.ts';

const ROWS: readonly Row[] = [...NETWORK_ROWS, ...TLS_ROWS, ...PROTOCOL_ROWS, ...RESULT_ROWS];

const TRIALS: readonly Trial[] = ROWS.flatMap((row) =>
  row.over.flatMap((transport) => (['right', 'wrong'] as const).map((password) => ({ row, transport, password }))),
);

const DOCUMENT = path.join(import.meta.dirname, '../../docs/fault-matrix.md');

/** Those that wait cost nothing and wait together; those that do not keep a processor busy, and would delay the others. */
const TOGETHER = { waits: 48, 'at once': 8 } as const;

let stage: Stage;
const watch = new ProcessWatch();
const observed = new Map<Trial, Observation>();
const nexts = new Map<Observation, Next>();

beforeAll(async () => {
  stage = await startStage();
  await observe('waits');
  await observe('at once');
  await hearNexts();
});

async function observe(pace: Row['pace']): Promise<void> {
  const waiting = TRIALS.filter(({ row }) => row.pace === pace);
  const work = async (): Promise<void> => {
    for (let trial = waiting.shift(); trial !== undefined; trial = waiting.shift()) observed.set(trial, await runTrial(stage, trial));
  };
  await Promise.all(Array.from({ length: TOGETHER[pace] }, work));
}

/** What the refused service accounts answer has to wait for the end of their rest, which is made to come at once. */
async function hearNexts(): Promise<void> {
  const now = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + REST_MS + 1000);
  for (const observation of observed.values()) {
    nexts.set(observation, typeof observation.next === 'function' ? await observation.next() : observation.next);
  }
  now.mockRestore();
}

afterAll(async () => {
  await stage.openldap.stop();
  watch.end();
});

/** All observations, in the order of the rows. */
function observations(): readonly Observation[] {
  return TRIALS.map((trial) => observed.get(trial)).filter((observation) => observation !== undefined);
}

describe.each(ROWS.map((row) => ({ name: `${row.fault}, at ${row.step}`, row })))('$name', ({ row }) => {
  const ofRow = (): readonly Observation[] => observations().filter((observation) => observation.row === row);

  test(`is answered with ${row.answer}, whatever the password`, () => {
    for (const { transport, password, answer } of ofRow()) {
      expect({ transport, password, ...toldBy(answer) }).toEqual({ transport, password, ...expectedOf(row, password) });
    }
  });

  test('says "attempted" if and only if the user bind had reached the server', () => {
    for (const { answer, userBinds } of ofRow()) {
      const told = toldBy(answer);
      const attempted = told.attempted || told.status === 0 || told.status === 2;
      expect({ attempted, userBinds }).toEqual({ attempted: userBinds > 0, userBinds: Math.min(userBinds, 1) });
    }
  });

  test('is answered in time', () => {
    for (const { transport, ms } of ofRow()) {
      const { leastMs, mostMs } = boundsOf(timeClassOf(row, transport));
      expect(ms).toBeGreaterThanOrEqual(leastMs);
      expect(ms).toBeLessThanOrEqual(mostMs);
    }
  });

  test('leaves no connection and no credential in clear', () => {
    for (const { transport, connectionsLeft, secretBytesInClear, inClear } of ofRow()) {
      if (transport === 'ldap') expect(connectionsLeft).toBe(0);
      else expect({ connectionsLeft, secretBytesInClear }).toEqual({ connectionsLeft: 0, secretBytesInClear: 0 });
      if (transport === 'ldaps') expect(inClear).toEqual([]);
      if (transport === 'starttls') expect(inClear.filter((step) => step !== 'starttls')).toEqual([]);
    }
  });

  test('is over with the next request, which ends in a goodbye', () => {
    for (const observation of ofRow()) {
      const { answer, unbinds } = nexts.get(observation) ?? fail(`no next request was made`);
      if (row.serve === noSuchName) expect(toldBy(answer)).toEqual(expectedOf(row, 'right'));
      else expect({ ...toldBy(answer), unbinds }).toEqual({ ...TRUTH[observation.password], unbinds: 1 });
    }
  });
});

function fail(message: string): never {
  throw new Error(message);
}

describe('the matrix as a whole', () => {
  test('answers every trial honestly, and leaves nothing behind in the process', async () => {
    expect(observed.size).toBe(TRIALS.length);
    expect(watch.incidents).toEqual([]);
    expect(await watch.socketsLeft()).toBe(0);
  });

  test('reports its figures', () => {
    const all = observations();
    const sum = (numbers: readonly number[]): number => numbers.reduce((one, other) => one + other, 0);
    const overLimitMs = all
      .filter(({ row }) => row.pace === 'waits')
      .map(({ row, transport, ms }) => ms - boundsOf(timeClassOf(row, transport)).limitMs);
    const figures = {
      faults: new Set(ROWS.map(({ fault }) => fault)).size,
      steps: new Set(ROWS.map(({ step }) => step)).size,
      rows: ROWS.length,
      requests: all.length,
      longestOverTheLimitOfTheStepMs: Math.round(Math.max(...overLimitMs)),
      slowestAtOnceMs: Math.round(Math.max(...all.filter(({ row }) => row.pace === 'at once').map(({ ms }) => ms))),
      connectionsLeft: sum(all.map(({ connectionsLeft }) => connectionsLeft)),
      credentialBytesInClearOverTls: sum(all.map(({ transport, secretBytesInClear }) => (transport === 'ldap' ? 0 : secretBytesInClear))),
    };
    process.stdout.write(`fault matrix: ${JSON.stringify(figures)}\n`);
    expect(figures).toMatchObject({ connectionsLeft: 0, credentialBytesInClearOverTls: 0 });
  });

  test('is docs/fault-matrix.md, word for word', () => {
    const generated = renderMatrix(observations());
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(DOCUMENT, generated);
    expect(readFileSync(DOCUMENT, 'utf8')).toBe(generated);
  });
});
