import fs from 'node:fs';

const STDOUT = 1;

/** Writes that the stream has been given and has not made yet. */
let behind = 0;

/**
 * Whole lines to standard output in one write, past Node's stream in front of it, which takes longer than making the lines. A
 * pipe that is full holds the process until it is read, so that nothing is lost when the process is frozen; one that does not
 * block (EAGAIN) leaves the rest to the stream, and everything after it, or lines would overtake each other. Never throws.
 */
export function print(lines: string): void {
  const written = behind === 0 ? writeNow(lines) : 0;
  if (written === Buffer.byteLength(lines)) return;
  behind += 1;
  if (!process.stdout.listeners('error').includes(ignore)) process.stdout.on('error', ignore);
  process.stdout.write(Buffer.from(lines).subarray(written), () => {
    behind -= 1;
  });
}

/** Nobody reads any more, or the disk is full: that ends the log, not the process. */
function ignore(): void {
  // The stream's own `close` is enough.
}

/** Bytes that were taken. */
function writeNow(lines: string): number {
  try {
    return fs.writeSync(STDOUT, lines);
  } catch {
    return 0; // EAGAIN; anything else happens to the stream too
  }
}
