import net from 'node:net';

import type { Server } from '../config/config.ts';
import type { Deadline } from '../core/deadline.ts';
import type { Trace } from '../core/trace.ts';
import { type Failure, socketFailure, type SocketPhase, timedOut } from './failure.ts';

/** One address of one server: a name may stand for several controllers. */
export type Place = { readonly server: Server; readonly address: string };

/** A place that may be dialled now. */
export type Candidate = Place & {
  /** For TCP and TLS. */
  readonly connecting: Deadline;
  /** For everything before the user's bind. */
  readonly slice: Deadline;
};

/** Where the next place comes from, and who hears what became of those that were tried. */
export type Candidates = {
  /** The next place, or undefined if there is none left for now. May take the time of a look-up. */
  readonly next: () => Promise<Candidate | undefined>;
  /** TCP could not be established. */
  readonly failed: (place: Place, failure: Failure) => void;
  /** Dialled and still silent when the winner was ready; nothing was sent to it. */
  readonly outrun: (place: Place, winner: Place) => void;
  /** Named by `next` too late: not dialled. */
  readonly unused: (place: Place) => void;
};

/** TCP is open, and nothing has been sent. The code that takes it closes the socket. */
export type Dialled = Candidate & { readonly socket: net.Socket };

/** A connection that is not there after this time is not waited for alone: another place is dialled beside it. */
const ALONE_MS = 250;
/** Never more at once: a directory that is slow must not be asked to take the connections of three. */
const AT_ONCE = 2;

/**
 * The first of the candidates to which TCP is established (after RFC 8305, "Happy Eyeballs", over addresses and over
 * servers). Not a byte is sent on any connection, and the others are closed: credentials go to one place. Undefined where no
 * candidate is left; each was told to `failed`. Ends when the candidates' own deadlines have.
 */
export function dialFirst(candidates: Candidates, trace: Trace): Promise<Dialled | undefined> {
  return new Promise((settle) => {
    const race = new Race(candidates, trace, settle);
    void race.more();
  });
}

class Race {
  readonly #candidates: Candidates;
  readonly #trace: Trace;
  readonly #settle: (winner: Dialled | undefined) => void;
  readonly #running = new Map<Candidate, () => void>();
  #state: 'open' | 'exhausted' | 'over' = 'open';
  #isAsking = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(candidates: Candidates, trace: Trace, settle: (winner: Dialled | undefined) => void) {
    this.#candidates = candidates;
    this.#trace = trace;
    this.#settle = settle;
  }

  /** One more place, if there is room for it. */
  async more(): Promise<void> {
    if (this.#state !== 'open' || this.#isAsking || this.#running.size >= AT_ONCE) return;
    this.#isAsking = true;
    const candidate = await this.#candidates.next();
    this.#isAsking = false;
    if (this.#isOver()) {
      if (candidate !== undefined) this.#candidates.unused(candidate);
    } else if (candidate === undefined) this.#exhaust();
    else this.#start(candidate);
  }

  #isOver(): boolean {
    return this.#state === 'over';
  }

  #exhaust(): void {
    this.#state = 'exhausted';
    if (this.#running.size === 0) this.#finish(undefined);
  }

  #start(candidate: Candidate): void {
    const dialling = dial(candidate, candidate.connecting, this.#trace);
    this.#running.set(candidate, dialling.hangUp);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.more(), ALONE_MS);
    void dialling.done.then((result) => {
      if (!this.#running.delete(candidate)) return; // outrun
      if (result.ok) {
        this.#finish({ ...candidate, socket: result.socket });
        return;
      }
      this.#candidates.failed(candidate, result.failure);
      if (this.#state === 'exhausted' && this.#running.size === 0) this.#finish(undefined);
      else void this.more();
    });
  }

  #finish(winner: Dialled | undefined): void {
    this.#state = 'over';
    clearTimeout(this.#timer);
    for (const [candidate, hangUp] of this.#running) {
      hangUp();
      if (winner !== undefined) this.#candidates.outrun(candidate, winner);
    }
    this.#running.clear();
    this.#settle(winner);
  }
}

export type Opened = { readonly ok: true; readonly socket: net.Socket } | { readonly ok: false; readonly failure: Failure };

/**
 * Opens TCP to one place. `done` never rejects; a socket that did not get there is destroyed. `hangUp` ends the attempt, and
 * destroys its socket.
 */
export function dial(
  { server, address }: Place,
  deadline: Deadline,
  trace: Trace,
): { readonly done: Promise<Opened>; readonly hangUp: () => void } {
  trace.connections += 1;
  const socket = net.connect({ host: address, port: server.port });
  socket.setNoDelay(true); // a bind must not wait for the acknowledgement of what came before
  const done = waitFor(socket, 'connect', 'connect', deadline).then((failure): Opened => {
    if (failure === undefined) return { ok: true, socket };
    socket.destroy();
    return { ok: false, failure };
  });
  return { done, hangUp: () => void socket.destroy() };
}

/**
 * Waits for an event of a socket, until `hear` is content with one: undefined. Otherwise why it is not, or why no more will come: an
 * error, the end of the socket, the end of the time. The socket is left as it is.
 */
export function waitFor(
  socket: net.Socket,
  event: 'connect' | 'secureConnect' | 'data',
  step: SocketPhase,
  deadline: Deadline,
  hear: (chunk: Buffer) => Failure | 'content' | 'not yet' = () => 'content',
): Promise<Failure | undefined> {
  return new Promise((settle) => {
    const finish = (failure: Failure | undefined): void => {
      stopWaiting();
      socket.off(event, onEvent).off('error', onError).off('close', onClose);
      settle(failure);
    };
    const onEvent = (chunk: Buffer): void => {
      const heard = hear(chunk);
      if (heard !== 'not yet') finish(heard === 'content' ? undefined : heard);
    };
    const onError = (error: Error): void => finish(socketFailure(step, error));
    const onClose = (): void => finish(socketFailure(step, undefined));
    const stopWaiting = deadline.onExpiry(() => finish(timedOut(step)));
    socket.on('error', ignore); // stays: an error that nobody listens to would end the process
    socket.on(event, onEvent).on('error', onError).on('close', onClose);
  });
}

function ignore(): void {
  // `close` follows.
}
