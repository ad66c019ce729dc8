import type net from 'node:net';

/** Whoever hears what a socket receives. A chunk is his to keep. */
export type Listener = (chunk: Buffer) => void;

/** A socket over which messages go, and what hears their answers; to be asked once. */
export type Channel = { readonly socket: net.Socket; readonly hear: (listener: Listener) => void };

/** For one read; a longer answer comes in several. A little less than what `Buffer` would not take from its pool any more. */
const ROOM = 4000;

/**
 * What a socket receives, read into one buffer (`onread`) instead of through Node's stream, which takes 64 KB for every read
 * (decision 0013). A socket that receives anything before somebody hears it is paused, so that nothing piles up.
 */
export class Reception {
  #listener: Listener | undefined;
  readonly #unheard: Buffer[] = [];
  readonly #room = Buffer.allocUnsafe(ROOM);

  /** For the options of the socket that is to be made. */
  readonly onread: net.OnReadOpts = {
    buffer: this.#room,
    callback: (length) => {
      const chunk = Buffer.allocUnsafe(length);
      this.#room.copy(chunk, 0, 0, length); // the next read will overwrite it
      if (this.#listener === undefined) this.#unheard.push(chunk);
      else this.#listener(chunk);
      return this.#listener !== undefined;
    },
  };

  /** From now on, and what came before. Of the socket that was made with `onread`. */
  hear(socket: net.Socket, listener: Listener): void {
    this.#listener = listener;
    if (this.#unheard.length === 0) return;
    socket.resume(); // which a listener may undo
    for (const chunk of this.#unheard.splice(0)) listener(chunk);
  }
}
