import dns from 'node:dns';
import net from 'node:net';
import tls from 'node:tls';

import type { Server } from '../core/config.ts';
import type { Deadline } from '../core/deadline.ts';
import type { Trace } from '../core/trace.ts';
import { disconnected, type Failure, type SocketPhase, resultFailure, socketFailure, timedOut } from './failure.ts';
import { FrameReader } from './frames.ts';
import { decodeMessage } from './message.ts';
import { type Channel, Reception } from './reception.ts';
import { RequestWriter, STARTTLS } from './requests.ts';

/** What TLS needs, made once at cold start: building a context for each connection costs more than a login. */
export type TlsIdentity = {
  readonly secureContext: tls.SecureContext;
  /** The name that the certificate must bear, if not the host of the URL. */
  readonly servername: string | undefined;
};

export type Connected = ({ readonly ok: true } & Channel) | { readonly ok: false; readonly failure: Failure };

/**
 * A socket to one address of a server over which an LDAP session may begin: TCP is open and TLS, where the server's URL asks
 * for it, is complete and verified. Nothing but the StartTLS request is ever sent in clear. A socket that did not get there
 * is destroyed.
 */
export const connectTo = async (
  server: Server,
  address: string,
  identity: TlsIdentity,
  deadline: Deadline,
  trace: Trace,
): Promise<Connected> => {
  trace.connections += 1;
  const isSecure = server.transport === 'tls';
  const reception = new Reception();
  const target = { host: address, port: server.port, onread: reception.onread };
  const socket = isSecure ? tls.connect({ ...target, ...verification(server, identity) }) : net.connect(target);
  const failure = await ready(socket, isSecure ? 'secureConnect' : 'connect', deadline);
  if (failure !== undefined) return { ok: false, failure };
  const channel: Channel = {
    socket,
    hear: (listener) => {
      reception.hear(socket, listener);
    },
  };
  return server.transport === 'starttls' ? await startTls(channel, server, identity, deadline, trace) : { ok: true, ...channel };
};

/** The addresses of a host, in the resolver's order. */
export type Addresses = { readonly ok: true; readonly list: readonly string[] } | { readonly ok: false; readonly failure: Failure };

/** A look-up cannot be called off: one that takes too long is left behind, and its answer unheard. */
export const resolve = (host: string, deadline: Deadline): Promise<Addresses> => {
  if (net.isIP(host) !== 0) return Promise.resolve({ ok: true, list: [host] });
  return new Promise((settle) => {
    const stopWaiting = deadline.onExpiry(() => {
      settle({ ok: false, failure: timedOut('dns') });
    });
    dns.lookup(host, { all: true, order: 'verbatim' }, (error, found) => {
      stopWaiting();
      settle(
        error === null ? { ok: true, list: found.map(({ address }) => address) } : { ok: false, failure: socketFailure('dns', error) },
      );
    });
  });
};

/** Certificate checks are stated in full: NODE_TLS_REJECT_UNAUTHORIZED=0 in an environment must not reach them. */
const verification = (server: Server, identity: TlsIdentity): tls.ConnectionOptions => {
  const name = identity.servername ?? server.host;
  return {
    secureContext: identity.secureContext,
    rejectUnauthorized: true,
    checkServerIdentity: (_host, certificate) => tls.checkServerIdentity(name, withoutCommonName(certificate)),
    ...indication(name),
  };
};

/** Node falls back to the common name where a certificate bears no DNS name; RFC 9525 (6.3) has done away with that. */
function withoutCommonName(certificate: tls.PeerCertificate): tls.PeerCertificate {
  return { ...certificate, subject: { ...certificate.subject, CN: '' } };
}

/** SNI: an IP address is never sent (RFC 6066, 3). */
export const indication = (name: string): { readonly servername?: string } => (net.isIP(name) === 0 ? { servername: name } : {});

/**
 * Waits for the socket to be ready, or destroys it. Its listeners stay, and hear nothing more: an error nobody listens to would
 * end the process.
 */
const ready = (socket: net.Socket, event: 'connect' | 'secureConnect', deadline: Deadline): Promise<Failure | undefined> => {
  socket.setNoDelay(true); // a bind must not wait for the acknowledgement of what came before
  return new Promise((settle) => {
    let phase: SocketPhase = socket.connecting ? 'connect' : 'tls';
    let isOver = false;
    const finish = (failure?: Failure): void => {
      isOver = true;
      stopWaiting();
      if (failure !== undefined) socket.destroy();
      settle(failure);
    };
    const fail = (error: unknown): void => {
      if (!isOver) finish(socketFailure(phase, error));
    };
    const stopWaiting = deadline.onExpiry(() => {
      finish(timedOut(phase));
    });
    socket.on('error', fail).on('close', () => {
      fail(undefined);
    });
    socket.on('connect', () => {
      if (event === 'connect') finish();
      else phase = 'tls';
    });
    if (event === 'secureConnect')
      socket.on(event, () => {
        finish();
      });
  });
};

/** StartTLS (RFC 4511, 4.14): one request, exactly one answer and nothing after it, then TLS on the same socket. */
const startTls = async (plain: Channel, server: Server, identity: TlsIdentity, deadline: Deadline, trace: Trace): Promise<Connected> => {
  trace.operations += 1;
  const refusal = await requestStartTls(plain, deadline);
  if (refusal !== undefined) {
    plain.socket.destroy(); // not even an Unbind goes out in clear
    return { ok: false, failure: refusal };
  }
  const socket = tls.connect({ socket: plain.socket, ...verification(server, identity) }); // Node has no onread for these
  const failure = await ready(socket, 'secureConnect', deadline);
  if (failure === undefined) return { ok: true, socket, hear: (listener) => socket.on('data', listener) };
  plain.socket.destroy();
  return { ok: false, failure };
};

/** Undefined: the server is waiting for our ClientHello. */
export const requestStartTls = ({ socket, hear }: Channel, deadline: Deadline): Promise<Failure | undefined> => {
  const frames = new FrameReader();
  return new Promise((settle) => {
    const finish = (failure: Failure | undefined): void => {
      stopWaiting();
      socket.pause();
      socket.off('error', onError).off('close', onClose).off('end', onClose);
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
    socket.on('error', onError).on('close', onClose).on('end', onClose);
    hear(onData);
    socket.write(new RequestWriter().startTls(1));
  });
};

/**
 * Bytes behind the answer came in clear and were not sent by the server that we are about to verify: a parser that kept
 * them would read them as if TLS had protected them.
 */
const understandStartTls = (frames: readonly Buffer[], unfinishedBytes: number): Failure | undefined => {
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
  return failure.reason === 'directory-busy' ? failure : tlsFailure(`refused, result ${String(message.result.code)}`);
};

const tlsFailure = (detail: string): Failure => ({ reason: 'directory-tls-failure', detail: `starttls: ${detail}` });
