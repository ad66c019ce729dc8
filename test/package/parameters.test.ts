import { describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';

import { METRICS } from '../../src/observe/metric-names.ts';
import type { Kind } from '../../stack/parameter-kinds.ts';
import { PARAMETERS, parse } from '../../stack/parameters.ts';
import { secretProblems } from '../../stack/roles.ts';
import { textIn } from '../../stack/settings.ts';

const KINDS: Readonly<Record<string, Kind<unknown, unknown>>> = PARAMETERS;

function read(file: string): string {
  return readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
}

function given(texts: Readonly<Record<string, unknown>>, variables: Readonly<Record<string, string>> = {}): ReturnType<typeof parse> {
  return parse(new Map(Object.entries(texts)), variables);
}

const ARN = 'arn:aws:acm:eu-central-1:123456789012:certificate/01234567-89ab';

/** What belongs beside a parameter. */
const BESIDE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  subnetIds: { securityGroupIds: 'sg-1' },
  securityGroupIds: { subnetIds: 'subnet-1' },
  vpcEndpointIds: { access: 'private' },
  domainName: { certificateArn: ARN },
  certificateArn: { domainName: 'login.corp.example.com' },
  hostedZoneId: { domainName: 'login.corp.example.com', certificateArn: ARN },
};

describe('a parameter', () => {
  test.each([
    ['subnetIds', 'subnet-0aaa, subnet-0bbb', ['subnet-0aaa', 'subnet-0bbb'], { securityGroupIds: ['sg-0ccc'] }],
    ['reservedConcurrency', '20', 20, {}],
    ['rateLimit', 5, 5, {}],
    ['tracing', 'true', true, {}],
    ['tracing', true, true, {}],
    ['dashboard', 'false', false, {}],
    ['logRetentionInDays', '365', 365, {}],
    ['sourceAddresses', '192.0.2.0/24,2001:db8::/32 192.0.2.1', ['192.0.2.0/24', '2001:db8::/32', '192.0.2.1'], {}],
    ['tags', 'team=identity, cost-center=4=2', { team: 'identity', 'cost-center': '4=2' }, {}],
    ['tags', { team: 'identity', number: 42 }, { team: 'identity', number: '42' }, {}],
    ['certificateArn', ARN, ARN, { domainName: 'login.corp.example.com' }],
    ['permissionsBoundary', 'arn:aws:iam::aws:policy/PowerUserAccess', 'arn:aws:iam::aws:policy/PowerUserAccess', {}],
  ])('%s=%j is %j', (name, text, value, others) => {
    const { values, problems } = given({ [name]: text, ...others });
    expect(problems).toEqual([]);
    expect(new Map<string, unknown>(Object.entries(values)).get(name)).toEqual(value);
  });

  test.each([
    ['subnetIds', 'vpc-1'],
    ['securityGroupIds', 'subnet-1'],
    ['vpcEndpointIds', 'vpce'],
    ['access', 'public'],
    ['reservedConcurrency', '0'],
    ['provisionedConcurrency', '-1'],
    ['rateLimit', '1.5'],
    ['burstLimit', 'many'],
    ['apiKeyValue', 'short'],
    ['wafRateLimit', '9'],
    ['sourceAddresses', '192.0.2.0/33'],
    ['sourceAddresses', '192.0.2'],
    ['sourceAddresses', '192.0.2.0/24/1'],
    ['domainName', 'https://login.corp.example.com'],
    ['certificateArn', 'arn:aws:acm:eu-central-1:123456789012:key/1'],
    ['hostedZoneId', '/hostedzone/Z1'],
    ['secretKmsKeyArn', 'arn:aws:kms:eu-central-1:123456789012:alias/ldap'],
    ['logKmsKeyArn', 'alias/logs'],
    ['permissionsBoundary', 'boundary'],
    ['tags', 'aws:x=1'],
    ['tags', 'team'],
    ['logRetentionInDays', '31'],
    ['tracing', 'yes'],
    ['alarmTopicArn', 'operators'],
    ['alarmEmail', 'operators'],
    ['alarmIndeterminatePercent', '101'],
    ['alarmLatencyMs', '30000'],
    ['alarmCertificateDays', '0'],
    ['healthMinutes', '90'],
    ['dashboard', 'on'],
  ])('%s=%s is refused, with what is expected and without the value', (name, text) => {
    const { problems } = given({ [name]: text, ...BESIDE[name] }, { LDAP_TLS_CA_PARAMETER: 'ca' });
    expect(problems).toEqual([`${name}: ${KINDS[name]?.expected ?? ''}`]);
  });

  test.each([
    ['subnetIds and securityGroupIds: both or neither', { subnetIds: 'subnet-1' }],
    ['vpcEndpointIds and access=private: both or neither', { access: 'private' }],
    ['vpcEndpointIds and access=private: both or neither', { vpcEndpointIds: 'vpce-1' }],
    [
      'rateLimit, burstLimit, apiKeyValue: not with access=iam, which has no API key, and so no usage plan',
      { access: 'iam', rateLimit: 50 },
    ],
    ['domainName and certificateArn: both or neither', { domainName: 'login.corp.example.com' }],
    ['domainName and certificateArn: both or neither', { certificateArn: ARN }],
    ['hostedZoneId: only with domainName', { hostedZoneId: 'Z1' }],
    [
      'domainName: not with access=private',
      { access: 'private', vpcEndpointIds: 'vpce-1', domainName: 'login.corp.example.com', certificateArn: ARN },
    ],
    ['alarmTopicArn and alarmEmail: one of them', { alarmEmail: 'a@b.example', alarmTopicArn: 'arn:aws:sns:eu-central-1:123456789012:x' }],
    ['gateTable: only with authGateFailures, without which there is no gate', { gateTable: true }],
    ['gateTableWriteUnits: only with gateTable', { gateTableWriteUnits: 50 }],
    ['provisionedConcurrency: at most reservedConcurrency', { reservedConcurrency: 2, provisionedConcurrency: 3 }],
    [
      'secretKmsKeyArn: only with a secret that the key protects (ldapBindPasswordParameter, ldapBindPasswordSecret, …)',
      { secretKmsKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/1' },
    ],
  ])('among others: %s', (problem, texts) => {
    expect(given(texts).problems).toEqual([problem]);
  });
});

describe('the name of a secret', () => {
  test.each([
    ['LDAP_BIND_PASSWORD_PARAMETER', '/ldap-auth/prod/bind-password'],
    ['LDAP_BIND_PASSWORD_PARAMETER', 'bind-password'],
    ['LDAP_TLS_CA_PARAMETER', 'arn:aws:ssm:eu-central-1:123456789012:parameter/ca'],
    ['LDAP_BIND_PASSWORD_SECRET', 'ldap-auth/prod/bind-password'],
    ['LDAP_TLS_KEY_SECRET', 'arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:key-Ab12Cd'],
  ])('%s=%s', (variable, name) => {
    expect(secretProblems({ [variable]: name })).toEqual([]);
  });

  test.each([
    ['LDAP_BIND_PASSWORD_PARAMETER', '/ldap-auth/*', 'ldapBindPasswordParameter'],
    ['LDAP_BIND_PASSWORD_PARAMETER', '/ldap-auth/${AWS::Region}', 'ldapBindPasswordParameter'],
    ['LDAP_TLS_CA_PARAMETER', 'arn:aws:ssm:eu-central-1:123456789012:parameter/*', 'ldapTlsCaParameter'],
    ['LDAP_BIND_PASSWORD_SECRET', 'ldap-auth/?', 'ldapBindPasswordSecret'],
    ['LDAP_TLS_KEY_SECRET', 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:key', 'ldapTlsKeySecret'],
  ])('%s=%s is refused: it would open others, or none', (variable, name, parameter) => {
    expect(secretProblems({ [variable]: name })).toEqual([expect.stringMatching(new RegExp(`^${parameter}: the name of`))]);
  });
});

describe('docs/deploy.md', () => {
  const DEPLOY = read('docs/deploy.md');

  const shown = ({ otherwise }: Kind<unknown, unknown>): string =>
    otherwise === null || Array.isArray(otherwise) ? 'none' : textIn(otherwise);

  test('tells every parameter with its default', () => {
    const rows =
      DEPLOY.split('\n## Parameters\n')[1]
        ?.split('\n## ')[0]
        ?.matchAll(/^\| `(\w+)` \| `?([^|`]+?)`? \|/gm) ?? [];
    const told = [...rows].map(([, name, value]) => [name, value]);
    expect(told).toEqual(Object.entries(KINDS).map(([name, kind]) => [name, shown(kind)]));
  });

  test('makes API Gateway’s log role in three commands, and the README does not repeat them', () => {
    const commands = /^ *aws (?:iam .*--role-name apigateway-logs|apigateway update-account) .*$/gm;
    expect(DEPLOY.match(commands)).toHaveLength(3);
    expect(read('README.md').match(commands)).toBeNull();
  });
});

test('docs/operate.md tells every metric', () => {
  const rows =
    read('docs/operate.md')
      .split('\n## Metrics\n')[1]
      ?.split('\n## ')[0]
      ?.matchAll(/^\| `(\w+)` \|/gm) ?? [];
  expect([...rows].map(([, name]) => name)).toEqual(Object.keys(METRICS));
});

describe.each(['docs/deploy.md', 'docs/operate.md'])('%s', (file) => {
  const anchorOf = (heading: string): string =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-');

  test('leads to files and headings that exist', () => {
    const links = [...read(file).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)];
    const lost = links.filter(([, target = '', anchor]) => {
      const url = new URL(target === '' ? `../../${file}` : `../../docs/${target}`, import.meta.url);
      if (!existsSync(url)) return true;
      const headings = [...readFileSync(url, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));
      return anchor !== undefined && !headings.includes(anchor);
    });
    expect(lost.map(([link]) => link)).toEqual([]);
  });
});
