import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { createSecureContext, createServer as createSecureServer } from 'node:tls';

import type { Issued } from './certificates.ts';
import { Connection, type Counts, type Site } from './connection.ts';
import type { DirectoryEntry } from './entry.ts';
import { Tree } from './tree.ts';

export type DirectoryOptions = {
  readonly entries: readonly DirectoryEntry[];
  /** For StartTLS and for ldaps. */
  readonly certificate: Issued;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Of ldap://; default 0: any that is free. */
  readonly port?: number;
  /** Of ldaps://; default 0: any that is free. */
  readonly securePort?: number;
};

export type EmbeddedDirectory = {
  /** `ldap://HOST:PORT`, with StartTLS on offer. */
  readonly url: string;
  /** `ldaps://HOST:PORT`. */
  readonly secureUrl: string;
  /** They go on counting. */
  readonly counts: Readonly<Counts>;
  /** Ends every connection and stops listening; resolved when both are done. May be called again. */
  close(): Promise<void>;
};

/**
 * Starts an LDAPv3 server in this process: bind, search and StartTLS, over entries that never change. For development and
 * tests: it answers as OpenLDAP does, but takes simple binds without TLS and has no lockout, limits or log.
 * Rejects if an entry is bad (see `Tree.plant`) or a port is taken; then nothing is left listening.
 */
export async function startDirectory(options: DirectoryOptions): Promise<EmbeddedDirectory> {
  const { host = '127.0.0.1', port = 0, securePort = 0 } = options;
  const { cert, key } = options.certificate;
  const counts: Counts = { connections: 0, openConnections: 0, binds: 0, searches: 0, startTls: 0, unbinds: 0, notices: 0 };
  const site: Site = { tree: Tree.plant(options.entries), secureContext: createSecureContext({ cert, key }), counts };
  const sockets = new Set<Socket>();
  const plain = createServer({ noDelay: true }, (socket) => new Connection(socket, site));
  const secure = createSecureServer({ cert, key, noDelay: true }, (socket) => new Connection(socket, site));
  const servers = [plain, secure];
  for (const server of servers) server.on('connection', (socket: Socket) => track(socket, sockets, counts));
  // A client that breaks off the handshake, or speaks no TLS: Node has closed the socket already.
  secure.on('tlsClientError', (_error, socket) => socket.destroy());
  const close = async (): Promise<void> => {
    await Promise.all([...servers.map(closeServer), ...[...sockets].map(destroy)]);
  };
  try {
    const authority = await listen(plain, host, port);
    const secureAuthority = await listen(secure, host, securePort);
    return { url: `ldap://${authority}`, secureUrl: `ldaps://${secureAuthority}`, counts, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** From the TCP connection on, so that `close` also ends one in the middle of a TLS handshake. */
function track(socket: Socket, sockets: Set<Socket>, counts: Counts): void {
  counts.connections += 1;
  counts.openConnections += 1;
  sockets.add(socket);
  socket.on('error', () => socket.destroy());
  socket.once('close', () => {
    counts.openConnections -= 1;
    sockets.delete(socket);
  });
}

// Not events.once: a reset at this moment would make it reject.
async function destroy(socket: Socket): Promise<void> {
  return new Promise((resolve) => void socket.once('close', () => resolve()).destroy());
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  await once(server, 'close');
}

async function listen(server: Server, host: string, port: number): Promise<string> {
  server.listen({ host, port });
  await once(server, 'listening');
  const { port: taken } = server.address() as AddressInfo; // of a server that listens on TCP
  return `${host}:${taken}`;
}
