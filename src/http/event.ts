import { fieldIn, isRecord } from '../core/anything.ts';

/** The ways to call the function `auth`; `none`: something else was asked for. */
export type Way = 'POST /auth' | 'GET /auth' | 'plain' | 'none';

export type Asked = {
  readonly way: Way;
  /** As it was sent: it may be configured or not. */
  readonly application?: string | undefined;
};

/**
 * What is asked for, by the event's shape: of a REST API (payload 1.0), of an HTTP API or a function URL (payload 2.0), or a
 * plain invocation. An event that is none of them, sent by hand, means `POST /auth`: it did not come through a gateway that
 * could have asked for anything else.
 */
export function askedOf(event: unknown): Asked {
  if (!isRecord(event)) return { way: 'POST /auth' };
  if (isPlain(event)) return { way: 'plain', application: textOf(event['application']) };
  const { method, path, ...target } = targetOf(event);
  const found = path === undefined ? undefined : findIn(path, target);
  if (found === null || !(method === undefined || method === 'POST' || method === 'GET')) return { way: 'none' };
  return { way: method === 'GET' ? 'GET /auth' : 'POST /auth', application: applicationIn(found?.[1], target) };
}

/** Which of its fields only a gateway sends, or somebody who writes an event of one. */
const OF_A_GATEWAY = ['requestContext', 'httpMethod', 'rawPath', 'headers', 'body'] as const;
const OF_A_LOGIN = ['username', 'password', 'application'] as const;

function isPlain(event: Readonly<Record<string, unknown>>): boolean {
  return OF_A_LOGIN.some((name) => Object.hasOwn(event, name)) && !OF_A_GATEWAY.some((name) => Object.hasOwn(event, name));
}

/** `/auth` or `/auth/{application}`, whatever stage and base path stand before it. */
const PATH = /\/auth(?:\/([^/]+))?$/;

/** `/auth/wiki/auth` is neither the application wiki nor none, unless the gateway says what the first parts are. */
function findIn(path: string, { template = '$default' }: Target): RegExpExecArray | null {
  const found = PATH.exec(path);
  const before = path.slice(0, found?.index);
  return template === '$default' && before.includes('/auth/') ? null : found;
}

type Target = {
  readonly method?: string | undefined;
  readonly path?: string | undefined;
  /** What the gateway matched, with its parameters in braces. */
  readonly template?: string | undefined;
  readonly parameter?: string | undefined;
};

/**
 * `/auth/auth` is an application called `auth`, unless the gateway itself says that the first part is a stage or a base path:
 * taken for no application, it would be asked for other groups.
 */
function applicationIn(last: string | undefined, { template = '', parameter }: Target): string | undefined {
  return parameter ?? (last === 'auth' && template.endsWith('/auth') ? undefined : last);
}

function targetOf(event: Readonly<Record<string, unknown>>): Target {
  const http = fieldOf(fieldOf(event, 'requestContext'), 'http');
  return {
    method: textOf(event['httpMethod']) ?? textOf(http['method']),
    path: textOf(event['path']) ?? textOf(event['rawPath']),
    template: textOf(event['resource']) ?? textOf(event['routeKey']),
    parameter: textOf(fieldOf(event, 'pathParameters')['application']),
  };
}

/**
 * The application that the stage variable of a protected API chooses. What is no text there is an application that nobody can
 * have configured: never none.
 */
export function applicationOfStage(event: unknown): string | undefined {
  const { application } = fieldOf(event, 'stageVariables');
  return application === undefined ? undefined : (textOf(application) ?? '');
}

/** The fields of an object in a field; none where it is no object. */
export function fieldOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  const field = fieldIn(value, name);
  return isRecord(field) ? field : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/**
 * Every value of a header, by its lower-case name. A REST API's `headers` hold the last of several, its `multiValueHeaders`
 * all of them; payload 2.0 joins them with commas, which is left as it is.
 */
export function headerValues(event: unknown, name: string): readonly string[] {
  const single = valuesOf(fieldIn(event, 'headers'), name);
  const multi = named(fieldIn(event, 'multiValueHeaders'), name).flat().filter(isText);
  return multi.length === 0 ? single : [...multi, ...single.filter((value) => !multi.includes(value))];
}

/** A header in an event's `headers`, by its lower-case name, however the gateway spelled it: one value for each spelling. */
export function valuesOf(headers: unknown, name: string): readonly string[] {
  return named(headers, name).filter(isText);
}

function named(headers: unknown, name: string): readonly unknown[] {
  const own = Object.entries(isRecord(headers) ? headers : {}).filter(([key]) => key.length === name.length && key.toLowerCase() === name);
  return own.map(([, value]) => value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
