import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32, inflateRawSync } from 'node:zlib';

export type ZipEntry = { readonly name: string; readonly content: Buffer };

// PKWARE APPNOTE 6.3.10: 4.3.16 end of central directory, 4.3.12 central header, 4.3.7 local header.
const END_SIZE = 22;

/** The entries of a zip without a comment, in the order of its directory. Throws for whatever is not as it should be. */
export const readZip = (zip: Buffer): readonly ZipEntry[] => {
  const end = zip.subarray(zip.length - END_SIZE);
  if (end.readUInt32LE(0) !== 0x06054b50) throw new Error('no end of central directory');
  const entries: ZipEntry[] = [];
  let at = end.readUInt32LE(16);
  for (let count = end.readUInt16LE(10); count > 0; count -= 1) {
    const [nameLength, extraLength, commentLength] = [zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30), zip.readUInt16LE(at + 32)];
    entries.push(readEntry(zip, at, nameLength));
    at += 46 + nameLength + extraLength + commentLength;
  }
  return entries;
};

const readEntry = (zip: Buffer, central: number, nameLength: number): ZipEntry => {
  if (zip.readUInt32LE(central) !== 0x02014b50) throw new Error('no central header');
  const name = zip.toString('utf8', central + 46, central + 46 + nameLength);
  const local = zip.readUInt32LE(central + 42);
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const content = inflateRawSync(zip.subarray(start, start + zip.readUInt32LE(central + 20)));
  if (crc32(content) !== zip.readUInt32LE(central + 16)) throw new Error(`${name}: wrong checksum`);
  return { name, content };
};

export const unpackZip = (zip: Buffer, folder: string): void => {
  for (const { name, content } of readZip(zip)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
};
