import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { Authority } from '../../tools/demo-directory/certificates.ts';
import { findings, FUNCTIONS, ofType, only, packageTemplates, type Packaged, type Resource, resource } from './packaged.ts';

const DIRECTORY = ['ldapUrl=ldaps://dc1.example.com', 'ldapBindDn=cn=service', 'ldapBaseDn=dc=example,dc=com'];
const KEY = 'arn:aws:kms:eu-central-1:210987654321:key/01234567-89ab-cdef-0123-456789abcdef';
const CERTIFICATE = '01234567-89ab-cdef-0123-456789abcdef';
const TOPIC = 'arn:aws:sns:eu-central-1:123456789012:operators';
const BOUNDARY = 'arn:aws:iam::123456789012:policy/developers';
const SECRET = 'arn:aws:secretsmanager:eu-central-1:210987654321:secret:ldap-auth/bind-Ab12Cd';

const DOMAIN = ['domainName=login.corp.example.com', `certificateArn=arn:aws:acm:eu-central-1:123456789012:certificate/${CERTIFICATE}`];
const VPC = ['subnetIds=subnet-0123456789abcdef0,subnet-0123456789abcdef1', 'securityGroupIds=sg-0123456789abcdef0'];
const PRIVATE = ['access=private', 'vpcEndpointIds=vpce-0123456789abcdef0,vpce-0123456789abcdef1'];
const CAPACITY = ['reservedConcurrency=20', 'authorizerReservedConcurrency=5', 'provisionedConcurrency=2'];
const GIVEN = [`permissionsBoundary=${BOUNDARY}`, `logKmsKeyArn=${KEY}`, 'tags=team=identity,cost-center=42'];
const CLIENT = [`ldapTlsCert=${(await Authority.create('client')).pem}`, 'ldapTlsKeySecret=ldap-auth/client-key'];
const STORED = [...DIRECTORY, 'ldapBindPasswordParameter=/ldap-auth/bind-password', ...CLIENT, `secretKmsKeyArn=${KEY}`];

const OPTIONS = {
  iam: ['access=iam'],
  'iam, from some addresses': ['access=iam', 'sourceAddresses=192.0.2.0/24, 2001:db8::/32'],
  'a key, from some addresses': ['sourceAddresses=192.0.2.7'],
  private: [...PRIVATE, ...VPC],
  'a domain': DOMAIN,
  'capacity, no dashboard': [...CAPACITY, 'dashboard=false'],
  'no service account': [...DIRECTORY.filter((option) => !option.startsWith('ldapBindDn=')), 'ldapAnonymousSearch=true'],
  'stored secrets': STORED,
  'a firewall, what is given, secrets by ARN': [
    'wafRateLimit=300',
    ...GIVEN,
    ...DIRECTORY,
    `ldapBindPasswordSecret=${SECRET}`,
    'ldapTlsCaParameter=arn:aws:ssm:eu-central-1:210987654321:parameter/ca',
    `secretKmsKeyArn=${KEY}`,
  ],
  'everything, with a key': [
    ...[...VPC, ...CAPACITY, ...GIVEN, ...STORED, ...DOMAIN, 'hostedZoneId=Z0123456789ABCDEFGHIJ', 'tracing=true', 'wafRateLimit=300'],
    ...['sourceAddresses=192.0.2.0/24', 'rateLimit=5', 'burstLimit=9', 'alarmEmail=operators@example.com', 'healthMinutes=5'],
  ],
  'everything, private': [
    ...[...PRIVATE, ...VPC, ...CAPACITY, ...GIVEN, ...STORED, 'tracing=true', 'wafRateLimit=300', 'sourceAddresses=10.0.0.0/8'],
    ...[`alarmTopicArn=${TOPIC}`, 'healthMinutes=60', 'logRetentionInDays=400'],
  ],
} as const satisfies Record<string, readonly string[]>;

type Options = keyof typeof OPTIONS;

let folder: string;
let packaged: Readonly<Record<Options, Packaged>>;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'options-'));
  const rows = Object.entries(OPTIONS).map(([name, options]) => [name, options.map((option) => `--param=${option}`)]);
  packaged = await packageTemplates(folder, Object.fromEntries(rows) as Record<Options, readonly string[]>);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function properties(options: Options, id: string): Resource['Properties'] {
  return resource(packaged[options], id).Properties;
}

function idsOf(options: Options, type: string): readonly string[] {
  return ofType(packaged[options], type).map(([id]) => id);
}

test.each(Object.keys(OPTIONS).map((name) => name as Options))('with %s AWS’s rules find no error and no warning', (options) => {
  expect(findings(packaged[options].templateFile)).toEqual([]);
});

