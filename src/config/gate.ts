import type { EnvironmentReader } from './environment.ts';

/** The gate: the number of failures in a row after which a user's bind is not sent any more. */
export type GateSettings = {
  readonly failures: number;
  /** After so long without a failure counting begins anew. 0: never. */
  readonly windowSeconds: number;
  /** Of DynamoDB; undefined: the directory's own counter decides alone. */
  readonly table: string | undefined;
};

/** What of a lookup decides whether the directory's own counter can be read. */
type CountedLookup = { readonly kind: 'direct-bind' } | { readonly kind: 'search-and-bind'; readonly bases: readonly string[] };

const SHORTEST_WINDOW = 60;

/** Undefined: there is no gate, or a problem. Each variable by itself, and those of the gate beside those of the lookup. */
export function readGate(reader: EnvironmentReader, lookup: CountedLookup): GateSettings | undefined {
  const failures = reader.read('AUTH_GATE_FAILURES');
  const windowSeconds = reader.read('AUTH_GATE_WINDOW_SECONDS');
  if (windowSeconds > 0 && windowSeconds < SHORTEST_WINDOW)
    reader.refuse('AUTH_GATE_WINDOW_SECONDS', '0, or a whole number from 60 to 86400');
  const table = reader.read('AUTH_GATE_TABLE');
  if (table !== undefined && !/^[\w.-]{3,255}$/.test(table)) reader.refuse('AUTH_GATE_TABLE', 'the name of a DynamoDB table');
  if (!reader.has('AUTH_GATE_FAILURES')) {
    for (const variable of ['AUTH_GATE_WINDOW_SECONDS', 'AUTH_GATE_TABLE'] as const) {
      if (reader.has(variable)) reader.refuse(variable, 'unset, or AUTH_GATE_FAILURES beside it: without it there is no gate');
    }
    return undefined;
  }
  if (table === undefined && lookup.kind === 'direct-bind')
    reader.refuse('AUTH_GATE_TABLE', 'a DynamoDB table: a direct bind reads no entry, and so no counter of the directory');
  if (table === undefined && lookup.kind === 'search-and-bind' && lookup.bases.includes(''))
    reader.refuse('AUTH_GATE_TABLE', 'a DynamoDB table: a global catalog does not hold the counter of failures');
  return failures === undefined ? undefined : { failures, windowSeconds, table };
}
