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
