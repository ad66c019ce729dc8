import { randomUUID } from 'node:crypto';

import type { Reason } from '../../src/core/outcome.ts';
import { type Answer as Row, ANSWERS } from '../../src/http/response.ts';
import type { Answer, Question } from './ask.ts';

/** A row: what is asked, and what the contract says that the answer is. */
export type Check = {
  readonly title: string;
  readonly question: Question;
  readonly reasons: readonly Reason[];
  /** Default: what `POST /auth` answers for the reason. */
  readonly http?: readonly number[];
  /** Fields beside status, message and reason; `key?` may be missing. */
  readonly fields?: readonly string[];
  readonly also?: (answer: Answer) => string | undefined;
};

export type Login = { readonly username: string; readonly password: string };

const JSON_BODY = { 'content-type': 'application/json' } as const;

function post(body: unknown): Question {
  return { method: 'POST', headers: JSON_BODY, body: JSON.stringify(body) };
}

function basic({ username, password }: Login): Readonly<Record<string, string>> {
  return {
    authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
  };
}

/** A name that nobody has, and so nobody who could be locked out. */
function nobody(): Login {
  return { username: `smoke-${randomUUID()}`, password: randomUUID() };
}

/** `uniform` has one answer for all of them; after a direct bind the directory tells no difference. */
const REFUSED = ['user-not-found', 'wrong-password', 'invalid-credentials'] as const satisfies readonly Reason[];

function hasChallenge({ headers }: Answer): string | undefined {
  const challenge = headers.get('www-authenticate') ?? headers.get('x-amzn-remapped-www-authenticate') ?? '';
  return challenge.startsWith('Basic realm=') ? undefined : 'no challenge: WWW-Authenticate, or x-amzn-remapped-www-authenticate';
}

function echoes(marker: string) {
  return ({ text }: Answer): string | undefined => (text.includes(marker) ? 'what was sent comes back in the answer' : undefined);
}

function problemsOf(answer: Answer): readonly unknown[] {
  const { problems } = answer.body as { readonly problems?: unknown };
  return Array.isArray(problems)
    ? problems.map((one: unknown) => (typeof one === 'object' && one !== null && 'field' in one ? one.field : one))
    : [];
}

function complainsOf(...fields: readonly string[]) {
  return (answer: Answer): string | undefined =>
    JSON.stringify(problemsOf(answer)) === JSON.stringify(fields) ? undefined : `problems does not list ${fields.join(' and ')}`;
}

function ofNobody(): readonly Check[] {
  return [
    { title: 'POST /auth: a name that nobody has is refused', question: post(nobody()), reasons: REFUSED },
    {
      title: 'GET /auth: the same, and a browser would ask again',
      question: { method: 'GET', headers: basic(nobody()) },
      reasons: REFUSED,
      also: hasChallenge,
    },
    {
      title: 'GET /auth: no credentials, 401',
      question: { method: 'GET' },
      reasons: ['malformed-request'],
      http: [401],
      fields: ['problems'],
      also: hasChallenge,
    },
  ];
}

function ofInput(marker: string): readonly Check[] {
  return [
    {
      title: 'a body without name and password, 400, and no value comes back',
      question: post({ user: marker }),
      reasons: ['malformed-request'],
      fields: ['problems'],
      also: (answer) => complainsOf('username', 'password')(answer) ?? echoes(marker)(answer),
    },
    {
      title: 'an empty password, 400: the directory must not see it',
      question: post({ ...nobody(), password: '' }),
      reasons: ['malformed-request'],
      fields: ['problems'],
      also: complainsOf('password'),
    },
    {
      title: 'a body that is not JSON, 415',
      question: { ...post(nobody()), headers: { 'content-type': 'text/plain' } },
      reasons: ['unsupported-media-type'],
      fields: ['problems'],
    },
    {
      title: 'a body of more than 16 KiB, 413',
      question: post({ ...nobody(), padding: 'x'.repeat(16 * 1024) }),
      reasons: ['request-too-large'],
      fields: ['problems'],
    },
  ];
}

