import { readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * The text of a file that a variable names, from the working directory or from beside the bundle: on Lambda both are where the
 * zip was unpacked. Undefined where it cannot be read.
 */
export function readGivenFile(name: string): string | undefined {
  for (const folder of [process.cwd(), import.meta.dirname]) {
    try {
      return readFileSync(path.resolve(folder, name), 'utf8');
    } catch {
      // the next folder; in the end, a problem of whoever named the file
    }
  }
  return undefined;
}
