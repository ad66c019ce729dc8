import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { VARIABLES } from '../../src/core/config.ts';
import type { Reason } from '../../src/core/outcome.ts';
import { type Answer, ANSWERS } from '../../src/http/response.ts';
import { findings, packageService, type Packaged, type Resource, runPackage, withFolder } from './packaged.ts';

const parameterOf = (variable: string): string => variable.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

const EVERY_VARIABLE = Object.keys(VARIABLES).map((variable) => [variable, `value of ${variable} `] as const);
const VPC = ['--param=subnetIds=subnet-0123456789abcdef0, subnet-0123456789abcdef1', '--param=securityGroupIds=sg-0123456789abcdef0'];
const OPTIONS = {
  nothing: [],
  'a VPC': VPC,
  tracing: ['--param=tracing=true'],
  'a region, throttling and retention': [
    '--region',
    'us-east-1',
    '--param=rateLimit=5',
    '--param=burstLimit=7',
    '--param=logRetentionInDays=365',
  ],
  everything: [
    ...['--stage', 'prod', ...VPC, '--param=tracing=true'],
    ...EVERY_VARIABLE.map(([variable, value]) => `--param=${parameterOf(variable)}=${value}`),
  ],
} as const satisfies Record<string, readonly string[]>;

type Options = keyof typeof OPTIONS;

const packaged = new Map<string, Packaged>();
let folder: string;

const get = (options: Options): Packaged => {
  const made = packaged.get(options);
  if (made === undefined) throw new Error(`${options}: not packaged`);
  return made;
};

const ofType = ({ template }: Packaged, type: string): readonly (readonly [string, Resource])[] =>
  Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);

const only = (made: Packaged, type: string): Resource => {
  const [found, ...others] = ofType(made, type);
  if (found === undefined || others.length > 0) throw new Error(`not exactly one ${type}`);
  return found[1];
};

const ids = (found: readonly (readonly [string, Resource])[]): readonly string[] => found.map(([id]) => id);

const variablesOf = (made: Packaged): unknown => only(made, 'AWS::Lambda::Function').Properties['Environment'];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'template-'));
  const runs = Object.entries(OPTIONS).map(async ([name, options]) =>
    packaged.set(name, await packageService(path.join(folder, name), options)),
  );
  await Promise.all(runs);
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(Object.keys(OPTIONS).map((name) => name as Options))('with %s', (options) => {
  test('AWS’s rules find no error and no warning', () => {
    expect(findings(get(options).templateFile)).toEqual([]);
  });

  test('every method asks for an API key and none for a schema', () => {
    const methods = ofType(get(options), 'AWS::ApiGateway::Method');
    expect(methods.map(([, { Properties }]) => [Properties['HttpMethod'], Properties['ApiKeyRequired']])).toEqual([['POST', true]]);
    expect(JSON.stringify(methods)).not.toMatch(/RequestModels|RequestValidatorId/);
  });

  test('the deployment comes after all gateway responses', () => {
    const { DependsOn } = only(get(options), 'AWS::ApiGateway::Deployment');
    expect(DependsOn).toEqual(expect.arrayContaining([...ids(ofType(get(options), 'AWS::ApiGateway::GatewayResponse'))]));
  });

  test('there are no custom resources', () => {
    const types = Object.values(get(options).template.Resources).map(({ Type }) => Type);
    expect(types.filter((type) => !type.startsWith('AWS::') || type === 'AWS::CloudFormation::CustomResource')).toEqual([]);
  });

  test('logs are kept for a limited time', () => {
    const groups = ofType(get(options), 'AWS::Logs::LogGroup');
    const days = options === 'a region, throttling and retention' ? 365 : 30;
    expect(groups.map(([, { Properties }]) => Properties['RetentionInDays'])).toEqual([days, days]);
  });
});

