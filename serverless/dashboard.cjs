'use strict';

const { DIMENSIONS, METRIC_OF_STEP } = require('../src/observe/metric-names.ts');
const { lambdaMetric, ownMetric } = require('./metrics.cjs');
const { prefixOf, settingsOf } = require('./settings.cjs');

const VERDICTS = ['valid', 'invalid', 'indeterminate', 'malformed', 'out-of-order'];
const STEPS = Object.values(METRIC_OF_STEP);
const COLUMNS = 3;
const [WIDTH, HEIGHT] = [8, 6];

/** A line: a metric, and how it is shown. */
const line = ({ namespace, name, dimensions }, options) => [namespace, name, ...Object.entries(dimensions).flat(), options];

/** One line for each value that a dimension has, whatever they are. */
const each = (prefix, metric, dimension, statistic) => {
  const { service } = DIMENSIONS;
  const { namespace, name } = ownMetric(prefix, metric);
  const found = `{"${namespace}",${service},${DIMENSIONS[dimension]}} MetricName="${name}" ${service}="${prefix}"`;
  return [{ expression: `SEARCH('${found}', '${statistic}', 60)`, label: `\${PROP('Dim.${DIMENSIONS[dimension]}')}` }];
};

const percent = (prefix) => [
  [{ expression: 'share * 100', label: 'percent' }],
  line(ownMetric(prefix, 'Indeterminate'), { id: 'share', stat: 'Average', visible: false }),
];

const graphs = (prefix, functions) => [
  [
    'Verdicts',
    VERDICTS.map((verdict) => line(ownMetric(prefix, 'Verdicts', { [DIMENSIONS.verdict]: verdict }), { stat: 'Sum', label: verdict })),
  ],
  ['Reasons', [each(prefix, 'Verdicts', 'reason', 'Sum')]],
  ['Logins without an answer, percent', percent(prefix)],
  ['Milliseconds of a login', ['p50', 'p90', 'p99'].map((stat) => line(ownMetric(prefix, 'Latency'), { stat, label: stat }))],
  ['Milliseconds of each step, p90', STEPS.map((name) => line(ownMetric(prefix, name), { stat: 'p90' }))],
  ['Directory', ['Failovers', 'RefusedServiceAccount', 'SlowRefusals'].map((name) => line(ownMetric(prefix, name), { stat: 'Sum' }))],
  ['At once', functions.map((name) => line(lambdaMetric(prefix, name, 'ConcurrentExecutions'), { stat: 'Maximum', label: name }))],
  [
    'Throttles, errors of auth, cold starts',
    [
      ...functions.map((name) => line(lambdaMetric(prefix, name, 'Throttles'), { stat: 'Sum', label: `throttles ${name}` })),
      line(lambdaMetric(prefix, 'auth', 'Errors'), { stat: 'Sum', label: 'errors auth' }),
      line(ownMetric(prefix, 'ColdStarts'), { stat: 'Sum', label: 'cold starts' }),
    ],
  ],
  [
    'Doctor: failures, days left of the certificate',
    [
      line(ownMetric(prefix, 'DoctorFailures'), { stat: 'Maximum', label: 'failures' }),
      line(ownMetric(prefix, 'CertificateDaysLeft'), { stat: 'Minimum', label: 'days left', yAxis: 'right' }),
    ],
  ],
];

const widget = ([title, metrics], index) => ({
  type: 'metric',
  x: (index % COLUMNS) * WIDTH,
  y: Math.floor(index / COLUMNS) * HEIGHT,
  width: WIDTH,
  height: HEIGHT,
  properties: { title, region: '${AWS::Region}', view: 'timeSeries', stacked: title === 'Verdicts', period: 60, metrics },
});

module.exports = async (context) => {
  const { dashboard } = (await settingsOf(context)).values;
  if (!dashboard) return {};
  const prefix = await prefixOf(context);
  const functions = Object.keys(await context.resolveConfigurationProperty(['functions']));
  // Fn::Sub takes ${!…} for a ${…} that is not its own.
  const body = JSON.stringify({ widgets: graphs(prefix, functions).map(widget) }).replaceAll('${PROP', '${!PROP');
  return {
    Resources: {
      Dashboard: { Type: 'AWS::CloudWatch::Dashboard', Properties: { DashboardName: prefix, DashboardBody: { 'Fn::Sub': body } } },
    },
  };
};
