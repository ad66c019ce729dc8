import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/**
 * A TCP connection as a stream of its own, so that whatever runs over it (LDAP, a TLS server) can be watched and cut off at
 * the level of TCP. A TLS socket made right over a net.Socket would take its handle, and nobody could look at the bytes.
 */
export class Wire extends Duplex {
  readonly #socket: Socket;
  readonly #watch: (chunk: Buffer) => void;
  /** Bytes that may still go out; what exceeds them is lost. */
  #allowance = Number.POSITIVE_INFINITY;
  #onExhausted: () => void = () => undefined;

  constructor(socket: Socket, watch: (chunk: Buffer) => void) {
    super();
    this.#socket = socket;
    this.#watch = watch;
    socket.on('error', () => this.destroy()); // a client that resets is what the tests are about
    socket.on('close', () => this.destroy());
    socket.on('end', () => this.push(null));
    socket.on('data', (chunk: Buffer) => {
      this.#watch(chunk);
      if (!this.push(chunk)) socket.pause();
    });
    this.on('error', () => undefined);
  }

  /** Lets only the next so many bytes out, and says when they are through. */
  allowOut(bytes: number, onExhausted: () => void): void {
    this.#allowance = bytes;
    this.#onExhausted = onExhausted;
  }

  /** Past whatever protects the bytes above. */
  writeRaw(bytes: Buffer): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  /** Not even the kernel's acknowledgement of a FIN is seen any more. */
  stopReading(): void {
    this.#socket.removeAllListeners('data');
    this.#socket.pause();
  }

  /** RST. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const allowed = chunk.subarray(0, Math.min(chunk.length, this.#allowance));
    this.#allowance -= allowed.length;
    if (!this.#socket.writable) done();
    else if (allowed.length === 0) done();
    else this.#socket.write(allowed, () => done());
    if (this.#allowance > 0) return;
    this.#allowance = 0;
    this.#onExhausted();
    this.#onExhausted = () => undefined;
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(() => done());
  }

  override _destroy(_error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done();
  }
}
