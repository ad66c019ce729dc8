import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';

import { fromBufferPromise } from 'yauzl';

export type ZipEntry = { readonly name: string; readonly content: Buffer; readonly compressedBytes: number };

/** The entries of a zip, in the order of its directory. Rejects for whatever is not as it should be. */
export async function readZip(zip: Buffer): Promise<readonly ZipEntry[]> {
  const opened = await fromBufferPromise(zip);
  const entries: ZipEntry[] = [];
  for await (const entry of opened.eachEntry()) {
    const content = await buffer(await opened.openReadStreamPromise(entry));
    if (crc32(content) !== entry.crc32) throw new Error(`${entry.fileName}: wrong checksum`); // yauzl leaves that to us
    entries.push({ name: entry.fileName, content, compressedBytes: entry.compressedSize });
  }
  return entries;
}

export async function unpackZip(zip: Buffer, folder: string): Promise<void> {
  for (const { name, content } of await readZip(zip)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}
