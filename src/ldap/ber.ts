import { isUtf8 } from 'node:buffer';

/** Thrown inside a decoder and turned into a value at its edge: these bytes are not what RFC 4511 says they should be. */
export class MalformedBer extends Error {}

/** Universal and application tags that LDAP messages use (RFC 4511, appendix B). */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  octetString: 0x04,
  enumerated: 0x0a,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Stands in decoded text for bytes that are not UTF-8, or for itself. */
const REPLACEMENT = '\uFFFD';

/**
 * A strict reader over one BER value: it never looks past the end of what encloses it, knows definite lengths only
 * (RFC 4511, 5.1), and throws MalformedBer instead of guessing. ldapts's reader takes an absent result code for 0,
 * "success", and reads through the end of a sequence; a verdict may not stand on either.
 */
export class BerCursor {
  readonly #bytes: Buffer;
  #offset: number;
  readonly #end: number;

  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#offset = start;
    this.#end = end;
  }

  get atEnd(): boolean {
    return this.#offset === this.#end;
  }

  /** The next tag, or undefined at the end. */
  get nextTag(): number | undefined {
    return this.atEnd ? undefined : this.#bytes[this.#offset];
  }

  /** Enters a constructed value with this tag. */
  enter(tag: number): BerCursor {
    const { start, end } = this.#next(tag);
    return new BerCursor(this.#bytes, start, end);
  }

  bytes(tag: number = TAG.octetString): Buffer {
    const { start, end } = this.#next(tag);
    return this.#bytes.subarray(start, end);
  }

  skip(tag: number): void {
    this.#next(tag);
  }

  /** A value that may be left out. */
  optional(tag: number): Buffer | undefined {
    return this.nextTag === tag ? this.bytes(tag) : undefined;
  }

  /** Well-formed UTF-8 only: a DN that was decoded with replacement characters would name another entry. */
  text(tag: number = TAG.octetString): string {
    const { start, end } = this.#next(tag);
    const text = this.#bytes.toString('utf8', start, end);
    if (text.includes(REPLACEMENT) && !isUtf8(this.#bytes.subarray(start, end))) throw new MalformedBer('not UTF-8');
    return text;
  }

  /** Text of which nothing depends on every character. */
  looseText(tag: number = TAG.octetString): string {
    const { start, end } = this.#next(tag);
    return this.#bytes.toString('utf8', start, end);
  }

  /** A non-negative integer of at most 31 bits: message ids, result codes, counts and seconds are no larger. */
  unsigned(tag: number): number {
    const { start, end } = this.#next(tag);
    const size = end - start;
    const first = this.#bytes[start] ?? 0x80;
    if (size < 1 || size > 4 || first >= 0x80) throw new MalformedBer('integer out of range');
    return size === 1 ? first : this.#bytes.readUIntBE(start, size);
  }

  /** Nothing may follow. */
  finish(): void {
    if (!this.atEnd) throw new MalformedBer('trailing bytes');
  }

  #next(tag: number): { readonly start: number; readonly end: number } {
    const header = readHeader(this.#bytes, this.#offset, this.#end);
    if (header?.tag !== tag) throw new MalformedBer('unexpected tag');
    const start = this.#offset + header.size;
    const end = start + header.length;
    if (end > this.#end) throw new MalformedBer('length past the end');
    this.#offset = end;
    return { start, end };
  }
}

/** Tag and length at the head of a BER value; `size` is that of the head itself. */
export type BerHeader = { readonly tag: number; readonly size: number; readonly length: number };

/**
 * The head of the value at `offset`, or undefined when it is not all there yet. Active Directory writes lengths in the
 * long form (84 00 00 00 10), which is allowed; the indefinite form and more than four octets are not.
 */
export function readHeader(bytes: Buffer, offset: number, end: number): BerHeader | undefined {
  const tag = bytes[offset];
  const first = bytes[offset + 1];
  if (offset + 2 > end || tag === undefined || first === undefined) return undefined;
  if (first < 0x80) return { tag, size: 2, length: first };
  const octets = first & 0x7f;
  if (octets === 0 || octets > 4) throw new MalformedBer('length form');
  if (offset + 2 + octets > end) return undefined;
  return { tag, size: 2 + octets, length: bytes.readUIntBE(offset + 2, octets) };
}
