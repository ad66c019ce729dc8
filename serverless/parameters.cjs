'use strict';

const { arn, choice, flag, integer, isAddressRange, list, listOf, matching, tags } = require('./parameter-kinds.cjs');

const ACCOUNT = '\\d{12}';
const REGION = '[a-z0-9-]+';

// CloudWatch Logs takes these and no other.
const RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

const retention = {
  expected: `one of ${RETENTION_DAYS.join(', ')}`,
  parse: (given) => RETENTION_DAYS.find((days) => String(days) === String(given)),
  otherwise: 30,
};

/** Every stage parameter but those that are variables of the functions. docs/deploy.md tells each with its default. */
const PARAMETERS = {
  // Where the functions run
  subnetIds: listOf(/^subnet-[0-9a-f]+$/, 'ids of subnets like subnet-0123456789abcdef0'),
  securityGroupIds: listOf(/^sg-[0-9a-f]+$/, 'ids of security groups like sg-0123456789abcdef0'),
  reservedConcurrency: integer({ min: 1, max: 100_000 }),
  authorizerReservedConcurrency: integer({ min: 1, max: 100_000 }),
  provisionedConcurrency: integer({ min: 1, max: 100_000 }),

  // Who may call
  access: choice('api-key', 'iam', 'private'),
  vpcEndpointIds: listOf(/^vpce-[0-9a-f]+$/, 'ids of VPC endpoints for execute-api like vpce-0123456789abcdef0'),
  sourceAddresses: list(isAddressRange, 'addresses or ranges like 192.0.2.0/24 or 2001:db8::/32'),
  rateLimit: integer({ min: 1, max: 10_000 }, 50),
  burstLimit: integer({ min: 1, max: 5000 }, 100),
  apiKeyValue: matching(/^(?:[\x21-\x7e]{20,128}|\{\{resolve:\S+\}\})$/, '20 to 128 visible ASCII characters'),
  wafRateLimit: integer({ min: 10, max: 2_000_000_000 }),
  domainName: matching(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, 'a host name in lower case like login.corp.example.com'),
  certificateArn: arn('acm', `${REGION}:${ACCOUNT}:certificate/[\\w-]+`, 'the ARN of an ACM certificate in the region of the stack'),
  hostedZoneId: matching(/^Z[0-9A-Z]+$/, 'the id of a Route 53 hosted zone like Z0123456789ABCDEFGHIJ'),

  // What they may do, and what is kept
  secretKmsKeyArn: arn('kms', `${REGION}:${ACCOUNT}:key/[\\w-]+`, 'the ARN of a KMS key (not of an alias)'),
  permissionsBoundary: arn('iam', `:(${ACCOUNT}|aws):policy/[\\w+=,.@/-]+`, 'the ARN of an IAM policy'),
  tags,
  logRetentionInDays: retention,
  logKmsKeyArn: arn('kms', `${REGION}:${ACCOUNT}:key/[\\w-]+`, 'the ARN of a KMS key (not of an alias)'),
  tracing: flag(false),

  // Who is told
  alarmTopicArn: arn('sns', `${REGION}:${ACCOUNT}:[\\w-]+`, 'the ARN of an SNS topic'),
  alarmEmail: matching(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'an e-mail address'),
  alarmIndeterminatePercent: integer({ min: 1, max: 100 }, 5),
  alarmLatencyMs: integer({ min: 10, max: 27_000 }, 3000),
  alarmCertificateDays: integer({ min: 1, max: 365 }, 21),
  healthMinutes: integer({ min: 1, max: 60 }),
  dashboard: flag(true),
};

const SECRET_VARIABLES = ['LDAP_BIND_PASSWORD_PARAMETER', 'LDAP_BIND_PASSWORD_SECRET', 'LDAP_TLS_CA_PARAMETER', 'LDAP_TLS_KEY_SECRET'];

/** Two of which one alone says nothing. */
const together = (one, other) => [[], (_values, given) => given.has(one) !== given.has(other), `${one} and ${other}: both or neither`];

/**
 * What holds for several parameters together: [those whose values it looks at, whether it is wrong, the problem]. Beside the
 * values, what was given by hand, and the functions' variables. It is not asked if one of the values is wrong by itself.
 */
const TOGETHER = [
  together('subnetIds', 'securityGroupIds'),
  [
    ['access'],
    ({ access }, given) => (access === 'private') !== given.has('vpcEndpointIds'),
    'vpcEndpointIds and access=private: both or neither',
  ],
  [
    ['access'],
    ({ access }, given) => access === 'iam' && ['rateLimit', 'burstLimit', 'apiKeyValue'].some((name) => given.has(name)),
    'rateLimit, burstLimit, apiKeyValue: not with access=iam, which has no API key, and so no usage plan',
  ],
  together('domainName', 'certificateArn'),
  [[], (_values, given) => given.has('hostedZoneId') && !given.has('domainName'), 'hostedZoneId: only with domainName'],
  [['access'], ({ access }, given) => access === 'private' && given.has('domainName'), 'domainName: not with access=private'],
  [[], (_values, given) => given.has('alarmTopicArn') && given.has('alarmEmail'), 'alarmTopicArn and alarmEmail: one of them'],
  [
    ['reservedConcurrency', 'provisionedConcurrency'],
    ({ reservedConcurrency: reserved, provisionedConcurrency: provisioned }) => reserved !== null && provisioned > reserved,
    'provisionedConcurrency: at most reservedConcurrency',
  ],
  [
    [],
    (_values, given, variables) => given.has('secretKmsKeyArn') && !SECRET_VARIABLES.some((name) => name in variables),
    'secretKmsKeyArn: only with a secret that the key protects (ldapBindPasswordParameter, ldapBindPasswordSecret, …)',
  ],
];

/** Every problem with the parameters as they were given, a line each, and the values; that of a wrong one is its default. */
const parse = (texts, variables) => {
  const wrong = new Set();
  const values = {};
  for (const [name, { parse: parseOne, otherwise }] of Object.entries(PARAMETERS)) {
    const value = texts.has(name) ? parseOne(texts.get(name)) : otherwise;
    if (value === undefined) wrong.add(name);
    values[name] = value ?? otherwise;
  }
  const ofSeveral = TOGETHER.filter(([names, isWrong]) => !names.some((name) => wrong.has(name)) && isWrong(values, texts, variables));
  return {
    values,
    problems: [...[...wrong].map((name) => `${name}: ${PARAMETERS[name].expected}`), ...ofSeveral.map(([, , problem]) => problem)],
  };
};

module.exports = { PARAMETERS, parse };
