import { STORED_VARIABLES, type Values, type Variables } from './parameters.ts';
import { type Context, functionsOf, parameterOf, prefixOf, settingsOf, vpc } from './settings.ts';

// One role for each function, with what that function needs: its own log streams, the secrets that are configured and, in a
// VPC, its network interfaces. (osls's shared role may write to the logs of every stack whose name starts alike, and gets a
// managed policy with all log groups.)

/** The account of the stack, as one of its resources knows it: AWS's rules want no account id in a template. */
const ACCOUNT = { 'Fn::Select': [4, { 'Fn::Split': [':', { 'Fn::GetAtt': ['AuthLambdaFunction', 'Arn'] }] }] };

/** Something in the account and region of the stack. (The rules take a pseudo parameter in an ARN for a fixed one.) */
export function arnHere(service: string, resource: string): object {
  return { 'Fn::Sub': [`arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${Account}:${resource}`, { Account: ACCOUNT }] };
}

// What may be given as a whole ARN, of this account or another one, and the template's parameter for it. (The rules take
// whatever has "secret" or "password" in its name for one.)
const PARAMETER_OF = {
  permissionsBoundary: 'PermissionsBoundary',
  secretKmsKeyArn: 'KmsKeyOfStores',
  logKmsKeyArn: 'KmsKeyOfLogs',
  LDAP_BIND_PASSWORD_PARAMETER: 'StoreOfBind',
  LDAP_BIND_PASSWORD_SECRET: 'StoreOfBind',
  LDAP_TLS_CA_PARAMETER: 'StoreOfAuthority',
  LDAP_TLS_KEY_SECRET: 'StoreOfClientKey',
} as const;

/** A reference to one of them; null where it is not given. */
export function givenArn(values: Values, name: 'permissionsBoundary' | 'secretKmsKeyArn' | 'logKmsKeyArn'): object | null {
  return values[name] === null ? null : { Ref: PARAMETER_OF[name] };
}

/** Those parameters of the template. They have their values as defaults, so that the template can be deployed by itself. */
export async function arns(context: Context): Promise<object> {
  const { values, variables } = await settingsOf(context);
  const given: Readonly<Record<string, unknown>> = { ...values, ...variables };
  const found = Object.entries(PARAMETER_OF).flatMap(([name, parameter]) => {
    const value = given[name];
    return typeof value === 'string' && value.startsWith('arn:') ? [[parameter, { Type: 'String', Default: value }] as const] : [];
  });
  return Object.fromEntries(found);
}

// What a function may read: the secrets that are configured, each by its own ARN, and nothing beside them. A name with a
// wildcard in it would open others, so it is refused, like everything that AWS would not take as a name.

type Store = {
  readonly service: string;
  readonly action: string;
  readonly patterns: readonly RegExp[];
  readonly expected: string;
  readonly resourceOf: (name: string) => string;
};

const PARAMETER: Store = {
  service: 'ssm',
  action: 'ssm:GetParameter',
  patterns: [/^(\/?[\w.-]+)(\/[\w.-]+)*$/, /^arn:aws[a-z-]*:ssm:[a-z0-9-]+:\d{12}:parameter(\/[\w.-]+)+$/],
  expected: 'the name of an SSM parameter like /ldap-auth/prod/bind-password, or its ARN',
  resourceOf: (name) => `parameter/${name.replace(/^\//, '')}`,
};

const SECRET: Store = {
  service: 'secretsmanager',
  action: 'secretsmanager:GetSecretValue',
  patterns: [/^[\w/+=.@-]{1,512}$/, /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-\w{6}$/],
  expected: 'the name of a Secrets Manager secret like ldap-auth/prod/bind-password, or its whole ARN with the six characters at the end',
  resourceOf: (name) => `secret:${name}-??????`, // Secrets Manager appends six characters; AWS recommends these wildcards for them
};

const STORE_OF: Readonly<Record<(typeof STORED_VARIABLES)[number], Store>> = {
  LDAP_BIND_PASSWORD_PARAMETER: PARAMETER,
  LDAP_BIND_PASSWORD_SECRET: SECRET,
  LDAP_TLS_CA_PARAMETER: PARAMETER,
  LDAP_TLS_KEY_SECRET: SECRET,
};

type Used = { readonly variable: (typeof STORED_VARIABLES)[number]; readonly store: Store; readonly name: string };

function used(variables: Variables): readonly Used[] {
  return STORED_VARIABLES.flatMap((variable) => {
    const name = variables[variable];
    return name === undefined ? [] : [{ variable, store: STORE_OF[variable], name }];
  });
}

