import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { METRICS, NAMESPACE } from '../../src/observe/metric-names.ts';
import { findings, ofType, only, packageTemplates, type Packaged, type Resource } from './packaged.ts';

const TOPIC = 'arn:aws:sns:eu-central-1:123456789012:operators';
const OPERATE = readFileSync(new URL('../../docs/operate.md', import.meta.url), 'utf8');

const OPTIONS = {
  'an e-mail address': [
    '--param=alarmEmail=operators@example.com',
    '--param=ldapUrl=ldaps://dc1.corp.example.com',
    '--param=ldapUserDnTemplate={username}@corp.example.com',
  ],
  'a topic and health': [
    ...['--stage', 'prod', `--param=alarmTopicArn=${TOPIC}`, '--param=healthMinutes=1'],
    ...['--param=alarmIndeterminatePercent=10', '--param=alarmLatencyMs=900', '--param=alarmCertificateDays=14'],
    ...['--param=ldapUrl=ldaps://dc1.corp.example.com', '--param=ldapUserDnTemplate={username}@corp.example.com'],
    ...['--param=authGateFailures=4', '--param=gateTable=true', '--param=alarmThrottledLogins=25'],
  ],
  'health alone': ['--param=healthMinutes=15'],
} as const satisfies Record<string, readonly string[]>;

type Options = keyof typeof OPTIONS;

let folder: string;
let packaged: Readonly<Record<Options, Packaged>>;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'alarms-'));
  packaged = await packageTemplates(folder, OPTIONS);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function alarms(options: Options): readonly Resource['Properties'][] {
  return ofType(packaged[options], 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties);
}

function names(options: Options): readonly unknown[] {
  return alarms(options).map(({ AlarmName }) => AlarmName);
}

test.each(Object.keys(OPTIONS).map((name) => name as Options))('with %s AWS’s rules find no error and no warning', (options) => {
  expect(findings(packaged[options].templateFile)).toEqual([]);
});

describe('the alarms', () => {
  const ALWAYS = [
    'indeterminate',
    'latency',
    'refused-service-account',
    'throttles-auth',
    'throttles-authorizer',
    'errors-auth',
    'api-5xx',
  ];

  test('are these, with a gate its two, and with a schedule the doctor’s and the certificate’s', () => {
    expect(names('an e-mail address')).toEqual(ALWAYS.map((id) => `ldap-auth-dev-${id}`));
    expect(names('a topic and health')).toEqual(
      [...ALWAYS.slice(0, 3), 'user-throttled', 'gate-unavailable', ...ALWAYS.slice(3), 'doctor', 'certificate'].map(
        (id) => `ldap-auth-prod-${id}`,
      ),
    );
  });

  test('are none where nobody is told', () => {
    expect(names('health alone')).toEqual([]);
    expect(ofType(packaged['health alone'], 'AWS::SNS::Topic')).toEqual([]);
  });

  test('tell a topic of their own, or the one that is given', () => {
    expect(only(packaged['an e-mail address'], 'AWS::SNS::Topic').Properties).toEqual({
      Subscription: [{ Protocol: 'email', Endpoint: 'operators@example.com' }],
    });
    for (const alarm of alarms('an e-mail address')) expect(alarm).toMatchObject({ AlarmActions: [{ Ref: 'AlarmTopic' }] });
    for (const alarm of alarms('a topic and health')) expect(alarm).toMatchObject({ AlarmActions: [TOPIC], OKActions: [TOPIC] });
    expect(ofType(packaged['a topic and health'], 'AWS::SNS::Topic')).toEqual([]);
  });

  test('have their thresholds from the parameters', () => {
    const thresholds = alarms('a topic and health').map(({ AlarmName, Threshold }) => [AlarmName, Threshold]);
    expect(Object.fromEntries(thresholds)).toMatchObject({
      'ldap-auth-prod-indeterminate': 0.1,
      'ldap-auth-prod-latency': 900,
      'ldap-auth-prod-certificate': 14,
      'ldap-auth-prod-user-throttled': 25,
    });
  });

  test('do not look at errors of the authorizer: its Unauthorized is one, and must page nobody', () => {
    const onErrors = alarms('a topic and health').filter(({ MetricName }) => MetricName === 'Errors');
    expect(onErrors.map(({ Dimensions }) => Dimensions)).toEqual([[{ Name: 'FunctionName', Value: 'ldap-auth-prod-auth' }]]);
  });

  test('look at metrics that the functions write', () => {
    const written = Object.keys(METRICS);
    const own = alarms('a topic and health').filter(({ Namespace }) => Namespace === NAMESPACE);
    expect(own).toHaveLength(7);
    for (const { MetricName, Dimensions } of own) {
      expect(written).toContain(MetricName);
      expect(Dimensions).toEqual([{ Name: 'service', Value: 'ldap-auth-prod' }]);
    }
  });

  test('hear of 5xx of the API itself, under the name and the stage that the template gives it', () => {
    const made = packaged['a topic and health'];
    const [alarm] = alarms('a topic and health').filter(({ Namespace }) => Namespace === 'AWS/ApiGateway');
    expect(alarm).toMatchObject({ MetricName: '5XXError', Statistic: 'Average', Threshold: 0.1, TreatMissingData: 'notBreaching' });
    expect(alarm?.['Dimensions']).toEqual([
      { Name: 'ApiName', Value: only(made, 'AWS::ApiGateway::RestApi').Properties['Name'] },
      { Name: 'Stage', Value: 'prod' },
    ]);
    expect(ofType(made, 'AWS::ApiGateway::Deployment').map(([, { Properties }]) => Properties['StageName'])).toEqual(['prod']);
  });

  test('have a section each in docs/operate.md', () => {
    const ids = names('a topic and health').map((name) => String(name).replace('ldap-auth-prod-', ''));
    expect(ids.filter((id) => !OPERATE.includes(`\n### \`${id}\`\n`))).toEqual([]);
  });
});

