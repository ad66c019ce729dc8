import type { Reason } from '../../src/core/outcome.ts';
import { ANSWERS } from '../../src/http/response.ts';

/** What is shown of a request: its stable codes and how long it took. Nothing in it was typed by anybody. */
export type Told = { readonly reason: Reason; readonly ms: number; readonly detail?: string };

/** `  status 2  wrong-password  14 ms`, and for an unknown verdict what went wrong. */
export function requestLine({ reason, ms, detail }: Told): string {
  const { status } = ANSWERS[reason];
  return `  status ${String(status)}  ${reason}  ${String(Math.round(ms))} ms${detail === undefined ? '' : `  (${detail})`}`;
}

/**
 * For people: one short line in place of the service's log line of a request (and none for its metrics). Any other line is shown
 * as it is.
 */
export function forPeople(line: string): string | undefined {
  const entry = objectIn(line);
  if (entry === undefined) return line;
  if ('_aws' in entry) return undefined;
  const { reason, ms, detail } = entry;
  if (entry['message'] !== 'request answered' || !isReason(reason) || typeof ms !== 'number') return line;
  const isOpen = ANSWERS[reason].status === 5 && typeof detail === 'string';
  return requestLine({ reason, ms, ...(isOpen ? { detail } : {}) });
}

function isReason(value: unknown): value is Reason {
  return typeof value === 'string' && Object.hasOwn(ANSWERS, value);
}

function objectIn(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
