/**
 * Windows identifiers in their binary form (MS-DTYP 2.3.4 and 2.4.2). Undefined: the bytes are no such thing.
 */

/** `S-1-5-21-…`: revision, count of sub-authorities, a 48-bit big-endian authority, then 32-bit little-endian sub-authorities. */
export function formatSid(bytes: Buffer): string | undefined {
  const count = bytes[1];
  if (bytes[0] !== 1 || count === undefined || count > 15 || bytes.length !== 8 + 4 * count) return undefined;
  const authorities = Array.from({ length: count }, (_, index) => bytes.readUInt32LE(8 + 4 * index));
  return ['S-1', bytes.readUIntBE(2, 6), ...authorities].join('-');
}

/** A GUID as the directory's own tools print it: the first three fields are little-endian. */
export function formatGuid(bytes: Buffer): string | undefined {
  if (bytes.length !== 16) return undefined;
  const [first, second, third] = [bytes.subarray(0, 4), bytes.subarray(4, 6), bytes.subarray(6, 8)].map((field) =>
    Buffer.from(field).reverse().toString('hex'),
  );
  return [first, second, third, bytes.toString('hex', 8, 10), bytes.toString('hex', 10)].join('-');
}

/** The bytes of a SID that `formatSid` has written. */
export function parseSid(text: string): Buffer {
  const [authority = 0, ...parts] = text.split('-').slice(2).map(Number);
  const bytes = Buffer.alloc(8 + 4 * parts.length);
  bytes[0] = 1;
  bytes[1] = parts.length;
  bytes.writeUIntBE(authority, 2, 6);
  parts.forEach((part, index) => bytes.writeUInt32LE(part, 8 + 4 * index));
  return bytes;
}
