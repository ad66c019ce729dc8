/**
 * Preparation of strings before they are compared, as OpenLDAP's slapd does it: lower case, then compatibility composition
 * (NFKC), spaces at the ends dropped, several spaces one. RFC 4518 would also drop characters such as U+00AD; slapd keeps them.
 */

/** A part of a substrings filter keeps a space where the value goes on: `(cn=John *)` is not `(cn=John*)`. */
export type Part = 'whole' | 'initial' | 'any' | 'final';

export function caseIgnore(text: string, part: Part = 'whole'): string {
  return foldSpaces(lowerCase(text).normalize('NFKC'), part);
}

export function caseExact(text: string, part: Part = 'whole'): string {
  return foldSpaces(text.normalize('NFKC'), part);
}

/** Values of IA5 string attributes, such as mail, are ASCII: full-width letters there match nothing. */
export function isIa5(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}

// One code point to one code point, as slapd has it: JavaScript's sigma depends on what follows, and its İ becomes two.
function lowerCase(text: string): string {
  return Array.from(text, (character) => Array.from(character.toLowerCase())[0]).join('');
}

function foldSpaces(text: string, part: Part): string {
  const folded = text.replace(/ +/g, ' ');
  const from = part === 'any' || part === 'final' ? folded : folded.replace(/^ /, '');
  const fitted = part === 'any' || part === 'initial' ? from : from.replace(/ $/, '');
  return fitted === '' ? ' ' : fitted; // spaces alone are one space (RFC 4518 2.6.1)
}
