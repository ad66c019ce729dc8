import type { X509Certificate } from 'node:crypto';
import type net from 'node:net';
import tls from 'node:tls';

import type { Deadline } from '../core/deadline.ts';
import { Trace } from '../core/trace.ts';
import { indication, nameToBear, requestStartTls, type TlsIdentity } from '../ldap/connect.ts';
import { dial, type Place, waitFor } from '../ldap/dial.ts';

/** What a server shows of itself in the handshake. */
export type Peer = {
  readonly subject: string;
  /** The names it is good for. */
  readonly names: readonly string[];
  readonly issuer: string;
  /** Who signed the last certificate of the chain that the server sent. */
  readonly root: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly protocol: string;
};

/** Of a connection that the login's own code has made and verified; undefined for one without TLS. */
export function describePeer(socket: net.Socket): Peer | undefined {
  if (!(socket instanceof tls.TLSSocket)) return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  return {
    subject: nameIn(certificate.subject),
    names: namesOf(certificate.subjectAltName),
    issuer: nameIn(certificate.issuer),
    root: nameIn(topOf(certificate).issuer),
    notBefore: certificate.validFromDate,
    notAfter: certificate.validToDate,
    protocol: socket.getProtocol() ?? 'TLS',
  };
}

/**
 * The certificate of a server that the login's own code has refused to talk to: a handshake without verification, which is
 * then closed. HAZARD: the server that answers is not verified. Nothing is ever sent over this socket, no bind, no search, no client
 * certificate, and it does not leave this function; what it shows is only ever printed. Undefined: there was no handshake.
 */
export async function lookAtCertificate(place: Place, { servername }: TlsIdentity, deadline: Deadline): Promise<Peer | undefined> {
  const { server } = place;
  const opened = await dial(place, deadline, new Trace()).done;
  if (!opened.ok) return undefined;
  try {
    const mayBegin = server.transport !== 'starttls' || (await requestStartTls(opened.socket, deadline)) === undefined;
    return mayBegin ? await handshake(opened.socket, nameToBear(server, { servername }), deadline) : undefined;
  } finally {
    opened.socket.destroy();
  }
}

async function handshake(plain: net.Socket, name: string, deadline: Deadline): Promise<Peer | undefined> {
  // Not the login's secure context: a client certificate is for servers that have been verified.
  const socket = tls.connect({ socket: plain, rejectUnauthorized: false, ...indication(name) });
  await waitFor(socket, 'secureConnect', 'tls', deadline);
  const peer = describePeer(socket);
  socket.destroy();
  return peer;
}

/** The last certificate that came; a self-signed one is its own issuer. */
function topOf(certificate: X509Certificate): X509Certificate {
  let top = certificate;
  for (let depth = 0; depth < 10; depth += 1) {
    const issuer = top.issuerCertificate;
    if (issuer === undefined || issuer.fingerprint256 === top.fingerprint256) return top;
    top = issuer;
  }
  return top;
}

/** `CN=dc1\nO=Corp` as `dc1`: the common name, or all of it. */
function nameIn(name: string): string {
  return /(?:^|\n)CN=(.*)/.exec(name)?.[1] ?? name.replaceAll('\n', ', ');
}

function namesOf(subjectAltName: string | undefined): readonly string[] {
  return (subjectAltName ?? '')
    .split(', ')
    .map((name) => name.replace(/^(?:DNS|IP Address):/, ''))
    .filter((name) => name !== '');
}
