import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { type SecureContext, TLSSocket } from 'node:tls';

import { measure } from '../../../tools/demo-directory/ber.ts';
import { decodeRequest, type Request } from '../../../tools/demo-directory/message.ts';
import { type Action, type Asked, passOn } from './actions.ts';
import { type ResponseName, resultMessage } from './messages.ts';
import { type Address, Upstream } from './upstream.ts';
import { Wire } from './wire.ts';

/** Steps that are one LDAP request and its answer, of this kind. */
const ANSWERS = {
  starttls: 'extended',
  'service bind': 'bind',
  'who am I': 'extended',
  search: 'done',
  proof: 'done',
  'user bind': 'bind',
} as const satisfies Readonly<Record<string, ResponseName>>;

export type Operation = keyof typeof ANSWERS;

/** Where in a login something can go wrong. */
export type Step = 'connect' | 'tls handshake' | 'handshake after starttls' | 'unbind' | Operation;

/** One thing that goes wrong, at one step. */
export type Fault = {
  readonly step: Step;
  /** `request`: the server behind never sees it; `response`: it has acted. Default response. */
  readonly when?: 'request' | 'response' | undefined;
  /** `anonymous`: only where no bind came before on the connection. Default anybody. */
  readonly whom?: 'anonymous';
  readonly action: Action;
};

/** What every conversation of one faulty directory shares. */
export type Site = {
  readonly upstream: Address;
  readonly front: 'plain' | 'tls' | 'starttls';
  readonly lookup: 'search-and-bind' | 'direct-bind';
  readonly secureContext: SecureContext | undefined;
  readonly clientCertificate: 'demanded' | 'not asked for';
};

/** Who is told what a client does. */
export type Witness = {
  readonly request: (step: Step, protection: 'clear' | 'tls') => void;
  /** Every byte of the TCP stream, encrypted or not. */
  readonly bytes: (chunk: Buffer) => void;
};

const WHO_AM_I = '1.3.6.1.4.1.4203.1.11.3'; // RFC 4532, 2.1

const NOTHING: Buffer = Buffer.alloc(0);
const NOBODY: Asked = { id: 1, answer: 'bind' };

/** One client, and the one thing that goes wrong for it. */
export class Conversation {
  readonly #site: Site;
  readonly #fault: Fault | undefined;
  readonly #wire: Wire;
  readonly #witness: Witness;
  readonly #upstream: Upstream;
  readonly #over = new AbortController();
  #stream: Duplex;
  #received: Buffer = NOTHING;
  #binds = 0;
  #searches = 0;
  #isDeaf = false;

  constructor(socket: Socket, site: Site, fault: Fault | undefined, witness: Witness) {
    this.#site = site;
    this.#fault = fault;
    this.#witness = witness;
    this.#wire = new Wire(socket, witness.bytes);
    this.#stream = this.#wire;
    this.#upstream = new Upstream(site.upstream, () => this.#stream.end());
    socket.on('close', () => {
      this.#over.abort();
      this.#upstream.close();
    });
    if (fault?.step === 'connect') this.#perform(fault.action);
    else if (site.front === 'tls') this.#shakeHands('tls handshake');
    else this.#listen();
  }

  #listen(): void {
    this.#stream.on('error', () => undefined);
    this.#stream.on('end', () => this.#stream.end());
    this.#stream.on('data', this.#onData);
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#isDeaf) return;
    this.#received = Buffer.concat([this.#received, chunk]);
    for (;;) {
      const extent = measure(this.#received);
      if (typeof extent === 'string' || extent.end > this.#received.length) return;
      const bytes = this.#received.subarray(0, extent.end);
      this.#received = this.#received.subarray(extent.end);
      const request = decodeRequest(bytes);
      if (request !== undefined) void this.#onRequest(request, bytes);
    }
  };

  async #onRequest(request: Request, bytes: Buffer): Promise<void> {
    const step = this.#stepOf(request);
    this.#witness.request(step, this.#stream === this.#wire ? 'clear' : 'tls');
    const fault = this.#faultAt(step);
    if (step === 'unbind') {
      this.#upstream.tell(bytes);
      if (fault !== undefined) this.#perform(fault.action);
      return;
    }
    const asked = { id: request.id, answer: ANSWERS[step] };
    const resume = (): void => {
      this.#isDeaf = false;
      if (step === 'starttls') this.#shakeHands('handshake after starttls');
    };
    if (fault?.when === 'request') {
      this.#perform(fault.action, asked, NOTHING, resume);
      return;
    }
    const truth = step === 'starttls' ? resultMessage(request.id, 'extended', 0) : await this.#upstream.ask(bytes);
    this.#perform(fault?.action ?? passOn, asked, truth, resume);
  }

  #faultAt(step: Step): Fault | undefined {
    const isMeant = this.#fault?.step === step && (this.#fault.whom === undefined || this.#binds === 0);
    return isMeant ? this.#fault : undefined;
  }

  #stepOf({ operation }: Request): Operation | 'unbind' {
    if (operation.kind === 'unbind' || operation.kind === 'abandon') return 'unbind';
    if (operation.kind === 'extended') return operation.name === WHO_AM_I ? 'who am I' : 'starttls';
    if (operation.kind === 'search') {
      this.#searches += 1;
      return this.#searches === 1 ? 'search' : 'proof';
    }
    this.#binds += 1;
    return this.#binds === 1 && this.#site.lookup === 'search-and-bind' ? 'service bind' : 'user bind';
  }

  /** Becomes a TLS server on this connection, or what the fault makes of one. */
  #shakeHands(step: 'tls handshake' | 'handshake after starttls'): void {
    this.#stream.off('data', this.#onData);
    const fault = this.#faultAt(step);
    if (fault === undefined) {
      this.#protect();
      return;
    }
    // Only once the ClientHello is there: before it, this would be a fault of the step before.
    this.#wire.once('data', (hello: Buffer) => {
      this.#wire.pause();
      this.#wire.unshift(hello);
      this.#perform(fault.action, NOBODY, NOTHING, () => this.#protect());
    });
  }

  #protect(): void {
    const { secureContext, clientCertificate } = this.#site;
    const mutual = clientCertificate === 'demanded' ? { requestCert: true, rejectUnauthorized: true } : {};
    if (secureContext === undefined) throw new Error('a faulty directory with TLS needs a certificate');
    this.#stream = new TLSSocket(this.#wire, { isServer: true, secureContext, ...mutual });
    this.#listen();
  }

  #perform(action: Action, asked = NOBODY, truth = NOTHING, resume: () => void = () => undefined): void {
    this.#isDeaf = true;
    if (this.#wire.listenerCount('data') === 0) this.#wire.resume(); // or nobody would hear of its end
    void action({
      ...{ asked, truth, resume, wire: this.#wire },
      send: (bytes) => this.#send(bytes),
      close: () => this.#stream.end(),
      wait: (ms) => this.#wait(ms),
    });
  }

  async #wait(ms: number): Promise<boolean> {
    try {
      await pause(ms, undefined, { signal: this.#over.signal });
      return true;
    } catch {
      return false;
    }
  }

  #send(bytes: Buffer): void {
    if (this.#stream.writable) this.#stream.write(bytes);
  }
}
