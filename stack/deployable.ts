import { statSync } from 'node:fs';
import path from 'node:path';

import { prepare } from '../src/wiring.ts';
import { APPLICATION_FILE, applicationFile, isJsonText } from './application-file.ts';
import { STORED_VARIABLES, type Values, type Variables } from './parameters.ts';
import { secretProblems } from './roles.ts';
import { type Context, environment, parameterOf, settingsOf, textIn, textOf } from './settings.ts';

// Whether a stage that is deployed can work, as far as that can be seen offline: before anything is made.

const ROOT = path.resolve(import.meta.dirname, '..');

type Problem = readonly [variable: string, says: string];

/** A problem of the functions' variables in the words of stage parameters. */
function inParameters(text: string): string {
  return text.replace(/\b(?:LDAP|AUTH)_[A-Z_]+\b/g, parameterOf);
}

function isPem(text: string): boolean {
  return text.includes('-----BEGIN ');
}

/** The zip holds the files of certs/, and AUTH_APPLICATIONS; there Lambda runs the function in /var/task. */
function fileOf(text: string): string | undefined {
  const name = /^(?:\.\/|\/var\/task\/)?certs\/([^/]+)$/.exec(text)?.[1] ?? '.';
  return name.startsWith('.') ? undefined : path.join(ROOT, 'certs', name);
}

const FILES = ['LDAP_TLS_CA', 'LDAP_TLS_CERT', 'LDAP_TLS_KEY'];

function fileProblems(variables: Variables): readonly Problem[] {
  return FILES.flatMap((variable): readonly Problem[] => {
    const text = variables[variable];
    if (text === undefined || isPem(text)) return [];
    const file = fileOf(text);
    if (file === undefined)
      return [[variable, 'PEM text, or a file directly in certs/, like certs/corp-root.pem: nothing else is in the zip']];
    return isFile(file) ? [] : [[variable, 'this file is not there']];
  });
}

