import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { Reason } from '../../src/core/outcome.ts';
import { type Answer, ANSWERS } from '../../src/http/response.ts';
import { ofType, only, packageTemplates, type Packaged, type Resource } from './packaged.ts';

const OPTIONS = { nothing: [], throttled: ['--param=rateLimit=5', '--param=burstLimit=7'] } as const;

let folder: string;
let packaged: Readonly<Record<keyof typeof OPTIONS, Packaged>>;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'gateway-'));
  packaged = await packageTemplates(folder, OPTIONS);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the gateway’s own answers', () => {
  const ROWS = [
    ['DEFAULT_4XX', 403, 'caller-not-permitted'],
    ['ACCESS_DENIED', 403, 'caller-not-permitted'],
    ['INVALID_API_KEY', 403, 'caller-not-permitted'],
    ['MISSING_AUTHENTICATION_TOKEN', 403, 'no-such-endpoint'],
    ['RESOURCE_NOT_FOUND', 404, 'no-such-endpoint'],
    ['THROTTLED', 429, 'throttled'],
    ['QUOTA_EXCEEDED', 429, 'throttled'],
    ['DEFAULT_5XX', 503, 'service-unavailable'],
    ['API_CONFIGURATION_ERROR', 503, 'service-unavailable'],
    ['AUTHORIZER_CONFIGURATION_ERROR', 503, 'service-unavailable'],
    ['AUTHORIZER_FAILURE', 503, 'service-unavailable'],
    ['INTEGRATION_FAILURE', 503, 'service-unavailable'],
    ['INTEGRATION_TIMEOUT', 503, 'service-unavailable'],
  ] as const satisfies readonly (readonly [string, number, Reason])[];

  const responses = (): ReadonlyMap<unknown, Resource['Properties']> =>
    new Map(
      ofType(packaged.nothing, 'AWS::ApiGateway::GatewayResponse').map(([, { Properties }]) => [Properties['ResponseType'], Properties]),
    );

  test('are these and no other', () => {
    expect([...responses().keys()].toSorted()).toEqual(ROWS.map(([type]) => type).toSorted());
  });

  test.each(ROWS)('%s is %i %s', (type, http, reason) => {
    const { status, message, retryAfterSeconds }: Answer = ANSWERS[reason];
    expect(responses().get(type)).toEqual({
      RestApiId: { Ref: 'ApiGatewayRestApi' },
      ResponseType: type,
      StatusCode: String(http),
      ResponseParameters: {
        'gatewayresponse.header.Cache-Control': "'no-store'",
        ...(retryAfterSeconds === undefined ? {} : { 'gatewayresponse.header.Retry-After': `'${retryAfterSeconds}'` }),
      },
      ResponseTemplates: { 'application/json': JSON.stringify({ status, message, reason }) },
    });
  });
});

test('no 5xx of the gateway says when to try again: a function that was stopped may have sent the user’s bind', () => {
  const waits = ofType(packaged.nothing, 'AWS::ApiGateway::GatewayResponse')
    .filter(([, { Properties }]) => 'gatewayresponse.header.Retry-After' in Object(Properties['ResponseParameters']))
    .map(([, { Properties }]) => Properties['ResponseType']);
  expect(waits.toSorted()).toEqual(['QUOTA_EXCEEDED', 'THROTTLED']);
});

describe('the stage', () => {
  const stateOf = (made: Packaged): string => path.join(path.dirname(made.templateFile), 'serverless-state.json');

  // osls writes the stage's log settings by API calls after the deployment, from this state; they are not in the template.
  const restApiLogs = async (): Promise<Readonly<Record<string, unknown>>> => {
    const { default: state } = (await import(stateOf(packaged.nothing), { with: { type: 'json' } })) as {
      readonly default: {
        readonly service: { readonly provider: { readonly logs: { readonly restApi: Readonly<Record<string, unknown>> } } };
      };
    };
    return state.service.provider.logs.restApi;
  };

  test('logs no execution and no request', async () => {
    expect(await restApiLogs()).toMatchObject({
      executionLogging: false,
      fullExecutionData: false,
      accessLogging: true,
      roleManagedExternally: true,
    });
  });

  test('logs who called and what came of it, in JSON, and nothing that a caller can write', async () => {
    const format: unknown = JSON.parse(String((await restApiLogs())['format']));
    expect(Object.values(format as object).toSorted()).toEqual([
      '$context.error.responseType',
      '$context.extendedRequestId',
      '$context.httpMethod',
      '$context.identity.apiKeyId',
      '$context.identity.sourceIp',
      '$context.integration.latency',
      '$context.integration.status',
      '$context.requestId',
      '$context.requestTime',
      '$context.resourcePath',
      '$context.responseLatency',
      '$context.status',
    ]);
  });

  test('is throttled by a usage plan, without a quota', () => {
    expect(only(packaged.nothing, 'AWS::ApiGateway::UsagePlan').Properties).toMatchObject({ Throttle: { RateLimit: 50, BurstLimit: 100 } });
    expect(only(packaged.throttled, 'AWS::ApiGateway::UsagePlan').Properties).toMatchObject({
      Throttle: { RateLimit: 5, BurstLimit: 7 },
    });
    expect(only(packaged.nothing, 'AWS::ApiGateway::UsagePlan').Properties['Quota']).toBeUndefined();
  });

  test('has a key that API Gateway makes', () => {
    expect(only(packaged.throttled, 'AWS::ApiGateway::ApiKey').Properties).toMatchObject({ Name: 'ldap-auth-dev', Enabled: true });
    expect(only(packaged.throttled, 'AWS::ApiGateway::ApiKey').Properties['Value']).toBeUndefined();
  });
});
