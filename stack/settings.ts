import { SETTINGS } from '../src/config/settings.ts';
import { type Given, PARAMETERS, parse, type Values, type Variables } from './parameters.ts';

/** What osls gives to a function that `file:` names. */
export type Context = {
  readonly resolveVariable: (name: string) => Promise<unknown>;
  readonly resolveConfigurationProperty: (path: readonly string[]) => Promise<unknown>;
};

/** The variable LDAP_TLS_CA is the stage parameter ldapTlsCa. */
export function parameterOf(variable: string): string {
  return variable.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

const VARIABLE_OF = new Map(Object.keys(SETTINGS).map((variable) => [parameterOf(variable), variable]));
const NAMES = [...Object.keys(PARAMETERS), ...VARIABLE_OF.keys()];

export async function textOf(context: Context, variable: string): Promise<string> {
  return String(await context.resolveVariable(variable));
}

export async function stageOf(context: Context): Promise<string> {
  return await textOf(context, 'sls:stage');
}

/** `<service>-<stage>`: how everything in the stack begins that has a name. */
export async function prefixOf(context: Context): Promise<string> {
  return `${await textOf(context, 'self:service')}-${await stageOf(context)}`;
}

/** The name of the table that `gateTable` makes. */
export function gateTableOf(prefix: string): string {
  return `${prefix}-gate`;
}

/** The functions of serverless.yml, by name. */
export async function functionsOf(context: Context): Promise<readonly string[]> {
  return [...propertiesIn(await context.resolveConfigurationProperty(['functions'])).keys()];
}

function propertiesIn(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
}

/** Exactly as typed. What osls makes of them has lost all lines but the first and the blanks at the end: a PEM text, a password. */
function commandLine(): ReadonlyMap<string, string> {
  const typed = process.argv.flatMap((word, index, words) => {
    if (word.startsWith('--param=')) return [word.slice('--param='.length)];
    return word === '--param' ? [words[index + 1] ?? ''] : [];
  });
  return new Map(typed.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]));
}

/** The parameters that are set: from the command line, or from `params` of the stage or of all stages. An empty one is not. */
async function readParameters(context: Context): Promise<Given> {
  const typed = commandLine();
  const found = await Promise.all(
    NAMES.map(async (name) => [name, typed.get(name) ?? (await context.resolveVariable(`param:${name}, ''`)) ?? ''] as const),
  );
  return new Map(found.filter(([, value]) => value !== ''));
}

/** A misspelt parameter would leave its setting unset, and the mistake would be found at the first login. */
async function strangers(context: Context, stage: string): Promise<readonly string[]> {
  const params = propertiesIn(await context.resolveConfigurationProperty(['params']));
  const ofStage = ['default', stage].flatMap((name) => [...propertiesIn(params.get(name)).keys()]);
  const names = new Set([...ofStage, ...commandLine().keys()]);
  const unknown = [...names].filter((name) => !NAMES.includes(name));
  return unknown.length === 0 ? [] : [`no such parameter: ${unknown.join(', ')}. There are: ${NAMES.toSorted().join(', ')}`];
}

/** `npm start` hands its own variables on, unknown ones too: the function itself says what is wrong with them. */
function localVariables(): Variables {
  const found = Object.entries(process.env).filter(([name]) => /^(LDAP|AUTH)_/.test(name) || name === 'LOG_LEVEL');
  return Object.fromEntries(found.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** What YAML makes of a value, as text: LDAP_REQUIRED_GROUPS may be a list. */
export function textIn(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function variablesIn(given: Given): Variables {
  const found = [...VARIABLE_OF].filter(([name]) => given.has(name));
  return Object.fromEntries(found.map(([name, variable]) => [variable, textIn(given.get(name))]));
}

export type Settings = {
  readonly given: Given;
  readonly stage: string;
  readonly values: Values;
  readonly variables: Variables;
  readonly problems: readonly string[];
};

/** The parameters' values and the functions' variables, with every problem of the parameters by themselves. Never throws. */
export async function settingsOf(context: Context): Promise<Settings> {
  const given = await readParameters(context);
  const stage = await stageOf(context);
  const variables = stage === 'local' ? localVariables() : variablesIn(given);
  const { values, problems } = parse(given, variables);
  const own = values.gateTable ? { AUTH_GATE_TABLE: gateTableOf(await prefixOf(context)) } : {};
  return { given, stage, values, variables: { ...own, ...variables }, problems: [...(await strangers(context, stage)), ...problems] };
}

/** The functions' variables: those that are set, and the name under which their metrics count. */
export async function environment(context: Context): Promise<Variables> {
  const { stage, variables } = await settingsOf(context);
  const isLocal = stage === 'local'; // at a terminal nobody reads metrics
  return { POWERTOOLS_SERVICE_NAME: await prefixOf(context), ...(isLocal ? { POWERTOOLS_METRICS_DISABLED: 'true' } : {}), ...variables };
}

/** Where the functions run: in these subnets with these security groups, or, without them, outside of any VPC (null). */
export async function vpc(context: Context): Promise<Pick<Values, 'subnetIds' | 'securityGroupIds'> | null> {
  const { subnetIds, securityGroupIds } = (await settingsOf(context)).values;
  return subnetIds.length > 0 && securityGroupIds.length > 0 ? { subnetIds, securityGroupIds } : null;
}