function applicationProblems({ AUTH_APPLICATIONS: text }: Variables): readonly Problem[] {
  if (text === undefined || isJsonText(text)) return [];
  const name = applicationFile(text);
  if (name === undefined) return [['AUTH_APPLICATIONS', APPLICATION_FILE]];
  return isFile(path.join(ROOT, name)) ? [] : [['AUTH_APPLICATIONS', 'this file is not there']];
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

const REFERENCE = /^\{\{resolve:secretsmanager:[^{}]+\}\}$/;

/** Undefined for a reference. Everybody who may read the template, the deployment bucket or serverless-state.json could read the secret. */
function inClear(text: string, way: string): string | undefined {
  if (REFERENCE.test(text)) return undefined;
  if (text.includes('{{resolve:ssm-secure:')) return `CloudFormation does not resolve ssm-secure in a function's environment. ${way}`;
  return `not in clear text, which would lie in the template and in the deployment bucket. ${way}`;
}

const FOR_A_PASSWORD =
  'Use ldapBindPasswordParameter, ldapBindPasswordSecret, or a reference like {{resolve:secretsmanager:ldap-auth/prod/bind-password}}';

function clearTextProblems({ LDAP_BIND_PASSWORD: password, LDAP_TLS_KEY: key }: Variables): readonly Problem[] {
  const ofPassword = password === undefined ? undefined : inClear(password, FOR_A_PASSWORD);
  const ofKey = key === undefined || !isPem(key) ? undefined : inClear(key, 'Use ldapTlsKeySecret');
  return [
    ...(ofPassword === undefined ? [] : [['LDAP_BIND_PASSWORD', ofPassword] as const]),
    ...(ofKey === undefined ? [] : [['LDAP_TLS_KEY', ofKey] as const]),
  ];
}

function keyProblems(apiKeyValue: unknown): readonly string[] {
  if (apiKeyValue === undefined) return [];
  const way = 'Leave it out, and API Gateway makes a key, or use a reference like {{resolve:secretsmanager:ldap-auth/prod/api-key}}';
  const problem = inClear(textIn(apiKeyValue), way);
  return problem === undefined ? [] : [`apiKeyValue: ${problem}`];
}

/** Connection parameters are those of the directory. None at all may come later: `package` needs no setting, and only warns. */
function isConnected(variables: Variables): boolean {
  return Object.keys(variables).some((variable) => variable.startsWith('LDAP_'));
}

/** What the function itself would find wrong at its start, with the files where they are here. */
function ownProblems(variables: Variables): readonly Problem[] {
  const here = FILES.flatMap((variable) => {
    const file = fileOf(variables[variable] ?? '');
    return file === undefined ? [] : [[variable, file] as const];
  });
  const applications = applicationFile(variables['AUTH_APPLICATIONS'] ?? '');
  const ofApplications = applications === undefined ? {} : { AUTH_APPLICATIONS: path.join(ROOT, applications) };
  const { problems } = prepare({ ...variables, ...Object.fromEntries(here), ...ofApplications });
  return problems.map(({ variable, expected }) => [variable, expected] as const);
}

/**
 * Every problem with the variables, as parameters, one for each: with a secret in clear text or a file that is not there, what
 * the function would say to it does not matter any more. Without a connection nothing is missing yet.
 */
function variableProblems(variables: Variables): readonly string[] {
  const own = ownProblems(variables).filter(([variable]) => isConnected(variables) || variable in variables);
  const first = new Map<string, string>();
  for (const [variable, says] of [...fileProblems(variables), ...applicationProblems(variables), ...clearTextProblems(variables), ...own]) {
    if (!first.has(variable)) first.set(variable, says);
  }
  return [...first].map(([variable, says]) => `${parameterOf(variable)}: ${inParameters(says)}`);
}

const WAYS_OUT = new Map([
  ['LDAP_TLS_CA', ': put it into ldapTlsCaParameter, or into a file in certs/'],
  ['AUTH_APPLICATIONS', ': put it into a file, and name that'],
]);

const LAMBDA_ENVIRONMENT_BYTES = 4096;

/** Lambda measures names and values together, as JSON. A reference counts as it stands here: what it leads to is not known. */
function sizeProblems(environment: Variables): readonly string[] {
  const bytes = Buffer.byteLength(JSON.stringify(environment));
  if (bytes <= LAMBDA_ENVIRONMENT_BYTES) return [];
  const [largest = ''] = Object.entries(environment)
    .toSorted(([, one], [, other]) => other.length - one.length)
    .map(([variable]) => variable);
  const way = WAYS_OUT.get(largest) ?? '';
  return [`${parameterOf(largest)}: the functions' environment is ${bytes} bytes, and Lambda takes ${LAMBDA_ENVIRONMENT_BYTES}${way}`];
}

const REGIONAL_PARAMETERS = ['certificateArn', 'secretKmsKeyArn', 'logKmsKeyArn', 'alarmTopicArn'] as const;

/** Everything that is named by its ARN is asked in the region of the stack. */
function regionProblems(values: Values, variables: Variables, region: string): readonly string[] {
  const named = [
    ...REGIONAL_PARAMETERS.map((name) => [name, values[name] ?? ''] as const),
    ...STORED_VARIABLES.map((variable) => [parameterOf(variable), variables[variable] ?? ''] as const),
  ];
  return named
    .filter(([, value]) => value.startsWith('arn:') && value.split(':')[3] !== region)
    .map(([name]) => `${name}: an ARN in the region of the stack, ${region}`);
}

/** What stack/plugin.ts refuses, or warns of. */
export type Check = {
  /** With the parameters by themselves. */
  readonly problems: readonly string[];
  /** With a stage that is deployed. */
  readonly ofStage: readonly string[];
  readonly isConnected: boolean;
};

/**
 * Whether the stage can work: all that is wrong, and whether it knows a directory. Resolving never fails, whatever is wrong: the
 * plugin refuses, before anything is made, in our own words.
 */
export async function check(context: Context): Promise<Check> {
  const { given, stage, values, variables, problems } = await settingsOf(context);
  if (stage === 'local') return { problems, ofStage: [], isConnected: true };
  const ofStage = [
    ...variableProblems(variables),
    ...secretProblems(variables),
    ...keyProblems(given.get('apiKeyValue')),
    ...regionProblems(values, variables, await textOf(context, 'self:provider.region')),
    ...sizeProblems(await environment(context)),
  ];
  return { problems, ofStage, isConnected: isConnected(variables) };
}
