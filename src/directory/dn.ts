/**
 * Distinguished names, as far as this service must look into them: to compare places in a tree. People are never told
 * apart here; the directory does that.
 */

/** Spellings that differ in case or in spaces around separators, made one. */
export const foldDn = (dn: string): string => trimBetween(trimBetween(dn.toLowerCase(), ','), '=');

/** Split and joined, not replaced: an expression with spaces on both sides takes time with the square of their number. */
const trimBetween = (text: string, separator: string): string =>
  text
    .split(separator)
    .map((part) => part.trim())
    .join(separator);

/** Whether a DN lies in a tree, its top included. */
export const isAtOrBelow = (dn: string, top: string): boolean => top === '' || `,${foldDn(dn)}`.endsWith(`,${foldDn(top)}`);

/** Without its first RDN. A comma behind a backslash separates nothing. */
export const parentOf = (dn: string): string => {
  const [first = ''] = /^(?:\\.|[^\\,])*/su.exec(dn) ?? [];
  return dn.slice(first.length + 1).trim();
};
