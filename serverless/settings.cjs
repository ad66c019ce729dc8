'use strict';

const { readConfig } = require('../src/core/config.ts');
const { VARIABLES } = require('../src/core/variables.ts');
const { templateParameters } = require('./arns.cjs');
const { PARAMETERS, parse } = require('./parameters.cjs');
const { secretProblems } = require('./secrets.cjs');

/** The variable LDAP_TLS_CA is the stage parameter ldapTlsCa. */
const parameterOf = (variable) => variable.toLowerCase().replace(/_(.)/g, (_, letter) => letter.toUpperCase());

const VARIABLE_OF = new Map(Object.keys(VARIABLES).map((variable) => [parameterOf(variable), variable]));
const NAMES = [...Object.keys(PARAMETERS), ...VARIABLE_OF.keys()];

/** An error that osls prints as its message alone: it would print the stack, if there were one. */
const refusal = (message) => Object.assign(new Error(message), { stack: message });

/** Exactly as typed. What osls makes of them has lost all lines but the first and the blanks at the end: a PEM text, a password. */
const commandLine = () => {
  const typed = process.argv.flatMap((word, index, words) => {
    if (word.startsWith('--param=')) return [word.slice('--param='.length)];
    return word === '--param' ? [words[index + 1] ?? ''] : [];
  });
  return new Map(typed.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]));
};

/** The parameters that are set: from the command line, or from `params` of the stage or of all stages. An empty one is not. */
const readParameters = async (context) => {
  const typed = commandLine();
  const found = await Promise.all(
    NAMES.map(async (name) => [name, typed.get(name) ?? (await context.resolveVariable(`param:${name}, ''`)) ?? '']),
  );
  return new Map(found.filter(([, value]) => value !== ''));
};

/** A misspelt parameter would leave its setting unset, and the mistake would be found at the first login. */
const strangers = async (context, stage) => {
  const params = (await context.resolveConfigurationProperty(['params'])) ?? {};
  const names = [...Object.keys({ ...params.default, ...params[stage] }), ...commandLine().keys()];
  const unknown = names.filter((name) => !NAMES.includes(name));
  return unknown.length === 0 ? [] : [`no such parameter: ${unknown.join(', ')}. There are: ${NAMES.toSorted().join(', ')}`];
};

/** `npm start` hands its own variables on, unknown ones too: the function itself says what is wrong with them. */
const localVariables = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(LDAP|AUTH)_/.test(name) || name === 'LOG_LEVEL'));

const textOf = (value) => (typeof value === 'object' ? JSON.stringify(value) : String(value)); // LDAP_REQUIRED_GROUPS may be a YAML list

const variablesIn = (texts) =>
  Object.fromEntries([...VARIABLE_OF].filter(([name]) => texts.has(name)).map(([name, variable]) => [variable, textOf(texts.get(name))]));

/** What the function itself would find wrong with what is set. What is missing may come later: packaging needs no setting. */
const variableProblems = (variables) =>
  readConfig(variables)
    .problems.filter(({ variable }) => variable in variables)
    .map(({ variable, expected }) => `${parameterOf(variable)}: ${expected}`);

/** The parameters' values and the functions' variables, with every problem there is. Never throws. */
const settingsOf = async (context) => {
  const texts = await readParameters(context);
  const stage = await context.resolveVariable('sls:stage');
  const variables = stage === 'local' ? localVariables() : variablesIn(texts);
  const region = await context.resolveVariable('self:provider.region');
  const { values, problems } = parse(texts, { variables, region });
  const ofVariables = stage === 'local' ? [] : [...variableProblems(variables), ...secretProblems(variables)];
  return { values, variables, problems: [...(await strangers(context, stage)), ...problems, ...ofVariables] };
};

/** `<service>-<stage>`: how everything in the stack begins that has a name. */
const prefixOf = async (context) => `${await context.resolveVariable('self:service')}-${await context.resolveVariable('sls:stage')}`;

/**
 * The functions' variables: those that are set, and the name under which their metrics count. The one place in serverless.yml
 * where wrong parameters are refused, all at once; everywhere else a wrong one is taken for its default.
 */
const environment = async (context) => {
  const { variables, problems } = await settingsOf(context);
  if (problems.length > 0) throw refusal(problems.join('\n'));
  const isLocal = (await context.resolveVariable('sls:stage')) === 'local'; // at a terminal nobody reads metrics
  return { POWERTOOLS_SERVICE_NAME: await prefixOf(context), ...(isLocal ? { POWERTOOLS_METRICS_DISABLED: 'true' } : {}), ...variables };
};

/** Where the functions run: in these subnets with these security groups, or, without them, outside of any VPC (null). */
const vpc = async (context) => {
  const { subnetIds, securityGroupIds } = (await settingsOf(context)).values;
  return subnetIds.length > 0 && securityGroupIds.length > 0 ? { subnetIds, securityGroupIds } : null;
};

/** A parameter's value as it is: `${file(serverless/settings.cjs):tracing}`. */
const asTheyAre = Object.fromEntries(
  ['authorizerReservedConcurrency', 'logRetentionInDays', 'provisionedConcurrency', 'reservedConcurrency', 'tags', 'tracing'].map(
    (name) => [name, async (context) => (await settingsOf(context)).values[name]],
  ),
);

/** ARNs that were given, as parameters of the template. */
const arns = async (context) => templateParameters(await settingsOf(context));

module.exports = { ...asTheyAre, arns, environment, prefixOf, settingsOf, vpc };
