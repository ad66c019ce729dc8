import { fieldIn } from '../core/anything.ts';

/**
 * What the invocation has left, in milliseconds; infinity where its context does not tell. A person who invokes a function by hand
 * may hand in anything for a context, or nothing.
 */
export function leftMsOf(context: unknown): number {
  const ask = fieldIn(context, 'getRemainingTimeInMillis');
  if (typeof ask !== 'function') return Number.POSITIVE_INFINITY;
  try {
    const leftMs: unknown = ask.call(context);
    return typeof leftMs === 'number' && !Number.isNaN(leftMs) ? leftMs : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

export function requestIdOf(context: unknown): string | undefined {
  const id = fieldIn(context, 'awsRequestId');
  return typeof id === 'string' ? id : undefined;
}
