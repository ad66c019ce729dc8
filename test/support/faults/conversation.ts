import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { type SecureContext, TLSSocket } from 'node:tls';

import { measure } from '../../../tools/demo-directory/ber.ts';
import { decodeRequest, type Request } from '../../../tools/demo-directory/message.ts';
import type { Action, Ending, Fault, FinalEnding, Operation, Payload, Step } from './fault.ts';
import type { Journal, SeenConnection } from './journal.ts';
import { mangle } from './mangle.ts';
import { resultMessage } from './messages.ts';
import { type Asked, bytesOf } from './payload.ts';
import { type Address, Upstream } from './upstream.ts';
import { Wire } from './wire.ts';

/** What every conversation of one faulty directory shares. */
export type Site = {
  readonly upstream: Address;
  readonly front: 'plain' | 'tls' | 'starttls';
  readonly lookup: 'search-and-bind' | 'direct-bind';
  readonly secureContext: SecureContext | undefined;
  readonly clientCertificate: 'demanded' | 'not asked for';
  readonly journal: Journal;
};

/** Long enough that a record's head and a part of its body are out, short of any whole flight. */
const HANDSHAKE_BYTES = 60;

const WHO_AM_I = '1.3.6.1.4.1.4203.1.11.3'; // RFC 4532, 2.1

/** Enough for two writes to arrive in two reads. */
const APART_MS = 5;

/** One client, and the one thing that goes wrong for it. */
export class Conversation {
  readonly #site: Site;
  readonly #fault: Fault | undefined;
  readonly #wire: Wire;
  readonly #seen: SeenConnection;
  readonly #upstream: Upstream;
  readonly #over = new AbortController();
  #stream: Duplex;
  #protection: 'clear' | 'tls' = 'clear';
  #received: Buffer = Buffer.alloc(0);
  #binds = 0;
  #searches = 0;
  #isDeaf = false;

  constructor(socket: Socket, site: Site, fault: Fault | undefined) {
    this.#site = site;
    this.#fault = fault;
    this.#seen = site.journal.open();
    this.#wire = new Wire(socket, (chunk) => site.journal.watch(this.#seen, chunk));
    this.#stream = this.#wire;
    this.#upstream = new Upstream(site.upstream, () => this.#stream.end());
    socket.on('close', () => {
      this.#over.abort();
      this.#upstream.close();
    });
    if (fault?.step === 'connect') this.#spoil(fault.action);
    else if (site.front === 'tls') this.#protect('tls handshake');
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
      const extent = measure(this.#received, 0);
      if (typeof extent === 'string' || extent.end > this.#received.length) return;
      const bytes = this.#received.subarray(0, extent.end);
      this.#received = this.#received.subarray(extent.end);
      const request = decodeRequest(bytes);
      if (request !== undefined) void this.#onRequest(request, bytes);
    }
  };

  async #onRequest(request: Request, bytes: Buffer): Promise<void> {
    const step = this.#stepOf(request);
    this.#site.journal.note(this.#seen, { step, protection: this.#protection });
    const fault = this.#faultAt(step);
    if (step === 'unbind') {
      this.#upstream.tell(bytes);
      if (fault !== undefined) this.#spoil(fault.action);
      return;
    }
    const asked: Asked = { id: request.id, operation: step };
    if (fault?.when === 'request') return this.#perform(fault.action, asked, Buffer.alloc(0));
    const truth = step === 'starttls' ? resultMessage(request.id, 'extended', 0) : await this.#upstream.ask(bytes);
    if (fault !== undefined) return this.#perform(fault.action, asked, truth);
    this.#send(truth);
    if (step === 'starttls') this.#protect('handshake after starttls');
  }

