import type net from 'node:net';

import type { Server } from '../config/config.ts';
import { secure, type TlsIdentity } from '../ldap/connect.ts';
import type { Conversation } from '../directory/conversation.ts';
import { detailOf, type Failure } from '../ldap/failure.ts';
import { PenaltyBox } from '../directory/penalty-box.ts';
import { bindControls } from '../directory/policy.ts';
import { Session } from '../ldap/session.ts';
import { AddressBook } from '../ldap/addresses.ts';
import { recordsOf, ServerBook } from '../ldap/discovery.ts';
import { dial, type Opened, type Place } from '../ldap/dial.ts';
import { type Check, check, type Connection, conversationOf, fail, firstShare, pass, skip, type Visit } from './check.ts';
import {
  certificateHint,
  CLIENT_CERTIFICATE,
  HANGS_UP,
  dayOf,
  dnsHint,
  handshakeHint,
  isAboutCertificate,
  isAboutOurCertificate,
  signerOf,
  type Spoken,
  tcpHint,
} from './hints-connection.ts';
import { describePeer, lookAtCertificate } from './peer-certificate.ts';
import { readRootDse, type RootRead } from './root-dse.ts';
import { quoted, shown } from './words.ts';

/** As of now; the login remembers them for 30 s. */
export const DISCOVERY_CHECK = check({
  id: 'srv',
  title: 'SRV records',
  needs: ['identities'],
  run: async (_known, { config: { discovery }, deadline, clock }) => {
    if (discovery === undefined) return skip();
    const found = await new ServerBook(discovery, clock).servers(new PenaltyBox(clock), deadline);
    if (found.ok) return pass(found.list.map(({ name }) => name).join(' '), { discovered: found.list });
    const records = recordsOf(discovery).map(quoted).join(' or ');
    return fail(
      `LDAP_URL: no server is told by SRV records ${records} (${detailOf(found.failure)}); correct the name, or name the servers`,
    );
  },
});

const dnsCheck = check({
  id: 'dns',
  title: 'DNS',
  needs: ['identity', 'server'],
  run: async ({ server }, { deadline, clock }) => {
    const addresses = await new AddressBook(clock).of(server.host, deadline); // as of now, not as a warm process remembers it
    if (!addresses.ok) return fail(dnsHint(server, addresses.failure), shown(server.host));
    const { list } = addresses;
    if (list.length === 0) return fail(`LDAP_URL: the host ${quoted(server.host)} has no address`, shown(server.host));
    const found = list[0] === server.host ? `${server.host} is an address` : `${server.host} is ${list.join(', ')}`;
    return pass(found, { addresses: list });
  },
});

/** Each address by itself: the login goes on to the next one, and so hides a dead one at the cost of its time. */
const tcpCheck = check({
  id: 'tcp',
  title: 'TCP',
  needs: ['identity', 'server', 'addresses'],
  run: async ({ server, identity, addresses }, visit) => {
    const { made, failed } = await connectAll({ ...server, transport: 'plain' }, addresses, identity, visit);
    for (const { socket } of made) socket.destroy();
    const reached = made.map(({ address }) => address);
    const dead = failed.map(({ address, failure }) => tcpHint(server, address, failure, visit.config.connectTimeoutMs));
    const port = `port ${String(server.port)}`;
    return reached.length === 0 ? fail(dead, port) : pass(`${reached.join(', ')} ${port}`, { reached }, dead);
  },
});

/** The login's own connection, which all that follows uses. An address that fails here is passed over by the login, too. */
const tlsCheck = check({
  id: 'tls',
  title: 'TLS',
  needs: ['identity', 'server', 'reached'],
  run: async ({ server, identity, reached }, visit) => {
    const transport = TRANSPORT[server.transport];
    const { made, failed } = await connectAll(server, reached, identity, firstShare(visit));
    const [first, ...others] = made;
    const peers = made.flatMap(({ socket }) => describePeer(socket) ?? []);
    for (const { socket } of others) socket.destroy();
    const hints: string[] = [];
    for (const { address, failure } of failed) {
      const hint = await explain({ server, address }, identity, failure, visit);
      hints.push(reached.length === 1 ? hint : `${hint} [${address}]`);
    }
    if (first === undefined) return fail(hints, transport);
    const refused = await refusedLater(first, identity, visit);
    if (refused !== undefined) {
      first.socket.destroy();
      return fail(refused, transport);
    }
    const connection = connectionOver(first, visit);
    const [peer] = peers.toSorted((one, other) => one.notAfter.getTime() - other.notAfter.getTime()); // of several controllers, the one whose certificate ends first
    if (peer === undefined) return pass(transport, { connection }, [...hints, PLAINTEXT]);
    const certificateDaysLeft = Math.floor((peer.notAfter.getTime() - visit.clock()) / DAY_MS);
    const found = `${transport}, ${peer.protocol}, certificate for ${few(peer.names)} by ${signerOf(peer)}, ${String(certificateDaysLeft)} days left`;
    const soon = `warning: the server's certificate ends on ${dayOf(peer.notAfter)}, and then no login is possible; ask the owners of the server to renew it`;
    return pass(found, { connection, certificateDaysLeft }, certificateDaysLeft < SOON_DAYS ? [...hints, soon] : hints);
  },
});

