import type net from 'node:net';

import type { Deadline } from '../core/deadline.ts';
import type { Secret } from '../core/secret.ts';
import type { Trace } from '../core/trace.ts';
import { disconnected, type Failure, protocolError, resultFailure, socketFailure, type Step, timedOut } from './failure.ts';
import { FrameReader } from './frames.ts';
import { decodeMessage, type LdapResult, type Message, type ResponseControl, type SearchEntry } from './message.ts';
import { bindRequest, extendedRequest, type SearchFor, searchRequest, unbindRequest, WHO_AM_I } from './requests.ts';

type Reply<T> = ({ readonly ok: true } & T) | Failed;

export type BindReply = Reply<{ readonly result: LdapResult; readonly controls: readonly ResponseControl[] }>;

export type SearchReply = Reply<{
  readonly entries: readonly SearchEntry[];
  readonly references: readonly string[];
  /** Undefined when there were more entries than asked for: the rest was not awaited, and the session is over (or it was heard out). */
  readonly result: LdapResult | undefined;
}>;

/** The authorization identity as the server writes it, like `dn:cn=service`; undefined where it sent none. */
export type WhoAmIReply = Reply<{ readonly result: LdapResult; readonly identity: string | undefined }>;

export type Failed = {
  readonly ok: false;
  readonly failure: Failure;
  /** The request had been given to the socket: the server may have acted on it. */
  readonly sent: boolean;
};

/** What a server may send in answer to one search before it is taken for broken. */
const MOST_REFERENCES = 100;

/** How long the goodbye may take: Unbind and FIN only have to reach the kernel. */
const CLOSE_MS = 250;

type Pending = { readonly id: number; readonly take: (message: Message) => void; readonly fail: (failure: Failure) => void };

/**
 * LDAP over a socket that is ready, one operation at a time, each within its deadline. The session is given its socket and
 * cannot open another: no reconnect, so never an anonymous search or a bind in clear by accident. Once anything is not as
 * it must be (a fault, a wrong message id, an answer nobody asked for), the session is broken and every later operation
 * fails with the same failure, without a byte sent.
 */
export class Session {
  readonly #socket: net.Socket;
  readonly #trace: Trace;
  readonly #frames = new FrameReader();
  #pending: Pending | undefined;
  #broken: Failure | undefined;
  /** Of a session that takes no more operations: the server did nothing wrong and is to be told goodbye. */
  #isInOrder = false;
  /** StartTLS, where it was used, had 1. */
  #lastId = 1;

