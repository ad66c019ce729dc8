import { isRecord, jsonIn } from '../core/anything.ts';
import { type Clock, isWithin } from '../core/clock.ts';
import { type Deadline, settledBefore } from '../core/deadline.ts';
import { Secret } from '../core/secret.ts';

/** What a store of secrets answered. `detail` is for the log: the kind of error, never a value. */
export type Fetched = { readonly ok: true; readonly value: Secret } | { readonly ok: false; readonly detail: string };

/** Asks the store; ends, one way or the other, before the deadline. */
export type Fetch = (deadline: Deadline) => Promise<Fetched>;

/** A value is believed for so long. */
const FRESH_MS = 300_000;
/** After a failure the last good value is used for so long before the store is asked again. */
const PATIENCE_MS = 30_000;
/** A store that was asked no longer ago than this is not asked again to see whether the value has changed. */
const JUST_NOW_MS = 5_000;
/** A store gets a third of what is left, so that the directory can still be asked. */
const SHARE = 3;

/**
 * A value that lives in SSM Parameter Store or Secrets Manager. Fetched when it is first needed, kept for five minutes, and,
 * while the store fails, for as long as that lasts. Requests that need it at once share one fetch.
 */
export class StoredValue {
  readonly #fetch: Fetch;
  readonly #clock: Clock;
  #good: { readonly at: number; readonly value: Secret } | undefined;
  #failedAt: number | undefined;
  #fetching: Promise<Fetched> | undefined;

  constructor(fetch: Fetch, clock: Clock) {
    this.#fetch = fetch;
    this.#clock = clock;
  }

  async current(deadline: Deadline): Promise<Fetched> {
    const good = this.#good;
    const isGoodEnough = isWithin(this.#clock, good?.at, FRESH_MS) || isWithin(this.#clock, this.#failedAt, PATIENCE_MS);
    if (good !== undefined && isGoodEnough) return { ok: true, value: good.value };
    const fetched = await this.#fetchOnce(deadline);
    return fetched.ok || this.#good === undefined ? fetched : { ok: true, value: this.#good.value };
  }

  /** A value other than this one, if the store has one by now. It is asked at most once in 5 s, whether it answers or fails. */
  async newer(than: Secret, deadline: Deadline): Promise<Secret | undefined> {
    const askedAt = [this.#good?.at, this.#failedAt];
    if (!askedAt.some((at) => isWithin(this.#clock, at, JUST_NOW_MS))) await this.#fetchOnce(deadline);
    const value = this.#good?.value;
    return value === undefined || value.equals(than) ? undefined : value;
  }

  async #fetchOnce(deadline: Deadline): Promise<Fetched> {
    const share = deadline.slice(deadline.leftMs / SHARE);
    const joined = this.#fetching;
    if (joined === undefined) return await this.#fetchNow(share);
    const fetched = await settledBefore(share, joined);
    if (fetched === undefined) return { ok: false, detail: 'TimeoutError' }; // the first request may have more time
    return fetched.ok || share.expired ? fetched : await this.#fetchNow(share); // or may have had less
  }

  async #fetchNow(share: Deadline): Promise<Fetched> {
    const fetching = this.#fetch(share);
    this.#fetching = fetching;
    const fetched = await fetching.finally(() => {
      if (this.#fetching === fetching) this.#fetching = undefined; // also where it throws: the next request may do better
    });
    if (fetched.ok) this.#good = { at: this.#clock(), value: fetched.value };
    this.#failedAt = fetched.ok ? undefined : this.#clock();
    return fetched;
  }
}

/** The password in a secret's text: the text itself, or the `password` of a JSON object; empty where there is none. */
export function passwordIn(secret: Secret): Secret {
  const value = jsonIn(secret.reveal());
  if (!isRecord(value) || Array.isArray(value)) return secret; // plain text
  return new Secret(typeof value['password'] === 'string' ? value['password'] : '');
}
