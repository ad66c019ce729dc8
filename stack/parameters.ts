import { integer, arn, choice, flag, isAddressRange, type Kind, list, listOf, matching, retention, tags } from './parameter-kinds.ts';

const ACCOUNT = '\\d{12}';
const REGION = '[a-z0-9-]+';

/** Every stage parameter but those that are variables of the functions. docs/deploy.md tells each with its default. */
export const PARAMETERS = {
  // Where the functions run
  subnetIds: listOf(/^subnet-[0-9a-f]+$/, 'ids of subnets like subnet-0123456789abcdef0'),
  securityGroupIds: listOf(/^sg-[0-9a-f]+$/, 'ids of security groups like sg-0123456789abcdef0'),
  reservedConcurrency: integer({ min: 1, max: 100_000 }, null),
  authorizerReservedConcurrency: integer({ min: 1, max: 100_000 }, null),
  provisionedConcurrency: integer({ min: 1, max: 100_000 }, null),

  // Who may call
  access: choice('api-key', 'iam', 'private'),
  vpcEndpointIds: listOf(/^vpce-[0-9a-f]+$/, 'ids of VPC endpoints for execute-api like vpce-0123456789abcdef0'),
  sourceAddresses: list(isAddressRange, 'addresses or ranges like 192.0.2.0/24 or 2001:db8::/32'),
  rateLimit: integer({ min: 1, max: 10_000 }, 50),
  burstLimit: integer({ min: 1, max: 5000 }, 100),
  apiKeyValue: matching(/^(?:[\x21-\x7e]{20,128}|\{\{resolve:\S+\}\})$/, '20 to 128 visible ASCII characters'),
  wafRateLimit: integer({ min: 10, max: 2_000_000_000 }, null),
  domainName: matching(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, 'a host name in lower case like login.corp.example.com'),
  certificateArn: arn('acm', `${REGION}:${ACCOUNT}:certificate/[\\w-]+`, 'the ARN of an ACM certificate in the region of the stack'),
  hostedZoneId: matching(/^Z[0-9A-Z]+$/, 'the id of a Route 53 hosted zone like Z0123456789ABCDEFGHIJ'),

  // The gate's table
  gateTable: flag(false),
  gateTableWriteUnits: integer({ min: 10, max: 40_000 }, 1000),

  // What they may do, and what is kept
  secretKmsKeyArn: arn('kms', `${REGION}:${ACCOUNT}:key/[\\w-]+`, 'the ARN of a KMS key (not of an alias)'),
  permissionsBoundary: arn('iam', `:(${ACCOUNT}|aws):policy/[\\w+=,.@/-]+`, 'the ARN of an IAM policy'),
  tags,
  logRetentionInDays: retention(30),
  logKmsKeyArn: arn('kms', `${REGION}:${ACCOUNT}:key/[\\w-]+`, 'the ARN of a KMS key (not of an alias)'),
  tracing: flag(false),

  // Who is told
  alarmTopicArn: arn('sns', `${REGION}:${ACCOUNT}:[\\w-]+`, 'the ARN of an SNS topic'),
  alarmEmail: matching(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'an e-mail address'),
  alarmIndeterminatePercent: integer({ min: 1, max: 100 }, 5),
  alarmLatencyMs: integer({ min: 10, max: 27_000 }, 3000),
  alarmThrottledLogins: integer({ min: 1, max: 1_000_000 }, 10),
  alarmCertificateDays: integer({ min: 1, max: 365 }, 21),
  healthMinutes: integer({ min: 1, max: 60 }, null),
  dashboard: flag(true),
} as const satisfies Readonly<Record<string, Kind<unknown, unknown>>>;

type Name = keyof typeof PARAMETERS;

type ValueOf<K> = K extends Kind<infer Value, infer Otherwise> ? Value | Otherwise : never;

/** The parameters' values; null is one that is not set and has no default. */
export type Values = { readonly [N in Name]: ValueOf<(typeof PARAMETERS)[N]> };

/** What was given, by name: a text from the command line, or whatever YAML makes. */
export type Given = ReadonlyMap<string, unknown>;

/** The functions' variables that are set. */
export type Variables = Readonly<Record<string, string>>;

