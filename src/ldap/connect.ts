import net from 'node:net';
import tls from 'node:tls';

import type { Server } from '../config/config.ts';
import type { Deadline } from '../core/deadline.ts';
import type { Trace } from '../core/trace.ts';
import { dial } from './dial.ts';
import { disconnected, type Failure, resultFailure, socketFailure, timedOut } from './failure.ts';
import { FrameReader } from './frames.ts';
import { decodeMessage } from './message.ts';
import { RequestWriter, STARTTLS } from './requests.ts';

/** What TLS needs, made once at cold start: building a context for each connection costs more than a login. */
export type TlsIdentity = {
  readonly secureContext: tls.SecureContext;
  /** The name that the certificate must bear, if not the host of the URL. */
  readonly servername: string | undefined;
};

export type Connected = { readonly ok: true; readonly socket: net.Socket } | { readonly ok: false; readonly failure: Failure };

/** TCP and TLS to one address of a server, as `secure` has it. */
export async function connectTo(
  server: Server,
  address: string,
  identity: TlsIdentity,
  deadline: Deadline,
  trace: Trace,
): Promise<Connected> {
  const opened = await dial({ server, address }, deadline, trace).done;
  return opened.ok ? await secure(opened.socket, server, identity, deadline, trace) : opened;
}

/**
 * Makes an open connection one over which an LDAP session may begin: TLS, where the server's URL asks for it, is complete and
 * verified. Nothing but the StartTLS request is ever sent in clear. A socket that did not get there is destroyed.
 */
export async function secure(
  socket: net.Socket,
  server: Server,
  identity: TlsIdentity,
  deadline: Deadline,
  trace: Trace,
): Promise<Connected> {
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
  const failure = await shakeHands(secured, deadline);
  if (failure === undefined) return { ok: true, socket: secured };
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

/** Waits for the handshake, or destroys the socket. */
function shakeHands(socket: tls.TLSSocket, deadline: Deadline): Promise<Failure | undefined> {
  return new Promise((settle) => {
    const finish = (failure?: Failure): void => {
      stopWaiting();
      socket.off('secureConnect', onReady).off('error', onError).off('close', onClose);
      if (failure !== undefined) socket.destroy();
      settle(failure);
    };
    const onReady = (): void => {
      finish();
    };
    const onError = (error: Error): void => {
      finish(socketFailure('tls', error));
    };
    const onClose = (): void => {
      finish(socketFailure('tls', undefined));
    };
    const stopWaiting = deadline.onExpiry(() => {
      finish(timedOut('tls'));
    });
    socket.on('error', ignore); // stays: an error that nobody listens to would end the process
    socket.on('secureConnect', onReady).on('error', onError).on('close', onClose);
  });
}

function ignore(): void {
  // `close` follows.
}

/** StartTLS (RFC 4511, 4.14): one request, exactly one answer and nothing after it. */
/** Undefined: the server is waiting for our ClientHello. */
export function requestStartTls(socket: net.Socket, deadline: Deadline): Promise<Failure | undefined> {
  const frames = new FrameReader();
  return new Promise((settle) => {
    const finish = (failure: Failure | undefined): void => {
      stopWaiting();
      socket.pause();
      socket.off('data', onData).off('error', onError).off('close', onClose).off('end', onClose);
      settle(failure);
    };
    const onData = (chunk: Buffer): void => {
      const cut = frames.push(chunk);
      if (!cut.ok) finish(tlsFailure(cut.violation));
      else if (cut.frames.length > 0) finish(understandStartTls(cut.frames, frames.unfinishedBytes));
    };
    const onError = (error: Error): void => {
      finish(socketFailure('starttls', error));
    };
    const onClose = (): void => {
      finish(socketFailure('starttls', undefined));
    };
    const stopWaiting = deadline.onExpiry(() => {
      finish(timedOut('starttls'));
    });
    socket.on('data', onData).on('error', onError).on('close', onClose).on('end', onClose);
    socket.write(new RequestWriter().startTls(1));
  });
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
  if (message.id !== 1 || (message.name !== undefined && message.name !== STARTTLS && message.name !== '')) {
    return tlsFailure('an answer to something else');
  }
  if (message.result.code === 0) return undefined;
  const failure = resultFailure('starttls', message.result);
  return failure.reason === 'directory-busy' ? failure : { ...failure, reason: 'directory-tls-failure' };
}

function tlsFailure(what: string): Failure {
  return { reason: 'directory-tls-failure', step: 'starttls', cause: { kind: 'protocol', what } };
}
