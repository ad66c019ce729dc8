/**
 * Strict reading of BER (ITU-T X.690) as RFC 4511 5.1 restricts it: definite lengths, single-byte tags. Written here and
 * not taken from ldapts, whose reader believes lengths that reach beyond their parent. Malformed input is `undefined`.
 */

/** One tag-length-value element. */
export type Element = { readonly tag: number; readonly value: Buffer };

/** Where an element lies; `end` may be beyond the bytes received so far. */
export type Extent = { readonly tag: number; readonly contentAt: number; readonly end: number };

const MAX_LENGTH_BYTES = 4;

/** The extent of the element at `offset`, as soon as its header is there. */
export function measure(buffer: Buffer, offset: number): Extent | 'incomplete' | 'malformed' {
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

/** The elements that fill `buffer` exactly, or undefined if they do not. */
export function readElements(buffer: Buffer): readonly Element[] | undefined {
  const elements: Element[] = [];
  let offset = 0;
  while (offset < buffer.length) {
    const extent = measure(buffer, offset);
    if (typeof extent === 'string' || extent.end > buffer.length) return undefined;
    elements.push({ tag: extent.tag, value: buffer.subarray(extent.contentAt, extent.end) });
    offset = extent.end;
  }
  return elements;
}

/** The content of an element that must be there and bear this tag. */
export function contentOf(element: Element | undefined, tag: number): Buffer | undefined {
  return element?.tag === tag ? element.value : undefined;
}

// Without ignoreBOM the decoder would drop a leading U+FEFF, and a value would match without it.
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 text; undefined if it is not UTF-8. */
export function parseText(bytes: Buffer | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** A two's complement integer of at most 32 bits. */
export function parseInteger(bytes: Buffer | undefined): number | undefined {
  return bytes === undefined || bytes.length === 0 || bytes.length > 4 ? undefined : bytes.readIntBE(0, bytes.length);
}

/** FALSE is 0; everything else is TRUE, as X.690 has it. */
export function parseBoolean(bytes: Buffer | undefined): boolean | undefined {
  return bytes?.length === 1 ? bytes.readUInt8(0) !== 0 : undefined;
}
