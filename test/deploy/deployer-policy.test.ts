import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { packageTemplates, type Packaged } from '../package/packaged.ts';
import { FIRST_DEPLOYMENT, INFO, LATER_DEPLOYMENT, REMOVE, TAGGED_DEPLOYMENT } from './scripts.ts';

// The policy for whoever deploys, held against what is needed: the calls that the CLI makes (deploy.test.ts proves that
// scripts.ts lists them all), and for each type of resource what CloudFormation calls with the deployer's rights.

type Statement = {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: { readonly StringEquals: Readonly<Record<string, string>> };
};

const TEXT = readFileSync(new URL('../../stack/deployer-policy.json', import.meta.url), 'utf8');
const POLICY = JSON.parse(TEXT) as { readonly Version: string; readonly Statement: readonly Statement[] };

function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.?+^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`).test(text);
}

/** What IAM says: whether a statement names the action and the resource, under a condition that holds. */
function allows(action: string, resource: string, keys: Readonly<Record<string, string>> = {}): boolean {
  return POLICY.Statement.some(
    (statement) =>
      [statement.Action].flat().includes(action) &&
      [statement.Resource].flat().some((pattern) => matches(pattern, resource)) &&
      Object.entries(statement.Condition?.StringEquals ?? {}).every(([key, value]) => keys[key] === value),
  );
}

const HERE = 'eu-central-1:123456789012';
const STACK = `arn:aws:cloudformation:${HERE}:stack/ldap-auth-prod/1`;
const BUCKET = 'arn:aws:s3:::ldap-auth-prod-serverlessdeploymentbucket-abc';
const FUNCTION = `arn:aws:lambda:${HERE}:function:ldap-auth-prod-auth`;
const ROLE = 'arn:aws:iam::123456789012:role/ldap-auth-prod-AuthRole-ABC';
const GATEWAY = 'arn:aws:apigateway:eu-central-1::';
const STAGE = `${GATEWAY}/restapis/abc/stages/prod`;
const WEB_ACL = `arn:aws:wafv2:${HERE}:regional/webacl/ldap-auth-prod/1`;
const ALL = '*';

type Need = readonly [action: string, resource: string];

function each(resource: string, service: string, ...actions: readonly string[]): readonly Need[] {
  return actions.map((action) => [`${service}:${action}`, resource]);
}

/** Calls whose action has another name than the call, or whose resource is not the stack. */
const CALLS: Readonly<Record<string, readonly Need[]>> = {
  'sts.GetCallerIdentity': [], // needs no permission, by AWS's documentation of the call
  'cloudformation.ValidateTemplate': [['cloudformation:ValidateTemplate', ALL]],
  's3.HeadBucket': [['s3:ListBucket', BUCKET]],
  's3.ListObjectsV2': [['s3:ListBucket', BUCKET]],
  's3.HeadObject': [['s3:GetObject', `${BUCKET}/serverless/auth.zip`]],
  's3.PutObject': [['s3:PutObject', `${BUCKET}/serverless/auth.zip`]],
  's3.DeleteObjects': [['s3:DeleteObject', `${BUCKET}/serverless/auth.zip`]],
  'lambda.GetFunction': [['lambda:GetFunction', FUNCTION]],
  'apigateway.GetRestApis': [['apigateway:GET', `${GATEWAY}/restapis`]],
  'apigateway.GetDeployments': [['apigateway:GET', `${GATEWAY}/restapis/abc/deployments`]],
  'apigateway.GetStage': [['apigateway:GET', STAGE]],
  'apigateway.UpdateStage': [['apigateway:PATCH', STAGE]],
  'apigateway.TagResource': [['apigateway:PUT', `${GATEWAY}/tags/arn%3Aaws%3Aapigateway`]],
  'apigateway.GetApiKey': [['apigateway:GET', `${GATEWAY}/apikeys/key1`]],
  'apigateway.GetUsagePlans': [['apigateway:GET', `${GATEWAY}/usageplans`]],
  'apigateway.UpdateUsagePlan': [['apigateway:PATCH', `${GATEWAY}/usageplans/plan1`]],
  'ecr.DescribeRepositories': [['ecr:DescribeRepositories', ALL]],
};

function needsOf(call: string): readonly Need[] {
  const [service = '', action = ''] = call.split('.');
  return CALLS[call] ?? (service === 'cloudformation' ? each(STACK, service, action) : [[`unknown call ${call}`, ALL]]);
}

function rest(resource: string): readonly Need[] {
  return [
    ...each(`${GATEWAY}${resource}`, 'apigateway', 'POST'),
    ...each(`${GATEWAY}${resource}/x`, 'apigateway', 'GET', 'PATCH', 'PUT', 'DELETE'),
  ];
}

/** For each type of resource that the stack can have: what making, changing and removing it takes, by AWS's documentation. */
const RESOURCES: Readonly<Record<string, readonly Need[]>> = {
  'AWS::ApiGateway::ApiKey': rest('/apikeys'),
  'AWS::ApiGateway::BasePathMapping': rest('/domainnames/x/basepathmappings'),
  'AWS::ApiGateway::Deployment': rest('/restapis/abc/deployments'),
  'AWS::ApiGateway::DomainName': [
    ...rest('/domainnames'),
    ...each(`${GATEWAY}/domainnames/x`, 'apigateway', 'AddCertificateToDomain', 'RemoveCertificateFromDomain'),
  ],
  'AWS::ApiGateway::GatewayResponse': rest('/restapis/abc/gatewayresponses'),
  'AWS::ApiGateway::Method': rest('/restapis/abc/resources/r/methods'),
  'AWS::ApiGateway::Resource': rest('/restapis/abc/resources'),
  'AWS::ApiGateway::RestApi': [...rest('/restapis'), ['apigateway:UpdateRestApiPolicy', `${GATEWAY}/restapis/abc`]],
  'AWS::ApiGateway::UsagePlan': rest('/usageplans'),
  'AWS::ApiGateway::UsagePlanKey': rest('/usageplans/plan1/keys'),
  'AWS::CloudWatch::Alarm': [
    ...each(`arn:aws:cloudwatch:${HERE}:alarm:ldap-auth-prod-api-5xx`, 'cloudwatch', 'PutMetricAlarm', 'DeleteAlarms', 'TagResource'),
    ['cloudwatch:DescribeAlarms', ALL],
  ],
  'AWS::CloudWatch::Dashboard': each(
    'arn:aws:cloudwatch::123456789012:dashboard/ldap-auth-prod',
    ...(['cloudwatch', 'PutDashboard', 'GetDashboard', 'DeleteDashboards'] as const),
  ),
  'AWS::DynamoDB::Table': [
    ...each(`arn:aws:dynamodb:${HERE}:table/ldap-auth-prod-gate`, 'dynamodb', 'CreateTable', 'DescribeTable', 'UpdateTable', 'DeleteTable'),
    ...each(`arn:aws:dynamodb:${HERE}:table/ldap-auth-prod-gate`, 'dynamodb', 'UpdateTimeToLive', 'DescribeTimeToLive', 'TagResource'),
  ],
  'AWS::Events::Rule': each(
    `arn:aws:events:${HERE}:rule/ldap-auth-prod-DoctorEventsRuleSchedule1-ABC`,
    ...(['events', 'PutRule', 'DescribeRule', 'PutTargets', 'RemoveTargets', 'DeleteRule'] as const),
  ),
  'AWS::IAM::Role': [
    ...each(ROLE, 'iam', 'CreateRole', 'GetRole', 'PutRolePolicy', 'GetRolePolicy', 'DeleteRolePolicy', 'DeleteRole', 'TagRole'),
    ...each(ROLE, 'iam', 'PutRolePermissionsBoundary', 'DeleteRolePermissionsBoundary', 'UpdateAssumeRolePolicy'),
  ],
  'AWS::Lambda::Alias': each(
    FUNCTION,
    'lambda',
    'CreateAlias',
    'GetAlias',
    'UpdateAlias',
    'DeleteAlias',
    'PutProvisionedConcurrencyConfig',
  ),
  'AWS::Lambda::EventInvokeConfig': each(
    FUNCTION,
    ...(['lambda', 'PutFunctionEventInvokeConfig', 'UpdateFunctionEventInvokeConfig', 'DeleteFunctionEventInvokeConfig'] as const),
  ),
  'AWS::Lambda::Function': [
    ...each(FUNCTION, 'lambda', 'CreateFunction', 'GetFunction', 'UpdateFunctionCode', 'UpdateFunctionConfiguration', 'DeleteFunction'),
    ...each(FUNCTION, 'lambda', 'PutFunctionConcurrency', 'DeleteFunctionConcurrency', 'TagResource'),
    ...each(ALL, 'ec2', 'DescribeSecurityGroups', 'DescribeSubnets', 'DescribeVpcs'), // of whoever puts a function into a VPC
    ['s3:GetObject', `${BUCKET}/serverless/auth.zip`],
  ],
  'AWS::Lambda::Permission': each(FUNCTION, 'lambda', 'AddPermission', 'RemovePermission', 'GetPolicy'),
  'AWS::Lambda::Version': each(FUNCTION, 'lambda', 'PublishVersion', 'ListVersionsByFunction'),
  'AWS::Logs::LogGroup': ['/aws/lambda/ldap-auth-prod-auth', '/aws/api-gateway/ldap-auth-prod'].flatMap((group) =>
    each(`arn:aws:logs:${HERE}:log-group:${group}`, 'logs', 'CreateLogGroup', 'PutRetentionPolicy', 'DeleteLogGroup', 'AssociateKmsKey'),
  ),
  'AWS::Route53::RecordSet': [
    ...each('arn:aws:route53:::hostedzone/Z1', 'route53', 'ChangeResourceRecordSets', 'GetHostedZone', 'ListResourceRecordSets'),
    ['route53:GetChange', 'arn:aws:route53:::change/C1'],
  ],
  'AWS::S3::Bucket': each(BUCKET, 's3', 'CreateBucket', 'PutEncryptionConfiguration', 'PutBucketPublicAccessBlock', 'DeleteBucket'),
  'AWS::S3::BucketPolicy': each(BUCKET, 's3', 'PutBucketPolicy', 'GetBucketPolicy', 'DeleteBucketPolicy'),
  'AWS::SNS::Topic': each(
    `arn:aws:sns:${HERE}:ldap-auth-prod-AlarmTopic-ABC`,
    ...(['sns', 'CreateTopic', 'GetTopicAttributes', 'Subscribe', 'Unsubscribe', 'DeleteTopic'] as const),
  ),
  'AWS::WAFv2::WebACL': each(WEB_ACL, 'wafv2', 'CreateWebACL', 'GetWebACL', 'UpdateWebACL', 'DeleteWebACL', 'TagResource'),
  'AWS::WAFv2::WebACLAssociation': [...each(WEB_ACL, 'wafv2', 'AssociateWebACL', 'DisassociateWebACL'), ['apigateway:SetWebACL', STAGE]],
};

const OPTIONS = {
  everything: [
    ...['--stage', 'prod', '--param=ldapUrl=ldaps://dc1.example.com', '--param=ldapUserDnTemplate={username}@corp.example.com'],
    ...['--param=subnetIds=subnet-0123456789abcdef0', '--param=securityGroupIds=sg-0123456789abcdef0', '--param=tags=team=identity'],
    ...['--param=reservedConcurrency=20', '--param=provisionedConcurrency=2', '--param=wafRateLimit=300', '--param=tracing=true'],
    ...['--param=domainName=login.corp.example.com', '--param=hostedZoneId=Z0123456789ABCDEFGHIJ'],
    '--param=certificateArn=arn:aws:acm:eu-central-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef',
    ...['--param=alarmEmail=operators@example.com', '--param=healthMinutes=5', '--param=authGateFailures=4', '--param=gateTable=true'],
  ],
} as const;

let folder: string;
let packaged: Packaged;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'deployer-'));
  packaged = (await packageTemplates(folder, OPTIONS)).everything;
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function missing(needs: readonly Need[]): readonly Need[] {
  return needs.filter(([action, resource]) => !allows(action, resource));
}

describe('whoever has the policy', () => {
  const calls = [FIRST_DEPLOYMENT, LATER_DEPLOYMENT, TAGGED_DEPLOYMENT, INFO, REMOVE].flatMap((script) => Object.keys(script));

  test.each([...new Set(calls)])('may call %s', (call) => {
    expect(missing(needsOf(call))).toEqual([]);
  });

  test.each(Object.entries(RESOURCES))('may have a %s made, changed and removed', (_, needs) => {
    expect(missing(needs)).toEqual([]);
  });

  test('may have everything that the stack can hold', () => {
    const types = new Set(Object.values(packaged.template.Resources).map(({ Type }) => Type));
    expect(types.size).toBeGreaterThan(20);
    expect([...types].filter((type) => !(type in RESOURCES))).toEqual([]);
  });

  test('may let Lambda, and no other service, take the functions’ roles', () => {
    expect(allows('iam:PassRole', ROLE, { 'iam:PassedToService': 'lambda.amazonaws.com' })).toBe(true);
    expect(allows('iam:PassRole', ROLE, { 'iam:PassedToService': 'ec2.amazonaws.com' })).toBe(false);
  });

  test('may run the doctor', () => {
    expect(allows('lambda:InvokeFunction', `arn:aws:lambda:${HERE}:function:ldap-auth-prod-doctor`)).toBe(true);
  });

  test.each([
    ['cloudformation:DeleteStack', `arn:aws:cloudformation:${HERE}:stack/payroll/1`],
    ['lambda:UpdateFunctionCode', `arn:aws:lambda:${HERE}:function:payroll`],
    ['iam:PutRolePolicy', 'arn:aws:iam::123456789012:role/administrators'],
    ['s3:GetObject', 'arn:aws:s3:::payroll/salaries.csv'],
    ['secretsmanager:GetSecretValue', `arn:aws:secretsmanager:${HERE}:secret:ldap-auth/prod/bind-password-Ab12Cd`],
    ['ssm:GetParameter', `arn:aws:ssm:${HERE}:parameter/ldap-auth/prod/bind-password`],
  ])('may not %s of %s', (action, resource) => {
    expect(allows(action, resource)).toBe(false);
  });
});

describe('the policy', () => {
  test('is short enough for a managed policy: 6,144 characters without blanks', () => {
    expect(JSON.stringify(POLICY).replaceAll(/\s/g, '').length).toBeLessThanOrEqual(6144);
  });

  test('names each action in full, allows only, and gives everything away for reading alone', () => {
    const actions = POLICY.Statement.flatMap(({ Action }) => [Action].flat());
    expect(actions.filter((action) => !/^[a-z0-9]+:[A-Za-z0-9]+$/.test(action))).toEqual([]);
    expect(POLICY.Statement.filter(({ Effect }) => Effect !== 'Allow')).toEqual([]);
    const anywhere = POLICY.Statement.filter(({ Resource }) => Resource === '*').flatMap(({ Action }) => [Action].flat());
    expect(anywhere.filter((action) => !/:(Describe|Validate)/.test(action))).toEqual([]);
  });
});
