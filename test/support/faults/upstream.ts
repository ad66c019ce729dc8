import { connect, type Socket } from 'node:net';

import { measure } from '../../../tools/demo-directory/ber.ts';

export type Address = { readonly host: string; readonly port: number };

const FINAL_TAGS: ReadonlySet<number> = new Set([0x61, 0x65, 0x78]); // bind response, search done, extended response

/** One plain connection to the real server; one request at a time. Opened with the first request. */
export class Upstream {
  readonly #address: Address;
  readonly #onClose: () => void;
  #socket: Socket | undefined;
  #received: Buffer = Buffer.alloc(0);
  #answer: Buffer[] = [];
  #settle: ((answer: Buffer) => void) | undefined;

  constructor(address: Address, onClose: () => void) {
    this.#address = address;
    this.#onClose = onClose;
  }

  /** The whole answer to a request, all of its messages. Never settles if the server closes before. */
  ask(request: Buffer): Promise<Buffer> {
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.tell(request);
    });
  }

  /** A request without an answer. */
  tell(request: Buffer): void {
    this.#socket ??= this.#open();
    this.#socket.write(request);
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    const socket = connect({ ...this.#address, noDelay: true });
    socket.on('error', () => undefined);
    socket.on('close', this.#onClose);
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      while (this.#takeMessage());
    });
    return socket;
  }

  #takeMessage(): boolean {
    const extent = measure(this.#received, 0);
    if (typeof extent === 'string' || extent.end > this.#received.length) return false;
    const message = this.#received.subarray(0, extent.end);
    this.#received = this.#received.subarray(extent.end);
    this.#answer.push(message);
    if (!FINAL_TAGS.has(operationTag(message.subarray(extent.contentAt)))) return true;
    const answer = Buffer.concat(this.#answer);
    this.#answer = [];
    this.#settle?.(answer);
    return true;
  }
}

/** The tag behind the message id. */
function operationTag(content: Buffer): number {
  const id = measure(content, 0);
  return typeof id === 'string' ? 0 : (content[id.end] ?? 0);
}
