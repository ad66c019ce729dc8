import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';

export const LOOPBACK = '127.0.0.1';
const PREFERRED_PORT = 3000;

/** A port that is listened on, and why this one. */
export type Bound = { readonly port: number; readonly because: string };

/** Listens on the port that was asked for, or fails and says what is wrong with it; without one, on 3000 or any other free port. */
export async function listenOn(server: Server, asked: string | undefined): Promise<Bound> {
  if (asked === undefined) return await listenOnOurs(server);
  const port = /^\d{1,5}$/.test(asked) ? Number(asked) : 0;
  if (port < 1 || port > 65_535) throw new Error('PORT: a number from 1 to 65535');
  const bound = await listen(server, port);
  if (bound === undefined) throw new Error(`PORT: ${asked} cannot be used on ${LOOPBACK} (another program has it?). Choose another one.`);
  return { port: bound, because: `${asked}, as PORT says` };
}

async function listenOnOurs(server: Server): Promise<Bound> {
  const preferred = await listen(server, PREFERRED_PORT);
  if (preferred !== undefined) return { port: preferred, because: `${String(preferred)} (PORT chooses another one)` };
  const port = await listenAnywhere(server);
  return { port, because: `${String(port)}, because ${String(PREFERRED_PORT)} is taken by another program (PORT chooses another one)` };
}

/** Another program could take it before it is used; then that is reported as its own error. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenAnywhere(server);
  server.close();
  await once(server, 'close');
  return port;
}

async function listenAnywhere(server: Server): Promise<number> {
  const port = await listen(server, 0);
  if (port === undefined) throw new Error(`no free port on ${LOOPBACK}`);
  return port;
}

async function listen(server: Server, port: number): Promise<number | undefined> {
  try {
    server.listen(port, LOOPBACK);
    await once(server, 'listening');
    return portOf(server.address());
  } catch {
    return undefined;
  }
}

function portOf(address: string | AddressInfo | null): number | undefined {
  return typeof address === 'object' && address !== null ? address.port : undefined;
}
