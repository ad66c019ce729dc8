import type { Options } from './options.ts';

export type Question = {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Default: `/auth`. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Default: the key that was given. */
  readonly key?: 'none' | 'wrong';
};

export type Answer = {
  readonly http: number;
  readonly headers: Headers;
  readonly text: string;
  /** The JSON object that it is; empty, if it is none. */
  readonly body: Readonly<Record<string, unknown>>;
};

/** An answer, or why there is none, in a few words. */
export type Asked = { readonly ok: true; readonly answer: Answer } | { readonly ok: false; readonly problem: string };

const WITHIN_MS = 35_000; // API Gateway ends at 29 s

function keyHeader(key: string, which: Question['key']): Readonly<Record<string, string>> {
  if (which === 'none') return {};
  return { 'x-api-key': which === 'wrong' ? `not-${key}` : key };
}

/** One request over HTTPS, as a caller would make it. Follows nothing, repeats nothing. */
export async function ask({ url, key }: Options, { method, path = '/auth', headers, body, key: which }: Question): Promise<Asked> {
  try {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...keyHeader(key, which), ...headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(WITHIN_MS),
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    return { ok: true, answer: { http: response.status, headers: response.headers, text, body: objectIn(text) } };
  } catch (error) {
    return { ok: false, problem: `no answer: ${causeOf(error)}` };
  }
}

function objectIn(text: string): Answer['body'] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** fetch hides what happened in the cause: a code of the system or of TLS. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const { cause } = error;
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message;
  return error.name;
}
