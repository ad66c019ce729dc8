import fs from 'node:fs';

const STDOUT = 1;

/**
 * Whole lines to standard output in one write, past Node's stream in front of it, which takes longer than making the lines.
 * What a descriptor that does not block has no room for is left to the stream, which waits.
 */
export const print = (lines: string): void => {
  const bytes = Buffer.byteLength(lines);
  const written = writeNow(lines);
  if (written < bytes) process.stdout.write(Buffer.from(lines).subarray(written));
};

/** Bytes that were taken. */
const writeNow = (lines: string): number => {
  try {
    return fs.writeSync(STDOUT, lines);
  } catch {
    return 0; // EAGAIN; anything else the stream will say
  }
};