export const CONNECTION_CHECKS: readonly Check[] = [dnsCheck, tcpCheck, tlsCheck];

const TRANSPORT = { tls: 'ldaps', starttls: 'StartTLS', plain: 'none' } as const;

const PLAINTEXT = 'LDAP_ALLOW_PLAINTEXT: passwords travel in clear text; use ldaps:// in LDAP_URL, or LDAP_STARTTLS=true';

/** Renewing a certificate takes some people a month. */
const SOON_DAYS = 30;
const DAY_MS = 86_400_000;

const MOST_NAMES = 3;

function few(names: readonly string[]): string {
  const others = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).map(shown).join(', ') + (others > 0 ? ` and ${String(others)} more` : '');
}

type Connected = Place & { readonly socket: net.Socket };

type Attempts = {
  readonly made: readonly Connected[];
  readonly failed: readonly { readonly address: string; readonly failure: Failure }[];
};

async function connectAll(server: Server, addresses: readonly string[], identity: TlsIdentity, visit: Visit): Promise<Attempts> {
  const attempts = await Promise.all(
    addresses.map(async (address) => ({ server, address, ...(await connect({ server, address }, identity, visit)) })),
  );
  return { made: attempts.filter((attempt) => attempt.ok), failed: attempts.filter((attempt) => !attempt.ok) };
}

async function connect(place: Place, identity: TlsIdentity, { config, deadline, trace }: Visit): Promise<Opened> {
  const slice = deadline.slice(config.connectTimeoutMs);
  const opened = await dial(place, slice, trace).done;
  return opened.ok ? await secure(opened.socket, place.server, identity, slice, trace) : opened;
}

function connectionOver({ server, address, socket }: Connected, { config, trace }: Visit): Connection {
  return {
    server,
    address,
    endpoint: `${address} ${String(server.port)}`,
    session: new Session(socket, trace),
    trace,
    proof: 'before a no',
    bindControls: bindControls(config),
  };
}

/**
 * What to do if a server that has shaken hands then refuses our certificate, or that there is none: told before anything is bound.
 * GnuTLS, with which Debian builds slapd, says nothing and hangs up.
 */
async function refusedLater(place: Place, identity: TlsIdentity, visit: Visit): Promise<string | undefined> {
  if (place.server.transport === 'plain') return undefined;
  const read = await readRootAnew(place, identity, visit);
  if (read?.ok !== false) return undefined;
  if (isAboutOurCertificate(read.failure)) return CLIENT_CERTIFICATE;
  return read.failure.reason === 'directory-unreachable' ? HANGS_UP : undefined;
}

/** The login's code has failed; here is a second look, which sends nothing that matters. */
async function explain(place: Place, identity: TlsIdentity, failure: Failure, visit: Visit): Promise<string> {
  const { config, deadline, clock } = visit;
  if (isAboutCertificate(failure)) {
    const peer = await lookAtCertificate(place, identity, deadline.slice(config.connectTimeoutMs));
    if (peer !== undefined) return certificateHint(place.server, config.tls, failure, peer, new Date(clock()));
  }
  return handshakeHint(place.server, failure, await listenTo(place, identity, visit));
}

/** What a port speaks: TLS is tried with a bare handshake, LDAP by reading the root DSE as nobody. */
export async function listenTo({ server, address }: Place, identity: TlsIdentity, visit: Visit): Promise<Spoken> {
  if (server.transport !== 'tls') {
    const secured = { address, server: { ...server, transport: 'tls' } } as const;
    const peer = await lookAtCertificate(secured, identity, visit.deadline.slice(visit.config.connectTimeoutMs));
    if (peer !== undefined) return 'TLS';
  }
  const read = await readRootAnew({ address, server: { ...server, transport: 'plain' } }, identity, visit);
  if (read?.ok !== true) return 'unknown';
  return read.root.supports.includes('StartTLS') ? 'plain LDAP with StartTLS' : 'plain LDAP';
}

function readRootAnew(place: Place, identity: TlsIdentity, visit: Visit): Promise<RootRead | undefined> {
  return withFreshConnection(place, identity, visit, (conversation) =>
    readRootDse({ ...conversation, slice: visit.deadline.slice(visit.config.connectTimeoutMs) }),
  );
}

/** For a second look; undefined where there is no connection. It is closed whatever happens. */
export async function withFreshConnection<T>(
  place: Place,
  identity: TlsIdentity,
  visit: Visit,
  use: (conversation: Conversation) => Promise<T>,
): Promise<T | undefined> {
  const connected = await connect(place, identity, visit);
  if (!connected.ok) return undefined;
  const connection = connectionOver({ ...place, socket: connected.socket }, visit);
  try {
    return await use(conversationOf(connection, visit));
  } finally {
    await connection.session.close();
  }
}
