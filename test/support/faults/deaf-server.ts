import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

/** Listens with a backlog of one, tells its port, and then blocks its whole thread: nobody is left who could accept. */
const LISTEN_AND_FREEZE = `
const { workerData, parentPort } = require('node:worker_threads');
const server = require('node:net').createServer();
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  parentPort.postMessage(server.address().port);
  setImmediate(() => { Atomics.wait(workerData, 0, 0); server.close(); process.exit(); });
});`;

const MOST_QUEUED = 16;
const PATIENCE_MS = 150;

/** A port on which a connection is neither accepted nor refused: the kernel drops what does not fit into its queue. */
export class DeafServer {
  readonly port: number;
  readonly #flag: Int32Array<SharedArrayBuffer>;
  readonly #queued: readonly Socket[];
  readonly #ended: Promise<unknown>;

  private constructor(port: number, worker: Worker, flag: Int32Array<SharedArrayBuffer>, queued: readonly Socket[]) {
    this.port = port;
    this.#flag = flag;
    this.#queued = queued;
    this.#ended = once(worker, 'exit');
  }

  static async start(): Promise<DeafServer> {
    const flag = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(LISTEN_AND_FREEZE, { eval: true, workerData: flag });
    const port = await new Promise<number>((resolve) => worker.once('message', resolve));
    return new DeafServer(port, worker, flag, await fillQueue(port));
  }

  /** May be called again. */
  async close(): Promise<void> {
    for (const socket of this.#queued) socket.destroy();
    Atomics.store(this.#flag, 0, 1);
    Atomics.notify(this.#flag, 0);
    await this.#ended;
  }
}

/** Connects until a connection is no longer answered. */
async function fillQueue(port: number): Promise<readonly Socket[]> {
  const queued: Socket[] = [];
  while (queued.length < MOST_QUEUED) {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('error', () => undefined); // reset when the worker ends
    queued.push(socket);
    if (!(await answered(socket))) return queued;
  }
  throw new Error('the queue of the deaf server never fills');
}

function answered(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    // A thread that stood still hears of the timer first: the connection's own event has its turn before it is believed.
    const timer = setTimeout(() => setImmediate(() => resolve(!socket.connecting)), PATIENCE_MS);
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
