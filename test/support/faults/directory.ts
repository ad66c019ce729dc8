import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, type SecureVersion } from 'node:tls';

import type { Issued } from '../../../tools/demo-directory/certificates.ts';
import { Conversation, type Site } from './conversation.ts';
import type { Fault } from './fault.ts';
import { Journal } from './journal.ts';
import type { Address } from './upstream.ts';

export type FaultyOptions = {
  /** The real server, its ldap:// port. */
  readonly upstream: Address;
  readonly front: 'plain' | 'tls' | 'starttls';
  /** Needed for `tls` and `starttls`. */
  readonly certificate?: Issued;
  /** The newest version of TLS that this server speaks. */
  readonly maxVersion?: SecureVersion;
  /** Default: not asked for. */
  readonly clientCertificate?: 'demanded';
  /** Which bind is the first one. Default search-and-bind. */
  readonly lookup?: 'search-and-bind' | 'direct-bind';
  readonly host?: string;
  readonly port?: number;
  /** Default everything; `counts` where there are thousands of connections. */
  readonly keep?: 'everything' | 'counts';
};

/** A fault for every connection, or what is asked anew for each. */
export type Plan = Fault | undefined | (() => Fault | undefined);

/**
 * A directory in front of a real one that passes on what it hears, message by message, until the one thing happens that it
 * was armed with. It keeps a journal of what its clients sent, in clear or not.
 */
export class FaultyDirectory {
  readonly url: string;
  readonly port: number;
  readonly journal: Journal;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  readonly #arm: (plan: Plan) => void;

  private constructor(server: Server, url: string, port: number, journal: Journal, sockets: Set<Socket>, arm: (plan: Plan) => void) {
    this.#server = server;
    this.url = url;
    this.port = port;
    this.journal = journal;
    this.#sockets = sockets;
    this.#arm = arm;
  }

  static async start(options: FaultyOptions, first?: Plan): Promise<FaultyDirectory> {
    const journal = new Journal(options.keep ?? 'everything');
    const site = siteOf(options, journal);
    const sockets = new Set<Socket>();
    let plan = first;
    const server = createServer({ noDelay: true }, (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      new Conversation(socket, site, typeof plan === 'function' ? plan() : plan);
    });
    const host = options.host ?? '127.0.0.1';
    server.listen({ host, port: options.port ?? 0 });
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening on a TCP port');
    const url = `${options.front === 'tls' ? 'ldaps' : 'ldap'}://${host}:${String(address.port)}`;
    return new FaultyDirectory(server, url, address.port, journal, sockets, (next) => {
      plan = next;
    });
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  /** From the next connection on. */
  arm(plan: Plan): void {
    this.#arm(plan);
  }

  /** Ends every connection that is open, as a firewall or a restart does. */
  resetAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** How many connections its clients have left open, once there was time for the last FIN to arrive. */
  async connectionsLeft(withinMs = 60_000): Promise<number> {
    for (const socket of this.#sockets) socket.resume(); // a socket that nobody reads never learns of its end
    const closed = [...this.#sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    await Promise.race([Promise.all(closed), once(AbortSignal.timeout(withinMs), 'abort')]);
    return this.#sockets.size;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }
}

function siteOf(options: FaultyOptions, journal: Journal): Site {
  return {
    upstream: options.upstream,
    front: options.front,
    lookup: options.lookup ?? 'search-and-bind',
    clientCertificate: options.clientCertificate ?? 'not asked for',
    secureContext: options.certificate === undefined ? undefined : createSecureContext(contextOf(options.certificate, options.maxVersion)),
    journal,
  };
}

/** OpenSSL's security level 1 and up refuses TLS 1.1 altogether. */
function contextOf({ cert, key }: Issued, maxVersion: SecureVersion | undefined): Parameters<typeof createSecureContext>[0] {
  return {
    cert,
    key,
    ...(maxVersion === undefined ? {} : { maxVersion, minVersion: maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' }),
  };
}
