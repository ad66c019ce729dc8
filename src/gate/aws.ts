import {
  DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
  type AttributeValue,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';

import type { Deadline } from '../core/deadline.ts';
import type { Bounds, Change, Item } from './allowance.ts';
import type { Asked, Table } from './table.ts';

/**
 * The table in DynamoDB: partition key `pk` (string), TTL attribute `ttl`. This file is bundled by itself and imported only when
 * AUTH_GATE_TABLE is set. It imports nothing of ours but types, or the two bundles would share a third.
 *
 * The SDK repeats nothing, and its own time-outs (which only write a warning) are off: the deadline of each call ends it. Its connections are kept from one
 * login to the next, since a new one would cost as much as the rest of the gate. A process that was frozen may find that its
 * connection has been closed meanwhile; a reservation is then asked for once more (twice reserved is the safe side), a release
 * never.
 */
const OPTIONS = { maxAttempts: 1, requestHandler: { requestTimeout: 0 } } as const;

/** What the fields of an item are called in its row. */
const FIELDS = [
  ['counted', 'n'],
  ['underWay', 'p'],
  ['reservedAt', 'at'],
  ['failedAt', 'f'],
  ['clearings', 'g'],
  ['run', 'run'],
] as const satisfies readonly (readonly [keyof Item, string])[];

type Row = Readonly<Record<string, AttributeValue>>;

type Update = Omit<UpdateItemCommandInput, 'TableName' | 'Key'>;

/** Region, credentials and endpoint are those of the environment, as the SDK reads them. */
export function makeTable(name: string): Table {
  const client = new DynamoDBClient(OPTIONS);
  const update = (key: string, input: Update, deadline: Deadline) =>
    send(deadline, async (abortSignal) => {
      const { Attributes } = await client.send(new UpdateItemCommand({ TableName: name, Key: { pk: { S: key } }, ...input }), {
        abortSignal,
      });
      return Attributes;
    });
  return {
    reserve: async (key, bounds, deadline) => {
      const first = await update(key, reservation(bounds), deadline);
      const asked = first.kind === 'disconnected' ? await update(key, reservation(bounds), deadline) : first;
      if (asked.kind === 'condition failed') return { kind: 'answered', value: undefined };
      return asked.kind === 'answered' ? understood(asked.value) : outcomeOf(asked);
    },
    read: async (key, deadline) => {
      const asked = await send(deadline, async (abortSignal) => {
        const command = new GetItemCommand({ TableName: name, Key: { pk: { S: key } }, ConsistentRead: true });
        return (await client.send(command, { abortSignal })).Item;
      });
      if (asked.kind !== 'answered') return outcomeOf(asked);
      return asked.value === undefined ? { kind: 'answered', value: undefined } : understood(asked.value);
    },
    replace: async (key, { seen, next, bounds }, deadline) => written(await update(key, replacement(seen, next, bounds), deadline)),
    release: async (key, { run, change }, deadline) => written(await update(key, releasing(run, change), deadline)),
  };
}

const NAMES = { '#at': 'at', '#run': 'run', '#ttl': 'ttl' } as const; // words that DynamoDB keeps for itself, and their like

function reservation({ now, quietSince, deadBefore, limit, room, expiresAt }: Bounds): Update {
  return {
    UpdateExpression:
      'SET n = if_not_exists(n, :zero) + :one, p = if_not_exists(p, :zero) + :one, #at = :now, f = if_not_exists(f, :zero), ' +
      'g = if_not_exists(g, :zero), #run = if_not_exists(#run, :now), #ttl = :ttl',
    ConditionExpression:
      'attribute_not_exists(pk) OR n = :zero OR ' +
      '(((p = :zero AND f > :quiet) OR (p > :zero AND #at >= :dead)) AND n < :limit AND p < :room)',
    ExpressionAttributeNames: NAMES,
    ExpressionAttributeValues: numbers({
      ':zero': 0,
      ':one': 1,
      ':now': now,
      ':quiet': quietSince,
      ':dead': deadBefore,
      ':limit': limit,
      ':room': room,
      ':ttl': expiresAt,
    }),
    ReturnValues: 'ALL_NEW',
  };
}

/** Only if no field has changed since it was read. */
function replacement(seen: Item, next: Item, { expiresAt }: Bounds): Update {
  const names = FIELDS.map(([, name]) => name);
  return {
    UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}, #ttl = :ttl`,
    ConditionExpression: names.map((name) => `#${name} = :seen_${name}`).join(' AND '),
    ExpressionAttributeNames: Object.fromEntries([...names, 'ttl'].map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: numbers({ ...fieldsOf(next, ':'), ...fieldsOf(seen, ':seen_'), ':ttl': expiresAt }),
  };
}

/** By the names of the row, each behind a prefix. */
function fieldsOf(item: Item, prefix: string): Readonly<Record<string, number>> {
  return Object.fromEntries(FIELDS.map(([field, name]) => [prefix + name, item[field]]));
}

function releasing(run: number, { uncount, failedAt, clearsSince }: Change): Update {
  const clears = clearsSince !== undefined;
  const fails = failedAt !== undefined;
  return {
    UpdateExpression: `SET n = n - :uncount, p = p - :one${fails ? ', f = :failed' : ''}${clears ? ', g = g + :one' : ''}`,
    ConditionExpression: `#run = :run AND p >= :one${clears ? ' AND g = :clearings' : ''}`,
    ExpressionAttributeNames: { '#run': 'run' },
    ExpressionAttributeValues: numbers({
      ':run': run,
      ':one': 1,
      ':uncount': uncount,
      ...(fails ? { ':failed': failedAt } : {}),
      ...(clears ? { ':clearings': clearsSince } : {}),
    }),
  };
}

function numbers(values: Readonly<Record<string, number>>): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { N: String(value) }]));
}

