import type { Deadline } from '../core/deadline.ts';

/**
 * Attempts of one entry in this process, so many at a time, in the order in which they came. Without it a burst would meet itself
 * at the table: hundreds of calls for one row, until the table seems to be down to all of them.
 */
export class WaitingLine {
  readonly #places: number;
  /** Those inside, and who waits to be next, by key. No key stays when nobody is inside. */
  readonly #lines = new Map<string, { inside: number; readonly waiting: Set<() => void> }>();

  constructor(places: number) {
    this.#places = places;
  }

  /** What to call when one is done, once; undefined if there was no place before the deadline. */
  async enter(key: string, deadline: Deadline): Promise<(() => void) | undefined> {
    const line = this.#lines.get(key) ?? { inside: 0, waiting: new Set() };
    this.#lines.set(key, line);
    if (line.inside < this.#places) line.inside += 1;
    else if (!(await this.#wait(line.waiting, deadline))) return undefined;
    return () => {
      const [next] = line.waiting;
      if (next !== undefined) {
        next(); // takes over the place
        return;
      }
      line.inside -= 1;
      if (line.inside === 0) this.#lines.delete(key);
    };
  }

  async #wait(waiting: Set<() => void>, deadline: Deadline): Promise<boolean> {
    return await new Promise((resolve) => {
      const stopWaiting = deadline.onExpiry(() => {
        waiting.delete(take);
        resolve(false);
      });
      const take = (): void => {
        waiting.delete(take);
        stopWaiting();
        resolve(true);
      };
      waiting.add(take);
    });
  }
}
