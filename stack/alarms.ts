import { DIMENSIONS, type MetricName, NAMESPACE } from '../src/observe/metric-names.ts';
import { pascalCase } from './api.ts';
import type { Values, Variables } from './parameters.ts';
import { type Context, prefixOf, settingsOf, stageOf, textOf } from './settings.ts';

/** A metric as CloudWatch finds it. */
export type StackMetric = { readonly namespace: string; readonly name: string; readonly dimensions: Readonly<Record<string, string>> };

/** A metric of ours: `service` with further dimensions. */
export function ownMetric(prefix: string, name: MetricName, dimensions: Readonly<Record<string, string>> = {}): StackMetric {
  return { namespace: NAMESPACE, name, dimensions: { [DIMENSIONS.service]: prefix, ...dimensions } };
}

/** One of Lambda's own. */
export function lambdaMetric(prefix: string, functionName: string, name: string): StackMetric {
  return { namespace: 'AWS/Lambda', name, dimensions: { FunctionName: `${prefix}-${functionName}` } };
}

/** One of API Gateway's own, for the stage: osls names the API `<stage>-<service>`. */
export async function apiMetric(context: Context, name: string): Promise<StackMetric> {
  const stage = await stageOf(context);
  const ApiName = `${stage}-${await textOf(context, 'self:service')}`;
  return { namespace: 'AWS/ApiGateway', name, dimensions: { ApiName, Stage: stage } };
}

const MINUTE = 60;

type Alarm = {
  /** docs/operate.md has a section for each. */
  readonly id: string;
  readonly says: string;
  readonly metric: StackMetric;
  readonly statistic: string;
  readonly threshold: { readonly atLeast: number } | { readonly below: number };
  /** [m, n]: in m of n periods. */
  readonly of: readonly [number, number];
  readonly seconds?: number;
  readonly missing?: 'breaching' | 'ignore';
};

/**
 * There is none on errors of the authorizer: its `Unauthorized` is an error to Lambda, and a wrong password must page nobody.
 * What would be wrong with it shows in our own metrics, in which auth and authorizer count together.
 */
function loginAlarms(prefix: string, values: Values): readonly Alarm[] {
  return [
    {
      id: 'indeterminate',
      says: `${values.alarmIndeterminatePercent} % of the logins or more get no answer`,
      metric: ownMetric(prefix, 'Indeterminate'),
      statistic: 'Average',
      threshold: { atLeast: values.alarmIndeterminatePercent / 100 },
      of: [3, 5],
    },
    {
      id: 'latency',
      says: `The slowest 1 % of the logins take ${values.alarmLatencyMs} ms or more`,
      metric: ownMetric(prefix, 'Latency'),
      statistic: 'p99',
      threshold: { atLeast: values.alarmLatencyMs },
      of: [3, 5],
    },
    {
      id: 'refused-service-account',
      says: 'The directory refuses the service account, or lets it see nothing',
      metric: ownMetric(prefix, 'RefusedServiceAccount'),
      statistic: 'Sum',
      threshold: { atLeast: 1 },
      of: [1, 1],
    },
  ];
}

function gateAlarms(prefix: string, values: Values, variables: Variables): readonly Alarm[] {
  const throttled: Alarm = {
    id: 'user-throttled',
    says: `The gate stops ${values.alarmThrottledLogins} logins a minute or more: somebody guesses passwords, or a device has an old one`,
    metric: ownMetric(prefix, 'UserThrottled'),
    statistic: 'Sum',
    threshold: { atLeast: values.alarmThrottledLogins },
    of: [3, 5],
  };
  const unavailable: Alarm = {
    id: 'gate-unavailable',
    says: "The gate's table cannot be asked: a burst of wrong passwords can lock an account",
    metric: ownMetric(prefix, 'GateUnavailable'),
    statistic: 'Sum',
    threshold: { atLeast: 1 },
    of: [2, 5],
  };
  return [...('AUTH_GATE_FAILURES' in variables ? [throttled] : []), ...('AUTH_GATE_TABLE' in variables ? [unavailable] : [])];
}

function functionAlarms(prefix: string): readonly Alarm[] {
  const throttles = ['auth', 'authorizer'].map((name): Alarm => ({
    id: `throttles-${name}`,
    says: `There are more logins at once than ${name} may run`,
    metric: lambdaMetric(prefix, name, 'Throttles'),
    statistic: 'Sum',
    threshold: { atLeast: 1 },
    of: [3, 5],
  }));
  const errors: Alarm = {
    id: 'errors-auth',
    says: 'The function auth ends without an answer: it crashes, or it is killed',
    metric: lambdaMetric(prefix, 'auth', 'Errors'),
    statistic: 'Sum',
    threshold: { atLeast: 1 },
    of: [2, 5],
  };
  return [...throttles, errors];
}