  #faultAt(step: Step): Fault | undefined {
    const isMeant = this.#fault?.step === step && (this.#fault.whom === undefined || this.#binds === 0);
    return isMeant ? this.#fault : undefined;
  }

  #stepOf({ operation }: Request): Operation | 'unbind' {
    if (operation.kind === 'unbind' || operation.kind === 'abandon') return 'unbind';
    if (operation.kind === 'search') {
      this.#searches += 1;
      return this.#searches === 1 ? 'search' : 'proof'; // the proof
    }
    if (operation.kind !== 'bind') return operation.name === WHO_AM_I ? 'who am I' : 'starttls';
    this.#binds += 1;
    return this.#binds === 1 && this.#site.lookup === 'search-and-bind' ? 'service bind' : 'user bind';
  }

  /** Becomes a TLS server on this connection, or what the fault makes of one. */
  #protect(step: Extract<Step, 'tls handshake' | 'handshake after starttls'>): void {
    this.#stream.off('data', this.#onData);
    const fault = this.#faultAt(step);
    if (fault !== undefined && fault.action.kind !== 'cut') {
      // Only once the ClientHello is there: before it, this would be a fault of the step before.
      this.#wire.once('data', () => this.#spoil(fault.action));
      return;
    }
    if (fault?.action.kind === 'cut') {
      const { then } = fault.action;
      this.#wire.allowOut(HANDSHAKE_BYTES, () => this.#end(then));
    }
    const { secureContext, clientCertificate } = this.#site;
    const mutual = clientCertificate === 'demanded' ? { requestCert: true, rejectUnauthorized: true } : {};
    if (secureContext === undefined) throw new Error('a faulty directory with TLS needs a certificate');
    this.#stream = new TLSSocket(this.#wire, { isServer: true, secureContext, ...mutual });
    this.#protection = 'tls';
    this.#listen();
  }

  /** Where there is no request to answer. */
  #spoil(action: Action): void {
    this.#wire.resume();
    if (action.kind === 'send') {
      this.#wire.writeRaw(bytesOf(action.payload, { id: 1, operation: 'service bind' }));
      if (action.then !== 'truth' && action.then !== 'resume') this.#end(action.then);
    } else void this.#perform(action, { id: 1, operation: 'service bind' }, Buffer.alloc(0));
  }

  async #perform(action: Action, asked: Asked, truth: Buffer): Promise<void> {
    this.#isDeaf = true;
    switch (action.kind) {
      case 'silence':
        return;
      case 'stop reading':
        this.#wire.stopReading();
        return;
      case 'reset':
      case 'close':
        this.#end(action.kind);
        return;
      case 'delay':
        await this.#delay(action.ms, asked, truth);
        return;
      case 'drip':
        await this.#drip(action.everyMs, truth);
        return;
      case 'cut':
      case 'mangle':
        this.#send(action.kind === 'cut' ? truth.subarray(0, Math.ceil(truth.length / 2)) : mangle(truth, action.mangling));
        this.#end(action.then);
        return;
      case 'send':
        this.#forge(action.payload, action.then, asked, truth);
        return;
      case 'append':
      case 'repeat':
        this.#send(Buffer.concat([truth, action.kind === 'repeat' ? truth : bytesOf(action.payload, asked)]));
        this.#resume(asked);
        return;
      case 'send below tls':
        this.#wire.writeRaw(bytesOf(action.payload, asked));
        return;
      case 'strip':
        this.#send(truth);
        if (await this.#wait(APART_MS)) this.#send(resultMessage(asked.id + 1, 'bind', 0));
        return;
    }
  }

  #forge(payload: Payload, then: Ending, asked: Asked, truth: Buffer): void {
    this.#send(Buffer.concat([bytesOf(payload, asked), then === 'truth' ? truth : Buffer.alloc(0)]));
    if (then === 'truth' || then === 'resume') this.#resume(asked);
    else this.#end(then);
  }

  #resume(asked: Asked): void {
    this.#isDeaf = false;
    if (asked.operation === 'starttls') this.#protect('handshake after starttls');
  }

  #end(how: FinalEnding): void {
    if (how === 'reset') this.#wire.reset();
    else if (how === 'close') this.#stream.end();
  }

  async #delay(ms: number, asked: Asked, truth: Buffer): Promise<void> {
    if (!(await this.#wait(ms))) return;
    this.#send(truth);
    this.#resume(asked);
  }

  async #drip(everyMs: number, truth: Buffer): Promise<void> {
    this.#isDeaf = false; // the client may go on before we know
    for (const byte of truth) {
      if (!(await this.#wait(everyMs))) return;
      this.#send(Buffer.of(byte));
    }
  }

  /** False: the client has gone, and there is nobody to wait for. */
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
