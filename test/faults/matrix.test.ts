import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { boundsOf, expectedOf, timeClassOf, toldBy, TRUTH } from './expectation.ts';
import { renderMatrix } from './matrix-document.ts';
import { NETWORK_ROWS } from './rows/network.ts';
import { PROTOCOL_ROWS } from './rows/protocol.ts';
import { RESULT_ROWS } from './rows/results.ts';
import type { Row } from './rows/row.ts';
import { TLS_ROWS } from './rows/tls.ts';
import { type Next, type Observation, runTrial, type Trial } from './run-row.ts';
import { type Stage, startStage } from './stage.ts';
import { ProcessWatch } from './watch.ts';

const ROWS: readonly Row[] = [...NETWORK_ROWS, ...TLS_ROWS, ...PROTOCOL_ROWS, ...RESULT_ROWS];

const TRIALS: readonly Trial[] = ROWS.flatMap((row) =>
  row.over.flatMap((transport) => (['right', 'wrong'] as const).map((password) => ({ row, transport, password }))),
);

const DOCUMENT = path.join(import.meta.dirname, '../../docs/fault-matrix.md');

/** Those that wait cost nothing and wait together; those that do not keep a processor busy, and would delay the others. */
const TOGETHER = { waits: 48, 'at once': 8 } as const;

const REST_MS = 30_000;

let stage: Stage;
const watch = new ProcessWatch();
const observations = new Map<Trial, Observation>();
const nexts = new Map<Trial, Next>();

beforeAll(async () => {
  stage = await startStage();
  await observe('waits');
  await observe('at once');
  await hearNexts();
});

async function observe(pace: Row['pace']): Promise<void> {
  const waiting = TRIALS.filter(({ row }) => row.pace === pace);
  const work = async (): Promise<void> => {
    for (let trial = waiting.shift(); trial !== undefined; trial = waiting.shift()) {
      observations.set(trial, await runTrial(stage, trial));
    }
  };
  await Promise.all(Array.from({ length: TOGETHER[pace] }, work));
}

/** What the refused service accounts answer has to wait for the end of their rest, which is made to come at once. */
async function hearNexts(): Promise<void> {
  const resting: [Trial, () => Promise<Next>][] = [];
  for (const [trial, { next }] of observations) {
    if (typeof next === 'function') resting.push([trial, next]);
    else nexts.set(trial, next);
  }
  const now = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + REST_MS + 1000);
  for (const [trial, next] of resting) nexts.set(trial, await next());
  now.mockRestore();
}

afterAll(async () => {
  await stage.openldap.stop();
  watch.end();
});

function ofRow(row: Row): readonly Observation[] {
  return [...observations.values()].filter((observation) => observation.row === row);
}

describe.each(ROWS.map((row) => ({ name: `${row.fault}, at ${row.step}`, row })))('$name', ({ row }) => {
  test(`is answered with ${row.answer}, whatever the password`, () => {
    for (const { transport, password, answer } of ofRow(row)) {
      expect({ transport, password, ...toldBy(answer) }).toEqual({ transport, password, ...expectedOf(row, password) });
    }
  });

  test('says "attempted" if and only if the user bind had reached the server', () => {
    for (const { answer, userBinds } of ofRow(row)) {
      const told = toldBy(answer);
      expect({ attempted: told.attempted || told.status === 0 || told.status === 2, userBinds }).toEqual({
        attempted: userBinds > 0,
        userBinds: Math.min(userBinds, 1),
      });
    }
  });

  test('is answered in time', () => {
    for (const { transport, ms } of ofRow(row)) {
      const { leastMs, mostMs } = boundsOf(timeClassOf(row, transport));
      expect(ms).toBeGreaterThanOrEqual(leastMs);
      expect(ms).toBeLessThanOrEqual(mostMs);
    }
  });

  test('leaves no connection and no credential in clear', () => {
    for (const { transport, connectionsLeft, secretBytesInClear, inClear } of ofRow(row)) {
      if (transport === 'ldap') expect(connectionsLeft).toBe(0);
      else expect({ connectionsLeft, secretBytesInClear }).toEqual({ connectionsLeft: 0, secretBytesInClear: 0 });
      if (transport === 'ldaps') expect(inClear).toEqual([]);
      if (transport === 'starttls') expect(inClear.filter((step) => step !== 'starttls')).toEqual([]);
    }
  });

  test('is over with the next request, which ends in a goodbye', () => {
    for (const trial of ofRow(row)) {
      const { answer, unbinds } = nextOf(trial);
      if (row.cause.kind === 'no such name') expect(toldBy(answer)).toEqual(expectedOf(row, 'right'));
      else expect({ ...toldBy(answer), unbinds }).toEqual({ ...TRUTH[trial.password], unbinds: 1 });
    }
  });
});

function nextOf(observation: Observation): Next {
  const trial = TRIALS.find(
    ({ row, transport, password }) => row === observation.row && transport === observation.transport && password === observation.password,
  );
  const next = trial === undefined ? undefined : nexts.get(trial);
  if (next === undefined) throw new Error('no next request was made');
  return next;
}

describe('the matrix as a whole', () => {
  test('answers every trial honestly, and leaves nothing behind in the process', async () => {
    expect(observations.size).toBe(TRIALS.length);
    expect(watch.incidents).toEqual([]);
    expect(await watch.socketsLeft()).toBe(0);
  });

  test('reports its figures', () => {
    const all = [...observations.values()];
    const waited = all.filter(({ row }) => row.pace === 'waits');
    const overLimitMs = waited.map(({ row, transport, ms }) => ms - boundsOf(timeClassOf(row, transport)).limitMs);
    const figures = {
      faults: new Set(ROWS.map(({ fault }) => fault)).size,
      steps: new Set(ROWS.map(({ step }) => step)).size,
      rows: ROWS.length,
      requests: all.length,
      longestOverTheLimitOfTheStepMs: Math.round(Math.max(...overLimitMs)),
      slowestAtOnceMs: Math.round(Math.max(...all.filter(({ row }) => row.pace === 'at once').map(({ ms }) => ms))),
      connectionsLeft: all.reduce((sum, { connectionsLeft }) => sum + connectionsLeft, 0),
      credentialBytesInClearOverTls: all
        .filter(({ transport }) => transport !== 'ldap')
        .reduce((sum, { secretBytesInClear }) => sum + secretBytesInClear, 0),
    };
    process.stdout.write(`fault matrix: ${JSON.stringify(figures)}\n`);
    expect(figures).toMatchObject({ connectionsLeft: 0, credentialBytesInClearOverTls: 0 });
  });

  test('is docs/fault-matrix.md, word for word', () => {
    const inOrder = TRIALS.map((trial) => observations.get(trial)).filter((observation) => observation !== undefined);
    const generated = renderMatrix(inOrder);
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(DOCUMENT, generated);
    expect(readFileSync(DOCUMENT, 'utf8')).toBe(generated);
  });
});