/** What API Gateway answers by itself. */
function ofTheGateway(): readonly Check[] {
  return [
    { title: 'no key, 403', question: { ...post(nobody()), key: 'none' }, reasons: ['caller-not-permitted'] },
    { title: 'a wrong key, 403', question: { ...post(nobody()), key: 'wrong' }, reasons: ['caller-not-permitted'] },
    {
      title: 'GET /auth without a key, 403',
      question: { method: 'GET', headers: basic(nobody()), key: 'none' },
      reasons: ['caller-not-permitted'],
    },
    { title: 'an unknown path', question: { method: 'GET', path: '/no-such-path' }, reasons: ['no-such-endpoint'], http: [403, 404] },
    { title: 'an unknown method', question: { ...post(nobody()), method: 'PUT' }, reasons: ['no-such-endpoint'], http: [403, 404] },
  ];
}

/** What holds for every deployment, with any users. */
export function checksOfAnybody(): readonly Check[] {
  return [...ofNobody(), ...ofInput(randomUUID()), ...ofTheGateway()];
}

const MAY_BE_TOLD = ['user', 'groups?', 'passwordExpiresInSeconds?', 'graceLoginsRemaining?'] as const;

function saysWho({ body }: Answer): string | undefined {
  const { user } = body as { readonly user?: { readonly username?: unknown } };
  return typeof user?.username === 'string' ? undefined : 'it does not say who: user.username';
}

/** With somebody's right password. A wrong one is never sent for a name that exists. */
export function checksOf(login: Login): readonly Check[] {
  return [
    {
      title: 'POST /auth: the given user is valid',
      question: post(login),
      reasons: ['authenticated'],
      fields: MAY_BE_TOLD,
      also: (answer) => saysWho(answer) ?? echoes(login.password)(answer),
    },
    {
      title: 'GET /auth: the given user is valid, and Remote-User tells who',
      question: { method: 'GET', headers: basic(login) },
      reasons: ['authenticated'],
      fields: MAY_BE_TOLD,
      also: ({ headers }) => (headers.has('remote-user') ? undefined : 'no Remote-User'),
    },
  ];
}

function rowOf(reason: unknown): Row | undefined {
  return typeof reason === 'string' && reason in ANSWERS ? ANSWERS[reason as Reason] : undefined;
}

/** What is wrong with an answer, in a few words; undefined: nothing. Pure. */
export function problemWith(check: Check, answer: Answer): string | undefined {
  const { status, message, reason } = answer.body as { readonly status?: unknown; readonly message?: unknown; readonly reason?: unknown };
  const row = rowOf(reason);
  if (row === undefined) return `HTTP ${String(answer.http)}, not in the contract's shape: ${start(answer.text)}`;
  if (!check.reasons.some((expected) => expected === reason)) return unexpected(answer.http, row, String(reason));
  const http = check.http ?? [row.http];
  if (!http.includes(answer.http)) return `HTTP ${String(answer.http)} instead of ${http.join(' or ')}`;
  if (status !== row.status || message !== row.message)
    return `status ${String(status)}, message ${String(message)}: not those of ${String(reason)}`;
  return strangeField(check, answer) ?? wrongHeader(answer) ?? check.also?.(answer);
}

function unexpected(http: number, { status }: Row, reason: string): string {
  const told = `HTTP ${String(http)}, status ${String(status)} ${reason}`;
  if (status === 5 || status === 7) return `${told}. What is wrong: npx serverless invoke -f doctor`;
  return reason === 'caller-not-permitted' ? `${told}. Is it the right key? From the right address?` : told;
}

function strangeField({ fields = [] }: Check, { body }: Answer): string | undefined {
  const known = new Set(['status', 'message', 'reason', ...fields.map((field) => field.replace('?', ''))]);
  const missing = fields.filter((field) => !field.endsWith('?') && !(field in body));
  const strange = Object.keys(body).filter((field) => !known.has(field));
  if (missing.length > 0) return `no ${missing.join(', ')} in the answer`;
  return strange.length > 0 ? `a field that does not belong there: ${strange.join(', ')}` : undefined;
}

function wrongHeader({ headers }: Answer): string | undefined {
  if (headers.get('cache-control') !== 'no-store') return 'Cache-Control is not no-store';
  return headers.get('content-type')?.startsWith('application/json') === true ? undefined : 'Content-Type is not application/json';
}

function start(text: string): string {
  return text === '' ? 'it is empty' : text.replaceAll(/\p{C}+/gu, ' ').slice(0, 120);
}
