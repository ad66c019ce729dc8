import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';

import { makeAuth } from '../../src/handlers/auth.ts';
import { wire } from '../../src/wiring.ts';

/** What a caller of the service sees. */
export type Answer = {
  readonly http: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
};

export type Ask = (username: string, password: string) => Promise<Answer>;

/** A REST API (payload 1.0) event as API Gateway sends it for `POST /auth`. */
export function postAuth(body: unknown, overrides: Partial<APIGatewayProxyEvent> = {}): APIGatewayProxyEvent {
  return {
    resource: '/auth',
    path: '/auth',
    httpMethod: 'POST',
    headers: { 'Content-Type': 'application/json' },
    multiValueHeaders: { 'Content-Type': ['application/json'] },
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: null,
    stageVariables: null,
    requestContext: {
      accountId: '123456789012',
      apiId: 'abcdef1234',
      authorizer: null,
      httpMethod: 'POST',
      identity: {
        accessKey: null,
        accountId: null,
        apiKey: 'not-logged',
        apiKeyId: 'key0123456',
        caller: null,
        clientCert: null,
        cognitoAuthenticationProvider: null,
        cognitoAuthenticationType: null,
        cognitoIdentityId: null,
        cognitoIdentityPoolId: null,
        principalOrgId: null,
        sourceIp: '192.0.2.1',
        user: null,
        userAgent: 'test',
        userArn: null,
      },
      path: '/test/auth',
      protocol: 'HTTP/1.1',
      requestId: '00000000-0000-4000-8000-000000000000',
      requestTimeEpoch: 0,
      resourceId: 'abc123',
      resourcePath: '/auth',
      stage: 'test',
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    isBase64Encoded: false,
    ...overrides,
  };
}

/** A Lambda context with so much time left. */
export function lambdaContext(leftMs = 30_000): Context {
  return {
    awsRequestId: '00000000-0000-4000-8000-000000000001',
    callbackWaitsForEmptyEventLoop: true,
    functionName: 'auth',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:auth',
    memoryLimitInMB: '256',
    logGroupName: '/aws/lambda/auth',
    logStreamName: 'test',
    getRemainingTimeInMillis: () => leftMs,
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}

function readAnswer(response: APIGatewayProxyResult): Answer {
  const headers = Object.entries(response.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  const body: unknown = JSON.parse(response.body);
  if (typeof body !== 'object' || body === null) throw new Error('the body is not an object');
  return { http: response.statusCode, headers: Object.fromEntries(headers), text: response.body, body: { ...body } };
}

/** As long as the service lets anybody wait: a busy machine is no fault. A test that is about time says its own. */
const UNHURRIED = { LDAP_DEADLINE_MS: '25000', LDAP_CONNECT_TIMEOUT_MS: '20000' } as const;

/** The service as one warm process, driven by the contract's variables alone: ask it as often as you like. */
export function makeService(environment: Readonly<Record<string, string>>): Ask {
  const auth = makeAuth(wire({ LOG_LEVEL: 'SILENT', ...UNHURRIED, ...environment }));
  return async (username, password) => readAnswer(await auth(postAuth({ username, password }), lambdaContext()));
}
