import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

export const LOOPBACK = '127.0.0.1';
const PREFERRED_PORT = 3000;

/** The port that was asked for, or an error that says what is wrong with it; without one, 3000 or any other free port. */
export const choosePort = async (asked: string | undefined): Promise<number> => {
  if (asked === undefined) return (await bindable(PREFERRED_PORT)) ?? (await freePort());
  const port = /^\d{1,5}$/.test(asked) ? Number(asked) : 0;
  if (port < 1 || port > 65_535) throw new Error('PORT: a number from 1 to 65535');
  const bound = await bindable(port);
  if (bound === undefined) throw new Error(`PORT: ${asked} cannot be used on ${LOOPBACK} (another program has it?). Choose another one.`);
  return bound;
};

/** Another program could take it before we do; then that is reported as its own error. */
export const freePort = async (): Promise<number> => {
  const port = await bindable(0);
  if (port === undefined) throw new Error(`no free port on ${LOOPBACK}`);
  return port;
};

const bindable = async (port: number): Promise<number | undefined> => {
  const server = createServer();
  try {
    server.listen(port, LOOPBACK);
    await once(server, 'listening');
    const bound = addressOf(server.address());
    server.close();
    await once(server, 'close');
    return bound;
  } catch {
    return undefined;
  }
};

const addressOf = (address: string | AddressInfo | null): number | undefined =>
  typeof address === 'object' && address !== null ? address.port : undefined;
