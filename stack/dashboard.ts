import { DIMENSIONS, METRIC_OF_STEP, type MetricName } from '../src/observe/metric-names.ts';
import { apiMetric, lambdaMetric, ownMetric, type StackMetric } from './alarms.ts';
import { type Context, functionsOf, prefixOf, settingsOf } from './settings.ts';

const VERDICTS = ['valid', 'invalid', 'indeterminate', 'throttled', 'malformed', 'out-of-order'];
const STEPS = Object.values(METRIC_OF_STEP);
const COLUMNS = 3;
const [WIDTH, HEIGHT] = [8, 6];

/** A line as CloudWatch writes it: namespace, name, dimensions, and how it is shown. */
type Line = readonly unknown[];

type Graph = readonly [title: string, lines: readonly Line[]];

function line({ namespace, name, dimensions }: StackMetric, options: object): Line {
  return [namespace, name, ...Object.entries(dimensions).flat(), options];
}

/** One line for each value that a dimension has, whatever they are. */
function each(prefix: string, metric: MetricName, dimension: keyof typeof DIMENSIONS, statistic: string): Line {
  const { service } = DIMENSIONS;
  const { namespace, name } = ownMetric(prefix, metric);
  const found = `{"${namespace}",${service},${DIMENSIONS[dimension]}} MetricName="${name}" ${service}="${prefix}"`;
  return [{ expression: `SEARCH('${found}', '${statistic}', 60)`, label: `\${PROP('Dim.${DIMENSIONS[dimension]}')}` }];
}

function percent(prefix: string): readonly Line[] {
  return [
    [{ expression: 'share * 100', label: 'percent' }],
    line(ownMetric(prefix, 'Indeterminate'), { id: 'share', stat: 'Average', visible: false }),
  ];
}

function loginGraphs(prefix: string): readonly Graph[] {
  const verdicts = VERDICTS.map((verdict) =>
    line(ownMetric(prefix, 'Verdicts', { [DIMENSIONS.verdict]: verdict }), { stat: 'Sum', label: verdict }),
  );
  const counts = ['Failovers', 'RefusedServiceAccount', 'SlowRefusals', 'UserThrottled', 'GateUnavailable'] as const;
  return [
    ['Verdicts', verdicts],
    ['Reasons', [each(prefix, 'Verdicts', 'reason', 'Sum')]],
    ['Logins without an answer, percent', percent(prefix)],
    ['Milliseconds of a login', ['p50', 'p90', 'p99'].map((stat) => line(ownMetric(prefix, 'Latency'), { stat, label: stat }))],
    ['Milliseconds of each step, p90', STEPS.map((name) => line(ownMetric(prefix, name), { stat: 'p90' }))],
    ['Directory and gate', counts.map((name) => line(ownMetric(prefix, name), { stat: 'Sum' }))],
  ];
}

function functionGraphs(prefix: string, functions: readonly string[]): readonly Graph[] {
  return [
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
}

async function apiGraph(context: Context): Promise<Graph> {
  const lines = ['Count', '4XXError', '5XXError'].map(async (name) => line(await apiMetric(context, name), { stat: 'Sum', label: name }));
  return ['Requests of the API, and its 4xx and 5xx', await Promise.all(lines)];
}

function widget([title, metrics]: Graph, index: number): object {
  return {
    type: 'metric',
    x: (index % COLUMNS) * WIDTH,
    y: Math.floor(index / COLUMNS) * HEIGHT,
    width: WIDTH,
    height: HEIGHT,
    properties: { title, region: '${AWS::Region}', view: 'timeSeries', stacked: title === 'Verdicts', period: 60, metrics },
  };
}

export async function dashboard(context: Context): Promise<object> {
  if (!(await settingsOf(context)).values.dashboard) return {};
  const prefix = await prefixOf(context);
  const graphs = [...loginGraphs(prefix), ...functionGraphs(prefix, await functionsOf(context)), await apiGraph(context)];
  // Fn::Sub takes ${!…} for a ${…} that is not its own.
  const body = JSON.stringify({ widgets: graphs.map(widget) }).replaceAll('${PROP', '${!PROP');
  return {
    Resources: {
      Dashboard: { Type: 'AWS::CloudWatch::Dashboard', Properties: { DashboardName: prefix, DashboardBody: { 'Fn::Sub': body } } },
    },
  };
}
