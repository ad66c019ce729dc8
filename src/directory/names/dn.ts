/**
 * Distinguished names, as far as this service must look into them: to compare places in a tree. People are never told
 * apart here; the directory does that.
 */

const TYPE = String.raw`\s*(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)\s*=`;
const TEXT = String.raw`\s*(?:\\(?:[0-9A-Fa-f]{2}|[ "#+,;<=>\\])|[^\s\\",;+<>\0])(?:\\(?:[0-9A-Fa-f]{2}|[ "#+,;<=>\\])|[^\\",;+<>\0])*`;
const QUOTED = String.raw`\s*"(?:\\.|[^"\\])+"\s*`;
const ASSERTION = `${TYPE}(?:${TEXT}|${QUOTED})`;
const DN = new RegExp(`^${ASSERTION}(?:[,+]${ASSERTION})*$`, 'su');

/** Whether a text has the form of a DN (RFC 4514, 3, with the spaces and quotes of RFC 2253, 4), with a value in each part. */
export function isDn(text: string): boolean {
  return DN.test(text);
}

/** Spellings that differ in case or in spaces around separators, made one. */
export function foldDn(dn: string): string {
  return trimBetween(trimBetween(dn.toLowerCase(), ','), '=');
}

/** Split and joined, not replaced: an expression with spaces on both sides takes time with the square of their number. */
function trimBetween(text: string, separator: string): string {
  return text
    .split(separator)
    .map((part) => part.trim())
    .join(separator);
}

/** Whether a DN lies in a tree, its top included. */
export function isAtOrBelow(dn: string, top: string): boolean {
  return top === '' || `,${foldDn(dn)}`.endsWith(`,${foldDn(top)}`);
}

/** Those of the places that lie in no other of them. */
export function outermost(places: readonly string[]): readonly string[] {
  const distinct = [...new Set(places)];
  return distinct.filter((place) => !distinct.some((other) => other !== place && isAtOrBelow(place, other)));
}

/** Without its first RDN. A comma behind a backslash separates nothing. */
export function parentOf(dn: string): string {
  const [first = ''] = /^(?:\\.|[^\\,])*/su.exec(dn) ?? [];
  return dn.slice(first.length + 1).trim();
}

/** One attribute and its value in an RDN, without escapes: `cn=Sales\2c EMEA` names `Sales, EMEA`. */
export type NamePart = { readonly attribute: string; readonly value: string };

/** The RDNs of a DN from the entry up (RFC 4514), each of one part or, where it is multi-valued, of several. Quotes are characters. */
function rdnsOf(dn: string): readonly (readonly NamePart[])[] {
  return textsIn(dn).map((rdn) => rdn.map(partOf));
}

/** The same as it is written, `type=value`. */
function textsIn(dn: string): readonly (readonly string[])[] {
  return split(dn, /(?:\\.|[^\\,])+/gsu).map((rdn) => split(rdn, /(?:\\.|[^\\+])+/gsu));
}

function partOf(text: string): NamePart {
  const equals = text.indexOf('=');
  return { attribute: text.slice(0, equals).trim(), value: unescapeDnValue(text.slice(equals + 1)) };
}

/** The pieces between separators; behind a backslash a separator separates nothing. */
function split(text: string, piece: RegExp): readonly string[] {
  return text.match(piece) ?? [];
}

/** RFC 4514, 2.4: `\2c` and `\,` are a comma; consecutive hex pairs are the bytes of one character. */
function unescapeDnValue(text: string): string {
  return trimBlanks(text).replace(/((?:\\[0-9a-f]{2})+)|\\(.)/gisu, (_escape, pairs: string | undefined, character: string | undefined) =>
    pairs === undefined ? (character ?? '') : Buffer.from(pairs.replaceAll('\\', ''), 'hex').toString('utf8'),
  );
}

