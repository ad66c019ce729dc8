import { type Clock, isWithin } from '../core/clock.ts';

const REST_MS = 30_000;

/** Servers, and single addresses of them, that failed a moment ago. They are not given up, they are asked last. Lives as long as the warm process. */
export class PenaltyBox {
  readonly #clock: Clock;
  readonly #failedAt = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  penalise(name: string): void {
    this.#failedAt.set(name, this.#clock());
  }

  pardon(name: string): void {
    this.#failedAt.delete(name);
  }

  /** The configured order, with those that rest at the end. */
  order<Item>(items: readonly Item[], nameOf: (item: Item) => string): readonly Item[] {
    if (this.#failedAt.size === 0) return items;
    const rests = (item: Item): boolean => isWithin(this.#clock, this.#failedAt.get(nameOf(item)), REST_MS);
    return [...items.filter((item) => !rests(item)), ...items.filter(rests)];
  }
}
