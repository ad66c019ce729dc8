import { type DIMENSIONS, type MetricName, METRICS, NAMESPACE } from './metric-names.ts';

export type Values = Readonly<Partial<Record<MetricName, number>>>;

export type Dimensions = Readonly<Partial<Record<keyof typeof DIMENSIONS, string>>>;

/**
 * Values as one line in CloudWatch's embedded metric format: under `_aws` what is a metric, in which unit and by which sets
 * of dimensions; beside it the values of both. No line break is in it.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function embed(values: Values, dimensions: Dimensions, epochMs: number): string {
  const directives = directivesOf(Object.keys(values) as MetricName[]);
  return `{"_aws":{"Timestamp":${String(epochMs)},"CloudWatchMetrics":${directives}},${JSON.stringify({ ...dimensions, ...values }).slice(1)}`;
}

/** By the metrics in them: most logins have the same ones, and there are a few dozen sets at the most. */
const known = new Map<string, string>();

function directivesOf(metrics: readonly MetricName[]): string {
  const key = metrics.join();
  const directives = known.get(key) ?? makeDirectives(metrics);
  known.set(key, directives);
  return directives;
}

/** One directive for each set of dimension sets, as JSON. */
function makeDirectives(metrics: readonly MetricName[]): string {
  const bySets = Map.groupBy(metrics, (metric) => METRICS[metric].dimensionSets);
  const directives = [...bySets].map(([dimensionSets, members]) => ({
    Namespace: NAMESPACE,
    Dimensions: dimensionSets,
    Metrics: members.map((metric) => ({ Name: metric, Unit: METRICS[metric].unit })),
  }));
  return JSON.stringify(directives);
}
