import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { SETTINGS } from '../../src/config/settings.ts';
import { Authority } from '../../tools/demo-directory/certificates.ts';
import { findings, FUNCTIONS, ofType, only, packageTemplates, type Packaged, type Resource, resource } from './packaged.ts';

function parameterOf(variable: string): string {
  return variable.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

const VPC = ['--param=subnetIds=subnet-0123456789abcdef0, subnet-0123456789abcdef1', '--param=securityGroupIds=sg-0123456789abcdef0'];

const PEM = (await Authority.create('template test')).pem;

/** Blanks, quotes and line ends reach the functions as they are. */
const GIVEN = {
  LDAP_URL: 'ldaps://dc1.example.com ldaps://dc2.example.com',
  LDAP_STARTTLS: 'false',
  LDAP_ALLOW_PLAINTEXT: 'false',
  LDAP_TLS_CA: PEM,
  LDAP_TLS_SERVERNAME: 'directory.example.com',
  LDAP_TLS_MIN_VERSION: 'TLSv1.3',
  LDAP_TLS_CERT: PEM,
  LDAP_TLS_KEY_SECRET: 'ldap-auth/client-key',
  LDAP_DIRECTORY: 'active-directory',
  LDAP_BIND_DN: 'CN=svc-auth,DC=corp,DC=example,DC=com',
  LDAP_BIND_PASSWORD: '{{resolve:secretsmanager:ldap-auth/prod/bind-password}}',
  LDAP_BASE_DN: 'DC=corp,DC=example,DC=com',
  LDAP_USER_FILTER: '(sAMAccountName={username})',
  LDAP_USER_SCOPE: 'sub',
  LDAP_PASSWORD_POLICY: 'true',
  LDAP_NETBIOS_DOMAIN: 'CORP',
  LDAP_USERNAME_ATTRIBUTE: 'userPrincipalName',
  LDAP_USER_ATTRIBUTES: 'mail, displayName ',
  LDAP_REQUIRED_GROUPS: '["CN=staff,DC=corp,DC=example,DC=com"]',
  AUTH_APPLICATIONS: '{"wiki":["CN=wiki,DC=corp,DC=example,DC=com"]}',
  LDAP_RETURN_GROUPS: 'true',
  LDAP_GROUP_BASE_DN: 'OU=groups,DC=corp,DC=example,DC=com',
  LDAP_GROUP_LOOKUP: 'group',
  LDAP_NESTED_GROUPS: 'true',
  LDAP_CONNECT_TIMEOUT_MS: '1000',
  LDAP_DEADLINE_MS: '9000',
  AUTH_DISCLOSURE: 'uniform',
  AUTH_UNIFORM_FLOOR_MS: '700',
  AUTH_GATE_FAILURES: '4',
  AUTH_GATE_WINDOW_SECONDS: '3600',
  AUTH_GATE_TABLE: 'shared-gate',
  LOG_LEVEL: 'DEBUG',
} as const satisfies Partial<Record<keyof typeof SETTINGS, string>>;

/** One of each must do: they exclude others of the settings above. test/package/options.test.ts has them. */
const ELSEWHERE = [
  'LDAP_ANONYMOUS_SEARCH',
  'LDAP_BIND_PASSWORD_PARAMETER',
  'LDAP_BIND_PASSWORD_SECRET',
  'LDAP_TLS_CA_PARAMETER',
  'LDAP_TLS_KEY',
  'LDAP_USER_DN_TEMPLATE',
] as const satisfies readonly (keyof typeof SETTINGS)[];

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
  'every setting': [
    ...['--stage', 'prod', ...VPC, '--param=tracing=true'],
    ...Object.entries(GIVEN).map(([variable, value]) => `--param=${parameterOf(variable)}=${value}`),
  ],
} as const satisfies Record<string, readonly string[]>;

type Options = keyof typeof OPTIONS;

let folder: string;
let packaged: Readonly<Record<Options, Packaged>>;

function get(options: Options): Packaged {
  return packaged[options];
}

function ids(found: readonly (readonly [string, Resource])[]): readonly string[] {
  return found.map(([id]) => id);
}

function propertiesOf(made: Packaged, name: string): Resource['Properties'] {
  return resource(made, `${name.slice(0, 1).toUpperCase()}${name.slice(1)}LambdaFunction`).Properties;
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'template-'));
  packaged = await packageTemplates(folder, OPTIONS);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(Object.keys(OPTIONS).map((name) => name as Options))('with %s', (options) => {
  test('AWS’s rules find no error and no warning', () => {
    expect(findings(get(options).templateFile)).toEqual([]);
  });

  test('every method asks for an API key and none for a schema', () => {
    const methods = ofType(get(options), 'AWS::ApiGateway::Method');
    expect(
      methods.map(([, { Properties }]) => [Properties['HttpMethod'], Properties['ApiKeyRequired'], Properties['AuthorizationType']]),
    ).toEqual([
      ['POST', true, 'NONE'],
      ['GET', true, 'NONE'],
      ['POST', true, 'NONE'],
      ['GET', true, 'NONE'],
    ]);
    expect(
      ofType(get(options), 'AWS::ApiGateway::Resource')
        .map(([, { Properties }]) => Properties['PathPart'])
        .toSorted(),
    ).toEqual(['auth', '{application}']);
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
    expect(groups.map(([, { Properties }]) => Properties['RetentionInDays'])).toEqual([days, days, days, days]);
  });
});

test('every setting of the contract is tried here or in options.test.ts', () => {
  expect([...Object.keys(GIVEN), ...ELSEWHERE].toSorted()).toEqual(Object.keys(SETTINGS).toSorted());
});