/** A row that is not one of ours is as good as no table: nothing follows from it. */
function understood(row: Row | undefined): Asked<Item> {
  const fields = FIELDS.map(([field, name]) => [field, Number(row?.[name]?.N ?? Number.NaN)] as const);
  return fields.every(([, value]) => Number.isSafeInteger(value))
    ? { kind: 'answered', value: Object.fromEntries(fields) as Item }
    : { kind: 'unavailable', detail: 'row not understood' };
}

type Sent<T> =
  | { readonly kind: 'answered'; readonly value: T }
  | { readonly kind: 'condition failed' }
  | { readonly kind: 'throttled' }
  /** The connection was closed under the request. */
  | { readonly kind: 'disconnected'; readonly detail: string }
  | { readonly kind: 'unavailable'; readonly detail: string };

function outcomeOf(sent: Exclude<Sent<unknown>, { readonly kind: 'answered' }>): Exclude<Asked<never>, { readonly kind: 'answered' }> {
  if (sent.kind === 'throttled') return sent;
  return { kind: 'unavailable', detail: 'detail' in sent ? sent.detail : sent.kind };
}

function written(sent: Sent<unknown>): Asked<'written' | 'changed'> {
  if (sent.kind === 'answered') return { kind: 'answered', value: 'written' };
  return sent.kind === 'condition failed' ? { kind: 'answered', value: 'changed' } : outcomeOf(sent);
}

async function send<T>(deadline: Deadline, call: (abortSignal: AbortSignal) => Promise<T>): Promise<Sent<T>> {
  const aborter = new AbortController();
  const stopWaiting = deadline.onExpiry(() => aborter.abort());
  try {
    return { kind: 'answered', value: await call(aborter.signal) };
  } catch (error) {
    return aborter.signal.aborted ? TIMED_OUT : understandError(error);
  } finally {
    stopWaiting();
  }
}

/** One row takes 1,000 writes a second; beyond that DynamoDB refuses under one of these names. */
const THROTTLED: ReadonlySet<string> = new Set(['ProvisionedThroughputExceededException', 'ThrottlingException', 'RequestLimitExceeded']);

const TIMED_OUT = { kind: 'unavailable', detail: 'timed out' } as const;

const CLOSED_UNDER_US: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);

function understandError(error: unknown): Exclude<Sent<never>, { readonly kind: 'answered' }> {
  const name = error instanceof Error ? error.name : 'unknown error'; // its text can hold the name of the account
  if (name === 'ConditionalCheckFailedException') return { kind: 'condition failed' };
  if (THROTTLED.has(name)) return { kind: 'throttled' };
  const code = typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code !== undefined && CLOSED_UNDER_US.has(code)) return { kind: 'disconnected', detail: code };
  if (name === 'TimeoutError') return TIMED_OUT; // the SDK's own, of a connection or an answer; it calls a reset so as well
  return { kind: 'unavailable', detail: code ?? name };
}
