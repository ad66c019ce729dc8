/** A part of a substrings filter keeps a space where the value goes on: `(cn=John *)` is not `(cn=John*)`. */
export type Part = 'whole' | 'initial' | 'any' | 'final';

/**
 * A string prepared for comparison as OpenLDAP's slapd does it: lower case, then compatibility composition (NFKC), spaces at the
 * ends dropped, several spaces one. RFC 4518 would also drop characters such as U+00AD; slapd keeps them.
 */
export function caseIgnore(text: string, part: Part = 'whole'): string {
  const folded = lowerCase(text).normalize('NFKC').replace(/ +/g, ' ');
  const from = part === 'any' || part === 'final' ? folded : folded.replace(/^ /, '');
  const fitted = part === 'any' || part === 'initial' ? from : from.replace(/ $/, '');
  return fitted === '' ? ' ' : fitted; // spaces alone are one space (RFC 4518 2.6.1)
}

// One code point to one code point, as slapd has it: JavaScript's sigma depends on what follows, and its İ becomes two.
function lowerCase(text: string): string {
  return Array.from(text, (character) => Array.from(character.toLowerCase())[0]).join('');
}
