import { parseText } from './ber.ts';
import { typeOf } from './schema.ts';
import { caseIgnore } from './strings.ts';

const TYPE = /\s*((?:oid\.)?\d+(?:\.\d+)*|[a-z][a-z0-9-]*)\s*=[ ]*/iy;

// What may stand unescaped (in pieces: the engine's stack grows with a match), and what stands for one byte or character.
const CHUNK = /\\([0-9a-f]{2})|\\([ "#+,;<=>\\])|([^\\",;+<>\0]{1,4096})/iy;

// Cut off afterwards. The look-behind keeps it linear: without it a long run of spaces inside a value is tried from each of its spaces.
const SPACES_AT_END = /(?<! ) +$/;

/**
 * A DN in the one form that all its spellings share (RFC 4514, without values in hex): a string for each RDN, the entry's own first,
 * with alias names resolved, values prepared for comparison and the parts of a multi-valued RDN in order. The empty DN has none.
 * Undefined if the text is not a DN, or a value in it is empty or not UTF-8.
 */
export function normaliseDn(text: string): readonly string[] | undefined {
  if (text.trim() === '') return [];
  const rdns: string[][] = [[]];
  for (let offset = 0; ; offset += 1) {
    const [, type] = match(TYPE, text, offset) ?? [];
    if (type === undefined || text.startsWith('#', TYPE.lastIndex)) return undefined;
    const { bytes, end } = readValue(text, TYPE.lastIndex);
    const value = parseText(bytes);
    if (value === undefined || value === '') return undefined;
    rdns.at(-1)?.push(JSON.stringify([typeOf(type).name, caseIgnore(value)]));
    offset = end;
    if (end === text.length) return rdns.map((rdn) => JSON.stringify(rdn.sort()));
    if (text[end] === ',') rdns.push([]);
    else if (text[end] !== '+') return undefined;
  }
}

/** One string for a normal DN. JSON holds no raw line feed, so different DNs cannot meet. */
export function keyOf(normal: readonly string[]): string {
  return normal.join('\n');
}

/** The value that begins here, and where something else comes. */
function readValue(text: string, offset: number): { readonly bytes: Buffer; readonly end: number } {
  const chunks: Buffer[] = [];
  let unescaped = '';
  let end = offset;
  for (let chunk = match(CHUNK, text, end); chunk !== undefined; chunk = match(CHUNK, text, end)) {
    const [, hex, escaped = '', plain] = chunk;
    end = CHUNK.lastIndex;
    if (plain !== undefined) {
      unescaped += plain;
      continue;
    }
    chunks.push(Buffer.from(unescaped), hex === undefined ? Buffer.from(escaped) : Buffer.from(hex, 'hex'));
    unescaped = '';
  }
  chunks.push(Buffer.from(unescaped.replace(SPACES_AT_END, '')));
  return { bytes: Buffer.concat(chunks), end };
}

function match(pattern: RegExp, text: string, offset: number): readonly (string | undefined)[] | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(text) ?? undefined;
}
