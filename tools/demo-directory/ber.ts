/**
 * Strict BER (ITU-T X.690) as RFC 4511 5.1 restricts it: definite lengths, single-byte tags. Written here and not taken from
 * ldapts, whose reader believes lengths that reach beyond their parent.
 */

/** Where an element lies; `end` may be beyond the bytes received so far. */
export type Extent = { readonly tag: number; readonly contentAt: number; readonly end: number };

const MAX_LENGTH_BYTES = 4;

/** The extent of the element at `offset`, as soon as its header is there. */
export function measure(buffer: Buffer, offset = 0): Extent | 'incomplete' | 'malformed' {
  if (offset + 2 > buffer.length) return 'incomplete';
  const tag = buffer.readUInt8(offset);
  if ((tag & 0x1f) === 0x1f) return 'malformed'; // a tag of several bytes: LDAP has none
  const first = buffer.readUInt8(offset + 1);
  const contentAt = offset + 2;
  if (first < 0x80) return { tag, contentAt, end: contentAt + first };
  const lengthBytes = first & 0x7f;
  if (lengthBytes === 0 || lengthBytes > MAX_LENGTH_BYTES) return 'malformed'; // 0: the indefinite form
  if (contentAt + lengthBytes > buffer.length) return 'incomplete';
  const length = buffer.readUIntBE(contentAt, lengthBytes);
  return { tag, contentAt: contentAt + lengthBytes, end: contentAt + lengthBytes + length };
}

/** These bytes are not what they should be. */
export class Malformed extends Error {}

/** Reads the elements that fill these bytes, one after the other. Every method throws `Malformed` where another one lies there. */
export class Reader {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#offset === this.#bytes.length;
  }

  next(): { readonly tag: number; readonly value: Buffer } {
    const extent = measure(this.#bytes, this.#offset);
    if (typeof extent === 'string' || extent.end > this.#bytes.length) throw new Malformed();
    this.#offset = extent.end;
    return { tag: extent.tag, value: this.#bytes.subarray(extent.contentAt, extent.end) };
  }

  bytes(tag = 0x04): Buffer {
    const { tag: found, value } = this.next();
    if (found !== tag) throw new Malformed();
    return value;
  }

  text(tag?: number): string {
    return orMalformed(parseText(this.bytes(tag)));
  }

  /** A two's complement integer of at most 32 bits. */
  integer(tag = 0x02): number {
    const bytes = this.bytes(tag);
    if (bytes.length === 0 || bytes.length > 4) throw new Malformed();
    return bytes.readIntBE(0, bytes.length);
  }

  /** The elements inside the next one; `read` must take all of them. */
  inside<T>(tag: number, read: (inner: Reader) => T): T {
    return new Reader(this.bytes(tag)).whole(read);
  }

  whole<T>(read: (reader: this) => T): T {
    const result = read(this);
    if (!this.atEnd) throw new Malformed();
    return result;
  }

  /** All that follow. */
  all<T>(read: (reader: this) => T): readonly T[] {
    const items: T[] = [];
    while (!this.atEnd) items.push(read(this));
    return items;
  }
}

/** The value, which must be there. */
export function orMalformed<T>(value: T | undefined): T {
  if (value === undefined) throw new Malformed();
  return value;
}

// Without ignoreBOM the decoder would drop a leading U+FEFF, and a value would match without it.
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 text; undefined if it is not UTF-8. */
export function parseText(bytes: Buffer): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** An element with this content. */
export function element(tag: number, ...contents: readonly (string | Buffer)[]): Buffer {
  const content = Buffer.concat(contents.map((part) => Buffer.from(part)));
  const head = Buffer.from([tag, content.length, 0, 0, 0, 0]);
  if (content.length < 0x80) return Buffer.concat([head.subarray(0, 2), content]);
  head[1] = 0x84;
  head.writeUInt32BE(content.length, 2);
  return Buffer.concat([head, content]);
}

/** A number from 0 to 2,147,483,647. */
export function integer(value: number, tag = 0x02): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return element(tag, value < 0x80 ? bytes.subarray(3) : bytes);
}
