import type { EnvironmentReader } from './environment.ts';

/** The gate: the number of failures in a row after which a user's bind is not sent any more. */
export type GateSettings = {
  readonly failures: number;
  /** After so long without a failure counting begins anew. 0: never. */
  readonly windowSeconds: number;
  /** Of DynamoDB; undefined: the directory's own counter decides alone. */
  readonly table: string | undefined;
};

const SHORTEST_WINDOW = 60;

/** Undefined: there is no gate, or a problem. Each variable by itself, and those of the gate beside those of the lookup. */
export function readGate(reader: EnvironmentReader): GateSettings | undefined {
  const windowSeconds = reader.integer('AUTH_GATE_WINDOW_SECONDS', 1800, { min: 0, max: 86_400 });
  if (windowSeconds > 0 && windowSeconds < SHORTEST_WINDOW)
    reader.refuse('AUTH_GATE_WINDOW_SECONDS', '0, or a whole number from 60 to 86400');
  const table = reader.text('AUTH_GATE_TABLE');
  if (table !== undefined && !/^[\w.-]{3,255}$/.test(table)) reader.refuse('AUTH_GATE_TABLE', 'the name of a DynamoDB table');
  if (!reader.has('AUTH_GATE_FAILURES')) {
    for (const variable of ['AUTH_GATE_WINDOW_SECONDS', 'AUTH_GATE_TABLE'] as const) {
      if (reader.has(variable)) reader.refuse(variable, 'unset, or AUTH_GATE_FAILURES beside it: without it there is no gate');
    }
    return undefined;
  }
  if (table === undefined && reader.has('LDAP_USER_DN_TEMPLATE')) {
    reader.refuse('AUTH_GATE_TABLE', 'a DynamoDB table: a direct bind reads no entry, and so no counter of the directory');
  }
  if (table === undefined && reader.text('LDAP_BASE_DN') === '*') {
    reader.refuse('AUTH_GATE_TABLE', 'a DynamoDB table: a global catalog does not hold the counter of failures');
  }
  return { failures: reader.integer('AUTH_GATE_FAILURES', 1, { min: 1, max: 100 }), windowSeconds, table };
}
