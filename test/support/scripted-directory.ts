import { once } from 'node:events';
import net from 'node:net';

import { decodeRequest, type Operation } from '../../tools/demo-directory/message.ts';
import { closeServer, listen } from './listen.ts';
import { entryMessage, referenceMessage, resultMessage } from './faults/messages.ts';

/** What to answer: messages for the id of the request. */
export type Reply = (id: number) => readonly Buffer[];

export function bindResult(code: number, diagnostic = ''): Reply {
  return (id) => [resultMessage(id, 'bind', code, diagnostic)];
}

export function found(dns: readonly string[], code = 0, references: readonly string[] = []): Reply {
  return (id) => [
    ...dns.map((dn) => entryMessage(id, dn)),
    ...references.map((uri) => referenceMessage(id, uri)),
    resultMessage(id, 'done', code),
  ];
}

/** It has no answer to "Who am I?", as Samba has none. */
const NO_SUCH_EXTENSION: Reply = (id) => [resultMessage(id, 'extended', 2)];

export type ScriptedDirectory = {
  readonly url: string;
  /** Every operation that came, in order. */
  readonly operations: readonly Operation[];
  /** When the last connection is gone, and everything that came over it is in `operations`. */
  readonly idle: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** A server that answers each request as it is told, and nothing else: for answers that no well-kept directory gives. */
export async function startScripted(
  answer: (operation: Operation, ordinal: number) => Reply,
  extended: Reply = NO_SUCH_EXTENSION,
): Promise<ScriptedDirectory> {
  const operations: Operation[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket) && server.emit('gone'));
    let ordinal = 0;
    // Requests come one at a time, each in one write.
    socket.on('data', (chunk) => {
      const request = decodeRequest(chunk);
      if (request === undefined) throw new Error('not a request');
      operations.push(request.operation);
      if (request.operation.kind === 'unbind') return;
      const reply = request.operation.kind === 'extended' ? extended : answer(request.operation, ordinal);
      socket.write(Buffer.concat(reply(request.id)));
      ordinal += 1;
    });
  });
  const port = await listen(server);
  return {
    url: `ldap://127.0.0.1:${String(port)}`,
    operations,
    idle: async () => {
      while (sockets.size > 0) await once(server, 'gone');
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return closeServer(server);
    },
  };
}
