import type { Server } from '../config/config.ts';
import type { Deadline } from '../core/deadline.ts';
import type { Fault } from '../core/outcome.ts';
import type { SkippedServer, Trace } from '../core/trace.ts';
import type { AddressBook } from '../ldap/addresses.ts';
import { type Candidate, type Candidates, type Dialled, dialFirst, type Place } from '../ldap/dial.ts';
import { detailOf, type Failure } from '../ldap/failure.ts';
import type { Attempt } from './call.ts';
import type { PenaltyBox } from './penalty-box.ts';

/** What a process knows of the servers, and one request's time. */
export type Setting = {
  readonly servers: readonly Server[];
  readonly box: PenaltyBox;
  readonly book: AddressBook;
  readonly connectTimeoutMs: number;
  readonly deadline: Deadline;
  readonly trace: Trace;
};

/** Time that is kept back for the user's bind, whatever the steps before it have used up. */
const RESERVE_MS = 2500;
/** Addresses of one name that one request tries. */
const MOST_ADDRESSES = 3;

/** Faults that another controller of the same name need not have. What a server says of the tree or of us, they all say. */
const OF_ONE_ADDRESS: ReadonlySet<Fault> = new Set<Fault>([
  'directory-unreachable',
  'directory-busy',
  'directory-timeout',
  'directory-tls-failure',
]);

/** A server whose addresses are being tried: those that wait, and how many were dialled and have not failed. */
type Trying = { readonly server: Server; readonly slice: Deadline; readonly waiting: string[]; open: number; hasAnswered: boolean };

const SILENT: Failure = { reason: 'directory-timeout', step: 'connect', cause: { kind: 'outrun' } };

/**
 * The turns of one request, in order: the configured servers, those that failed lately last, each at one address of its name
 * after the other. A connection that takes longer than 250 ms is raced by the next place (`dialFirst`).
 *
 * Each server gets (what is left − the reserve) ÷ (servers left) for everything before the user's bind, so that one that
 * accepts and stays silent leaves the others their time; each address of it but the last gets half of what is left of that.
 * Ask for the next turn only after `ended` was told of the one before.
 */
export class Turns implements Candidates {
  readonly #setting: Setting;
  readonly #servers: Server[];
  readonly #reserveMs: number;
  readonly #trying = new Map<Server, Trying>();
  /** Where another place was ready first; they come last. */
  readonly #outrun: Place[] = [];
  /** Places that are being looked up, perhaps for a race that is over. */
  readonly #asked = new Set<Promise<Candidate | undefined>>();
  #failure: Failure = { reason: 'directory-timeout', step: 'connect', cause: { kind: 'time', of: 'everything' } };

  constructor(setting: Setting) {
    this.#setting = setting;
    this.#servers = [...setting.box.order(setting.servers, ({ name }) => name)];
    this.#reserveMs = Math.min(RESERVE_MS, setting.deadline.lengthMs / 3);
  }

  /** Of the last server that failed; said when there are no more turns. */
  get failure(): Failure {
    return this.#failure;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Dialled, undefined> {
    for (;;) {
      const { trace } = this.#setting;
      const dialled = await trace.during('connect', () => dialFirst(this, trace));
      if (dialled === undefined) {
        const [late] = this.#asked;
        if (late === undefined) return undefined;
        await late; // the race before this one did not wait for it, and has put its place among the outrun
        continue;
      }
      const trying = this.#trying.get(dialled.server);
      if (trying !== undefined) trying.hasAnswered = true;
      trace.server = dialled.server.name;
      yield dialled;
    }
  }

  /** What came of a turn. A fault sends the place, and with its last place the server, to the end of the line for 30 s. */
  ended(turn: Dialled, attempt: Attempt): void {
    const { box } = this.#setting;
    if (attempt.kind === 'answer') {
      box.pardon(turn.server.name);
      box.pardon(nameOf(turn));
    } else if (attempt.kind === 'failed') this.failed(turn, attempt.failure);
    else {
      box.penalise(turn.server.name);
      box.penalise(nameOf(turn));
    }
  }

