import { isUtf8 } from 'node:buffer';

import { fieldIn, isRecord, jsonIn } from '../core/anything.ts';
import { fieldOf, valuesOf } from './event.ts';
import type { InputError, LoginRequest, Outcome, Problem } from '../core/outcome.ts';
import { Secret } from '../core/secret.ts';
import { isText, isUsername, MOST_USERNAME_CODE_POINTS } from '../core/username.ts';

export const INPUT_LIMITS = { bodyBytes: 16 * 1024, usernameCodePoints: MOST_USERNAME_CODE_POINTS, passwordCodePoints: 1024 } as const;

const EXPECTED = {
  event: 'an API Gateway event',
  contentType: 'application/json, in UTF-8',
  contentEncoding: 'none',
  size: `at most ${String(INPUT_LIMITS.bodyBytes)} bytes`,
  utf8: 'well-formed UTF-8',
  body: 'a JSON object with username and password',
  application: 'the name of an application, or nothing',
  username: `a string of 1 to ${String(INPUT_LIMITS.usernameCodePoints)} characters of well-formed Unicode, without control characters and U+FFFD`,
  password: `a string of 1 to ${String(INPUT_LIMITS.passwordCodePoints)} characters of well-formed Unicode, without NUL and U+FFFD`,
} as const;

export type Malformed = Extract<Outcome, { readonly kind: 'malformed' }>;

/** What was read of an event, or what is answered because it could not be. */
export type Read<T, Why extends Outcome = Malformed> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly outcome: Why };

/** The JSON text in an event's body, if it is small enough, declared as JSON and really UTF-8. Any value may come in. */
export function readBody(event: unknown): Read<string> {
  if (!isRecord(event)) return malformed('malformed-request', 'event', EXPECTED.event);
  const { body, isBase64Encoded } = event;
  if (typeof body === 'string' && body.length > 2 * INPUT_LIMITS.bodyBytes) return malformed('request-too-large', 'body', EXPECTED.size);
  const types = valuesOf(event['headers'], 'content-type');
  if (types.length === 0 || !types.every(isJson)) return malformed('unsupported-media-type', 'Content-Type', EXPECTED.contentType);
  const encodings = valuesOf(event['headers'], 'content-encoding');
  if (encodings.some((encoding) => encoding.trim().toLowerCase() !== 'identity'))
    return malformed('unsupported-media-type', 'Content-Encoding', EXPECTED.contentEncoding);
  if (typeof body !== 'string' || body === '') return malformed('malformed-request', 'body', EXPECTED.body);
  return isBase64Encoded === true ? decodeBase64(body) : checkText(body);
}

/** A lone surrogate would be sent to the directory as another character. */
function checkText(body: string): Read<string> {
  if (Buffer.byteLength(body) > INPUT_LIMITS.bodyBytes) return malformed('request-too-large', 'body', EXPECTED.size);
  return body.isWellFormed() ? { ok: true, value: body } : malformed('malformed-request', 'body', EXPECTED.utf8);
}

/** And so would an invalid byte. */
function decodeBase64(body: string): Read<string> {
  const bytes = Buffer.from(body, 'base64');
  if (bytes.length > INPUT_LIMITS.bodyBytes) return malformed('request-too-large', 'body', EXPECTED.size);
  return isUtf8(bytes) ? { ok: true, value: bytes.toString('utf8') } : malformed('malformed-request', 'body', EXPECTED.utf8);
}

/** The name and the password in a parsed body, or everything that is wrong with them. */
export function readLogin(body: unknown): Read<LoginRequest> {
  if (!isRecord(body) || Array.isArray(body)) return malformed('malformed-request', 'body', EXPECTED.body);
  const username = Object.hasOwn(body, 'username') ? body['username'] : undefined;
  const password = Object.hasOwn(body, 'password') ? body['password'] : undefined;
  return checkLogin(username, password);
}

/**
 * The input rules of the contract, wherever the two came from. U+FFFD is what a gateway makes of bytes that are not UTF-8: it
 * stands for something else than what was typed.
 */
export function checkLogin(username: unknown, password: unknown): Read<LoginRequest> {
  const isName = isUsername(username);
  const isPassword = isText(password, INPUT_LIMITS.passwordCodePoints) && !/[\0\ufffd]/.test(password);
  if (isName && isPassword) return { ok: true, value: { username, password: new Secret(password) } };
  const problems: Problem[] = [];
  if (!isName) problems.push({ field: 'username', expected: EXPECTED.username });
  if (!isPassword) problems.push({ field: 'password', expected: EXPECTED.password });
  return { ok: false, outcome: { kind: 'malformed', reason: 'malformed-request', problems } };
}

/** The same in JSON text. */
export function readText(body: unknown): Read<LoginRequest> {
  return readLogin(jsonIn(String(body)));
}

/** The same in a plain invocation. What stands in the place of an application and is no name may not be taken for none. */
export function readPlain(event: unknown): Read<LoginRequest> {
  const application = fieldIn(event, 'application');
  if (application === undefined || typeof application === 'string') return readLogin(event);
  return malformed('malformed-request', 'application', EXPECTED.application);
}

function isJson(contentType: string): boolean {
  const [type = '', ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase());
  const charsets = parameters.filter((parameter) => /^charset\s*=/.test(parameter));
  return type === 'application/json' && charsets.every((charset) => /^charset=("?)utf-?8\1$/.test(charset));
}

/** One thing wrong with a request. */
export function malformed(reason: InputError, field: string, expected: string): { readonly ok: false; readonly outcome: Malformed } {
  return { ok: false, outcome: { kind: 'malformed', reason, problems: [{ field, expected }] } };
}

/** Who asked, for the log: the id of the API key, never the key, the IAM principal of a function URL, and the source address. */
export function callerOf(event: unknown): Readonly<Record<string, string>> {
  const context = fieldOf(event, 'requestContext');
  const identity = fieldOf(context, 'identity'); // payload 1.0
  const http = fieldOf(context, 'http'); // payload 2.0
  const iam = fieldOf(fieldOf(context, 'authorizer'), 'iam');
  return {
    ...textField('apiKeyId', identity['apiKeyId']),
    ...textField('userArn', iam['userArn']),
    ...textField('sourceIp', identity['sourceIp'] ?? http['sourceIp']),
  };
}

function textField(name: string, value: unknown): Readonly<Record<string, string>> {
  return typeof value === 'string' ? { [name]: value } : {};
}
