/** RFC 4514 2.4: every character that could mean something is written as its bytes in hex. */
export function escapeDnValue(value: string): string {
  return value.replace(/[^\p{L}\p{N}._ -]/gu, hexOf).replace(/^ | $/g, hexOf);
}

function hexOf(character: string): string {
  return [...Buffer.from(character)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
}

export function rdnOf(attribute: string, value: string): string {
  return `${attribute}=${escapeDnValue(value)}`;
}

/** The same text for every way in which RFC 4514 lets a DN be escaped. */
export function canonicalDn(dn: string): string {
  const parts = dn.match(/(?:\\.|[^\\,])+/gsu) ?? [];
  return parts.map((part) => canonicalRdn(part.replace(/^ +/, ''))).join(',');
}

function canonicalRdn(rdn: string): string {
  const equals = rdn.indexOf('=');
  return rdnOf(rdn.slice(0, equals).toLowerCase(), unescapeDnValue(rdn.slice(equals + 1)).replace(/ +/g, ' ')); // RFC 4518 2.6.1
}

function unescapeDnValue(value: string): string {
  return value
    .replace(/(?:\\[0-9a-f]{2})+/gi, (pairs) => `\\${[...Buffer.from(pairs.replaceAll('\\', ''), 'hex').toString()].join('\\')}`)
    .replace(/\\(.)/gsu, '$1');
}
