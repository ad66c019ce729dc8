import middy, { type MiddlewareObj, type Request } from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import type { APIGatewayProxyEvent, APIGatewayProxyEventV2, APIGatewayProxyResult, Context } from 'aws-lambda';

import { fieldIn, isRecord } from '../core/anything.ts';
import type { LoginRequest, Outcome } from '../core/outcome.ts';
import { readBasic } from '../http/basic.ts';
import { askedOf, type Way } from '../http/event.ts';
import { toForwardAuth } from '../http/forward-auth.ts';
import { type Malformed, type Read, readBody, readLogin, readPlain, readText } from '../http/request.ts';
import { type Body, toBody, toResponse } from '../http/response.ts';
import { type Service, wire } from '../wiring.ts';
import { answer, type Invocation, NO_ENDPOINT } from './login.ts';

/** Of a REST API (payload 1.0), or of an HTTP API or a function URL (payload 2.0). All of them take the same response. */
export type AuthEvent = APIGatewayProxyEvent | APIGatewayProxyEventV2;

/** A plain invocation, by another function or a state machine. */
export type LoginEvent = { readonly username: string; readonly password: string; readonly application?: string };

export type AuthHandler = {
  (event: LoginEvent, context: Context): Promise<Body>;
  (event: AuthEvent, context: Context): Promise<APIGatewayProxyResult>;
};

type Told = APIGatewayProxyResult | Body;

/**
 * `POST /auth` and `GET /auth`, of an application or of none: a response of the contract's shape, for every event. A plain
 * invocation: the contract's body as an object. Never a throw.
 */
export function makeAuth(service: Service): AuthHandler {
  const handle = middy<AuthEvent, Told, unknown>({ timeoutEarlyInMillis: 0 }) // the deadline ends every request in time
    .use(checkBody)
    .use(httpJsonBodyParser({ disableContentTypeError: true }))
    .onError(async (request) => {
      request.response = await answerIn(service, request.event, request.context, () => readRefused(request)); // never the login again: it may have been bound
    })
    .handler<AuthEvent | LoginEvent, Told>((event, context) => answerIn(service, event, context));

  function auth(event: LoginEvent, context: Context): Promise<Body>;
  function auth(event: AuthEvent, context: Context): Promise<APIGatewayProxyResult>;
  function auth(event: AuthEvent | LoginEvent, context: Context): Promise<Told> {
    return handle(event, isRecord(context) ? context : NO_CONTEXT);
  }
  return auth;
}

/** The middleware wants an object. Whoever invokes the function by hand may hand in anything for a context. */
const NO_CONTEXT = {} as Context;

/** How a login is read, and how an outcome is told. */
type WayToCall = Pick<Invocation, 'needs'> & {
  /** `body`: as the parser left it. */
  readonly read: (event: unknown, body: unknown) => Read<LoginRequest, Outcome>;
  readonly tell: (outcome: Outcome) => Told;
};

const WAYS: Readonly<Record<Way, WayToCall>> = {
  'POST /auth': { read: (_event, body) => readLogin(body), tell: toResponse },
  'GET /auth': { read: readBasic, tell: toForwardAuth, needs: 'a username' },
  plain: { read: readPlain, tell: toBody },
  none: { read: () => ({ ok: false, outcome: NO_ENDPOINT }), tell: toResponse },
};

/** Ends what is asked for, in the way it was asked. `refused`: what is read in the place of the event. */
async function answerIn(service: Service, event: unknown, context: Context, refused?: () => Read<LoginRequest>): Promise<Told> {
  const { way, application } = askedOf(event);
  const { read, tell, ...needs } = WAYS[way];
  return tell(await answer(service, { event, context, application, ...needs }, refused ?? (() => read(event, fieldIn(event, 'body')))));
}

/** Carries an answer past the parser. */
class Refusal extends Error {
  readonly outcome: Malformed;

  constructor(outcome: Malformed) {
    super(outcome.reason);
    this.outcome = outcome;
  }
}

/** What goes on to the parser is small, declared as JSON, and UTF-8. Other ways to call have no body that is read. */
const checkBody: MiddlewareObj<AuthEvent, Told> = {
  before: (request) => {
    const { event } = request;
    const { way } = askedOf(event);
    if (way === 'plain') return;
    const body = way === 'POST /auth' ? readBody(event) : NO_BODY;
    if (!body.ok) throw new Refusal(body.outcome);
    const headers = way === 'POST /auth' ? { 'content-type': 'application/json' } : event.headers;
    request.event = { ...event, headers, body: body.value, isBase64Encoded: false }; // a copy: the event stays as it came
  },
};

const NO_BODY = { ok: true, value: 'null' } as const;

/**
 * Why the handler was not asked. The parser's errors carry the body, password and all: they end here. It refuses keys that
 * could be merged into a prototype as well; here nothing is merged, and unknown fields are ignored.
 */
function readRefused({ event, error }: Request<AuthEvent, Told, unknown>): Read<LoginRequest> {
  if (error instanceof Refusal) return { ok: false, outcome: error.outcome };
  if (error instanceof Error && 'statusCode' in error) return readText(event.body);
  throw error;
}

export const handler: AuthHandler = makeAuth(wire(process.env));
