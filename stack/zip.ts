import { buffer } from 'node:stream/consumers';

import { ZipFile } from 'yazl';

import type { File } from './esbuild.ts';

/** The earliest date that a zip can hold, in whatever time zone this is: a zip holds no zone. */
const FIRST_OF_JANUARY_1980 = new Date(1980, 0, 1);

/**
 * A zip whose bytes depend on its content alone: entries in the order given, no clock, no time zone, no user, no extra fields.
 * Lambda's user must be able to read them: mode 0644.
 */
export async function zip(files: readonly File[]): Promise<Buffer> {
  const made = new ZipFile();
  for (const { name, content } of files) {
    made.addBuffer(content, name, { mtime: FIRST_OF_JANUARY_1980, forceDosTimestamp: true, mode: 0o100644, compressionLevel: 9 });
  }
  made.end();
  return await buffer(made.outputStream);
}
