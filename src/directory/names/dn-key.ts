import { unescapeDnValue } from './dn.ts';

/** Which parts of two DNs must be alike. An attribute type has several spellings (`cn`, `commonName`, `2.5.4.3`). */
export type DnParts = 'types and values' | 'values';

/**
 * A DN in a form in which two spellings of it are the same text, as far as that can be known without a schema: without regard to
 * case, to escapes and quotes (RFC 4514, 2.4; RFC 2253, 4), to the number of spaces, to Unicode's compatible forms (RFC 4518, 2),
 * and to the order inside an RDN of several values. Two entries may have one key; one entry never has two.
 */
export function dnKey(dn: string, parts: DnParts): string {
  const rdns = rdnsOf(dn).map((rdn) => rdn.map(({ type, value }) => (parts === 'values' ? value : `${type}=${value}`)).sort());
  return JSON.stringify(rdns);
}

type Assertion = { readonly type: string; readonly value: string };

/** The RDNs of a DN from the entry up, folded. A text that is no DN gives something that is like no DN. */
export function rdnsOf(dn: string): readonly (readonly Assertion[])[] {
  return split(unquoted(dn), /(?:\\.|[^\\,;])+/gsu).map((rdn) =>
    split(rdn, /(?:\\.|[^\\+])+/gsu).map((assertion) => {
      const at = assertion.indexOf('=');
      return { type: foldText(assertion.slice(0, at)), value: foldText(unescapeDnValue(assertion.slice(at + 1))) };
    }),
  );
}

/** Text as directories compare it (RFC 4518): without regard to case, to compatible forms, to the number of spaces. */
export function foldText(text: string): string {
  const folded = text.normalize('NFKC').toUpperCase().toLowerCase(); // twice: the capital of ß is SS
  return folded.trim().replace(/\s+/gu, ' ');
}

function split(text: string, part: RegExp): readonly string[] {
  return text.match(part) ?? [];
}

/** `cn="a,b"` as `cn=a\,b`. */
function unquoted(dn: string): string {
  return dn.replace(/\\.|"((?:\\.|[^"\\])*)"/gsu, (whole: string, inside: string | undefined) =>
    inside === undefined ? whole : inside.replace(/\\.|[,;+]/gsu, (piece) => (piece.length > 1 ? piece : `\\${piece}`)),
  );
}
