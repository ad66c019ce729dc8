import http from 'node:http';

import { closeHttp, listen } from '../support/listen.ts';

/** What stands for AWS's two stores, behind the real SDK: their JSON protocol on loopback. */
export type Stores = {
  readonly url: string;
  /** Names and values, of both stores. Delete one, and it is not found. */
  readonly values: Map<string, string>;
  /** How many times they were asked. */
  readonly asked: () => number;
  /** What they do from now on. */
  behaviour: 'answer' | 'hang' | 'throttle' | 'deny';
  readonly close: () => Promise<void>;
};

const ERROR_OF = { throttle: [400, 'ThrottlingException'], deny: [400, 'AccessDeniedException'] } as const;

export async function startStores(): Promise<Stores> {
  const values = new Map<string, string>();
  let asked = 0;
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      asked += 1;
      if (stores.behaviour === 'hang') return;
      const [code, body] =
        stores.behaviour === 'answer' ? lookUp(String(request.headers['x-amz-target']), Buffer.concat(chunks)) : refusal(stores.behaviour);
      response.writeHead(code, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    });
  });
  const lookUp = (target: string, body: Buffer): readonly [number, object] => {
    const question: unknown = JSON.parse(body.toString());
    const isParameter = target.endsWith('.GetParameter');
    const field = isParameter ? 'Name' : 'SecretId';
    const name: unknown = typeof question === 'object' && question !== null ? Reflect.get(question, field) : undefined;
    const value = typeof name === 'string' ? values.get(name) : undefined;
    if (value === undefined) return [400, { __type: isParameter ? 'ParameterNotFound' : 'ResourceNotFoundException' }];
    return [200, isParameter ? { Parameter: { Name: name, Value: value } } : { Name: name, SecretString: value }];
  };
  const refusal = (behaviour: keyof typeof ERROR_OF): readonly [number, object] => [
    ERROR_OF[behaviour][0],
    { __type: ERROR_OF[behaviour][1] },
  ];
  const port = await listen(server);
  const stores: Stores = {
    url: `http://127.0.0.1:${String(port)}`,
    values,
    asked: () => asked,
    behaviour: 'answer',
    close: () => closeHttp(server),
  };
  return stores;
}

/** Points the SDK at them, as an operator would point it at a VPC endpoint. */
export function useStores(stores: Stores): void {
  Object.assign(process.env, {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'not-a-key',
    AWS_SECRET_ACCESS_KEY: 'not-a-secret',
    AWS_ENDPOINT_URL: stores.url,
  });
}
