import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createSecureContext, type SecureVersion } from 'node:tls';

import { closeServer, listen } from '../listen.ts';
import type { Issued } from '../../../tools/demo-directory/certificates.ts';
import { Conversation, type Fault, type Site, type Step } from './conversation.ts';

export type FaultyOptions = Pick<Site, 'upstream' | 'front'> &
  Partial<Pick<Site, 'lookup' | 'clientCertificate'>> & {
    /** Needed for `tls` and `starttls`. */
    readonly certificate?: Issued;
    /** The newest version of TLS that this server speaks. */
    readonly maxVersion?: SecureVersion;
    readonly host?: string;
    readonly port?: number;
    /** Default everything; `counts` where there are thousands of connections. */
    readonly keep?: 'everything' | 'counts';
  };

/** A fault for every connection, or what is asked anew for each. */
export type Plan = Fault | undefined | (() => Fault | undefined);

/** What one client did on one connection; `wire`: every byte of the TCP stream, encrypted or not. */
type Seen = { readonly requests: { readonly step: Step; readonly protection: 'clear' | 'tls' }[]; readonly wire: Buffer[] };

export type FaultyDirectory = {
  readonly url: string;
  readonly port: number;
  /** From the next connection on. */
  readonly arm: (plan: Plan) => void;
  /** Ends every connection that is open, as a firewall or a restart does. */
  readonly resetAll: () => void;
  readonly openConnections: () => number;
  /** How many connections its clients have left open, once there was time for the last FIN to arrive. */
  readonly connectionsLeft: () => Promise<number>;
  /** All connections ever, kept or not. */
  readonly opened: () => number;
  /** Requests of this step on all connections, kept or not. */
  readonly count: (step: Step) => number;
  /** Those that are kept. */
  readonly connections: readonly Seen[];
  /** The steps whose requests could be read by anybody on the way. */
  readonly inClear: () => readonly string[];
  /** Bytes of these secrets that went over the wire as they are. */
  readonly bytesInClear: (secrets: readonly string[]) => number;
  /** May be called again. */
  readonly close: () => Promise<void>;
};

/**
 * A directory in front of a real one that passes on what it hears, message by message, until the one thing happens that it
 * was armed with. It keeps what its clients sent, in clear or not.
 */
export async function startFaulty(options: FaultyOptions, first?: Plan): Promise<FaultyDirectory> {
  const { host = '127.0.0.1', port = 0, keep = 'everything' } = options;
  const site = siteOf(options);
  const sockets = new Set<Socket>();
  const connections: Seen[] = [];
  const counts = new Map<Step, number>();
  let opened = 0;
  let plan = first;
  const count = (step: Step): number => counts.get(step) ?? 0;
  const server = createServer({ noDelay: true }, (socket) => {
    opened += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    const seen: Seen = { requests: [], wire: [] };
    if (keep === 'everything') connections.push(seen);
    new Conversation(socket, site, typeof plan === 'function' ? plan() : plan, {
      request: (step, protection) => {
        seen.requests.push({ step, protection });
        counts.set(step, count(step) + 1);
      },
      bytes: (chunk) => {
        if (keep === 'everything') seen.wire.push(chunk);
      },
    });
  });
  const taken = await listen(server, host, port);
  return {
    url: `${options.front === 'tls' ? 'ldaps' : 'ldap'}://${host}:${String(taken)}`,
    ...{ port: taken, connections, count, opened: () => opened, openConnections: () => sockets.size },
    arm: (next) => void (plan = next),
    resetAll: () => sockets.forEach((socket) => socket.resetAndDestroy()),
    connectionsLeft: async () => {
      for (const socket of sockets) socket.resume(); // a socket that nobody reads never learns of its end
      const closed = [...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
      await Promise.race([Promise.all(closed), once(AbortSignal.timeout(60_000), 'abort')]);
      return sockets.size;
    },
    inClear: () => {
      const clear = connections.flatMap(({ requests }) => requests.filter(({ protection }) => protection === 'clear'));
      return [...new Set(clear.map(({ step }) => step))];
    },
    bytesInClear: (secrets) => {
      const streams = connections.map(({ wire }) => Buffer.concat(wire));
      const hits = streams.flatMap((stream) => secrets.filter((secret) => stream.includes(secret)));
      return hits.reduce((sum, secret) => sum + Buffer.byteLength(secret), 0);
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return closeServer(server);
    },
  };
}

function siteOf({ upstream, front, lookup = 'search-and-bind', clientCertificate = 'not asked for', ...tls }: FaultyOptions): Site {
  const { certificate, maxVersion } = tls;
  // OpenSSL's security level 1 and up refuses TLS 1.1 altogether.
  const versions = maxVersion === undefined ? {} : { maxVersion, minVersion: maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' };
  const secureContext = certificate && createSecureContext({ ...certificate, ...versions });
  return { upstream, front, lookup, clientCertificate, secureContext };
}
