import dns from 'node:dns';
import net from 'node:net';

import { type Clock, isWithin } from '../core/clock.ts';
import { type Deadline, settledBefore } from '../core/deadline.ts';
import { type Failure, socketFailure, timedOut } from './failure.ts';

/** What a name stands for, in the resolver's order, or why there is nothing. */
export type LookUp<T> = { readonly ok: true; readonly list: readonly T[] } | { readonly ok: false; readonly failure: Failure };

export type Addresses = LookUp<string>;

/** A list of addresses is used for so long before the name is looked up again. */
const FRESH_MS = 30_000;

/**
 * What names stand for, remembered by a warm process: in a VPC each look-up is a round trip or two, and Route 53's resolver
 * refuses more than 1,024 packets a second for each network interface. What is out of date can be refused (the
 * certificate is checked as always), never believed.
 *
 * - A name is looked up at most once in 30 s; requests that need it at once share one look-up.
 * - Where a look-up fails, or has not ended when half of the time is over, the last good list is used for another 30 s.
 * - `forget` drops a list: none of its addresses answered.
 */
export class NameBook<T> {
  readonly #clock: Clock;
  readonly #lookUp: (name: string) => Promise<LookUp<T>>;
  readonly #known = new Map<string, { readonly list: readonly T[]; readonly at: number }>();
  readonly #asking = new Map<string, Promise<LookUp<T>>>();

  /** `lookUp` never rejects. */
  constructor(clock: Clock, lookUp: (name: string) => Promise<LookUp<T>>) {
    this.#clock = clock;
    this.#lookUp = lookUp;
  }

  /** Ends with the deadline; the look-up itself cannot be called off and goes on unheard. */
  async of(host: string, deadline: Deadline): Promise<LookUp<T>> {
    const known = this.#known.get(host);
    if (known !== undefined && isWithin(this.#clock, known.at, FRESH_MS)) return { ok: true, list: known.list };
    const share = known === undefined ? deadline : deadline.slice(deadline.leftMs / 2); // time to use the last list
    const found = await settledBefore(share, this.#askOnce(host));
    if (found?.ok === true) return found;
    const last = this.#known.get(host);
    if (last !== undefined && found === undefined) this.#known.set(host, { list: last.list, at: this.#clock() });
    if (last !== undefined) return { ok: true, list: last.list };
    return found ?? { ok: false, failure: timedOut('dns') };
  }

  /** None of these addresses answered: the next request looks the name up. */
  forget(host: string): void {
    this.#known.delete(host);
  }

  #askOnce(host: string): Promise<LookUp<T>> {
    const asking = this.#asking.get(host) ?? this.#ask(host);
    this.#asking.set(host, asking);
    return asking;
  }

  async #ask(host: string): Promise<LookUp<T>> {
    const last = this.#known.get(host);
    const found = await this.#lookUp(host);
    this.#asking.delete(host);
    if (found.ok && found.list.length > 0) this.#known.set(host, { list: found.list, at: this.#clock() });
    else if (last !== undefined && this.#known.get(host) === last) this.#known.set(host, { list: last.list, at: this.#clock() });
    return found;
  }
}

/** The addresses of hosts; an IP address is its own. */
export class AddressBook extends NameBook<string> {
  constructor(clock: Clock) {
    super(clock, lookUp);
  }
}

/** getaddrinfo(3), as every other program of the machine asks: `/etc/hosts` counts. Never rejects. */
function lookUp(host: string): Promise<Addresses> {
  if (net.isIP(host) !== 0) return Promise.resolve({ ok: true, list: [host] });
  return new Promise((settle) => {
    dns.lookup(host, { all: true, order: 'verbatim' }, (error, found) => {
      settle(
        error === null ? { ok: true, list: found.map(({ address }) => address) } : { ok: false, failure: socketFailure('dns', error) },
      );
    });
  });
}
