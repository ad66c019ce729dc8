import type { Server } from '../config/config.ts';
import { type Connected, connectTo, type TlsIdentity } from '../ldap/connect.ts';
import type { Conversation } from '../directory/conversation.ts';
import type { Failure } from '../ldap/failure.ts';
import { bindControls } from '../directory/policy.ts';
import { Session } from '../ldap/session.ts';
import { AddressBook } from '../ldap/addresses.ts';
import type { Dialled } from '../ldap/dial.ts';
import { type Check, check, type Connection, conversationOf, firstShare, type Place, type Visit } from './check.ts';
import {
  certificateHint,
  CLIENT_CERTIFICATE,
  dayOf,
  dnsHint,
  handshakeHint,
  isAboutCertificate,
  isAboutOurCertificate,
  type Spoken,
  tcpHint,
} from './hints-connection.ts';
import { describePeer, lookAtCertificate, type Peer } from './peer-certificate.ts';
import { readRootDse } from './root-dse.ts';
import { quoted, shown } from './words.ts';

const dnsCheck = check({
  id: 'dns',
  title: 'DNS',
  needs: ['identity', 'server'],
  run: async ({ server }, { deadline, clock }) => {
    const addresses = await new AddressBook(clock).of(server.host, deadline); // as of now, not as a warm process remembers it
    if (!addresses.ok) return { status: 'fail', found: shown(server.host), hint: dnsHint(server, addresses.failure) };
    if (addresses.list.length === 0) {
      return { status: 'fail', found: shown(server.host), hint: `LDAP_URL: the host ${quoted(server.host)} has no address` };
    }
    const isName = addresses.list[0] !== server.host;
    const found = isName ? `${server.host} is ${addresses.list.join(', ')}` : `${server.host} is an address`;
    return { status: 'pass', found, learned: { addresses: addresses.list } };
  },
});

/** Each address by itself: the login goes on to the next one, and so hides a dead one at the cost of its time. */
const tcpCheck = check({
  id: 'tcp',
  title: 'TCP',
  needs: ['identity', 'server', 'addresses'],
  run: async ({ server, identity, addresses }, visit) => {
    const attempts = await dialAll({ ...server, transport: 'plain' }, addresses, identity, visit);
    for (const { socket } of attempts.made) socket.destroy();
    const reached = attempts.made.map(({ address }) => address);
    const dead = attempts.failed.map(({ address, failure }) => tcpHint(server, address, failure, visit.config.connectTimeoutMs));
    const hint = dead.length === 0 ? {} : { hint: dead.join('\n') };
    if (reached.length === 0) return { status: 'fail', found: `port ${String(server.port)}`, ...hint };
    return { status: 'pass', found: `${reached.join(', ')} port ${String(server.port)}`, ...hint, learned: { reached } };
  },
});

/** The login's own connection, which all that follows uses. An address that fails here is passed over by the login, too. */
const tlsCheck = check({
  id: 'tls',
  title: 'TLS',
  needs: ['identity', 'server', 'reached'],
  run: async ({ server, identity, reached }, visit) => {
    const transport = TRANSPORT[server.transport];
    const { made, failed } = await dialAll(server, reached, identity, firstShare(visit));
    const [first, ...others] = made;
    const peers = made.map(({ socket }) => describePeer(socket)).filter((peer) => peer !== undefined);
    for (const { socket } of others) socket.destroy();
    const hints: string[] = [];
    for (const { address, failure } of failed) {
      const hint = await explain({ server, address }, identity, failure, visit);
      hints.push(reached.length === 1 ? hint : `${hint} [${address}]`);
    }
    if (first === undefined) return { status: 'fail', found: transport, hint: hints.join('\n') };
    if (await isRefusedLater(first, identity, visit)) {
      first.socket.destroy();
      return { status: 'fail', found: transport, hint: CLIENT_CERTIFICATE };
    }
    const told = describeCertificates(peers, new Date(visit.clock()), transport);
    const lines = [...hints, ...told.hints];
    const { days } = told;
    const learned = { connection: connectionOver(first, visit), ...(days === undefined ? {} : { certificateDaysLeft: days }) };
    return { status: 'pass', found: told.found, ...(lines.length === 0 ? {} : { hint: lines.join('\n') }), learned };
  },
});

export const CONNECTION_CHECKS: readonly Check[] = [dnsCheck, tcpCheck, tlsCheck];

const TRANSPORT = { tls: 'ldaps', starttls: 'StartTLS', plain: 'none' } as const;

const PLAINTEXT = 'LDAP_ALLOW_PLAINTEXT: passwords travel in clear text; use ldaps:// in LDAP_URL, or LDAP_STARTTLS=true';

type Attempts = { readonly made: readonly Dialled[]; readonly failed: readonly { readonly address: string; readonly failure: Failure }[] };

