import middy from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import type { APIGatewayProxyEvent, APIGatewayProxyEventV2, APIGatewayProxyResult, Context } from 'aws-lambda';

import type { LoginRequest } from '../core/outcome.ts';
import { readBasic } from '../http/basic.ts';
import { endpointOf } from '../http/event.ts';
import { toForwardAuth } from '../http/forward-auth.ts';
import { isRecord, notJson, type Read, readBody, readLogin } from '../http/request.ts';
import { type HttpResponse, toResponse } from '../http/response.ts';
import { type Service, wire } from '../wiring.ts';
import { answer } from './login.ts';

/** Of a REST API (payload 1.0), or of an HTTP API or a function URL (payload 2.0). All of them take the same response. */
export type AuthEvent = APIGatewayProxyEvent | APIGatewayProxyEventV2;

export type AuthHandler = (event: AuthEvent, context: Context) => Promise<APIGatewayProxyResult>;

/** `POST /auth` and `GET /auth`: a response of the contract's shape for every event, never a throw. */
export function makeAuth(service: Service): AuthHandler {
  return (event, context) => respond(service, event, context);
}

async function respond(service: Service, event: AuthEvent, context: Context): Promise<HttpResponse> {
  const invocation = { event, context };
  switch (endpointOf(event)) {
    case 'POST /auth':
      return toResponse(await answer(service, invocation, () => readPost(event, context)));
    case 'GET /auth':
      return toForwardAuth(await answer(service, { ...invocation, needs: 'a username' }, () => readBasic(event)));
    case 'none':
      return toResponse(await answer(service, invocation, () => NO_ENDPOINT));
  }
}

const NO_ENDPOINT = { ok: false, outcome: { kind: 'caller-refused', reason: 'no-such-endpoint' } } as const;

function readPost(event: AuthEvent, context: Context): Read<LoginRequest> | Promise<Read<LoginRequest>> {
  const body = readBody(event);
  return body.ok ? parse({ ...event, ...CHECKED, body: body.value }, contextFrom(context)) : body;
}

/** What goes through the middleware is known to be small, declared as JSON and UTF-8. */
const CHECKED = { headers: { 'content-type': 'application/json' }, isBase64Encoded: false } as const;

/** The middleware wants an object. A call by hand may have anything for a context. */
function contextFrom(context: Context): Context {
  return isRecord(context) ? context : ({} as Context);
}

const parse = middy<AuthEvent, Read<LoginRequest>>({ timeoutEarlyInMillis: 0 }) // the deadline ends every request in time
  .use(httpJsonBodyParser())
  .onError((request) => {
    // The parser's errors carry the body, password and all: they end here. Any other one goes on.
    if (request.error instanceof Error && 'statusCode' in request.error) request.response = notJson();
  })
  .before(({ event }) => readLogin(event.body)); // returned early, as it is called: no handler's abort signal is made for it

export const handler: AuthHandler = makeAuth(wire(process.env));
