import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';

import { Deadline } from '../../src/core/deadline.ts';
import { type Bounds, boundsOf, type Change, isOpen, type Item } from '../../src/gate/allowance.ts';
import { makeTable } from '../../src/gate/aws.ts';
import type { Asked, Table } from '../../src/gate/table.ts';
import { type Dynamo, startDynamo, startTroubledDynamo, TABLE, type Trouble, type TroubledDynamo, useEndpoint } from './dynamo.ts';
import { released, reserved } from './memory-table.ts';

const MINUTES = 120_000;
const NOW = 1_800_000_000;
function soon(): Deadline {
  return Deadline.in(MINUTES);
}

const small = fc.integer({ min: 0, max: 5 });
const second = fc.constantFrom(0, NOW - 1801, NOW - 1800, NOW - 1799, NOW - 31, NOW - 30, NOW - 29, NOW);
const item: fc.Arbitrary<Item> = fc.record({
  counted: small,
  underWay: small,
  reservedAt: second,
  failedAt: second,
  clearings: small,
  run: fc.constantFrom(NOW - 1, NOW),
});
const bounds: fc.Arbitrary<Bounds> = fc
  .record({ limit: fc.integer({ min: 1, max: 5 }), windowSeconds: fc.constantFrom(0, 1800), failures: fc.constantFrom(0, 0, 1, 2) })
  .map(({ limit, windowSeconds, failures }) =>
    boundsOf({ limit, windowSeconds, success: 'clears' }, NOW * 1000, Math.min(failures, limit - 1)),
  );
const change: fc.Arbitrary<Change> = fc.record({
  uncount: fc.constantFrom(0, 1),
  failedAt: fc.constantFrom(undefined, NOW),
  clearsSince: fc.option(small, { nil: undefined }),
});

describe('the table does what the rules say', () => {
  const started: { dynamo?: Dynamo; table?: Table; client?: DynamoDBClient } = {};
  const tableOf = (): Table => {
    if (started.table === undefined) throw new Error('dynalite did not start');
    return started.table;
  };
  let keys = 0;
  beforeAll(async () => {
    started.dynamo = await startDynamo();
    started.client = new DynamoDBClient();
    started.table = makeTable(TABLE);
  });
  afterAll(async () => {
    started.client?.destroy();
    await started.dynamo?.close();
  });

  const put = async (row: Item | undefined): Promise<string> => {
    keys += 1;
    const key = `row ${String(keys)}`;
    if (row === undefined) return key;
    const { counted, underWay, reservedAt, failedAt, clearings, run } = row;
    const values = { n: counted, p: underWay, at: reservedAt, f: failedAt, g: clearings, run, ttl: NOW + 9000 };
    const numbers = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { N: String(value) }]));
    await started.client?.send(new PutItemCommand({ TableName: TABLE, Item: { pk: { S: key }, ...numbers } }));
    return key;
  };
  const read = (key: string): Promise<Asked<Item | undefined>> => tableOf().read(key, soon());
  const answered = <T>(value: T): Asked<T> => ({ kind: 'answered', value });

  test(
    'a reservation',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.option(item, { nil: undefined }), bounds, async (row, given) => {
          const key = await put(row);
          const after = isOpen(row, given) ? reserved(row, given) : undefined;
          expect(await tableOf().reserve(key, given, soon())).toEqual(answered(after));
          expect(await read(key)).toEqual(answered(after ?? row));
        }),
        { numRuns: 300 },
      );
    },
    MINUTES,
  );

  test(
    'a release',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.option(item, { nil: undefined }), change, fc.constantFrom(NOW - 1, NOW), async (row, given, run) => {
          const key = await put(row);
          const after = released(row, run, given);
          expect(await tableOf().release(key, { run, change: given }, soon())).toEqual(
            answered(after === undefined ? 'changed' : 'written'),
          );
          expect(await read(key)).toEqual(answered(after ?? row));
        }),
        { numRuns: 300 },
      );
    },
    MINUTES,
  );

  test(
    'a replacement, only of what was seen',
    async () => {
      await fc.assert(
        fc.asyncProperty(item, item, item, async (row, seen, next) => {
          const key = await put(row);
          const same = JSON.stringify(row) === JSON.stringify(seen);
          const given = { next, bounds: boundsOf({ limit: 4, windowSeconds: 1800, success: 'clears' }, NOW * 1000, 0) };
          expect(await tableOf().replace(key, { ...given, seen }, soon())).toEqual(answered(same ? 'written' : 'changed'));
          expect(await tableOf().replace(key, { ...given, seen: same ? next : row }, soon())).toEqual(answered('written'));
          expect(await read(key)).toEqual(answered(next));
        }),
        { numRuns: 100 },
      );
    },
    MINUTES,
  );
});

