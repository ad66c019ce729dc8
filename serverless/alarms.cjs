'use strict';

const { lambdaMetric, ownMetric } = require('./metrics.cjs');
const { prefixOf, settingsOf } = require('./settings.cjs');

const MINUTE = 60;

/**
 * The alarms, a row each; docs/operate.md has a section for each id. `of: [m, n]`: in m of n periods. There is none on errors
 * of the authorizer: its `Unauthorized` is an error to Lambda, and a wrong password must page nobody. What would be wrong
 * with it shows in our own metrics, in which auth and authorizer count together.
 */
const rowsOf = (prefix, values) => [
  {
    id: 'indeterminate',
    says: `${values.alarmIndeterminatePercent} % of the logins or more get no answer`,
    metric: ownMetric(prefix, 'Indeterminate'),
    statistic: 'Average',
    atLeast: values.alarmIndeterminatePercent / 100,
    of: [3, 5],
  },
  {
    id: 'latency',
    says: `The slowest 1 % of the logins take ${values.alarmLatencyMs} ms or more`,
    metric: ownMetric(prefix, 'Latency'),
    statistic: 'p99',
    atLeast: values.alarmLatencyMs,
    of: [3, 5],
  },
  {
    id: 'refused-service-account',
    says: 'The directory refuses the service account, or lets it see nothing',
    metric: ownMetric(prefix, 'RefusedServiceAccount'),
    statistic: 'Sum',
    atLeast: 1,
    of: [1, 1],
  },
  ...['auth', 'authorizer'].map((name) => ({
    id: `throttles-${name}`,
    says: `There are more logins at once than ${name} may run`,
    metric: lambdaMetric(prefix, name, 'Throttles'),
    statistic: 'Sum',
    atLeast: 1,
    of: [3, 5],
  })),
  {
    id: 'errors-auth',
    says: 'The function auth ends without an answer: it crashes, or it is killed',
    metric: lambdaMetric(prefix, 'auth', 'Errors'),
    statistic: 'Sum',
    atLeast: 1,
    of: [2, 5],
  },
  ...(values.healthMinutes === null ? [] : healthRows(prefix, values)),
];

const healthRows = (prefix, { healthMinutes, alarmCertificateDays }) => [
  {
    id: 'doctor',
    says: 'The doctor finds something wrong twice in a row, or does not come',
    metric: ownMetric(prefix, 'DoctorFailures'),
    statistic: 'Maximum',
    atLeast: 1,
    of: [2, 2],
    seconds: healthMinutes * MINUTE,
    missing: 'breaching', // a doctor that says nothing is not well
  },
  {
    id: 'certificate',
    says: `The directory's certificate ends in less than ${alarmCertificateDays} days`,
    metric: ownMetric(prefix, 'CertificateDaysLeft'),
    statistic: 'Minimum',
    below: alarmCertificateDays,
    of: [1, 1],
    seconds: healthMinutes * MINUTE,
    missing: 'ignore', // a server that is down has no certificate to show: the alarm `doctor` tells that
  },
];

const dimensionsOf = ({ dimensions }) => Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));

const statisticOf = (statistic) => (/^p\d/.test(statistic) ? { ExtendedStatistic: statistic } : { Statistic: statistic });

const alarmOf = (prefix, topic, { id, says, metric, statistic, atLeast, below, of, seconds = MINUTE, missing = 'notBreaching' }) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmName: `${prefix}-${id}`,
    AlarmDescription: `${says}. What to do: docs/operate.md, ${id}`,
    Namespace: metric.namespace,
    MetricName: metric.name,
    Dimensions: dimensionsOf(metric),
    ...statisticOf(statistic),
    Period: seconds,
    DatapointsToAlarm: of[0],
    EvaluationPeriods: of[1],
    ComparisonOperator: below === undefined ? 'GreaterThanOrEqualToThreshold' : 'LessThanThreshold',
    Threshold: below ?? atLeast,
    TreatMissingData: missing,
    AlarmActions: [topic],
    OKActions: [topic],
  },
});

const pascalCase = (id) => id.replace(/(?:^|-)(.)/g, (_, letter) => letter.toUpperCase());

const ownTopic = (alarmEmail) => ({
  AlarmTopic: { Type: 'AWS::SNS::Topic', Properties: { Subscription: [{ Protocol: 'email', Endpoint: alarmEmail }] } },
});

/** There are alarms where there is somebody to tell: a topic that is given, or one of our own with an e-mail address. */
module.exports = async (context) => {
  const { values } = await settingsOf(context);
  const { alarmTopicArn, alarmEmail } = values;
  if (alarmTopicArn === null && alarmEmail === null) return {};
  const prefix = await prefixOf(context);
  const topic = alarmTopicArn ?? { Ref: 'AlarmTopic' };
  const alarms = rowsOf(prefix, values).map((row) => [`Alarm${pascalCase(row.id)}`, alarmOf(prefix, topic, row)]);
  return { Resources: { ...(alarmTopicArn === null ? ownTopic(alarmEmail) : {}), ...Object.fromEntries(alarms) } };
};
