import type { Login } from './setting.ts';

/** What API Gateway's REST API hands to a handler, as small as it really is: candidates get nothing else of ours into their process. */
export function eventFor({ username, password }: Pick<Login, 'username' | 'password'>): object {
  return {
    resource: '/auth',
    path: '/auth',
    httpMethod: 'POST',
    headers: { 'Content-Type': 'application/json', Host: 'abcdef1234.execute-api.eu-central-1.amazonaws.com', 'User-Agent': 'bench' },
    multiValueHeaders: { 'Content-Type': ['application/json'] },
    queryStringParameters: null,
    pathParameters: null,
    stageVariables: null,
    requestContext: {
      accountId: '123456789012',
      apiId: 'abcdef1234',
      httpMethod: 'POST',
      identity: { apiKeyId: 'key0123456', sourceIp: '192.0.2.1', userAgent: 'bench' },
      path: '/bench/auth',
      protocol: 'HTTP/1.1',
      requestId: '00000000-0000-4000-8000-000000000000',
      stage: 'bench',
    },
    body: JSON.stringify({ username, password }),
    isBase64Encoded: false,
  };
}

export const CONTEXT = {
  awsRequestId: '00000000-0000-4000-8000-000000000001',
  functionName: 'auth',
  getRemainingTimeInMillis: () => 27_000,
} as const;
