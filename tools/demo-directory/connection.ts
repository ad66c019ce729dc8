import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';

import { measure } from './ber.ts';
import { type BindRequest, type Request, type SearchRequest, decodeRequest } from './message.ts';
import { type Identity, bind, search } from './operations.ts';
import {
  BIND_RESPONSE,
  EXTENDED_RESPONSE,
  PASSWORD_POLICY_CONTROL,
  ResultCode,
  SEARCH_RESULT_DONE,
  START_TLS,
  WHO_AM_I,
  encodeEntry,
  encodeNoticeOfDisconnection,
  encodeResult,
} from './response.ts';
import type { Tree } from './tree.ts';

/** What the directory was asked to do since it started. */
export type Counts = {
  /** Accepted, in total. */
  connections: number;
  openConnections: number;
  binds: number;
  searches: number;
  startTls: number;
  unbinds: number;
  /** Notices of Disconnection: what could not be read. */
  notices: number;
};

/** What all connections of one directory share. */
export type Site = { readonly tree: Tree; readonly secureContext: SecureContext; readonly counts: Counts };

type Protection = 'clear' | 'tls';

const MAX_REQUEST_BYTES = 256 * 1024; // slapd's sockbuf_max_incoming
const LINGER_MS = 1_000; // how long a client may take to hang up once it has been told

const SEQUENCE = 0x30;

/**
 * One client. Requests are answered in the order in which they come, each before the next is looked at; so there is never an
 * operation in progress when a Bind, an Abandon or StartTLS arrives.
 */
export class Connection {
  readonly #site: Site;
  #socket: Socket;
  #protection: Protection;
  #identity: Identity = 'anonymous';
  #received: Buffer = Buffer.alloc(0);
  #state: 'open' | 'upgrading' | 'closing' = 'open';