describe('the function', () => {
  test('is an arm64 Node 24 whose time ends between the longest deadline and the gateway’s', () => {
    expect(only(get('nothing'), 'AWS::Lambda::Function').Properties).toMatchObject({
      Handler: 'auth.handler',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Timeout: 27,
    });
  });

  test('has no variables, if none are set', () => {
    expect(variablesOf(get('nothing'))).toEqual({ Variables: {} });
  });

  test('gets every variable of the contract from its parameter, to the last blank', () => {
    expect(variablesOf(get('everything'))).toEqual({ Variables: Object.fromEntries(EVERY_VARIABLE) });
  });

  test('is in no VPC, or in the one that is given', () => {
    expect(only(get('nothing'), 'AWS::Lambda::Function').Properties['VpcConfig']).toBeUndefined();
    expect(only(get('a VPC'), 'AWS::Lambda::Function').Properties['VpcConfig']).toEqual({
      SubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
      SecurityGroupIds: ['sg-0123456789abcdef0'],
    });
  });
});

describe('its role', () => {
  type Statement = { readonly Effect: string; readonly Action: readonly string[]; readonly Resource: unknown };

  const statementsOf = (made: Packaged): readonly Statement[] => {
    const [policy] = only(made, 'AWS::IAM::Role').Properties['Policies'] as readonly [
      { PolicyDocument: { Statement: readonly Statement[] } },
    ];
    return policy.PolicyDocument.Statement;
  };

  const LOGS = {
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: { 'Fn::Sub': 'arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/ldap-auth-dev-auth:*' },
  };

  test('may write to its own log group and do nothing else', () => {
    expect(statementsOf(get('nothing'))).toEqual([LOGS]);
    expect(only(get('nothing'), 'AWS::IAM::Role').Properties['ManagedPolicyArns']).toBeUndefined();
  });

  test('may have network interfaces in a VPC, but the code in the function may not', () => {
    const [logs, allowed, denied, ...others] = statementsOf(get('a VPC'));
    expect([logs, others]).toEqual([LOGS, []]);
    expect(allowed).toMatchObject({ Effect: 'Allow', Resource: '*' });
    expect(denied).toMatchObject({ Effect: 'Deny', Action: allowed?.Action, Resource: '*' });
    expect(allowed?.Action.every((action) => action.startsWith('ec2:'))).toBe(true);
  });

  test('may send traces, if tracing is on', () => {
    expect(statementsOf(get('tracing'))).toEqual([
      LOGS,
      { Effect: 'Allow', Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], Resource: '*' },
    ]);
  });
});

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
      ofType(get('nothing'), 'AWS::ApiGateway::GatewayResponse').map(([, { Properties }]) => [Properties['ResponseType'], Properties]),
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

describe('the stage', () => {
  const stateOf = (made: Packaged): string => path.join(path.dirname(made.templateFile), 'serverless-state.json');

  // osls writes the stage's log settings by API calls after the deployment, from this state; they are not in the template.
  const restApiLogs = async (): Promise<Readonly<Record<string, unknown>>> => {
    const { default: state } = (await import(stateOf(get('nothing')), { with: { type: 'json' } })) as {
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
    expect(only(get('nothing'), 'AWS::ApiGateway::UsagePlan').Properties).toMatchObject({ Throttle: { RateLimit: 50, BurstLimit: 100 } });
    expect(only(get('a region, throttling and retention'), 'AWS::ApiGateway::UsagePlan').Properties).toMatchObject({
      Throttle: { RateLimit: 5, BurstLimit: 7 },
    });
    expect(only(get('nothing'), 'AWS::ApiGateway::UsagePlan').Properties['Quota']).toBeUndefined();
  });

  test('has a key that API Gateway makes', () => {
    expect(only(get('everything'), 'AWS::ApiGateway::ApiKey').Properties).toMatchObject({ Name: 'ldap-auth-prod', Enabled: true });
    expect(only(get('everything'), 'AWS::ApiGateway::ApiKey').Properties['Value']).toBeUndefined();
  });
});

test.each([
  ['a parameter that does not exist', ['--param=ldapUlr=ldaps://dc1.example.com'], 'no such parameter: ldapUlr'],
  ['subnets without security groups', ['--param=subnetIds=subnet-0123456789abcdef0'], 'subnetIds and securityGroupIds: both or neither'],
  ['the stage of npm start', ['--stage', 'local'], 'The stage "local" is for npm start.'],
])('%s is refused', async (_, options, complaint) => {
  await withFolder(async (copy) => {
    const { exitCode, output } = await runPackage(copy, options);
    expect(exitCode).toBe(1);
    expect(output).toContain(complaint);
  });
});
