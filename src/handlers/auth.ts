import middy from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';

import type { Outcome } from '../core/outcome.ts';
import { Trace } from '../core/trace.ts';
import { callerOf, notJson, readBody, readLogin } from '../http/request.ts';
import { toResponse } from '../http/response.ts';
import { type Service, wire } from '../wiring.ts';

export type AuthHandler = (event: APIGatewayProxyEvent, context: Context) => Promise<APIGatewayProxyResult>;

/** `POST /auth`: a response of the contract's shape for every event, never a throw. */
export const makeAuth = (service: Service): AuthHandler => {
  const login = makeLogin(service);
  return async (event, context) => {
    const startedAt = performance.now();
    const body = readBody(event);
    const trace = new Trace();
    const checked = { headers: { 'content-type': 'application/json' }, isBase64Encoded: false, trace };
    const { outcome, error }: Decision = body.ok
      ? await login({ ...event, ...checked, body: body.value }, context)
      : { outcome: body.outcome };
    const { problems } = service;
    service.record({
      requestId: requestIdOf(context),
      outcome,
      trace,
      ms: performance.now() - startedAt,
      caller: callerOf(event),
      ...(problems.length > 0 ? { problems } : {}),
      ...(error === undefined ? {} : { error }),
    });
    const response = toResponse(outcome);
    return { ...response, headers: { ...response.headers } };
  };
};

/** What goes through the middleware: an event whose body is known to be small, declared as JSON and UTF-8. */
type LoginEvent = APIGatewayProxyEvent & { readonly trace: Trace };

type Decision = { readonly outcome: Outcome; readonly error?: string };

const makeLogin = (service: Service): ((event: LoginEvent, context: Context) => Promise<Decision>) =>
  middy<LoginEvent, Decision>({ timeoutEarlyInMillis: 0 }) // the deadline ends every request in time
    .use(httpJsonBodyParser())
    .onError((request) => {
      request.response = understandError(request.error);
    })
    .handler(async (event, context): Promise<Decision> => {
      const read = readLogin(event.body);
      return { outcome: read.ok ? await service.authenticate(read.value, leftMsOf(context), event.trace) : read.outcome };
    });

/** The parser's errors carry the body, password and all, and any other error's message may: neither is kept. */
const understandError = (error: unknown): Decision => {
  if (error instanceof Error && 'statusCode' in error) return notJson();
  const stack = error instanceof Error ? (error.stack ?? '').replace(error.message, '') : '';
  return { outcome: { kind: 'out-of-order', reason: 'internal-error' }, error: stack };
};

const leftMsOf = (context: unknown): number => {
  const isLambda = typeof context === 'object' && context !== null && 'getRemainingTimeInMillis' in context;
  const left: unknown = isLambda && typeof context.getRemainingTimeInMillis === 'function' ? context.getRemainingTimeInMillis() : undefined;
  return typeof left === 'number' ? left : Number.POSITIVE_INFINITY;
};

const requestIdOf = (context: unknown): string | undefined =>
  typeof context === 'object' && context !== null && 'awsRequestId' in context ? String(context.awsRequestId) : undefined;

export const handler: AuthHandler = makeAuth(wire(process.env));
