import type { APIGatewayAuthorizerResult } from 'aws-lambda';

import { type Identity, type Outcome, reasonOf } from '../core/outcome.ts';
import { ANSWERS, type Status } from './response.ts';

/** What API Gateway is told. */
export type Effect = 'allow' | 'deny' | 'unauthorized' | 'error';

/**
 * By the status of the answer. Only what the user can mend is told as a refusal. A policy is cached as the user's for minutes, and so is a
 * simple response: what is not known, or not the user's fault, is an error, which is not cached and becomes a 500.
 */
const EFFECTS = {
  0: 'allow',
  1: 'unauthorized',
  2: 'unauthorized',
  3: 'deny', // 403. Under AUTH_DISCLOSURE=uniform no outcome has it.
  4: 'unauthorized', // credentials that are missing or cannot be read: asked for again
  5: 'error',
  6: 'error', // for this moment: no policy may be kept of it
  7: 'error',
  8: 'error', // an application that is not configured, too: a policy would be a verdict
} as const satisfies Record<Status, Effect>;

export function effectOf(outcome: Outcome): Effect {
  return EFFECTS[ANSWERS[reasonOf(outcome)].status];
}

export type AuthorizerContext = Readonly<Record<string, string>>;

/**
 * An answer that may be given as a policy. The resource is the whole stage, never the one method: API Gateway caches the
 * policy under the credentials and holds it against whatever they ask for next.
 */
export function toPolicy(outcome: Outcome, effect: 'allow' | 'deny', stageArn: string): APIGatewayAuthorizerResult {
  return {
    principalId: (outcome.kind === 'valid' ? outcome.identity.username : undefined) ?? 'not-permitted', // the typed name is nobody's name
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: effect === 'allow' ? 'Allow' : 'Deny', Action: 'execute-api:Invoke', Resource: `${stageArn}/*` }],
    },
    context: { ...contextOf(outcome) },
  };
}

/** `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE` of `…:API/STAGE/METHOD/PATH`; undefined if it is none. */
export function stageArnOf(methodArn: unknown): string | undefined {
  return typeof methodArn === 'string' ? /^(arn:[^:/*]+:execute-api:[^:/*]*:[^:/*]*:[^:/*]+\/[^:/*]+)\//.exec(methodArn)?.[1] : undefined;
}

/** API Gateway takes 8 KB from an authorizer; the policy around the context takes some of them. */
const MOST_BYTES = 7000;

/**
 * Strings only, as API Gateway demands: `username`, `id` and `dn` as they are; `groups` and every configured attribute as a JSON
 * array of strings, whether it has one value or many, so that no value can pass for a list. What does not fit any more is
 * left out whole and named in `omitted`. Of a refusal: the reason.
 */
export function contextOf(outcome: Outcome): AuthorizerContext {
  if (outcome.kind !== 'valid') return { reason: reasonOf(outcome) };
  const { username, id } = outcome.identity;
  const context: Record<string, string> = { ...(username === undefined ? {} : { username }), ...(id === undefined ? {} : { id }) };
  const omitted: string[] = [];
  let left = MOST_BYTES - bytesOf(context);
  for (const [name, value] of entriesOf(outcome.identity)) {
    const bytes = bytesOf({ [name]: value });
    if (bytes > left) omitted.push(name);
    else context[name] = value;
    left -= bytes > left ? 0 : bytes;
  }
  return omitted.length === 0 ? context : { ...context, omitted: JSON.stringify(omitted) };
}

const OWN_NAMES: ReadonlySet<string> = new Set(['username', 'id', 'dn', 'groups', 'reason', 'omitted', 'principalid']);

function entriesOf({ dn, groups, attributes }: Identity): readonly (readonly [string, string])[] {
  return [
    ...(dn === undefined ? [] : [['dn', dn] as const]),
    ...Object.entries(attributes ?? {}).map(([name, values]) => [contextName(name), JSON.stringify(values)] as const),
    ...(groups === undefined ? [] : [['groups', JSON.stringify(groups)] as const]), // last: the most likely not to fit
  ];
}

/** An attribute that is called like a field of ours must not pass for it. */
function contextName(attribute: string): string {
  return OWN_NAMES.has(attribute.toLowerCase()) ? `attribute_${attribute}` : attribute;
}

function bytesOf(context: AuthorizerContext): number {
  return Buffer.byteLength(JSON.stringify(context));
}
