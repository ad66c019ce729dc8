/**
 * Whole lines to standard output, in one write: Node gives what a pipe has room for to the kernel before this returns, and the rest
 * as it is read, in order. Never throws.
 */
export function print(lines: string): void {
  if (!process.stdout.listeners('error').includes(ignore)) process.stdout.on('error', ignore);
  process.stdout.write(lines);
}

/** Nobody reads any more, or the disk is full: that ends the log, not the process. */
function ignore(): void {
  // The stream's own `close` is enough.
}
