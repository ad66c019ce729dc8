import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { type Outcome, reasonOf } from '../../src/core/outcome.ts';
import { listenOn, LOOPBACK } from '../start/ports.ts';
import type { Told } from '../start/request-line.ts';
import { PAGE_HEADERS, type PageFile } from './files.ts';
import { forward, tell } from './forward.ts';

export type PageOptions = {
  /** The port that was asked for, if one was. */
  readonly port: string | undefined;
  readonly gatewayPort: number;
  readonly files: ReadonlyMap<string, PageFile>;
  /** Hears of what was answered before it reached the service, which tells of its own answers itself. */
  readonly refused: (told: Told) => void;
};

export type Page = { readonly url: string; readonly because: string; readonly close: () => Promise<void> };

/** The page, and the gateway behind it, on one origin of the loopback interface: nothing needs CORS, and nobody else gets it. */
export async function startPage({ port, gatewayPort, files, refused }: PageOptions): Promise<Page> {
  const server = createServer((incoming, outgoing) => {
    const startedAt = performance.now();
    const refuse = (outcome: Outcome): void => {
      tell(outgoing, outcome);
      refused({ reason: reasonOf(outcome), ms: performance.now() - startedAt });
    };
    const file = fileFor(incoming, files);
    if (!isFromHere(incoming)) refuse({ kind: 'caller-refused', reason: 'caller-not-permitted' });
    else if (file === undefined) void forward(incoming, outgoing, gatewayPort, refuse);
    else sendFile(outgoing, file);
  });
  const bound = await listenOn(server, port);
  return {
    url: `http://${LOOPBACK}:${String(bound.port)}`,
    because: bound.because,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * The demo key is public, so it keeps no website out that a browser here happens to show: not one that posts across origins,
 * and not one whose name was made to resolve to this machine. The directory behind may be a real one.
 */
function isFromHere({ headers: { host = '', origin } }: IncomingMessage): boolean {
  return /^(localhost|127\.0\.0\.1)(:\d+)?$/i.test(host) && (origin === undefined || origin === `http://${host.toLowerCase()}`);
}

function fileFor({ method, url = '' }: IncomingMessage, files: ReadonlyMap<string, PageFile>): PageFile | undefined {
  return method === 'GET' || method === 'HEAD' ? files.get(url.replace(/\?.*$/, '')) : undefined;
}

function sendFile(outgoing: ServerResponse, { type, body }: PageFile): void {
  outgoing.writeHead(200, { ...PAGE_HEADERS, 'Content-Type': type }).end(body);
}
