'use strict';

const { DIMENSIONS, METRICS, NAMESPACE } = require('../src/observe/metric-names.ts');

/** A metric of ours as CloudWatch names it: namespace, name, and `service` with further dimensions. */
const ownMetric = (prefix, name, dimensions = {}) => {
  if (!Object.hasOwn(METRICS, name)) throw new Error(`Nobody writes a metric ${name}`);
  return { namespace: NAMESPACE, name, dimensions: { [DIMENSIONS.service]: prefix, ...dimensions } };
};

const lambdaMetric = (prefix, functionName, name) => ({
  namespace: 'AWS/Lambda',
  name,
  dimensions: { FunctionName: `${prefix}-${functionName}` },
});

module.exports = { lambdaMetric, ownMetric };
