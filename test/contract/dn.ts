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

/** Every escaped byte as itself: for the eye, and to compare; no DN any more. */
export function unescapeDn(dn: string): string {
  return dn.replace(/(?:\\[0-9a-f]{2})+/gi, (pairs) => Buffer.from(pairs.replaceAll('\\', ''), 'hex').toString('utf8'));
}
