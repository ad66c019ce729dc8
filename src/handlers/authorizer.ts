import type {
  APIGatewayAuthorizerResult,
  APIGatewayRequestAuthorizerEvent,
  APIGatewayRequestAuthorizerEventV2,
  APIGatewaySimpleAuthorizerWithContextResult,
  Context,
} from 'aws-lambda';

import { fieldIn } from '../core/anything.ts';
import { reasonOf } from '../core/outcome.ts';
import { readBasic } from '../http/basic.ts';
import { applicationOfStage } from '../http/event.ts';
import { type AuthorizerContext, contextOf, effectOf, stageArnOf, toPolicy } from '../http/policy.ts';
import { type Service, wire } from '../wiring.ts';
import { answer } from './login.ts';

export type AuthorizerEvent = APIGatewayRequestAuthorizerEvent | APIGatewayRequestAuthorizerEventV2;
export type AuthorizerResult = APIGatewayAuthorizerResult | APIGatewaySimpleAuthorizerWithContextResult<AuthorizerContext>;
export type AuthorizerHandler = (event: AuthorizerEvent, context: Context) => Promise<AuthorizerResult>;

/** API Gateway gives an HTTP API's authorizer 10 s. */
const MOST_MS = 8000;

/**
 * A REQUEST authorizer that reads `Authorization: Basic`. Payload 2.0 (HTTP APIs): a simple response, `isAuthorized: false`
 * for every refusal. Payload 1.0 (REST APIs, and HTTP APIs set to it): a policy for the whole stage, or a rejection with
 * `Unauthorized`, API Gateway's word for a 401. For both: rejects with any other error for what is not the user's fault. The
 * stage variable `application` of the protected API chooses an application; one that is not configured is such an error.
 */
export function makeAuthorizer(service: Service): AuthorizerHandler {
  return async (event, context) => {
    const stageArn = isSimple(event) ? undefined : stageArnOf(fieldIn(event, 'methodArn'));
    const invocation = { event, context, application: applicationOfStage(event), mostMs: MOST_MS, needs: 'a username' } as const;
    const outcome = await answer(service, invocation, () => {
      if (stageArn === undefined && !isSimple(event)) throw new Error('no methodArn'); // known before a bind that may count
      return readBasic(event);
    });
    const effect = effectOf(outcome);
    if (effect === 'error') throw bare(`service unavailable: ${reasonOf(outcome)}`);
    if (stageArn === undefined) return { isAuthorized: effect === 'allow', context: contextOf(outcome) };
    if (effect === 'unauthorized') throw bare('Unauthorized'); // to the letter: any other text is a 500
    return toPolicy(outcome, effect, stageArn);
  };
}

/** Of anything: by hand a text may come, and an error of `in` would quote it. */
function isSimple(event: unknown): boolean {
  return fieldIn(event, 'version') === '2.0';
}

/** Lambda logs what a handler throws, stack and own fields; the request has its own line in the log already. */
function bare(message: string): Error {
  const error = new Error(message);
  error.stack = `Error: ${message}`;
  return error;
}

export const handler: AuthorizerHandler = makeAuthorizer(wire(process.env));