async function dialAll(server: Server, addresses: readonly string[], identity: TlsIdentity, visit: Visit): Promise<Attempts> {
  const attempts = await Promise.all(
    addresses.map(async (address) => ({ address, connected: await dial({ server, address }, identity, visit) })),
  );
  return {
    made: attempts.flatMap(({ address, connected }) => (connected.ok ? [{ server, address, socket: connected.socket }] : [])),
    failed: attempts.flatMap(({ address, connected }) => (connected.ok ? [] : [{ address, failure: connected.failure }])),
  };
}

function dial({ server, address }: Place, identity: TlsIdentity, { config, deadline, trace }: Visit): Promise<Connected> {
  return connectTo(server, address, identity, deadline.slice(config.connectTimeoutMs), trace);
}

function connectionOver({ server, address, socket }: Dialled, { config, trace }: Visit): Connection {
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

function few(names: readonly string[]): string {
  const others = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).map(shown).join(', ') + (others > 0 ? ` and ${String(others)} more` : '');
}

const MOST_NAMES = 3;

/** Renewing a certificate takes some people a month. */
const SOON_DAYS = 30;
const DAY_MS = 86_400_000;

/** Of several controllers, the one whose certificate ends first. */
function describeCertificates(
  peers: readonly Peer[],
  now: Date,
  transport: string,
): { readonly found: string; readonly hints: readonly string[]; readonly days?: number } {
  const [peer] = peers.toSorted((one, other) => one.notAfter.getTime() - other.notAfter.getTime());
  if (peer === undefined) return { found: transport, hints: [PLAINTEXT] };
  const days = Math.floor((peer.notAfter.getTime() - now.getTime()) / DAY_MS);
  const signed = peer.root === peer.issuer ? quoted(peer.issuer) : `${quoted(peer.issuer)} under ${quoted(peer.root)}`;
  const found = `${transport}, ${peer.protocol}, certificate for ${few(peer.names)} by ${signed}, ${String(days)} days left`;
  const soon = `LDAP_URL: renew the server's certificate before ${dayOf(peer.notAfter)}, after which no login is possible`;
  return { found, days, hints: days < SOON_DAYS ? [soon] : [] };
}

/** Whether a server that has shaken hands then refuses our certificate, or that there is none: told before anything is bound. */
async function isRefusedLater(place: Place, identity: TlsIdentity, visit: Visit): Promise<boolean> {
  if (place.server.transport === 'plain') return false;
  const slice = visit.deadline.slice(visit.config.connectTimeoutMs);
  const read = await withFreshConnection(place, identity, visit, (conversation) => readRootDse({ ...conversation, slice }));
  return read?.ok === false && isAboutOurCertificate(read.failure);
}

/** The login's code has failed; here is a second look, which sends nothing that matters. */
async function explain(place: Place, identity: TlsIdentity, failure: Failure, visit: Visit): Promise<string> {
  const { config, deadline, clock } = visit;
  if (isAboutCertificate(failure)) {
    const peer = await lookAtCertificate(place, identity, config.connectTimeoutMs, deadline);
    if (peer !== undefined) return certificateHint(place.server, config.tls, failure, peer, new Date(clock()));
  }
  return handshakeHint(place.server, failure, await listenTo(place, identity, visit));
}

/** What a port speaks: TLS is tried with a bare handshake, LDAP by reading the root DSE as nobody. */
export async function listenTo({ server, address }: Place, identity: TlsIdentity, visit: Visit): Promise<Spoken> {
  const { config, deadline } = visit;
  if (server.transport !== 'tls') {
    const secure = { address, server: { ...server, transport: 'tls' } } as const;
    const peer = await lookAtCertificate(secure, identity, config.connectTimeoutMs, deadline);
    if (peer !== undefined) return 'TLS';
  }
  const plain = { address, server: { ...server, transport: 'plain' } } as const;
  const read = await withFreshConnection(plain, identity, visit, (conversation) =>
    readRootDse({ ...conversation, slice: deadline.slice(config.connectTimeoutMs) }),
  );
  if (read?.ok !== true) return 'unknown';
  return read.root.supports.includes('StartTLS') ? 'plain LDAP with StartTLS' : 'plain LDAP';
}

/** For a second look; undefined where there is no connection. It is closed whatever happens. */
export async function withFreshConnection<T>(
  place: Place,
  identity: TlsIdentity,
  visit: Visit,
  use: (conversation: Conversation) => Promise<T>,
): Promise<T | undefined> {
  const connected = await dial(place, identity, visit);
  if (!connected.ok) return undefined;
  const connection = connectionOver({ ...place, socket: connected.socket }, visit);
  try {
    return await use(conversationOf(connection, visit));
  } finally {
    await connection.session.close();
  }
}