describe('who may call', () => {
  const methods = (options: Options): readonly unknown[] =>
    ofType(packaged[options], 'AWS::ApiGateway::Method').map(([, { Properties }]) => [
      Properties['HttpMethod'],
      Properties['AuthorizationType'],
      Properties['ApiKeyRequired'],
    ]);

  const policy = (options: Options): unknown => {
    const { Policy } = properties(options, 'ApiGatewayRestApi');
    return typeof Policy === 'object' ? (Policy as { readonly Statement: unknown }).Statement : Policy;
  };

  const invoke = (rest: object): object => ({ Principal: '*', Action: ['execute-api:Invoke'], Resource: 'execute-api:/*', ...rest });

  test('iam: signed requests, no key, no plan', () => {
    expect(methods('iam')).toEqual([
      ['POST', 'AWS_IAM', false],
      ['GET', 'AWS_IAM', false],
      ['POST', 'AWS_IAM', false], // /auth/{application}
      ['GET', 'AWS_IAM', false],
    ]);
    for (const type of ['ApiKey', 'UsagePlan', 'UsagePlanKey']) expect(idsOf('iam', `AWS::ApiGateway::${type}`)).toEqual([]);
    expect(policy('iam')).toBe('');
  });

  test('iam, from some addresses: a Deny alone, since an Allow would be enough for everybody by itself', () => {
    const Condition = { NotIpAddress: { 'aws:SourceIp': ['192.0.2.0/24', '2001:db8::/32'] } };
    expect(policy('iam, from some addresses')).toEqual([invoke({ Effect: 'Deny', Condition })]);
  });

  test('a key, from some addresses', () => {
    const Condition = { NotIpAddress: { 'aws:SourceIp': ['192.0.2.7'] } };
    expect(policy('a key, from some addresses')).toEqual([invoke({ Effect: 'Allow' }), invoke({ Effect: 'Deny', Condition })]);
    expect(methods('a key, from some addresses')).toContainEqual(['POST', 'NONE', true]);
  });

  test('private: through these endpoints, with a key', () => {
    const endpoints = ['vpce-0123456789abcdef0', 'vpce-0123456789abcdef1'];
    expect(properties('private', 'ApiGatewayRestApi')['EndpointConfiguration']).toEqual({ Types: ['PRIVATE'], VpcEndpointIds: endpoints });
    expect(policy('private')).toEqual([
      invoke({ Effect: 'Allow' }),
      invoke({ Effect: 'Deny', Condition: { StringNotEquals: { 'aws:SourceVpce': endpoints } } }),
    ]);
    expect(methods('private')).toContainEqual(['GET', 'NONE', true]);
  });

  test('private, from some addresses: those inside of the VPC', () => {
    expect(policy('everything, private')).toContainEqual(
      invoke({ Effect: 'Deny', Condition: { NotIpAddress: { 'aws:VpcSourceIp': ['10.0.0.0/8'] } } }),
    );
  });

  test('a firewall that counts by address, keeps no sample of a request, and is told as throttling', () => {
    const acl = only(packaged['a firewall, what is given, secrets by ARN'], 'AWS::WAFv2::WebACL').Properties;
    expect(acl).toMatchObject({ Scope: 'REGIONAL', DefaultAction: { Allow: {} } });
    expect(acl['Rules']).toMatchObject([
      { Action: { Block: {} }, Statement: { RateBasedStatement: { AggregateKeyType: 'IP', Limit: 300, EvaluationWindowSec: 300 } } },
    ]);
    expect(JSON.stringify(acl)).not.toContain('"SampledRequestsEnabled":true');
    expect(properties('a firewall, what is given, secrets by ARN', 'GatewayResponseWafFiltered')).toMatchObject({
      StatusCode: '429',
      ResponseTemplates: { 'application/json': '{"status":6,"message":"too many attempts","reason":"throttled"}' },
    });
  });

  test('a domain, whose name is in the URL that others import', () => {
    expect(properties('a domain', 'Domain')).toMatchObject({ DomainName: 'login.corp.example.com', SecurityPolicy: 'TLS_1_2' });
    expect(JSON.stringify(properties('a domain', 'Domain')['RegionalCertificateArn'])).toContain(`:certificate/${CERTIFICATE}`);
    expect(packaged['a domain'].template.Outputs['AuthUrl']?.Value).toEqual({ 'Fn::Sub': 'https://login.corp.example.com/auth' });
    expect(idsOf('a domain', 'AWS::Route53::RecordSet')).toEqual([]);
    expect(properties('everything, with a key', 'DomainRecord')).toMatchObject({ HostedZoneId: 'Z0123456789ABCDEFGHIJ' });
  });

  test('what is put on the stage waits for the deployment that makes it, and that for every gateway response', () => {
    const made = packaged['everything, with a key'];
    const [deployment] = idsOf('everything, with a key', 'AWS::ApiGateway::Deployment');
    for (const id of ['DomainMapping', 'WebAclAssociation']) expect(resource(made, id).DependsOn).toEqual([deployment]);
    expect(resource(made, deployment ?? '').DependsOn).toEqual(
      expect.arrayContaining([...idsOf('everything, with a key', 'AWS::ApiGateway::GatewayResponse')]),
    );
  });
});

