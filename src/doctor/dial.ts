import type { Server } from '../core/config.ts';
import type { Deadline } from '../core/deadline.ts';
import type { Trace } from '../core/trace.ts';
import { type Connected, connectTo, resolve, type TlsIdentity } from '../directory/connect.ts';

/** The first address of a server to which the login's own code gets through, or why the last one failed. */
export const dialServer = async (
  server: Server,
  identity: TlsIdentity,
  connectTimeoutMs: number,
  deadline: Deadline,
  trace: Trace,
): Promise<Connected> => {
  const addresses = await resolve(server.host, deadline);
  if (!addresses.ok) return addresses;
  let connected: Connected = { ok: false, failure: { reason: 'directory-unreachable', detail: 'dns: no address' } };
  for (const [index, address] of addresses.list.entries()) {
    const share = deadline.leftMs / (addresses.list.length - index);
    connected = await connectTo(server, address, identity, deadline.slice(Math.min(connectTimeoutMs, share)), trace);
    if (connected.ok) break;
  }
  return connected;
};
