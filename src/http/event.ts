import { isRecord } from './request.ts';

/** What an event asks for; anything but these two is no endpoint of ours. */
export type Endpoint = 'POST /auth' | 'GET /auth' | 'none';

/**
 * What is asked for, by the event's shape: of a REST API (payload 1.0), of an HTTP API or a function URL (payload 2.0).
 * Stage names and base paths may stand before `/auth`. An event without a method or a path, sent by hand, means
 * `POST /auth`: it did not come through a gateway that could have asked for anything else.
 */
export function endpointOf(event: unknown): Endpoint {
  const { method, path } = isRecord(event) ? targetOf(event) : {};
  if (path !== undefined && !path.endsWith('/auth')) return 'none';
  if (method === undefined || method === 'POST') return 'POST /auth';
  return method === 'GET' ? 'GET /auth' : 'none';
}

type Target = { readonly method?: string | undefined; readonly path?: string | undefined };

function targetOf(event: Readonly<Record<string, unknown>>): Target {
  const context = isRecord(event['requestContext']) ? event['requestContext'] : {};
  const http = isRecord(context['http']) ? context['http'] : {};
  return { method: textOf(event['httpMethod']) ?? textOf(http['method']), path: textOf(event['path']) ?? textOf(event['rawPath']) };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/**
 * Every value of a header, by its lower-case name. A REST API's `headers` hold the last of several, its `multiValueHeaders`
 * all of them; payload 2.0 joins them with commas, which is left as it is.
 */
export function headerValues(event: unknown, name: string): readonly string[] {
  if (!isRecord(event)) return [];
  const single = valuesIn(event['headers'], name);
  const multi = valuesIn(event['multiValueHeaders'], name);
  return multi.length === 0 ? single : [...multi, ...single.filter((value) => !multi.includes(value))];
}

function valuesIn(headers: unknown, name: string): readonly string[] {
  const named = Object.entries(isRecord(headers) ? headers : {}).filter(([key]) => key.toLowerCase() === name);
  const values: readonly unknown[] = named.flatMap(([, value]): readonly unknown[] => (Array.isArray(value) ? value : [value]));
  return values.filter((value) => typeof value === 'string');
}
