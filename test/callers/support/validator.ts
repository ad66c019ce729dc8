import { readFileSync } from 'node:fs';
import path from 'node:path';

import { Ajv2020 } from 'ajv/dist/2020.js';

type Validate = NonNullable<ReturnType<Ajv2020['getSchema']>>;

const FILE = path.resolve(import.meta.dirname, '../../../openapi.json');

export function documentText(): string {
  return readFileSync(FILE, 'utf8');
}

/** A value in the document, by its JSON pointer. */
export function valueAt(...names: readonly string[]): unknown {
  let value: unknown = JSON.parse(documentText());
  for (const name of names)
    value = typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;
  return value;
}

let ajv: Ajv2020 | undefined;

function schemaAt(pointer: string): Validate | undefined {
  if (ajv === undefined) {
    ajv = new Ajv2020({ strict: false, allErrors: true, formats: { password: true } }); // the document has words of its own
    ajv.addSchema(Object(JSON.parse(documentText())) as object, 'openapi.json');
  }
  return ajv.getSchema(`openapi.json#${pointer}`);
}

export type Response = {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
  readonly body: string;
};

/** What is wrong with a response, held against openapi.json; nothing, if it is as the document says. */
export function deviations(method: 'get' | 'post', { statusCode, headers = {}, body }: Response): readonly string[] {
  const validate = schemaAt(`/paths/~1auth/${method}/responses/${String(statusCode)}/content/application~1json/schema`);
  if (validate === undefined) return [`${method} ${String(statusCode)} is not in the document`];
  const value: unknown = JSON.parse(body);
  const found = validate(value) === true ? [] : (validate.errors ?? []).map((error) => JSON.stringify(error));
  return [...found, ...undocumentedHeaders(method, statusCode, headers), ...undocumentedFields(value)];
}

const EVERYWHERE: ReadonlySet<string> = new Set(['Content-Type', 'X-Content-Type-Options']);

function undocumentedHeaders(method: string, code: number, headers: Readonly<Record<string, unknown>>): readonly string[] {
  const known = Object.keys(Object(valueAt('paths', '/auth', method, 'responses', String(code), 'headers')) as object);
  return Object.keys(headers)
    .filter((name) => !known.includes(name) && !EVERYWHERE.has(name))
    .map((name) => `header ${name}`);
}

function undocumentedFields(body: unknown): readonly string[] {
  const { reason = '', ...others } = { ...(body as { readonly reason?: string }) };
  const name = reason.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());
  const known = Object.keys(Object(valueAt('components', 'schemas', name, 'properties')) as object);
  return Object.keys(others)
    .filter((field) => !known.includes(field))
    .map((field) => `field ${field}`);
}

/** Whether a request body is as the document says. */
export function isDocumentedRequest(body: unknown): boolean {
  return schemaAt('/components/schemas/Login')?.(body) === true;
}