describe('capacity', () => {
  test('is reserved for each function by itself, and never for the doctor', () => {
    const reserved = ['Auth', 'Authorizer', 'Doctor'].map(
      (name) => properties('capacity, no dashboard', `${name}LambdaFunction`)['ReservedConcurrentExecutions'],
    );
    expect(reserved).toEqual([20, 5, undefined]);
  });

  test('is provisioned on an alias, which the API calls and may call; no other stack can depend on its version', () => {
    const made = packaged['capacity, no dashboard'];
    expect(only(made, 'AWS::Lambda::Alias').Properties).toMatchObject({
      Name: 'provisioned',
      ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 },
    });
    for (const [, { Properties }] of ofType(made, 'AWS::ApiGateway::Method'))
      expect(JSON.stringify(Properties['Integration'])).toContain('":","provisioned","/invocations"');
    expect(JSON.stringify(properties('capacity, no dashboard', 'AuthLambdaPermissionApiGateway')['FunctionName'])).toContain('provisioned');
    expect(Object.keys(made.template.Outputs).filter((id) => id.includes('Qualified'))).toEqual([]);
  });
});

describe('each role', () => {
  const statements = (options: Options, name: string): readonly object[] => {
    const id = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}Role`;
    const [policy] = properties(options, id)['Policies'] as readonly [{ PolicyDocument: { Statement: readonly object[] } }];
    return policy.PolicyDocument.Statement.slice(1); // the first one is its logs
  };

  const inThisAccount = (rest: string): object => ({ 'Fn::Sub': 'arn:${AWS::Partition}:' + rest });
  const decrypt = (...services: readonly string[]): object => ({
    Effect: 'Allow',
    Action: ['kms:Decrypt'],
    Resource: { Ref: 'KmsKeyOfStores' },
    Condition: {
      StringEquals: { 'kms:ViaService': services.map((name) => ({ 'Fn::Sub': `${name}.\${AWS::Region}.\${AWS::URLSuffix}` })) },
    },
  });

  test.each(FUNCTIONS)('%s may read the secrets that are configured, and use their key for that alone', (name) => {
    expect(statements('stored secrets', name)).toEqual([
      {
        Effect: 'Allow',
        Action: ['ssm:GetParameter'],
        Resource: inThisAccount('ssm:${AWS::Region}:${AWS::AccountId}:parameter/ldap-auth/bind-password'),
      },
      {
        Effect: 'Allow',
        Action: ['secretsmanager:GetSecretValue'],
        Resource: inThisAccount('secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:ldap-auth/client-key-??????'),
      },
      decrypt('ssm', 'secretsmanager'),
    ]);
  });

  test.each(FUNCTIONS)('%s may read secrets given by ARN', (name) => {
    const options = 'a firewall, what is given, secrets by ARN';
    expect(statements(options, name)).toEqual([
      { Effect: 'Allow', Action: ['secretsmanager:GetSecretValue'], Resource: { Ref: 'StoreOfBind' } },
      { Effect: 'Allow', Action: ['ssm:GetParameter'], Resource: { Ref: 'StoreOfAuthority' } },
      decrypt('secretsmanager', 'ssm'),
    ]);
    expect(packaged[options].template.Parameters?.['StoreOfBind']).toEqual({ Type: 'String', Default: SECRET });
  });

  test.each(['Auth', 'Authorizer', 'Doctor'])('%s has the boundary that is given', (name) => {
    const options = 'a firewall, what is given, secrets by ARN';
    expect(properties(options, `${name}Role`)['PermissionsBoundary']).toEqual({ Ref: 'PermissionsBoundary' });
    expect(packaged[options].template.Parameters?.['PermissionsBoundary']?.Default).toBe(BOUNDARY);
  });
});

test('every log group is encrypted with the key that is given', () => {
  const options = 'a firewall, what is given, secrets by ARN';
  const groups = ofType(packaged[options], 'AWS::Logs::LogGroup').map(([, { Properties }]) => Properties['KmsKeyId']);
  expect(groups).toEqual(Array.from({ length: FUNCTIONS.length + 1 }, () => ({ Ref: 'KmsKeyOfLogs' })));
  expect(packaged[options].template.Parameters?.['KmsKeyOfLogs']?.Default).toBe(KEY);
});

test('tags are the stack’s, which hands them on', async () => {
  const file = path.join(path.dirname(packaged['everything, private'].templateFile), 'serverless-state.json');
  const { default: state } = (await import(file, { with: { type: 'json' } })) as {
    readonly default: { readonly service: { readonly provider: { readonly stackTags: unknown } } };
  };
  expect(state.service.provider.stackTags).toEqual({ team: 'identity', 'cost-center': '42' });
});