  // What `dialFirst` asks and tells.

  next(): Promise<Candidate | undefined> {
    const asked = this.#next();
    this.#asked.add(asked);
    void asked.finally(() => this.#asked.delete(asked));
    return asked;
  }

  async #next(): Promise<Candidate | undefined> {
    for (;;) {
      const trying = [...this.#trying.values()].find(({ waiting }) => waiting.length > 0);
      const address = trying?.waiting.shift();
      if (trying !== undefined && address !== undefined) return this.#candidate(trying, address);
      const server = this.#servers.shift();
      if (server === undefined) return this.#again();
      if (!(await this.#begin(server))) return undefined;
    }
  }

  failed(place: Place, failure: Failure): void {
    const { box } = this.#setting;
    const trying = this.#trying.get(place.server);
    box.penalise(nameOf(place));
    if (trying === undefined) return;
    trying.open -= 1;
    const isOthers = OF_ONE_ADDRESS.has(failure.reason) && (trying.open > 0 || trying.waiting.length > 0);
    if (isOthers) return;
    if (!trying.hasAnswered) this.#setting.book.forget(place.server.host);
    this.#giveUp(place.server, failure);
  }

  outrun(place: Place, winner: Place): void {
    const { box, trace } = this.#setting;
    this.#outrun.push(place);
    box.penalise(nameOf(place));
    if (winner.server === place.server || this.#trying.get(place.server)?.waiting.length !== 0) return;
    box.penalise(place.server.name);
    trace.skipped.push(skipped(place.server, SILENT));
  }

  unused(place: Place): void {
    this.#outrun.push(place);
  }

  /** Looks a server's addresses up. False: no time is left. */
  async #begin(server: Server): Promise<boolean> {
    const { deadline, box, book } = this.#setting;
    const sliceMs = (deadline.leftMs - this.#reserveMs) / (this.#servers.length + 1);
    if (sliceMs <= 0) return false;
    const slice = deadline.slice(sliceMs);
    const addresses = await book.of(server.host, slice);
    const list = addresses.ok ? box.order(addresses.list, (address) => nameOf({ server, address })).slice(0, MOST_ADDRESSES) : [];
    if (list.length === 0) this.#giveUp(server, addresses.ok ? NO_ADDRESS : addresses.failure);
    else this.#trying.set(server, { server, slice, waiting: [...list], open: 0, hasAnswered: false });
    return true;
  }

  #candidate(trying: Trying, address: string): Candidate {
    const { server, slice, waiting } = trying;
    trying.open += 1;
    const share = waiting.length === 0 ? slice : slice.slice(slice.leftMs / 2);
    return this.#with({ server, address }, share);
  }

  /** A place that was outrun by one that has failed since. */
  #again(): Candidate | undefined {
    const place = this.#outrun.shift();
    const leftMs = this.#setting.deadline.leftMs - this.#reserveMs;
    if (place === undefined || leftMs <= 0) return undefined;
    return this.#with(place, this.#setting.deadline.slice(leftMs / (this.#outrun.length + 1)));
  }

  #with(place: Place, slice: Deadline): Candidate {
    return { ...place, slice, connecting: slice.slice(this.#setting.connectTimeoutMs) };
  }

  #giveUp(server: Server, failure: Failure): void {
    this.#failure = failure;
    this.#trying.delete(server);
    this.#setting.box.penalise(server.name);
    this.#setting.trace.skipped.push(skipped(server, failure));
    for (const place of this.#outrun.splice(0)) if (place.server !== server) this.#outrun.push(place);
  }
}

const NO_ADDRESS: Failure = { reason: 'directory-unreachable', step: 'dns', cause: { kind: 'no address' } };

function skipped({ name }: Server, failure: Failure): SkippedServer {
  return { server: name, reason: failure.reason, detail: detailOf(failure) };
}

function nameOf({ server, address }: Place): string {
  return `${address} ${String(server.port)}`;
}
