import { Malformed, Reader, orMalformed, parseText } from './ber.ts';

/** A search filter as RFC 4511 4.5.1.7 defines it. */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly filters: readonly Filter[] }
  | { readonly kind: 'not'; readonly filter: Filter }
  | { readonly kind: 'equality'; readonly attribute: string; readonly value: Buffer }
  | { readonly kind: 'present'; readonly attribute: string }
  | SubstringsFilter
  | { readonly kind: 'unrecognised' };

export type SubstringsFilter = {
  readonly kind: 'substrings';
  readonly attribute: string;
  readonly parts: readonly { readonly part: 'initial' | 'any' | 'final'; readonly value: Buffer }[];
};

const MAX_DEPTH = 64; // the reader and the evaluator recurse; no client of ours nests deeper than 4

const PARTS = ['initial', 'any', 'final'] as const;

/** The next filter; throws `Malformed`. A choice that is not offered, such as an order or an extensible match, evaluates to Undefined. */
export function readFilter(from: Reader, depth = 0): Filter {
  if (depth > MAX_DEPTH) throw new Malformed();
  const { tag, value } = from.next();
  const reader = new Reader(value);
  const nested = (inner: Reader): Filter => readFilter(inner, depth + 1);
  switch (tag) {
    case 0xa0:
    case 0xa1:
      return { kind: tag === 0xa0 ? 'and' : 'or', filters: reader.all(nested) };
    case 0xa2:
      return { kind: 'not', filter: reader.whole(nested) };
    case 0xa3:
      return reader.whole((item) => ({ kind: 'equality', attribute: item.text(), value: item.bytes() }));
    case 0xa4:
      return reader.whole((item) => ({ kind: 'substrings', attribute: item.text(), parts: item.inside(0x30, readParts) }));
    case 0x87:
      return { kind: 'present', attribute: orMalformed(parseText(value)) };
    default:
      return { kind: 'unrecognised' };
  }
}

function readParts(sequence: Reader): SubstringsFilter['parts'] {
  const parts = sequence.all((item) => {
    const { tag, value } = item.next();
    return { part: orMalformed(PARTS[tag - 0x80]), value };
  });
  const isMisplaced = parts.some(({ part }, index) => (part === 'initial' && index > 0) || (part === 'final' && index < parts.length - 1));
  if (parts.length === 0 || isMisplaced) throw new Malformed();
  return parts;
}