/** A blank behind a backslash stays. Counted, not matched: an expression takes time with the square of the blanks before a character. */
function trimBlanks(text: string): string {
  let end = text.length;
  while (text[end - 1] === ' ') end -= 1;
  if (end < text.length && text[end - 1] === '\\') end += 1;
  return text.slice(0, end).replace(/^ +/, '');
}

/** What older servers and people write, `cn="a,b";dc=x` (RFC 2253, 4), as `cn=a\,b,dc=x`. */
function unquoted(dn: string): string {
  return dn.replace(/\\.|"((?:\\.|[^"\\])*)"|;/gsu, (whole: string, inside: string | undefined) =>
    inside === undefined ? whole.replace(/^;/, ',') : inside.replace(/\\.|[,;+]/gsu, (piece) => (piece.length > 1 ? piece : `\\${piece}`)),
  );
}

/** The parts of the first RDN; several where it is multi-valued (RFC 4514, 2.2). */
export function firstRdnOf(dn: string): readonly NamePart[] {
  return rdnsOf(dn)[0] ?? [];
}

/** The values that the first RDN, quoted or not, gives an attribute. */
export function valuesInRdn(dn: string, attribute: string): readonly string[] {
  const parts = firstRdnOf(unquoted(dn)).filter((part) => part.attribute.toLowerCase() === attribute.toLowerCase());
  return parts.map(({ value }) => value);
}

/**
 * One text for most spellings of a DN (case, spaces, escapes, the order within an RDN). Other texts may still be the same DN;
 * one text must never be two: who is in a group is claimed with it. So only ASCII letters are folded: by Unicode the Kelvin sign
 * and `k` are alike, and 389 Directory Server holds two entries of such names.
 */
export function canonicalDn(dn: string): string {
  return textsIn(dn)
    .map((rdn) => rdn.map(canonicalPart).toSorted().join('+'))
    .join(',');
}

function canonicalPart(text: string): string {
  const { attribute, value } = partOf(text);
  // `#0402…` is a value in BER and `\#0402…` a text; the quotes of `"a"` are no part of the value, and those of `\"a\"` are.
  const isSpelled = /^[^=]*=\s*#/.test(text) || text.replace(/\\./gsu, '').includes('"');
  const form = value.includes('\uFFFD') ? text : isSpelled ? 'as it is written' : ''; // all bytes that are no UTF-8 are one character
  return `${attribute}=${JSON.stringify(value.replace(/ +/g, ' '))}${form}`.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Text as directories compare it (RFC 4518): without regard to case, to compatible forms, to the number of spaces. */
export function foldText(text: string): string {
  const folded = text.normalize('NFKC').toUpperCase().toLowerCase(); // twice: the capital of ß is SS
  return folded.trim().replace(/\s+/gu, ' ');
}

/** The RDNs of a DN from the entry up, folded and without quotes. A text that is no DN gives something that is like no DN. */
export function foldedRdnsOf(dn: string): readonly (readonly NamePart[])[] {
  return rdnsOf(unquoted(dn)).map((rdn) => rdn.map(({ attribute, value }) => ({ attribute: foldText(attribute), value: foldText(value) })));
}

/**
 * A DN in a form in which two spellings of it are the same text, as far as that can be known without a schema: without regard to
 * case, to escapes and quotes (RFC 4514, 2.4; RFC 2253, 4), to the number of spaces, to Unicode's compatible forms (RFC 4518, 2),
 * and to the order inside an RDN of several values. Two entries may have one key; one entry never has two. `values`: without the
 * attribute types, which have several spellings (`cn`, `commonName`, `2.5.4.3`). `from`: leaves so many of the lowest RDNs out.
 */
export function dnKey(dn: string, parts: 'types and values' | 'values', from = 0): string {
  const rdns = foldedRdnsOf(dn).slice(from);
  return JSON.stringify(
    rdns.map((rdn) => rdn.map(({ attribute, value }) => (parts === 'values' ? value : `${attribute}=${value}`)).sort()),
  );
}
