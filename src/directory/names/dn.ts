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

/** The parts of the first RDN; several where it is multi-valued (RFC 4514, 2.2). */
export function firstRdnOf(dn: string): readonly NamePart[] {
  const [first = ''] = splitAt(dn, ',');
  return splitAt(first, '+').map((part) => {
    const equals = part.indexOf('=');
    return { attribute: part.slice(0, equals).trim(), value: unescapeDnValue(part.slice(equals + 1)) };
  });
}

/**
 * One text for most spellings of a DN (case, spaces, escapes, the order within an RDN). Other texts may still be the same DN;
 * one text must never be two: who is in a group is claimed with it. So only ASCII letters are folded: by Unicode the Kelvin sign
 * and `k` are alike, and 389 Directory Server holds two entries of such names.
 */
export function canonicalDn(dn: string): string {
  return splitAt(dn, ',')
    .map((rdn) =>
      firstRdnOf(rdn)
        .map(({ attribute, value }) => `${attribute}=${JSON.stringify(value.replace(/ +/g, ' '))}`.replace(/[A-Z]+/g, toSmall))
        .toSorted()
        .join('+'),
    )
    .join(',');
}

function toSmall(letters: string): string {
  return letters.toLowerCase();
}

/** Cut at a separator; behind a backslash it separates nothing. */
function splitAt(text: string, separator: ',' | '+'): readonly string[] {
  return text.match(separator === ',' ? /(?:\\.|[^\\,])+/gsu : /(?:\\.|[^\\+])+/gsu) ?? [];
}

/** RFC 4514, 2.4: `\2c` and `\,` are a comma; consecutive hex pairs are the bytes of one character. */
export function unescapeDnValue(text: string): string {
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