/** What holds for several parameters together. It is not asked if a value that it looks at is wrong by itself. */
type Together = {
  readonly looksAt?: readonly Name[];
  readonly isWrong: (values: Values, given: Given, variables: Variables) => boolean;
  readonly problem: string;
};

/** Two of which one alone says nothing. */
function bothOrNeither(one: Name, other: Name): Together {
  return { isWrong: (_, given) => given.has(one) !== given.has(other), problem: `${one} and ${other}: both or neither` };
}

/** The variables that name something in a store. */
export const STORED_VARIABLES = [
  'LDAP_BIND_PASSWORD_PARAMETER',
  'LDAP_BIND_PASSWORD_SECRET',
  'LDAP_TLS_CA_PARAMETER',
  'LDAP_TLS_KEY_SECRET',
] as const;

const TOGETHER: readonly Together[] = [
  bothOrNeither('subnetIds', 'securityGroupIds'),
  {
    looksAt: ['access'],
    isWrong: ({ access }, given) => (access === 'private') !== given.has('vpcEndpointIds'),
    problem: 'vpcEndpointIds and access=private: both or neither',
  },
  {
    looksAt: ['access'],
    isWrong: ({ access }, given) => access === 'iam' && ['rateLimit', 'burstLimit', 'apiKeyValue'].some((name) => given.has(name)),
    problem: 'rateLimit, burstLimit, apiKeyValue: not with access=iam, which has no API key, and so no usage plan',
  },
  bothOrNeither('domainName', 'certificateArn'),
  { isWrong: (_, given) => given.has('hostedZoneId') && !given.has('domainName'), problem: 'hostedZoneId: only with domainName' },
  {
    looksAt: ['access'],
    isWrong: ({ access }, given) => access === 'private' && given.has('domainName'),
    problem: 'domainName: not with access=private',
  },
  { isWrong: (_, given) => given.has('alarmTopicArn') && given.has('alarmEmail'), problem: 'alarmTopicArn and alarmEmail: one of them' },
  {
    looksAt: ['reservedConcurrency', 'provisionedConcurrency'],
    isWrong: ({ reservedConcurrency: reserved, provisionedConcurrency: provisioned }) =>
      reserved !== null && provisioned !== null && provisioned > reserved,
    problem: 'provisionedConcurrency: at most reservedConcurrency',
  },
  {
    looksAt: ['gateTable'],
    isWrong: ({ gateTable }, _, variables) => gateTable && !('AUTH_GATE_FAILURES' in variables),
    problem: 'gateTable: only with authGateFailures, without which there is no gate',
  },
  {
    looksAt: ['gateTable'],
    isWrong: ({ gateTable }, _, variables) => gateTable && 'AUTH_GATE_TABLE' in variables,
    problem: 'gateTable and authGateTable: a table of the stack’s own, or another one',
  },
  {
    looksAt: ['gateTable'],
    isWrong: ({ gateTable }, given) => !gateTable && given.has('gateTableWriteUnits'),
    problem: 'gateTableWriteUnits: only with gateTable',
  },
  {
    isWrong: (_, given, variables) => given.has('secretKmsKeyArn') && !STORED_VARIABLES.some((name) => name in variables),
    problem: 'secretKmsKeyArn: only with a secret that the key protects (ldapBindPasswordParameter, ldapBindPasswordSecret, …)',
  },
];

/** Every problem with the parameters as they were given, a line each, and the values; that of a wrong one is its default. */
export function parse(given: Given, variables: Variables): { readonly values: Values; readonly problems: readonly string[] } {
  const wrong = new Map<string, string>();
  const read = Object.entries<Kind<unknown, unknown>>(PARAMETERS).map(([name, kind]) => {
    const value = given.has(name) ? kind.parse(given.get(name)) : kind.otherwise;
    if (value === undefined) wrong.set(name, `${name}: ${kind.expected}`);
    return [name, value ?? kind.otherwise];
  });
  const values = Object.fromEntries(read) as Values;
  const together = TOGETHER.filter(
    ({ looksAt = [], isWrong }) => !looksAt.some((name) => wrong.has(name)) && isWrong(values, given, variables),
  );
  return { values, problems: [...wrong.values(), ...together.map(({ problem }) => problem)] };
}
