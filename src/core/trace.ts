import type { Fault, Reason } from './outcome.ts';

/** What a login is made of. `connect` is TCP, TLS and StartTLS together. */
export type StepName = 'connect' | 'service bind' | 'search' | 'groups' | 'gate' | 'user bind' | 'close';

/** One step of a request, or a part of one, and how long it took. */
export type Step = { readonly step: StepName; readonly ms: number };

/** A server that was passed over in favour of the next one, and why. */
export type SkippedServer = { readonly server: string; readonly reason: Fault; readonly detail: string };

/** What the gate made of a login whose bind it was asked for. */
export type GateReport = {
  readonly limit: number;
  /** Failures in a row that are known of. */
  readonly count: number;
  /** Who refused: the directory's counter, the table, or only others under way. Absent: nobody did. */
  readonly by?: 'directory' | 'table' | 'under way';
  /** `none`: not configured, or there was nothing to ask it. */
  readonly table: 'answered' | 'unavailable' | 'none';
  /** Why it was unavailable, or `release lost`. */
  readonly detail?: string;
};

/**
 * What happened during one request, for the log alone: nothing here reaches a caller, and no password and no typed name
 * is ever put in. Details are our own words or a server's result code, never a server's text.
 */
export class Trace {
  readonly steps: Step[] = [];
  readonly skipped: SkippedServer[] = [];
  /** The server that gave the answer, as `ldaps://host:port`. */
  server: string | undefined;
  /** The entry that the name led to. */
  entryDn: string | undefined;
  /** Why, more precisely than the reason says. */
  detail: string | undefined;
  /** Absent where there is no gate, or no bind that it had to be asked for. */
  gate: GateReport | undefined;
  /** What the caller was not told, under AUTH_DISCLOSURE=uniform. */
  concealed: Reason | undefined;
  /** A refusal took longer than AUTH_UNIFORM_FLOOR_MS: its time may tell what the answer does not. */
  slowerThanFloor = false;
  /** LDAP requests sent, Unbind and StartTLS included. */
  operations = 0;
  connections = 0;

  /** A part of a step begins; what is returned is called when it is over. */
  begin(step: StepName): () => void {
    const startedAt = performance.now();
    return () => void this.steps.push({ step, ms: performance.now() - startedAt });
  }

  /** Takes a part of a step, and notes how long it took, whatever came of it. */
  async during<T>(step: StepName, take: () => Promise<T>): Promise<T> {
    const end = this.begin(step);
    try {
      return await take();
    } finally {
      end();
    }
  }
}