describe('health', () => {
  test('is the doctor on a schedule, without a repetition, and cannot be called from outside', () => {
    expect(only(packaged['health alone'], 'AWS::Events::Rule').Properties).toMatchObject({
      ScheduleExpression: 'rate(15 minutes)',
      Targets: [{ Arn: { 'Fn::GetAtt': ['DoctorLambdaFunction', 'Arn'] }, Input: '{}' }],
    });
    expect(only(packaged['a topic and health'], 'AWS::Events::Rule').Properties['ScheduleExpression']).toBe('rate(1 minute)');
    expect(only(packaged['health alone'], 'AWS::Lambda::EventInvokeConfig').Properties['MaximumRetryAttempts']).toBe(0);
    expect(JSON.stringify(ofType(packaged['health alone'], 'AWS::ApiGateway::Method'))).not.toContain('Doctor');
  });

  test('a doctor that does not come is an alarm; a certificate that nobody sees is none', () => {
    const missing = alarms('a topic and health').map(({ AlarmName, TreatMissingData }) => [AlarmName, TreatMissingData]);
    expect(Object.fromEntries(missing)).toMatchObject({
      'ldap-auth-prod-doctor': 'breaching',
      'ldap-auth-prod-certificate': 'ignore',
      'ldap-auth-prod-indeterminate': 'notBreaching',
    });
  });
});

describe('the dashboard', () => {
  type Body = { readonly widgets: readonly { readonly properties: { readonly title: string; readonly metrics: readonly unknown[] } }[] };

  const body = (): string => {
    const { DashboardBody } = only(packaged['health alone'], 'AWS::CloudWatch::Dashboard').Properties as {
      readonly DashboardBody: { readonly 'Fn::Sub': string };
    };
    return DashboardBody['Fn::Sub'];
  };

  test('is JSON, in the region of the stack, and shows every metric that the functions write', () => {
    const { widgets } = JSON.parse(body()) as Body;
    const shown = widgets.map(({ properties }) => JSON.stringify(properties.metrics)).join();
    expect(Object.keys(METRICS).filter((name) => !shown.includes(name))).toEqual([]);
  });

  test('has CloudFormation put in the region and nothing else', () => {
    expect(new Set(body().match(/\$\{[^!}][^}]*\}/g))).toEqual(new Set(['${AWS::Region}']));
  });
});
