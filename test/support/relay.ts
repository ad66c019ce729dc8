import { once } from 'node:events';
import net from 'node:net';

import { closeServer, listen } from './listen.ts';
import { decodeRequest, type Operation } from '../../tools/demo-directory/message.ts';

/** A way to a directory in clear text that notes what goes through, and whose other end can be exchanged. */
export type Relay = {
  /** That lead through it. */
  readonly settings: { readonly LDAP_URL: string; readonly LDAP_ALLOW_PLAINTEXT: 'true' };
  /** From the next connection on: as when another replica answers behind the same name. */
  readonly leadTo: (url: string) => void;
  /** What one question sends, an operation a word, when its connections are gone. */
  readonly during: (ask: () => Promise<unknown>) => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
};

export async function startRelay(url: string): Promise<Relay> {
  let upstream = new URL(url);
  let seen: string[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer((client) => {
    const to = net.connect({ host: upstream.hostname, port: Number(upstream.port) });
    for (const socket of [client, to]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket) && server.emit('gone'));
    }
    client.on('data', (chunk) => seen.push(wordOf(chunk))); // requests come one at a time, each in one write
    client.pipe(to).pipe(client);
  });
  const idle = async (): Promise<void> => {
    while (sockets.size > 0) await once(server, 'gone');
  };
  const port = await listen(server);
  return {
    settings: { LDAP_URL: `ldap://127.0.0.1:${String(port)}`, LDAP_ALLOW_PLAINTEXT: 'true' },
    leadTo: (other) => {
      upstream = new URL(other);
    },
    during: async (ask) => {
      await idle();
      seen = [];
      await ask();
      await idle();
      return seen;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return closeServer(server);
    },
  };
}

function wordOf(chunk: Buffer): string {
  const operation: Operation | undefined = decodeRequest(chunk)?.operation;
  if (operation === undefined) throw new Error('not one request');
  const asksWho = operation.kind === 'extended' || (operation.kind === 'search' && operation.base === '' && operation.scope === 'base');
  if (asksWho) return 'who'; // "Who am I?", and Active Directory's way to ask it
  return operation.kind === 'search' ? operation.scope : operation.kind;
}
