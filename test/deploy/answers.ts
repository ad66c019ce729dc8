import type { Answer } from './recorder.ts';

// Fixed answers in AWS's own forms, with no more in them than the CLI reads.

export const ACCOUNT = '123456789012';
export const BUCKET = 'ldap-auth-deployments';
export const API_KEY = 'the-value-of-the-api-key-of-prod';
export const STACK = `arn:aws:cloudformation:eu-central-1:${ACCOUNT}:stack/ldap-auth-prod/1`;
export const API_ID = 'abcdef1234';

function xml(call: string, result: string): Answer {
  return { status: 200, body: `<${call}Response><${call}Result>${result}</${call}Result></${call}Response>`, headers: XML };
}

function json(value: unknown): Answer {
  return { status: 200, body: JSON.stringify(value), headers: JSON_TYPE };
}

const XML = { 'content-type': 'text/xml' };
const JSON_TYPE = { 'content-type': 'application/json' };

function refused(code: string, message: string): Answer {
  return {
    status: 400,
    body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
    headers: XML,
  };
}

export const caller = xml('GetCallerIdentity', `<Arn>arn:aws:iam::${ACCOUNT}:user/x</Arn><UserId>x</UserId><Account>${ACCOUNT}</Account>`);

export const noStack = refused('ValidationError', 'Stack with id ldap-auth-prod does not exist');

const OUTPUTS = {
  ServiceEndpoint: `https://${API_ID}.execute-api.eu-central-1.amazonaws.com/prod`,
  ServerlessDeploymentBucketName: BUCKET,
};

const outputs = Object.entries(OUTPUTS).map(
  ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
);

export const stack = xml(
  'DescribeStacks',
  `<Stacks><member><StackId>${STACK}</StackId><StackName>ldap-auth-prod</StackName><StackStatus>UPDATE_COMPLETE</StackStatus>` +
    `<CreationTime>2026-01-01T00:00:00Z</CreationTime><Outputs>${outputs.join('')}</Outputs></member></Stacks>`,
);

export const changeSetMade = xml('CreateChangeSet', `<Id>arn:aws:cloudformation:change-set/1</Id><StackId>${STACK}</StackId>`);

export const changeSetReady = xml('DescribeChangeSet', `<Status>CREATE_COMPLETE</Status><StackId>${STACK}</StackId>`);

export function done(call: string): Answer {
  return xml(call, '');
}

/** All events of an operation that is over, the newest first, as CloudFormation lists them. */
export function events(action: 'CREATE' | 'UPDATE' | 'DELETE'): Answer {
  const members = ['COMPLETE', 'IN_PROGRESS'].map(
    (state) =>
      `<member><EventId>${action}-${state}</EventId><StackId>${STACK}</StackId><StackName>ldap-auth-prod</StackName>` +
      `<LogicalResourceId>ldap-auth-prod</LogicalResourceId><ResourceType>AWS::CloudFormation::Stack</ResourceType>` +
      `<ResourceStatus>${action}_${state}</ResourceStatus><Timestamp>2026-01-01T00:00:00Z</Timestamp></member>`,
  );
  return xml('DescribeStackEvents', `<StackEvents>${members.join('')}</StackEvents>`);
}

export function stackResource(id: string): Answer {
  return xml(
    'DescribeStackResource',
    `<StackResourceDetail><PhysicalResourceId>${id}</PhysicalResourceId><ResourceStatus>CREATE_COMPLETE</ResourceStatus></StackResourceDetail>`,
  );
}

const apiKey = `<member><LogicalResourceId>ApiGatewayApiKey1</LogicalResourceId><PhysicalResourceId>key1</PhysicalResourceId><ResourceType>AWS::ApiGateway::ApiKey</ResourceType></member>`;

export const stackResources = xml('DescribeStackResources', `<StackResources>${apiKey}</StackResources>`);

export const stackResourceList = xml('ListStackResources', `<StackResourceSummaries>${apiKey}</StackResourceSummaries>`);

export const noObjects: Answer = { status: 200, body: '<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>', headers: XML };

/** What an earlier deployment left in the bucket. */
export const EARLIER = 'serverless/ldap-auth/prod/1700000000000-2023-11-14T22:13:20.000Z';

export const objects: Answer = {
  status: 200,
  body: `<ListBucketResult><KeyCount>1</KeyCount><Contents><Key>${EARLIER}/auth.zip</Key><LastModified>2023-11-14T22:13:20.000Z</LastModified></Contents></ListBucketResult>`,
  headers: XML,
};

export const object: Answer = { status: 200, body: '', headers: { 'x-amz-meta-filesha256': 'another' } };

export const stored: Answer = { status: 200, body: '', headers: { etag: '"1"' } };

export const ok: Answer = { status: 200, body: '' };

export const deleted: Answer = { status: 200, body: '<DeleteResult/>', headers: XML };

export const noFunction: Answer = {
  status: 404,
  body: '{"Message":"Function not found"}',
  headers: { ...JSON_TYPE, 'x-amzn-errortype': 'ResourceNotFoundException' },
};

export const lambdaFunction = json({ Configuration: { LastModified: '2024-01-01T00:00:00.000+0000' } });

/** What the deployed doctor returns. */
export const report = json({ ok: true, version: '1.0.0', checks: [{ id: 'tls', title: 'TLS', status: 'pass', ms: 3 }] });

export const restApis = json({ item: [{ id: API_ID, name: 'prod-ldap-auth' }] });

export const deployments = json({ item: [{ id: 'deployment1' }] });

export const stage = json({ stageName: 'prod', deploymentId: 'deployment1' });

/** What API Gateway says where nobody has made the account's log role: docs/deploy.md, step 5. */
export const NO_LOG_ROLE = 'CloudWatch Logs role ARN must be set in account settings to enable logging';

export const noLogRole: Answer = {
  status: 400,
  body: JSON.stringify({ message: NO_LOG_ROLE }),
  headers: { ...JSON_TYPE, 'x-amzn-errortype': 'BadRequestException' },
};

export const tagged: Answer = { status: 204, body: '' };

/** osls asks for the value as well: it is on the wire from AWS to the CLI, and must go no further. */
export const key = json({ id: 'key1', name: 'ldap-auth-prod', value: API_KEY });

export const usagePlans = json({ item: [{ id: 'plan1', apiStages: [{ apiId: API_ID, stage: 'prod' }] }] });

export const noRepository: Answer = {
  status: 400,
  body: '{"__type":"RepositoryNotFoundException","message":"no"}',
  headers: { 'content-type': 'application/x-amz-json-1.1' },
};
