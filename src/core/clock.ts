/** Milliseconds since some moment, as the wall sees it: it goes on while a process is frozen. Injected in tests. */
export type Clock = () => number;

export const wallClock: Clock = () => Date.now();

/**
 * Whether less than `forMs` have passed since then. A clock that was set back says no: whatever waited for it waits no
 * longer than it would have.
 */
export function isWithin(clock: Clock, since: number | undefined, forMs: number): boolean {
  if (since === undefined) return false;
  const elapsed = clock() - since;
  return elapsed >= 0 && elapsed < forMs;
}
