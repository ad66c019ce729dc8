import { isUtf8 } from 'node:buffer';

/** An assertion value: bytes, with the name in between. */
export type Value = readonly (Buffer | 'username')[];

/** RFC 4515 text, understood. */
export type FilterNode =
  | { readonly kind: 'and' | 'or'; readonly nodes: readonly FilterNode[] }
  | { readonly kind: 'not'; readonly node: FilterNode }
  | { readonly kind: 'present'; readonly attribute: string }
  | { readonly kind: 'equal'; readonly attribute: string; readonly value: Value }
  | { readonly kind: 'greater' | 'less' | 'approximate'; readonly attribute: string; readonly value: Value }
  | {
      readonly kind: 'substrings';
      readonly attribute: string;
      readonly initial: Value;
      readonly any: readonly Value[];
      readonly final: Value;
    }
  | { readonly kind: 'extensible'; readonly attribute: string; readonly rule: string; readonly dn: boolean; readonly value: Value };

export type FilterTextResult = { readonly ok: true; readonly node: FilterNode } | { readonly ok: false; readonly expected: string };

const PLACEHOLDER = '{username}';
const MOST_NESTED = 50;

/** Thrown inside this parser, caught at its edge. The message says what is expected, never what was found. */
class NotAFilter extends Error {}

/**
 * RFC 4515, 3, with `{username}` inside assertion values and, as everybody writes it, with white space between filters.
 * Our own, because ldapts's parser encodes escaped UTF-8 twice and does not know dotted attribute types.
 */
export function parseFilterText(text: string): FilterTextResult {
  try {
    const parser = new FilterTextParser(text.trim());
    return { ok: true, node: parser.parse() };
  } catch (error) {
    if (error instanceof NotAFilter) return { ok: false, expected: error.message };
    throw error;
  }
}

class FilterTextParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): FilterNode {
    const node = this.#filter(0);
    if (this.#at < this.#text.length) throw new NotAFilter('one filter, and nothing after it');
    return node;
  }

  #filter(depth: number): FilterNode {
    if (depth > MOST_NESTED) throw new NotAFilter('a filter that is nested less deeply');
    this.#expect('(');
    this.#skipSpace();
    const node = this.#component(depth);
    this.#expect(')');
    return node;
  }

  #component(depth: number): FilterNode {
    const first = this.#text[this.#at];
    if (first !== '&' && first !== '|' && first !== '!') return this.#item();
    this.#at += 1;
    const nodes: FilterNode[] = [];
    this.#skipSpace();
    while (this.#text[this.#at] === '(') {
      nodes.push(this.#filter(depth + 1));
      this.#skipSpace();
    }
    const [only] = nodes;
    if (first !== '!') return { kind: first === '&' ? 'and' : 'or', nodes }; // (&) is true and (|) is false: RFC 4526
    if (only === undefined || nodes.length > 1) throw new NotAFilter('exactly one filter after !');
    return { kind: 'not', node: only };
  }

  #item(): FilterNode {
    const end = this.#text.indexOf(')', this.#at);
    const item = this.#text.slice(this.#at, end < 0 ? this.#text.length : end);
    this.#at += item.length;
    const separator = /^([^=()*~<>:]*)([~<>]?=|:[^=()]*=)/.exec(item);
    if (separator?.[1] === undefined || separator[2] === undefined)
      throw new NotAFilter('attribute, operator and value between parentheses');
    return parseItem(separator[1].trim(), separator[2], item.slice(separator[0].length));
  }

  #expect(character: string): void {
    if (this.#text[this.#at] !== character) throw new NotAFilter('a filter in parentheses that match (RFC 4515)');
    this.#at += 1;
  }

  #skipSpace(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at += 1;
  }
}

const COMPARISON: Readonly<Record<string, 'greater' | 'less' | 'approximate'>> = { '>=': 'greater', '<=': 'less', '~=': 'approximate' };

function parseItem(attribute: string, operator: string, value: string): FilterNode {
  if (operator.startsWith(':')) return parseExtensible(attribute, operator, value);
  requireAttribute(attribute);
  const comparison = COMPARISON[operator];
  if (comparison !== undefined) return { kind: comparison, attribute, value: parseText(value) };
  if (value === '*') return { kind: 'present', attribute };
  if (!value.includes('*')) return { kind: 'equal', attribute, value: parseValue(value) };
  const pieces = value.split('*').map(parseText);
  const any = pieces.slice(1, -1);
  if (any.some((piece) => piece.length === 0)) throw new NotAFilter('something between two asterisks');
  return { kind: 'substrings', attribute, initial: pieces[0] ?? [], any, final: pieces.at(-1) ?? [] };
}

/** `cn:dn:2.4.6.8.10:=value` (RFC 4515, 3: extensible). */
function parseExtensible(attribute: string, operator: string, value: string): FilterNode {
  const match = /^(:dn)?(?::([^:]+))?:=$/i.exec(operator);
  if (match === null) throw new NotAFilter('attribute:dn:matchingRule:=value');
  const rule = match[2] ?? '';
  if (attribute !== '') requireAttribute(attribute);
  if (rule !== '') requireAttribute(rule);
  if (attribute === '' && rule === '') throw new NotAFilter('an attribute or a matching rule before :=');
  return { kind: 'extensible', attribute, rule, dn: match[1] !== undefined, value: parseText(value) };
}

function requireAttribute(description: string): void {
  const isDescription = /^(?:[a-z][a-z0-9-]*|\d+(?:\.\d+)+)(?:;[a-z0-9-]+)*$/i.test(description);
  if (!isDescription) throw new NotAFilter('attribute names or OIDs; {username} only inside assertion values');
}

function parseValue(text: string): Value {
  const parts: (Buffer | 'username')[] = [];
  for (const [index, literal] of text.split(PLACEHOLDER).entries()) {
    if (index > 0) parts.push('username');
    if (literal !== '') parts.push(unescapeBytes(literal));
  }
  return parts;
}

/** For the filters whose values ldapts takes as text. */
function parseText(text: string): Value {
  const value = parseValue(text);
  if (value.every((part) => part === 'username' || isUtf8(part))) return value;
  throw new NotAFilter('escaped bytes that are not UTF-8 only in (attribute=value)');
}

function unescapeBytes(text: string): Buffer {
  if (/[()*\0]|\\(?![0-9a-f]{2})/i.test(text)) throw new NotAFilter('special characters in values as \\28 \\29 \\2a \\5c \\00');
  const pieces = text.split(/(\\[0-9a-f]{2})/i);
  return Buffer.concat(pieces.map((piece) => (/^\\[0-9a-f]{2}$/i.test(piece) ? Buffer.from(piece.slice(1), 'hex') : Buffer.from(piece))));
}