/** Names of secrets that AWS would not take, or that would open others. */
export function secretProblems(variables: Variables): readonly string[] {
  return used(variables)
    .filter(({ store, name }) => !store.patterns.some((pattern) => pattern.test(name)))
    .map(({ variable, store }) => `${parameterOf(variable)}: ${store.expected}`);
}

function arnOf({ variable, store, name }: Used): object {
  if (name.startsWith('arn:')) return { Ref: PARAMETER_OF[variable] };
  return { 'Fn::Sub': `arn:\${AWS::Partition}:${store.service}:\${AWS::Region}:\${AWS::AccountId}:${store.resourceOf(name)}` };
}

type Statement = {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: unknown;
  readonly Condition?: object;
};

function allow(Action: readonly string[], Resource: unknown): Statement {
  return { Effect: 'Allow', Action, Resource };
}

/** Through the stores alone that are in use: the role cannot decrypt anything with the key by itself. */
function decrypt(keyArn: object, services: readonly string[]): Statement {
  const viaServices = services.map((service) => ({ 'Fn::Sub': `${service}.\${AWS::Region}.\${AWS::URLSuffix}` }));
  return { ...allow(['kms:Decrypt'], keyArn), Condition: { StringEquals: { 'kms:ViaService': viaServices } } };
}

/** A GetParameter or GetSecretValue for each secret. Without a key of one's own AWS's keys need no statement. */
function secretStatements(variables: Variables, keyArn: object | null): readonly Statement[] {
  const secrets = used(variables);
  const statements = secrets.map((secret) => allow([secret.store.action], arnOf(secret)));
  const services = [...new Set(secrets.map(({ store }) => store.service))];
  return keyArn === null || services.length === 0 ? statements : [...statements, decrypt(keyArn, services)];
}

/** The table of the stack, or the one that is named. The doctor only looks at it. */
function gateStatements(functionName: string, { gateTable }: Values, { AUTH_GATE_TABLE: table }: Variables): readonly Statement[] {
  if (table === undefined) return [];
  const actions = ['dynamodb:GetItem', ...(functionName === 'doctor' ? [] : ['dynamodb:UpdateItem'])];
  const named = { 'Fn::Sub': `arn:\${AWS::Partition}:dynamodb:\${AWS::Region}:\${AWS::AccountId}:table/${table}` };
  return [allow(actions, gateTable ? { 'Fn::GetAtt': ['GateTable', 'Arn'] } : named)];
}

function logs(functionName: string): Statement {
  return allow(['logs:CreateLogStream', 'logs:PutLogEvents'], {
    'Fn::Sub': `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/${functionName}:*`,
  });
}

const ENI_ACTIONS = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/** AWS accepts no narrower resource here. Lambda itself needs the actions, the code in the function never does: it is denied them. */
function networkInterfaces(functionName: string): readonly Statement[] {
  const arn = `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:${functionName}`;
  const Condition = { ArnEquals: { 'lambda:SourceFunctionArn': { 'Fn::Sub': arn } } };
  return [allow(ENI_ACTIONS, '*'), { Effect: 'Deny', Action: ENI_ACTIONS, Resource: '*', Condition }];
}

/** X-Ray knows no resources either. */
const TRACES = allow(['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], '*');

function roleOf(statements: readonly Statement[], boundary: object | null): object {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: ['lambda.amazonaws.com'] }, Action: ['sts:AssumeRole'] }],
      },
      Policies: [{ PolicyName: 'least-privilege', PolicyDocument: { Version: '2012-10-17', Statement: statements } }],
      ...(boundary === null ? {} : { PermissionsBoundary: boundary }),
    },
  };
}

/** How osls begins the logical ids of what belongs to a function. */
export function logicalId(functionName: string): string {
  return `${functionName.slice(0, 1).toUpperCase()}${functionName.slice(1)}`;
}

export async function roles(context: Context): Promise<object> {
  const { values, variables } = await settingsOf(context);
  const [prefix, functions, inVpc] = await Promise.all([prefixOf(context), functionsOf(context), vpc(context)]);
  const secrets = secretStatements(variables, givenArn(values, 'secretKmsKeyArn'));
  const boundary = givenArn(values, 'permissionsBoundary');
  const made = functions.map((name) => {
    const deployed = `${prefix}-${name}`;
    const network = inVpc === null ? [] : networkInterfaces(deployed);
    const gate = gateStatements(name, values, variables);
    const statements = [logs(deployed), ...secrets, ...gate, ...network, ...(values.tracing ? [TRACES] : [])];
    return [`${logicalId(name)}Role`, roleOf(statements, boundary)] as const;
  });
  return { Resources: Object.fromEntries(made) };
}
