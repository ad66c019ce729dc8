import { fork } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import path from 'node:path';

import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';

export const TABLE = 'ldap-auth-gate';

/** DynamoDB on loopback. */
export type Dynamo = { readonly url: string; readonly close: () => Promise<void> };

/** With the gate's table in it, in a process of its own: a table that is as busy as the test itself would look as if it were down. */
export async function startDynamo(): Promise<Dynamo> {
  const child = fork(path.join(import.meta.dirname, 'dynalite-process.ts'), { execArgv: [] });
  const told: readonly unknown[] = await once(child, 'message');
  const url = `http://127.0.0.1:${String(told[0])}`;
  useEndpoint(url);
  const client = new DynamoDBClient();
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    }),
  );
  client.destroy();
  const close = async (): Promise<void> => {
    const ended = once(child, 'exit');
    child.disconnect();
    await ended;
  };
  return { url, close };
}

/** What dynalite cannot do. `reset once`: the next request finds its connection closed, and those after it are answered. */
export type Trouble =
  | 'hang'
  | 'error 500'
  | 'AccessDeniedException'
  | 'ResourceNotFoundException'
  | 'ThrottlingException'
  | 'ProvisionedThroughputExceededException'
  | 'nonsense'
  | 'reset once'
  | 'reset always';

export type TroubledDynamo = Dynamo & { trouble: Trouble; readonly asked: () => readonly string[] };

const ROW = { n: { N: '1' }, p: { N: '1' }, at: { N: '1800000000' }, f: { N: '0' }, g: { N: '0' }, run: { N: '1800000000' } };

export async function startTroubledDynamo(): Promise<TroubledDynamo> {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      asked.push(String(request.headers['x-amz-target']).replace(/.*\./, ''));
      if (dynamo.trouble === 'hang') return;
      if (dynamo.trouble === 'reset once' || dynamo.trouble === 'reset always') {
        if (dynamo.trouble === 'reset always' || asked.length === 1) {
          request.socket.resetAndDestroy();
          return;
        }
        response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify({ Attributes: ROW }));
        return;
      }
      const [code, body] = answerOf(dynamo.trouble);
      response.writeHead(code, { 'content-type': 'application/x-amz-json-1.0' }).end(body);
    });
  });
  const url = await listen(server);
  const dynamo: TroubledDynamo = { url, trouble: 'hang', asked: () => asked, close: () => close(server) };
  return dynamo;
}

function answerOf(trouble: Exclude<Trouble, 'hang' | 'reset once' | 'reset always'>): readonly [number, string] {
  if (trouble === 'error 500') return [500, JSON.stringify({ __type: 'com.amazon.coral.service#InternalServerError' })];
  if (trouble === 'nonsense') return [200, JSON.stringify({ Attributes: { n: { S: 'one' } }, Item: { n: { S: 'one' } } })];
  return [400, JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${trouble}`, message: 'arn:aws:iam::123456789012:role/x' })];
}

/** Points the SDK at it, as an operator would point it at a VPC endpoint. */
export function useEndpoint(url: string): void {
  Object.assign(process.env, {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'not-a-key',
    AWS_SECRET_ACCESS_KEY: 'not-a-secret',
    AWS_ENDPOINT_URL_DYNAMODB: url,
  });
}

async function listen(server: http.Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${String(typeof address === 'object' && address !== null ? address.port : 0)}`;
}

async function close(server: http.Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}