  constructor(socket: Socket, protection: Protection, site: Site) {
    this.#site = site;
    this.#socket = socket;
    this.#protection = protection;
    this.#read();
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#state === 'closing') return;
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    while (this.#state === 'open' && this.#takeRequest());
  };

  #read(): void {
    // A client that resets the connection is its own business; without a listener it would end the process.
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.on('data', this.#onData);
  }

  /** Answers the next request if all of it has arrived; says whether it had. */
  #takeRequest(): boolean {
    const extent = measure(this.#received, 0);
    if (extent === 'incomplete') return false;
    if (extent === 'malformed' || extent.tag !== SEQUENCE) return this.#refuse('not an LDAP message');
    if (extent.end > MAX_REQUEST_BYTES) return this.#refuse('the message is too large');
    if (extent.end > this.#received.length) return false;
    const request = decodeRequest(this.#received.subarray(extent.contentAt, extent.end));
    this.#received = this.#received.subarray(extent.end);
    if (request === undefined) return this.#refuse('not an LDAP request');
    this.#answer(request);
    return true;
  }

  #answer(request: Request): void {
    const { id, operation } = request;
    switch (operation.kind) {
      case 'abandon': // nothing is ever in progress
        break;
      case 'unbind':
        this.#site.counts.unbinds += 1;
        this.#hangUp();
        break;
      case 'bind':
        this.#bind(request, operation);
        break;
      case 'search':
        this.#search(request, operation);
        break;
      case 'extended':
        this.#extended(request, operation.name);
        break;
      case 'unsupported':
        if (this.#takesControls(request, operation.responseTag)) this.#send(encodeResult(id, operation.responseTag, UNWILLING));
        break;
    }
  }

  #bind(request: Request, operation: BindRequest): void {
    this.#site.counts.binds += 1;
    this.#identity = 'anonymous'; // from the moment a Bind arrives (RFC 4511 4.2.1), whatever comes of it
    if (!this.#takesControls(request, BIND_RESPONSE)) return;
    const reply = bind(this.#site.tree, operation);
    this.#identity = reply.identity;
    const { passwordPolicyError } = reply;
    const wanted = passwordPolicyError !== undefined && request.controls.some(({ type }) => type === PASSWORD_POLICY_CONTROL);
    this.#send(encodeResult(request.id, BIND_RESPONSE, reply.result, wanted ? { passwordPolicyError } : {}));
  }

  #search(request: Request, operation: SearchRequest): void {
    this.#site.counts.searches += 1;
    if (!this.#takesControls(request, SEARCH_RESULT_DONE)) return;
    const reply = search(this.#site.tree, this.#identity, operation);
    const entries = reply.entries.map(({ dn, attributes }) => encodeEntry(request.id, dn, attributes));
    this.#send(Buffer.concat([...entries, encodeResult(request.id, SEARCH_RESULT_DONE, reply.result)]));
  }

  #extended(request: Request, name: string): void {
    if (!this.#takesControls(request, EXTENDED_RESPONSE)) return;
    if (name === START_TLS) {
      this.#startTls(request.id);
      return;
    }
    if (name === WHO_AM_I) {
      const responseValue = this.#identity === 'anonymous' ? '' : `dn:${this.#identity.dn}`;
      this.#send(encodeResult(request.id, EXTENDED_RESPONSE, { code: ResultCode.success }, { responseValue }));
      return;
    }
    const result = { code: ResultCode.protocolError, message: 'no such extended operation' };
    this.#send(encodeResult(request.id, EXTENDED_RESPONSE, result));
  }

  /** A critical control that is not known must stop the operation; any other is ignored (RFC 4511 4.1.11). */
  #takesControls(request: Request, responseTag: number): boolean {
    const taken = request.controls.every(({ type, criticality }) => criticality === 'non-critical' || type === PASSWORD_POLICY_CONTROL);
    if (!taken) this.#send(encodeResult(request.id, responseTag, { code: ResultCode.unavailableCriticalExtension }));
    return taken;
  }

  #startTls(id: number): void {
    this.#site.counts.startTls += 1;
    if (this.#protection === 'tls') {
      const result = { code: ResultCode.operationsError, message: 'TLS already started' };
      this.#send(encodeResult(id, EXTENDED_RESPONSE, result));
      return;
    }
    // Bytes behind the request were sent in clear by whoever; read later, they would pass for protected ones.
    if (this.#received.length > 0) {
      this.#refuse('requests behind StartTLS');
      return;
    }
    this.#state = 'upgrading';
    const clear = this.#socket;
    clear.off('data', this.#onData);
    clear.pause(); // what arrives from now on is for TLS alone
    clear.write(encodeResult(id, EXTENDED_RESPONSE, { code: ResultCode.success }, { responseName: START_TLS }), () => {
      if (!clear.destroyed) this.#upgrade(clear);
    });
  }

  #upgrade(clear: Socket): void {
    const secure = new TLSSocket(clear, { isServer: true, secureContext: this.#site.secureContext });
    secure.once('close', () => clear.destroy());
    this.#socket = secure;
    this.#protection = 'tls';
    this.#state = 'open';
    this.#read();
  }

  #send(response: Buffer): void {
    if (this.#socket.writable) this.#socket.write(response);
  }

  /** Notice of Disconnection (RFC 4511 4.4.1), and out. Returns false: nothing more is taken. */
  #refuse(message: string): false {
    this.#site.counts.notices += 1;
    this.#send(encodeNoticeOfDisconnection(message));
    this.#hangUp();
    return false;
  }

  #hangUp(): void {
    this.#state = 'closing';
    this.#received = Buffer.alloc(0);
    const socket = this.#socket;
    // Not destroyed at once: a reset could overtake the notice. Who does not hang up in turn is cut off.
    socket.end();
    socket.setTimeout(LINGER_MS, () => socket.destroy());
  }
}

const UNWILLING = { code: ResultCode.unwillingToPerform, message: 'this directory is read-only' } as const;
