import type { APIGatewayProxyEvent, APIGatewayProxyEventV2, APIGatewayRequestAuthorizerEventV2 } from 'aws-lambda';

import { postAuth } from '../../support/ask.ts';

export const METHOD_ARN = 'arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/prod/GET/orders/a:b/17';
export const STAGE_ARN = 'arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/prod/*';

export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function authorized(authorization: string | undefined): Record<string, string> {
  return authorization === undefined ? {} : { Authorization: authorization };
}

/** A REST API's `GET /auth`. */
export function getAuth(authorization?: string): APIGatewayProxyEvent {
  const headers = authorized(authorization);
  const multiValueHeaders = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
  return { ...postAuth(''), httpMethod: 'GET', headers, multiValueHeaders, body: null };
}

type Target = { readonly method: string; readonly rawPath: string };

/** Payload 2.0: of an HTTP API, whose named stage is in the path, or of a function URL. Header names are in lower case. */
export function payload2(
  { method, rawPath }: Target,
  headers: Readonly<Record<string, string>>,
  body?: string | Buffer,
): APIGatewayProxyEventV2 {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString: '',
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    requestContext: requestContext2(method, rawPath),
    ...(body === undefined ? {} : { body: body.toString(typeof body === 'string' ? undefined : 'base64') }),
    isBase64Encoded: typeof body === 'object',
  };
}

function requestContext2(method: string, path: string): APIGatewayProxyEventV2['requestContext'] {
  return {
    accountId: 'anonymous',
    apiId: 'abcdef1234',
    domainName: 'abcdef1234.lambda-url.eu-central-1.on.aws',
    domainPrefix: 'abcdef1234',
    http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.7', userAgent: 'test' },
    requestId: '00000000-0000-4000-8000-000000000002',
    routeKey: '$default',
    stage: '$default',
    time: '22/Nov/2026:12:00:00 +0000',
    timeEpoch: 0,
  };
}

export type RestAuthorizerEvent = Omit<APIGatewayProxyEvent, 'requestContext' | 'body' | 'isBase64Encoded'> & {
  readonly type: 'REQUEST';
  readonly methodArn: string;
  readonly requestContext: APIGatewayProxyEvent['requestContext'] & { readonly authorizer: undefined };
};

export function restAuthorizer(authorization?: string): RestAuthorizerEvent {
  const { body: _, isBase64Encoded: __, ...event } = getAuth(authorization);
  return { ...event, type: 'REQUEST', methodArn: METHOD_ARN, requestContext: { ...event.requestContext, authorizer: undefined } };
}

export function httpAuthorizer(authorization?: string): APIGatewayRequestAuthorizerEventV2 {
  return {
    version: '2.0',
    type: 'REQUEST',
    routeArn: METHOD_ARN,
    identitySource: authorization === undefined ? [] : [authorization],
    routeKey: 'GET /orders/{proxy+}',
    rawPath: '/prod/orders/a:b/17',
    rawQueryString: '',
    cookies: [],
    headers: Object.fromEntries(Object.entries(authorized(authorization)).map(([name, value]) => [name.toLowerCase(), value])),
    requestContext: requestContext2('GET', '/prod/orders/a:b/17'),
  };
}
