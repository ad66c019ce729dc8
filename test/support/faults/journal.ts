import type { Step } from './fault.ts';

/** A request as it arrived. */
export type SeenRequest = { readonly step: Step | 'other'; readonly protection: 'clear' | 'tls' };

/** What one client did on one connection. */
export type SeenConnection = {
  readonly requests: SeenRequest[];
  /** Every byte of the TCP stream, encrypted or not. */
  readonly wire: Buffer[];
};

/** What a faulty directory has seen of its clients. */
export class Journal {
  readonly connections: SeenConnection[] = [];
  /** All connections ever, kept or not. */
  opened = 0;
  readonly #keep: 'everything' | 'counts';
  readonly #counts = new Map<string, number>();

  constructor(keep: 'everything' | 'counts') {
    this.#keep = keep;
  }

  open(): SeenConnection {
    this.opened += 1;
    const connection: SeenConnection = { requests: [], wire: [] };
    if (this.#keep === 'everything') this.connections.push(connection);
    return connection;
  }

  note(connection: SeenConnection, request: SeenRequest): void {
    connection.requests.push(request);
    this.#counts.set(request.step, this.count(request.step) + 1);
  }

  watch(connection: SeenConnection, chunk: Buffer): void {
    if (this.#keep === 'everything') connection.wire.push(chunk);
  }

  /** Requests of this step on all connections. */
  count(step: Step | 'other'): number {
    return this.#counts.get(step) ?? 0;
  }

  /** The steps whose requests could be read by anybody on the way. */
  get inClear(): readonly string[] {
    const clear = this.connections.flatMap(({ requests }) => requests.filter(({ protection }) => protection === 'clear'));
    return [...new Set(clear.map(({ step }) => step))];
  }

  /** Bytes of these secrets that went over the wire as they are. */
  bytesInClear(secrets: readonly string[]): number {
    const streams = this.connections.map(({ wire }) => Buffer.concat(wire));
    const hits = streams.flatMap((stream) => secrets.filter((secret) => stream.includes(secret)));
    return hits.reduce((sum, secret) => sum + Buffer.byteLength(secret), 0);
  }
}
