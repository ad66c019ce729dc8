import { type Element, contentOf, parseText, readElements } from './ber.ts';

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

const MAX_DEPTH = 64; // the decoder and the evaluator recurse; no client of ours nests deeper than 4

const PARTS = new Map([
  [0x80, 'initial'],
  [0x81, 'any'],
  [0x82, 'final'],
] as const);

/** Reads a filter; undefined if it is malformed. A choice that is not offered, such as an order or an extensible match, evaluates to Undefined. */
export function decodeFilter(element: Element | undefined, depth = 0): Filter | undefined {
  if (element === undefined || depth > MAX_DEPTH) return undefined;
  if (element.tag === 0x87) return decodePresent(element.value);
  const elements = readElements(element.value);
  if (elements === undefined) return undefined;
  if (element.tag === 0xa0 || element.tag === 0xa1) return decodeSet(element.tag === 0xa0 ? 'and' : 'or', elements, depth);
  if (element.tag === 0xa2) return decodeNot(elements, depth);
  if (element.tag === 0xa4) return decodeSubstrings(elements);
  return element.tag === 0xa3 ? decodeEquality(elements) : { kind: 'unrecognised' };
}

function decodePresent(value: Buffer): Filter | undefined {
  const attribute = parseText(value);
  return attribute === undefined ? undefined : { kind: 'present', attribute };
}

function decodeSet(kind: 'and' | 'or', elements: readonly Element[], depth: number): Filter | undefined {
  const filters = elements.map((element) => decodeFilter(element, depth + 1)).filter((filter) => filter !== undefined);
  return filters.length === elements.length ? { kind, filters } : undefined;
}

function decodeNot(elements: readonly Element[], depth: number): Filter | undefined {
  const filter = elements.length === 1 ? decodeFilter(elements[0], depth + 1) : undefined;
  return filter && { kind: 'not', filter };
}

function decodeEquality(elements: readonly Element[]): Filter | undefined {
  const attribute = parseText(contentOf(elements[0], 0x04));
  const value = contentOf(elements[1], 0x04);
  if (attribute === undefined || value === undefined || elements.length !== 2) return undefined;
  return { kind: 'equality', attribute, value };
}

function decodeSubstrings(elements: readonly Element[]): Filter | undefined {
  const attribute = parseText(contentOf(elements[0], 0x04));
  const sequence = contentOf(elements[1], 0x30);
  const items = sequence && readElements(sequence);
  if (attribute === undefined || items === undefined || items.length === 0 || elements.length !== 2) return undefined;
  const parts = items.flatMap(({ tag, value }) => {
    const part = [...PARTS].find(([known]) => known === tag)?.[1];
    return part === undefined ? [] : [{ part, value }];
  });
  const misplaced = parts.some(({ part }, index) => (part === 'initial' && index > 0) || (part === 'final' && index < parts.length - 1));
  return misplaced || parts.length !== items.length ? undefined : { kind: 'substrings', attribute, parts };
}
