import { parseText, readElements } from './ber.ts';
import { typeOf } from './schema.ts';
import { caseExact, caseIgnore } from './strings.ts';

/** One `type=value` of a relative distinguished name; the value as the bytes it stands for. */
export type NamingValue = { readonly type: string; readonly value: Buffer };

/** A parsed DN (RFC 4514): the entry's own RDN first, the root last. The empty DN has no RDNs. */
export type DistinguishedName = readonly (readonly NamingValue[])[];

const TYPE = /\s*(?:(?:oid\.)?(\d+(?:\.\d+)*)|([a-z][a-z0-9-]*))\s*=[ ]*/iy;

// What may stand unescaped (in pieces: the engine's stack grows with a match), and what stands for one byte or character. Spaces at the end are cut off afterwards.
const CHUNK = /\\([0-9a-f]{2})|\\([ "#+,;<=>\\])|([^\\",;+<>\0]{1,4096})/iy;

// The look-behind keeps it linear: without it a long run of spaces inside a value is tried from each of its spaces.
const SPACES_AT_END = /(?<! ) +$/;
const HEX = /#((?:[0-9a-f]{2})+)\s*(?=[,+]|$)/iy;

/** Reads RFC 4514 text, escapes and hex strings included; undefined if it is not a DN. */
export function parseDn(text: string): DistinguishedName | undefined {
  if (text.trim() === '') return [];
  const rdns: NamingValue[][] = [[]];
  let offset = 0;
  for (;;) {
    const type = match(TYPE, text, offset);
    if (type === undefined) return undefined;
    const value = readHexValue(text, type.end) ?? readValue(text, type.end);
    if (value === undefined) return undefined;
    rdns.at(-1)?.push({ type: type.groups[0] ?? type.groups[1] ?? '', value: value.bytes });
    if (value.end === text.length) return rdns;
    const separator = text[value.end];
    if (separator === ',') rdns.push([]);
    else if (separator !== '+') return undefined;
    offset = value.end + 1;
  }
}

/**
 * A DN in the one form that all its spellings share: a string for each RDN, with alias names resolved, values prepared
 * for comparison and the parts of a multi-valued RDN in order. Undefined if the text is not a DN, or a value in it is empty
 * or not UTF-8.
 */
export function normaliseDn(text: string): readonly string[] | undefined {
  const rdns = parseDn(text)?.map(normaliseRdn);
  const normal = rdns?.filter((rdn) => rdn !== undefined);
  return normal?.length === rdns?.length ? normal : undefined;
}

/** One string for a normal DN. JSON holds no raw line feed, so different DNs cannot meet. */
export function keyOf(normal: readonly string[]): string {
  return normal.join('\n');
}

function normaliseRdn(rdn: readonly NamingValue[]): string | undefined {
  const parts = rdn.map(({ type, value }) => [typeOf(type).name, normaliseNamingValue(type, value)] as const);
  return parts.some(([, value]) => value === undefined) ? undefined : JSON.stringify(parts.map((part) => JSON.stringify(part)).sort());
}

function normaliseNamingValue(type: string, value: Buffer): string | undefined {
  const text = parseText(value);
  if (text === undefined || text === '') return undefined;
  const { rule } = typeOf(type);
  return rule === 'caseExactIa5' ? caseExact(text) : caseIgnore(text);
}

type Value = { readonly bytes: Buffer; readonly end: number };

/** `#` and the BER encoding of the value, in hex. */
function readHexValue(text: string, offset: number): Value | undefined {
  const hex = match(HEX, text, offset);
  const elements = hex && readElements(Buffer.from(hex.groups[0] ?? '', 'hex'));
  const element = elements?.length === 1 ? elements[0] : undefined;
  return hex && element && { bytes: element.value, end: hex.end };
}

function readValue(text: string, offset: number): Value | undefined {
  if (text[offset] === '#') return undefined;
  const chunks: Buffer[] = [];
  let unescaped = '';
  let end = offset;
  for (let chunk = match(CHUNK, text, end); chunk !== undefined; chunk = match(CHUNK, text, end)) {
    const [hex, escaped, plain] = chunk.groups;
    end = chunk.end;
    if (plain !== undefined) {
      unescaped += plain;
      continue;
    }
    chunks.push(Buffer.from(unescaped), hex === undefined ? Buffer.from(escaped ?? '') : Buffer.from(hex, 'hex'));
    unescaped = '';
  }
  const ends = end === text.length || text[end] === ',' || text[end] === '+';
  chunks.push(Buffer.from(ends ? unescaped.replace(SPACES_AT_END, '') : unescaped));
  return { bytes: Buffer.concat(chunks), end };
}

type Match = { readonly groups: readonly (string | undefined)[]; readonly end: number };

function match(pattern: RegExp, text: string, offset: number): Match | undefined {
  pattern.lastIndex = offset;
  const found = pattern.exec(text);
  return found === null ? undefined : { groups: found.slice(1), end: pattern.lastIndex };
}
