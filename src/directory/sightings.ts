import { type Clock, isWithin } from '../core/clock.ts';

const FRESH_MS = 60_000;

/**
 * Which servers have lately shown a user's entry to the service account. An account without rights gets empty results for
 * everybody, so "no such user" is claimed only where it has been seen to see; elsewhere `proveSight` is asked each time.
 */
export class Sightings {
  readonly #clock: Clock;
  readonly #seenAt = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(server: string): void {
    this.#seenAt.set(server, this.#clock());
  }

  isFresh(server: string): boolean {
    return isWithin(this.#clock, this.#seenAt.get(server), FRESH_MS);
  }
}