describe('a table that is not well', () => {
  const started: { dynamo?: TroubledDynamo } = {};
  afterAll(() => started.dynamo?.close());
  const ofTrouble = async (trouble: Trouble): Promise<TroubledDynamo> => {
    await started.dynamo?.close();
    const dynamo = await startTroubledDynamo();
    dynamo.trouble = trouble;
    started.dynamo = dynamo;
    useEndpoint(dynamo.url);
    return dynamo;
  };
  const BOUNDS = boundsOf({ limit: 4, windowSeconds: 1800, success: 'clears' }, NOW * 1000, 0);
  const GIVEN_BACK: Change = { uncount: 1, failedAt: undefined, clearsSince: undefined };

  test.each([
    ['error 500', { kind: 'unavailable', detail: 'InternalServerError' }],
    ['AccessDeniedException', { kind: 'unavailable', detail: 'AccessDeniedException' }],
    ['ResourceNotFoundException', { kind: 'unavailable', detail: 'ResourceNotFoundException' }],
    ['ThrottlingException', { kind: 'throttled' }],
    ['ProvisionedThroughputExceededException', { kind: 'throttled' }],
  ] as const)('%s, asked once', async (trouble, expected) => {
    const dynamo = await ofTrouble(trouble);
    const table = makeTable(TABLE);
    expect(await table.reserve('key', BOUNDS, soon())).toEqual(expected);
    expect(await table.read('key', soon())).toEqual(expected);
    expect(await table.release('key', { run: 1, change: GIVEN_BACK }, soon())).toEqual(expected);
    expect(dynamo.asked()).toEqual(['UpdateItem', 'GetItem', 'UpdateItem']);
  });

  test('a row that is none of ours', async () => {
    await ofTrouble('nonsense');
    const table = makeTable(TABLE);
    const expected = { kind: 'unavailable', detail: 'row not understood' };
    expect([await table.reserve('key', BOUNDS, soon()), await table.read('key', soon())]).toEqual([expected, expected]);
  });

  test('one that hangs costs no more than the deadline', async () => {
    await ofTrouble('hang');
    const table = makeTable(TABLE);
    const expected = { kind: 'unavailable', detail: 'timed out' };
    expect(await table.reserve('key', BOUNDS, Deadline.in(100))).toEqual(expected);
    expect(await table.release('key', { run: 1, change: GIVEN_BACK }, Deadline.in(100))).toEqual(expected);
  });

  const askApart = async (...calls: readonly ('reserve' | 'release')[]): Promise<unknown> => {
    const { stdout } = await promisify(execFile)(process.execPath, [path.join(import.meta.dirname, 'ask-table.ts'), ...calls], {
      env: process.env,
    });
    return JSON.parse(stdout);
  };

  test('a port that refuses', async () => {
    const dynamo = await ofTrouble('hang');
    await dynamo.close();
    delete started.dynamo;
    expect(await askApart('reserve')).toEqual([{ kind: 'unavailable', detail: 'ECONNREFUSED' }]);
  });

  test('a connection that was closed: a reservation is asked for once more', async () => {
    const dynamo = await ofTrouble('reset once');
    const row: Item = { counted: 1, underWay: 1, reservedAt: NOW, failedAt: 0, clearings: 0, run: NOW };
    expect(await askApart('reserve')).toEqual([{ kind: 'answered', value: row }]);
    expect(dynamo.asked()).toEqual(['UpdateItem', 'UpdateItem']);
  });

  test('and not a third time; a release never again', async () => {
    const dynamo = await ofTrouble('reset always');
    const expected = { kind: 'unavailable', detail: 'ECONNRESET' };
    expect(await askApart('reserve', 'release')).toEqual([expected, expected]);
    expect(dynamo.asked()).toEqual(['UpdateItem', 'UpdateItem', 'UpdateItem']);
  });
});
