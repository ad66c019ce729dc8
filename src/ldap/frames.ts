import { MalformedBer, readHeader, TAG } from './ber.ts';

/** What one server may send. A person with a photograph and a thousand groups stays far below either. */
export const LIMITS = {
  /** Bytes of one LDAPMessage. */
  messageBytes: 2 * 1024 * 1024,
  /** Bytes on one connection. */
  connectionBytes: 8 * 1024 * 1024,
} as const;

export type Frames = { readonly ok: true; readonly frames: readonly Buffer[] } | { readonly ok: false; readonly violation: string };

/**
 * Cuts a byte stream into LDAPMessages by their outermost length, holding at most one unfinished message of bounded
 * size. What arrives is copied once per message, not once per chunk, so that a dripping server costs nothing.
 */
export class FrameReader {
  #chunks: Buffer[] = [];
  #buffered = 0;
  #received = 0;
  /** Bytes that must be there before another look is worth it. */
  #wanted = 2;

  /** Bytes of a message that has begun and not ended. */
  get unfinishedBytes(): number {
    return this.#buffered;
  }

  push(chunk: Buffer): Frames {
    this.#received += chunk.length;
    if (this.#received > LIMITS.connectionBytes) return { ok: false, violation: 'too many bytes on one connection' };
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    if (this.#buffered < this.#wanted) return { ok: true, frames: [] };
    return this.#cut(this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks));
  }

  #cut(bytes: Buffer): Frames {
    const frames: Buffer[] = [];
    let offset = 0;
    for (;;) {
      const size = messageSize(bytes, offset);
      if (typeof size === 'string') return { ok: false, violation: size };
      if (size === undefined || offset + size > bytes.length) {
        this.#keep(bytes.subarray(offset), size);
        return { ok: true, frames };
      }
      frames.push(size === bytes.length ? bytes : bytes.subarray(offset, offset + size));
      offset += size;
    }
  }

  #keep(rest: Buffer, size: number | undefined): void {
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#buffered = rest.length;
    this.#wanted = size ?? rest.length + 1;
  }
}

/** Size of the message that starts here, undefined while its head is incomplete, or what is wrong with it. */
function messageSize(bytes: Buffer, offset: number): number | undefined | string {
  if (offset < bytes.length && bytes[offset] !== TAG.sequence) return 'not an LDAP message';
  try {
    const header = readHeader(bytes, offset, bytes.length);
    if (header === undefined) return undefined;
    const size = header.size + header.length;
    return size > LIMITS.messageBytes ? 'message too long' : size;
  } catch (error) {
    if (error instanceof MalformedBer) return 'message length not understood';
    throw error;
  }
}
