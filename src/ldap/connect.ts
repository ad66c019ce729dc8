import net from 'node:net';
import tls from 'node:tls';

import type { Server } from '../config/config.ts';
import type { Deadline } from '../core/deadline.ts';
import type { Trace } from '../core/trace.ts';
import { type Opened, waitFor } from './dial.ts';
import { disconnected, type Failure, resultFailure } from './failure.ts';
import { FrameReader } from './frames.ts';
import { decodeMessage } from './message.ts';
import { extendedRequest, STARTTLS } from './requests.ts';

/** What TLS needs, made once at cold start: building a context for each connection costs more than a login. */
export type TlsIdentity = {
  readonly secureContext: tls.SecureContext;
  /** The name that the certificate must bear, if not the host of the URL. */
  readonly servername: string | undefined;
};

/**
 * Makes an open connection one over which an LDAP session may begin: TLS, where the server's URL asks for it, is complete and
 * verified. Nothing but the StartTLS request is ever sent in clear. A socket that did not get there is destroyed.
 */
export async function secure(socket: net.Socket, server: Server, identity: TlsIdentity, deadline: Deadline, trace: Trace): Promise<Opened> {
  if (server.transport === 'plain') return { ok: true, socket };
  if (server.transport === 'starttls') {
    trace.operations += 1;
    const refusal = await requestStartTls(socket, deadline);
    if (refusal !== undefined) {
      socket.destroy(); // not even an Unbind goes out in clear
      return { ok: false, failure: refusal };
    }
  }
  const secured = tls.connect({ socket, ...verification(server, identity) });
  const failure = await waitFor(secured, 'secureConnect', 'tls', deadline);
  if (failure === undefined) return { ok: true, socket: secured };
  secured.destroy();
  socket.destroy();
  return { ok: false, failure };
}

/** Certificate checks are stated in full: NODE_TLS_REJECT_UNAUTHORIZED=0 in an environment must not reach them. */
function verification(server: Server, identity: TlsIdentity): tls.ConnectionOptions {
  const name = nameToBear(server, identity);
  return {
    secureContext: identity.secureContext,
    rejectUnauthorized: true,
    checkServerIdentity: (_host, certificate) => tls.checkServerIdentity(name, withoutCommonName(certificate)),
    ...indication(name),
  };
}

/** The name that a server's certificate must bear. */
export function nameToBear(server: Server, { servername }: Pick<TlsIdentity, 'servername'>): string {
  return servername ?? server.tlsName ?? server.host;
}

/** Node falls back to the common name where a certificate bears no DNS name; RFC 9525 (6.3) has done away with that. */
function withoutCommonName(certificate: tls.PeerCertificate): tls.PeerCertificate {
  return { ...certificate, subject: { ...certificate.subject, CN: '' } };
}

/** SNI: an IP address is never sent (RFC 6066, 3). */
export function indication(name: string): { readonly servername?: string } {
  return net.isIP(name) === 0 ? { servername: name } : {};
}

/** StartTLS (RFC 4511, 4.14): one request, exactly one answer and nothing after it. Undefined: the server waits for our ClientHello. */
export function requestStartTls(socket: net.Socket, deadline: Deadline): Promise<Failure | undefined> {
  const frames = new FrameReader();
  const answered = waitFor(socket, 'data', 'starttls', deadline, (chunk) => {
    const cut = frames.push(chunk);
    if (cut.ok && cut.frames.length === 0) return 'not yet';
    socket.pause(); // what comes next is for TLS
    return cut.ok ? (understandStartTls(cut.frames, frames.unfinishedBytes) ?? 'content') : tlsFailure(cut.violation);
  });
  socket.write(extendedRequest(1, STARTTLS));
  return answered;
}

/**
 * Bytes behind the answer came in clear and were not sent by the server that we are about to verify: a parser that kept
 * them would read them as if TLS had protected them.
 */
function understandStartTls(frames: readonly Buffer[], unfinishedBytes: number): Failure | undefined {
  const [first, ...others] = frames;
  if (others.length > 0 || unfinishedBytes > 0) return tlsFailure('bytes behind the answer');
  const message = first === undefined ? undefined : decodeMessage(first);
  if (message?.op !== 'extended-response') return tlsFailure('no answer to StartTLS');
  if (message.id === 0) return disconnected(message.result.code);
  if (message.id !== 1 || (message.name !== undefined && message.name !== STARTTLS && message.name !== ''))
    return tlsFailure('an answer to something else');
  if (message.result.code === 0) return undefined;
  const failure = resultFailure('starttls', message.result);
  return failure.reason === 'directory-busy' ? failure : { ...failure, reason: 'directory-tls-failure' };
}

function tlsFailure(what: string): Failure {
  return { reason: 'directory-tls-failure', step: 'starttls', cause: { kind: 'protocol', what } };
}
