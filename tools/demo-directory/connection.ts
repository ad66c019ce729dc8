import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';

import { measure } from './ber.ts';
import { type Request, decodeRequest } from './message.ts';
import { type Identity, bind, search } from './operations.ts';
import {
  NOTICE_OF_DISCONNECTION,
  PASSWORD_POLICY_CONTROL,
  RESPONSE_TAG,
  ResultCode,
  START_TLS,
  WHO_AM_I,
  encodeEntry,
  encodeResult,
} from './response.ts';
import type { Tree } from './tree.ts';

/** What the directory was asked to do since it started. `connections` are those accepted, in total; `notices`: what could not be read. */
export type Counts = Record<'connections' | 'openConnections' | 'binds' | 'searches' | 'startTls' | 'unbinds' | 'notices', number>;

/** What all connections of one directory share. */
export type Site = { readonly tree: Tree; readonly secureContext: SecureContext; readonly counts: Counts };

const MAX_REQUEST_BYTES = 256 * 1024; // slapd's sockbuf_max_incoming
const LINGER_MS = 1_000; // how long a client may take to hang up once it has been told

const SEQUENCE = 0x30;

/**
 * One client, in clear or over TLS. Requests are answered in the order in which they come, each before the next is looked at; so
 * there is never an operation in progress when a Bind, an Abandon or StartTLS arrives.
 */
export class Connection {
  readonly #site: Site;
  #socket: Socket;
  #identity: Identity = 'anonymous';
  #received: Buffer = Buffer.alloc(0);
  #isClosing = false;

  constructor(socket: Socket, site: Site) {
    this.#site = site;
    this.#socket = socket;
    this.#read();
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#isClosing) return;
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    while (this.#takeRequest());
  };

  #read(): void {
    // A client that resets the connection is its own business; without a listener it would end the process.
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.on('data', this.#onData);
  }

  /** Answers the next request if all of it has arrived; says whether it had. */
  #takeRequest(): boolean {
    const extent = measure(this.#received);
    if (extent === 'incomplete') return false;
    if (extent === 'malformed' || extent.tag !== SEQUENCE) return this.#refuse('not an LDAP message');
    if (extent.end > MAX_REQUEST_BYTES) return this.#refuse('the message is too large');
    if (extent.end > this.#received.length) return false;
    const request = decodeRequest(this.#received.subarray(0, extent.end));
    this.#received = this.#received.subarray(extent.end);
    if (request === undefined) return this.#refuse('not an LDAP request');
    this.#answer(request);
    return true;
  }

  #answer({ id, operation, controls }: Request): void {
    const { counts, tree } = this.#site;
    if (operation.kind === 'abandon') return; // nothing is ever in progress
    if (operation.kind !== 'extended') counts[COUNTED[operation.kind]] += 1;
    if (operation.kind === 'unbind') return this.#hangUp();
    if (operation.kind === 'bind') this.#identity = 'anonymous'; // from the moment a Bind arrives (RFC 4511 4.2.1), whatever comes of it
    const tag = RESPONSE_TAG[operation.kind];
    // A critical control that is not known must stop the operation; any other is ignored (RFC 4511 4.1.11).
    if (controls.some(({ type, isCritical }) => isCritical && type !== PASSWORD_POLICY_CONTROL)) {
      this.#send(encodeResult(id, tag, { code: ResultCode.unavailableCriticalExtension }));
    } else if (operation.kind === 'bind') {
      const { result, identity, passwordPolicyError } = bind(tree, operation);
      this.#identity = identity;
      const isWanted = passwordPolicyError !== undefined && controls.some(({ type }) => type === PASSWORD_POLICY_CONTROL);
      this.#send(encodeResult(id, tag, result, isWanted ? { passwordPolicyError } : {}));
    } else if (operation.kind === 'search') {
      const { entries, result } = search(tree, this.#identity, operation);
      const encoded = entries.map(({ dn, attributes }) => encodeEntry(id, dn, attributes));
      this.#send(Buffer.concat([...encoded, encodeResult(id, tag, result)]));
    } else {
      this.#extended(id, operation.name);
    }
  }

  #extended(id: number, name: string): void {
    if (name === START_TLS) {
      this.#startTls(id);
    } else if (name === WHO_AM_I) {
      const responseValue = this.#identity === 'anonymous' ? '' : `dn:${this.#identity.dn}`;
      this.#send(encodeResult(id, RESPONSE_TAG.extended, SUCCESS, { responseValue }));
    } else {
      this.#send(encodeResult(id, RESPONSE_TAG.extended, NO_SUCH_OPERATION));
    }
  }

  #startTls(id: number): void {
    this.#site.counts.startTls += 1;
    if (this.#socket instanceof TLSSocket) {
      this.#send(encodeResult(id, RESPONSE_TAG.extended, STARTED_ALREADY));
    } else if (this.#received.length > 0) {
      // Bytes behind the request were sent in clear by an unknown party; read later, they would pass for protected ones.
      this.#refuse('requests behind StartTLS');
    } else {
      const clear = this.#socket;
      clear.off('data', this.#onData);
      clear.pause(); // what arrives from now on is for TLS alone
      clear.write(encodeResult(id, RESPONSE_TAG.extended, SUCCESS, { responseName: START_TLS }), () => {
        if (!clear.destroyed) this.#upgrade(clear);
      });
    }
  }

  #upgrade(clear: Socket): void {
    const secure = new TLSSocket(clear, { isServer: true, secureContext: this.#site.secureContext });
    secure.once('close', () => clear.destroy());
    this.#socket = secure;
    this.#read();
  }

  #send(response: Buffer): void {
    if (this.#socket.writable) this.#socket.write(response);
  }

  /** Notice of Disconnection (RFC 4511 4.4.1), and out. Returns false: nothing more is taken. */
  #refuse(message: string): false {
    this.#site.counts.notices += 1;
    const result = { code: ResultCode.protocolError, message };
    this.#send(encodeResult(0, RESPONSE_TAG.extended, result, { responseName: NOTICE_OF_DISCONNECTION }));
    this.#hangUp();
    return false;
  }

  #hangUp(): void {
    this.#isClosing = true;
    this.#received = Buffer.alloc(0);
    const socket = this.#socket;
    // Not destroyed at once: a reset could overtake the notice. Who does not hang up in turn is cut off.
    socket.end();
    socket.setTimeout(LINGER_MS, () => socket.destroy());
  }
}

const SUCCESS = { code: ResultCode.success } as const;
const STARTED_ALREADY = { code: ResultCode.operationsError, message: 'TLS already started' } as const;
const NO_SUCH_OPERATION = { code: ResultCode.protocolError, message: 'no such extended operation' } as const;

const COUNTED = { bind: 'binds', search: 'searches', unbind: 'unbinds' } as const satisfies Readonly<Record<string, keyof Counts>>;