describe.each(FUNCTIONS)('the function %s', (name) => {
  test('is an arm64 Node 24 whose time ends between the longest deadline and the gateway’s', () => {
    expect(propertiesOf(get('nothing'), name)).toMatchObject({
      Handler: `${name}.handler`,
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Timeout: 27,
    });
  });

  test('has no variables but the name of its metrics, if none are set', () => {
    expect(propertiesOf(get('nothing'), name)['Environment']).toEqual({ Variables: { POWERTOOLS_SERVICE_NAME: 'ldap-auth-dev' } });
  });

  test('gets every variable of the contract from its parameter, to the last blank', () => {
    const variables = { POWERTOOLS_SERVICE_NAME: 'ldap-auth-prod', ...GIVEN };
    expect(propertiesOf(get('every setting'), name)['Environment']).toEqual({ Variables: variables });
  });

  test('is in no VPC, or in the one that is given', () => {
    expect(propertiesOf(get('nothing'), name)['VpcConfig']).toBeUndefined();
    expect(propertiesOf(get('a VPC'), name)['VpcConfig']).toEqual({
      SubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
      SecurityGroupIds: ['sg-0123456789abcdef0'],
    });
  });

  test('is traced, if tracing is on', () => {
    expect(propertiesOf(get('nothing'), name)['TracingConfig']).toBeUndefined();
    expect(propertiesOf(get('tracing'), name)['TracingConfig']).toEqual({ Mode: 'Active' });
  });

  test('reserves no concurrency, which a new account could not give', () => {
    expect(propertiesOf(get('nothing'), name)['ReservedConcurrentExecutions']).toBeUndefined();
  });

  test('has a role and a zip of its own', () => {
    expect(JSON.stringify(propertiesOf(get('nothing'), name)['Role'])).toContain(
      `${name.slice(0, 1).toUpperCase()}${name.slice(1)}Role.Arn`,
    );
    expect(JSON.stringify(propertiesOf(get('nothing'), name)['Code'])).toContain(`/${name}.zip`);
  });
});

describe.each(FUNCTIONS)('the role of %s', (name) => {
  type Statement = { readonly Effect: string; readonly Action: readonly string[]; readonly Resource: unknown };

  const statementsOf = (made: Packaged): readonly Statement[] => {
    const [policy] = resource(made, roleId).Properties['Policies'] as readonly [{ PolicyDocument: { Statement: readonly Statement[] } }];
    return policy.PolicyDocument.Statement;
  };

  const roleId = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}Role`;

  const LOGS = {
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: {
      'Fn::Sub': 'arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/ldap-auth-dev-' + `${name}:*`,
    },
  };

  test('may write to its own log group and do nothing else', () => {
    expect(statementsOf(get('nothing'))).toEqual([LOGS]);
    expect(resource(get('nothing'), roleId).Properties['ManagedPolicyArns']).toBeUndefined();
    expect(resource(get('nothing'), roleId).Properties['PermissionsBoundary']).toBeUndefined();
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

describe('other stacks', () => {
  test('find these exports, of functions without a version', () => {
    const exported = Object.values(get('nothing').template.Outputs).flatMap(({ Value, Export }) =>
      Export?.Name.startsWith('ldap-auth-dev-') === true ? [[Export.Name, Value] as const] : [],
    );
    expect(Object.fromEntries(exported)).toEqual({
      'ldap-auth-dev-url': { 'Fn::Sub': 'https://${ApiGatewayRestApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/dev/auth' },
      'ldap-auth-dev-api-id': { Ref: 'ApiGatewayRestApi' },
      'ldap-auth-dev-api-key-id': { Ref: 'ApiGatewayApiKey1' },
      'ldap-auth-dev-auth-arn': { 'Fn::GetAtt': ['AuthLambdaFunction', 'Arn'] },
      'ldap-auth-dev-authorizer-arn': { 'Fn::GetAtt': ['AuthorizerLambdaFunction', 'Arn'] },
      'ldap-auth-dev-doctor-arn': { 'Fn::GetAtt': ['DoctorLambdaFunction', 'Arn'] },
    });
  });

  test('may ask the authorizer from their APIs in this account and region, and nobody else may', () => {
    const permissions = ofType(get('nothing'), 'AWS::Lambda::Permission').map(([, { Properties }]) => Properties);
    expect(permissions.filter(({ FunctionName }) => JSON.stringify(FunctionName).includes('AuthorizerLambdaFunction'))).toEqual([
      {
        FunctionName: { 'Fn::GetAtt': ['AuthorizerLambdaFunction', 'Arn'] },
        Action: 'lambda:InvokeFunction',
        Principal: 'apigateway.amazonaws.com',
        SourceArn: {
          'Fn::Sub': [
            'arn:${AWS::Partition}:execute-api:${AWS::Region}:${Account}:*/authorizers/*',
            { Account: { 'Fn::Select': [4, { 'Fn::Split': [':', { 'Fn::GetAtt': ['AuthLambdaFunction', 'Arn'] }] }] } },
          ],
        },
      },
    ]);
    expect(permissions).toHaveLength(2); // the other one is auth's, for the one API
  });
});

test('nothing is scheduled, nobody is told, and nothing stands before the API, unless it is asked for', () => {
  const types = new Set(Object.values(get('nothing').template.Resources).map(({ Type }) => Type));
  for (const type of ['Events::Rule', 'CloudWatch::Alarm', 'SNS::Topic', 'WAFv2::WebACL', 'ApiGateway::DomainName', 'Lambda::Alias'])
    expect(types).not.toContain(`AWS::${type}`);
  expect(get('nothing').template.Parameters).toEqual({});
});
