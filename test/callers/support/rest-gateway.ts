import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { APIGatewayProxyResult, Context } from 'aws-lambda';

import type { Issued } from '../../../tools/demo-directory/certificates.ts';
import type { AuthEvent } from '../../../src/handlers/auth.ts';
import { lambdaContext, postAuth } from '../../support/ask.ts';
import { closeHttp, listen } from '../../support/listen.ts';

export type RestGateway = {
  readonly port: number;
  /** What reached it, in order: the names of the headers. */
  readonly requests: readonly (readonly string[])[];
  readonly close: () => Promise<void>;
};

/** The handler, called through a gateway. */
type Handler = (event: AuthEvent, context: Context) => Promise<APIGatewayProxyResult>;

export type GatewayOptions = { readonly handler: Handler; readonly key: string; readonly certificate: Issued };

/** A REST API in front of the handler, in what matters to a proxy: TLS, the API key, all values of a header, the renamed challenge. */
export async function startRestGateway({ handler, key, certificate }: GatewayOptions): Promise<RestGateway> {
  const requests: (readonly string[])[] = [];
  const server = createServer(certificate, (request, response) => {
    requests.push(Object.keys(request.headers));
    void forward(request, handler, key).then((result) => reply(response, result));
  });
  return { port: await listen(server), requests, close: () => closeHttp(server) };
}

/** The gateway response of stack/api.ts. */
const CALLER_REFUSED = {
  statusCode: 403,
  headers: { 'Cache-Control': 'no-store' },
  body: '{"status":8,"message":"caller refused","reason":"caller-not-permitted"}',
};

async function forward(request: IncomingMessage, handler: Handler, key: string): Promise<APIGatewayProxyResult> {
  if (request.headers['x-api-key'] !== key) return CALLER_REFUSED;
  const multiValueHeaders = Object.fromEntries(Object.entries(request.headersDistinct).map(([name, values]) => [name, values ?? []]));
  const headers = Object.fromEntries(Object.entries(multiValueHeaders).map(([name, values]) => [name, values.at(-1)]));
  const path = (request.url ?? '').replace(/\?.*/, '').replace(/^\/prod/, '');
  return await handler(
    { ...postAuth(''), httpMethod: request.method ?? '', path, headers, multiValueHeaders, body: null },
    lambdaContext(),
  );
}

/** API Gateway renames the one header without which no browser asks for a password. */
function reply(response: ServerResponse, { statusCode, headers, body }: APIGatewayProxyResult): void {
  for (const [name, value] of Object.entries(headers ?? {})) {
    response.setHeader(name.toLowerCase() === 'www-authenticate' ? 'x-amzn-remapped-www-authenticate' : name, String(value));
  }
  response.writeHead(statusCode).end(body);
}
