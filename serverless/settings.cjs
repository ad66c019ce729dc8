'use strict';

const { VARIABLES } = require('../src/core/config.ts');

// Stage parameters that are not variables of the function.
const STACK_PARAMETERS = ['apiKeyValue', 'burstLimit', 'logRetentionInDays', 'rateLimit', 'securityGroupIds', 'subnetIds', 'tracing'];

/** The variable LDAP_TLS_CA is the stage parameter ldapTlsCa. */
const parameterOf = (variable) => variable.toLowerCase().replace(/_(.)/g, (_, letter) => letter.toUpperCase());

const PARAMETERS = new Set([...STACK_PARAMETERS, ...Object.keys(VARIABLES).map(parameterOf)]);

/** An error that osls prints as its message alone: it would print the stack, if there were one. */
const refusal = (message) => Object.assign(new Error(message), { stack: message });

/** Exactly as typed. What osls makes of them has lost all lines but the first and the blanks at the end: a PEM text, a password. */
const commandLine = ({ options }) =>
  new Map((options.param ?? []).map((option) => [option.slice(0, option.indexOf('=')), option.slice(option.indexOf('=') + 1)]));

/** A parameter that is not set is an empty text; so is an empty one. */
const readParameter = async (context, name) => commandLine(context).get(name) ?? (await context.resolveVariable(`param:${name}, ''`)) ?? '';

/** A misspelt parameter would leave its variable unset, and the mistake would be found at the first login. */
const refuseStrangers = async (context, stage) => {
  const params = (await context.resolveConfigurationProperty(['params'])) ?? {};
  const names = [...Object.keys({ ...params.default, ...params[stage] }), ...commandLine(context).keys()];
  const strangers = names.filter((name) => !PARAMETERS.has(name));
  if (strangers.length > 0)
    throw refusal(`no such parameter: ${strangers.join(', ')}. There are: ${[...PARAMETERS].toSorted().join(', ')}`);
};

/** `npm start` hands its own variables on, unknown ones too: the function itself says what is wrong with them. */
const localEnvironment = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(LDAP|AUTH)_/.test(name) || name === 'LOG_LEVEL'));

const textOf = (value) => (typeof value === 'object' ? JSON.stringify(value) : String(value)); // LDAP_REQUIRED_GROUPS may be a YAML list

/** The function's variables: those that are set, and no other. */
const environment = async (context) => {
  const stage = await context.resolveVariable('sls:stage');
  await refuseStrangers(context, stage);
  if (stage === 'local') return localEnvironment();
  const variables = {};
  for (const variable of Object.keys(VARIABLES)) {
    const value = textOf(await readParameter(context, parameterOf(variable)));
    if (value !== '') variables[variable] = value;
  }
  return variables;
};

const listOf = (value) =>
  Array.isArray(value)
    ? value
    : String(value)
        .split(/[\s,]+/)
        .filter((item) => item !== '');

/** Where the function runs: in these subnets with these security groups, or, without them, outside of any VPC (null). */
const vpc = async (context) => {
  const subnetIds = listOf(await readParameter(context, 'subnetIds'));
  const securityGroupIds = listOf(await readParameter(context, 'securityGroupIds'));
  if (subnetIds.length === 0 && securityGroupIds.length === 0) return null;
  if (subnetIds.length === 0 || securityGroupIds.length === 0) throw refusal('subnetIds and securityGroupIds: both or neither');
  return { subnetIds, securityGroupIds };
};

const tracing = async (context) => {
  const value = String(await readParameter(context, 'tracing'));
  if (!['', 'true', 'false'].includes(value)) throw refusal('tracing: true or false');
  return value === 'true';
};

module.exports = { environment, vpc, tracing };
