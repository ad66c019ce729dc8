import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';

/** The port on which a server listens from now on; any that is free, unless one is named. */
export async function listen(server: Server, host = '127.0.0.1', port = 0): Promise<number> {
  server.listen({ host, port });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port; // of a server that listens on TCP
}

/** Ends a server of HTTP and every connection to it. */
export async function closeHttp(server: Server & { readonly closeAllConnections: () => void }): Promise<void> {
  server.closeAllConnections();
  await closeServer(server);
}

/** Listens no more; resolved when the last connection is gone. May be called again. */
export async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  await once(server, 'close');
}

/** What a server does that takes connections, reads, and never says a word. */
export function staySilent(socket: Socket): void {
  socket.on('error', () => undefined).resume();
}