/** The one that hears of an API that does not reach its function: then no function runs, and no metric of ours is written. */
function apiAlarm(metric: StackMetric, { alarmIndeterminatePercent: percent }: Values): Alarm {
  return {
    id: 'api-5xx',
    says: `The API answers ${percent} % of the requests or more with 5xx`,
    metric,
    statistic: 'Average',
    threshold: { atLeast: percent / 100 },
    of: [3, 5],
  };
}

function healthAlarms(prefix: string, { healthMinutes, alarmCertificateDays }: Values): readonly Alarm[] {
  if (healthMinutes === null) return [];
  return [
    {
      id: 'doctor',
      says: 'The doctor finds something wrong twice in a row, or does not come',
      metric: ownMetric(prefix, 'DoctorFailures'),
      statistic: 'Maximum',
      threshold: { atLeast: 1 },
      of: [2, 2],
      seconds: healthMinutes * MINUTE,
      missing: 'breaching', // a doctor that says nothing is not well
    },
    {
      id: 'certificate',
      says: `The directory's certificate ends in less than ${alarmCertificateDays} days`,
      metric: ownMetric(prefix, 'CertificateDaysLeft'),
      statistic: 'Minimum',
      threshold: { below: alarmCertificateDays },
      of: [1, 1],
      seconds: healthMinutes * MINUTE,
      missing: 'ignore', // a server that is down has no certificate to show: the alarm `doctor` tells that
    },
  ];
}

function resourceOf(prefix: string, topic: unknown, { id, says, metric, statistic, threshold, of, seconds, missing }: Alarm): object {
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: `${prefix}-${id}`,
      AlarmDescription: `${says}. What to do: docs/operate.md, ${id}`,
      Namespace: metric.namespace,
      MetricName: metric.name,
      Dimensions: Object.entries(metric.dimensions).map(([Name, Value]) => ({ Name, Value })),
      ...(/^p\d/.test(statistic) ? { ExtendedStatistic: statistic } : { Statistic: statistic }),
      Period: seconds ?? MINUTE,
      DatapointsToAlarm: of[0],
      EvaluationPeriods: of[1],
      ComparisonOperator: 'below' in threshold ? 'LessThanThreshold' : 'GreaterThanOrEqualToThreshold',
      Threshold: 'below' in threshold ? threshold.below : threshold.atLeast,
      TreatMissingData: missing ?? 'notBreaching',
      AlarmActions: [topic],
      OKActions: [topic],
    },
  };
}

/** There are alarms if there is an address for them: a topic that is given, or one of our own with an e-mail address. */
export async function alarms(context: Context): Promise<object> {
  const { values, variables } = await settingsOf(context);
  const { alarmTopicArn, alarmEmail } = values;
  if (alarmTopicArn === null && alarmEmail === null) return {};
  const prefix = await prefixOf(context);
  const topic = alarmTopicArn ?? { Ref: 'AlarmTopic' };
  const ofApi = apiAlarm(await apiMetric(context, '5XXError'), values);
  const rows = [
    ...loginAlarms(prefix, values),
    ...gateAlarms(prefix, values, variables),
    ...functionAlarms(prefix),
    ofApi,
    ...healthAlarms(prefix, values),
  ];
  const ownTopic = { Type: 'AWS::SNS::Topic', Properties: { Subscription: [{ Protocol: 'email', Endpoint: alarmEmail }] } };
  return {
    Resources: {
      ...(alarmTopicArn === null ? { AlarmTopic: ownTopic } : {}),
      ...Object.fromEntries(rows.map((row) => [`Alarm${pascalCase(row.id)}`, resourceOf(prefix, topic, row)])),
    },
  };
}

/** With `healthMinutes` the doctor looks every so many minutes, from where the logins are. There is no public health endpoint. */
export async function healthEvents(context: Context): Promise<readonly object[]> {
  const { healthMinutes } = (await settingsOf(context)).values;
  if (healthMinutes === null) return [];
  const rate = `rate(${healthMinutes} ${healthMinutes === 1 ? 'minute' : 'minutes'})`;
  return [{ schedule: { rate: [rate], description: 'The doctor looks at the directory', input: {} } }];
}
