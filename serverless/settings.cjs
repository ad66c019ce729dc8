'use strict';

const path = require('node:path');

const { VARIABLES } = require('../src/core/variables.ts');
const { templateParameters } = require('./arns.cjs');
const { isConnected, literal, parameterOf, regionProblems, sizeProblems, variableProblems } = require('./deployable.cjs');
const { PARAMETERS, parse } = require('./parameters.cjs');
const { secretProblems } = require('./secrets.cjs');

const VARIABLE_OF = new Map(Object.keys(VARIABLES).map((variable) => [parameterOf(variable), variable]));
const ROOT = path.resolve(__dirname, '..');
const NAMES = [...Object.keys(PARAMETERS), ...VARIABLE_OF.keys()];

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

/** The parameters' values and the functions' variables, with every problem there is. Never throws. */
const settingsOf = async (context) => {
  const texts = await readParameters(context);
  const stage = await context.resolveVariable('sls:stage');
  const variables = stage === 'local' ? localVariables() : variablesIn(texts);
  const { values, problems } = parse(texts, variables);
  return { texts, stage, values, variables, problems: [...(await strangers(context, stage)), ...problems] };
};

/** `<service>-<stage>`: how everything in the stack begins that has a name. */
const prefixOf = async (context) => `${await context.resolveVariable('self:service')}-${await context.resolveVariable('sls:stage')}`;

/** The functions' variables: those that are set, and the name under which their metrics count. */
const environment = async (context) => {
  const { stage, variables } = await settingsOf(context);
  const isLocal = stage === 'local'; // at a terminal nobody reads metrics
  return { POWERTOOLS_SERVICE_NAME: await prefixOf(context), ...(isLocal ? { POWERTOOLS_METRICS_DISABLED: 'true' } : {}), ...variables };
};

const keyProblems = (apiKeyValue) =>
  apiKeyValue === undefined
    ? []
    : literal(
        String(apiKeyValue),
        'Leave it out, and API Gateway makes a key, or use a reference like {{resolve:secretsmanager:ldap-auth/prod/api-key}}',
      ).map((says) => `apiKeyValue: ${says}`);

/**
 * Whether the stage can work: every problem with the parameters by themselves, those that matter where the stage is deployed,
 * and whether it knows a directory at all. Resolving never fails, whatever is wrong: serverless/stack.cjs refuses, before anything is made, in our own words.
 */
const check = async (context) => {
  const settings = await settingsOf(context);
  const { texts, stage, values, variables, problems } = settings;
  if (stage === 'local') return { problems, ofStage: [], isConnected: true };
  const region = await context.resolveVariable('self:provider.region');
  const ofStage = [
    ...variableProblems(ROOT, variables),
    ...secretProblems(variables),
    ...keyProblems(texts.get('apiKeyValue')),
    ...regionProblems(values, variables, region),
    ...sizeProblems(await environment(context)),
  ];
  return { problems, ofStage, isConnected: isConnected(variables) };
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

module.exports = { ...asTheyAre, arns, check, environment, prefixOf, settingsOf, vpc };