  constructor(socket: net.Socket, trace: Trace) {
    this.#socket = socket;
    this.#trace = trace;
    socket.on('data', this.#onData).on('error', this.#onError).on('end', this.#onClose).on('close', this.#onClose);
    if (socket.readableEnded || socket.destroyed) this.#onClose(); // before anybody listened
  }

  /** Whether an operation could still be sent. */
  get isUsable(): boolean {
    return this.#broken === undefined;
  }

  /**
   * A simple bind (RFC 4511, 4.2). The name and the password are sent as they are: a name is never taken for a SASL
   * mechanism. An empty name or password would be an anonymous or unauthenticated bind, which "succeeds" (RFC 4513, 5.1).
   */
  bind(name: string, password: Secret, controls: readonly string[], deadline: Deadline): Promise<BindReply> {
    const secret = password.reveal();
    if (name === '' || secret === '') throw new Error('a bind needs a name and a password');
    const id = this.#nextId();
    const request = bindRequest(id, name, secret, controls);
    return this.#exchangeBind('bind', id, request, deadline);
  }

  /**
   * An anonymous bind (RFC 4513, 5.1.1): takes the rights of whoever is bound off the connection. It "succeeds" for everybody and
   * so proves nothing: it is never an answer about a user.
   */
  bindAnonymously(deadline: Deadline): Promise<BindReply> {
    const id = this.#nextId();
    return this.#exchangeBind('anonymous bind', id, bindRequest(id, '', '', []), deadline);
  }

  search(search: SearchFor, deadline: Deadline): Promise<SearchReply> {
    const id = this.#nextId();
    const request = searchRequest(id, search, Math.ceil(deadline.leftMs / 1000)); // it need not work on for nobody
    const entries: SearchEntry[] = [];
    const references: string[] = [];
    let isSurplus = false;
    return this.#exchange<SearchReply>('search', id, request, deadline, (message, settle) => {
      if (message.op === 'search-entry') {
        if (search.sizeLimit !== undefined && entries.length === search.mostEntries) return; // dropped
        if (entries.length <= search.mostEntries) entries.push(message.entry);
        if (entries.length <= search.mostEntries || search.surplus === 'heard out') return;
        settle({ ok: true, entries, references, result: undefined });
        this.#broken = resultFailure('search', undefined); // in order, but still talking: only Unbind makes sense
        this.#isInOrder = true;
      } else if (message.op === 'search-reference') {
        // Counted before they are spread: a hundred thousand arguments are an exception.
        const isTooMany = references.length + message.uris.length > MOST_REFERENCES;
        if (isTooMany && search.surplus === 'heard out') isSurplus = true;
        else if (isTooMany) this.#break(protocolError('search', 'too many references'));
        else references.push(...message.uris);
      } else if (message.op === 'search-done') {
        const isWhole = !isSurplus && entries.length <= search.mostEntries;
        settle({ ok: true, entries, references, result: isWhole ? message.result : undefined });
      } else this.#break(protocolError('search', `answered with a ${message.op}`));
    });
  }

  /** "Who am I?" (RFC 4532): who the server takes this connection for. */
  whoAmI(deadline: Deadline): Promise<WhoAmIReply> {
    const id = this.#nextId();
    const request = extendedRequest(id, WHO_AM_I);
    return this.#exchange<WhoAmIReply>('who am I', id, request, deadline, (message, settle) => {
      if (message.op !== 'extended-response') this.#break(protocolError('who am I', `answered with a ${message.op}`));
      else settle({ ok: true, result: message.result, identity: message.value?.toString('utf8') });
    });
  }

  /** Unbind and FIN where the connection is still in order, then the end of the socket, always. Never rejects. */
  async close(): Promise<void> {
    const socket = this.#socket;
    if ((this.#broken === undefined || this.#isInOrder) && this.#pending === undefined) {
      this.#trace.operations += 1;
      await goodbye(socket, unbindRequest(this.#nextId()));
    }
    this.#broken ??= { reason: 'directory-unreachable', step: 'session', cause: { kind: 'socket', code: 'closed by us' } };
    socket.destroy(); // what its listeners still hear is heard by a session that is over
  }

  #exchangeBind(operation: Step, id: number, request: Buffer, deadline: Deadline): Promise<BindReply> {
    return this.#exchange<BindReply>(operation, id, request, deadline, (message, settle) => {
      if (message.op === 'bind-response') settle({ ok: true, result: message.result, controls: message.controls });
      else this.#break(protocolError(operation, `answered with a ${message.op}`));
    });
  }

  /** Sends one request and hears its answer. `take` settles it, or breaks the session. */
  #exchange<Reply>(
    step: Step,
    id: number,
    request: Buffer,
    deadline: Deadline,
    take: (message: Message, settle: (reply: Reply | Failed) => void) => void,
  ): Promise<Reply | Failed> {
    if (this.#pending !== undefined) throw new Error('one operation at a time');
    if (this.#broken === undefined && this.#frames.unfinishedBytes > 0) this.#break(protocolError(step, 'bytes nobody asked for'));
    if (this.#broken === undefined && deadline.expired) this.#break(timedOut(step));
    if (this.#broken !== undefined) return Promise.resolve({ ok: false, failure: this.#broken, sent: false });
    return new Promise((resolve) => {
      const settle = (reply: Reply | Failed): void => {
        stopWaiting();
        this.#pending = undefined;
        resolve(reply);
      };
      const stopWaiting = deadline.onExpiry(() => this.#break(timedOut(step)));
      this.#pending = {
        id,
        take: (message) => take(message, settle),
        fail: (failure) => settle({ ok: false, failure, sent: true }),
      };
      this.#trace.operations += 1;
      this.#socket.write(request);
    });
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#broken !== undefined) return;
    try {
      const cut = this.#frames.push(chunk);
      if (!cut.ok) this.#break(protocolError('session', cut.violation));
      else for (const frame of cut.frames) this.#onMessage(decodeMessage(frame));
    } catch {
      // Nothing that a server sends may end the process: an exception in a listener would.
      this.#break(protocolError('session', 'an answer that broke its reader'));
    }
  };

  #onMessage(message: Message | undefined): void {
    if (this.#broken !== undefined) return;
    if (message === undefined) this.#break(protocolError('session', 'an answer that cannot be decoded'));
    else if (message.id === 0) this.#break(disconnected(message.op === 'extended-response' ? message.result.code : undefined));
    else if (message.id !== this.#pending?.id) this.#break(protocolError('session', 'an answer that nobody asked for'));
    else this.#pending.take(message);
  }

  readonly #onError = (error: Error): void => this.#break(socketFailure('session', error));

  readonly #onClose = (): void => this.#break(socketFailure('session', undefined));

  #break(failure: Failure): void {
    this.#isInOrder = false;
    if (this.#broken !== undefined) return;
    this.#broken = failure;
    this.#socket.destroy(); // whatever else it would have said is not heard
    this.#pending?.fail(failure);
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }
}

/**
 * Resolves when the kernel has the last bytes, or does not take them in time. A function that is frozen with them still in
 * the process would leave the directory with an idle connection, which is where this service's story began.
 */
function goodbye(socket: net.Socket, unbind: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, CLOSE_MS);
    // Called in any case, with an error where the socket has been destroyed.
    socket.end(unbind, () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
