'use strict';

const { givenArn } = require('./arns.cjs');
const { settingsOf } = require('./settings.cjs');

/** With `logKmsKeyArn` every log group of the stack, osls's own resources, is encrypted with that key. */
module.exports = async (context) => {
  const { logKmsKeyArn } = (await settingsOf(context)).values;
  if (logKmsKeyArn === null) return {};
  const functions = Object.keys(await context.resolveConfigurationProperty(['functions']));
  const groups = [...functions.map((name) => `${name[0].toUpperCase()}${name.slice(1)}LogGroup`), 'ApiGatewayLogGroup'];
  return { extensions: Object.fromEntries(groups.map((id) => [id, { Properties: { KmsKeyId: givenArn('logKmsKeyArn') } }])) };
};
