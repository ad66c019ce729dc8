import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * What goes wrong in the process at large. Jest hands tests a copy of `process` whose events never fire; this is the real one.
 */
export class ProcessWatch {
  readonly #incidents: string[] = [];
  readonly #process = process.getBuiltinModule('node:process');
  /** Jest may run other files in this process before this one. */
  readonly #before = this.#sockets;
  readonly #onUncaught = (error: unknown): void => {
    this.#incidents.push(`uncaught: ${String(error)}`);
  };
  readonly #onUnhandled = (reason: unknown): void => {
    this.#incidents.push(`unhandled: ${String(reason)}`);
  };
  readonly #onWarning = (warning: Error): void => {
    if (warning.name !== 'ExperimentalWarning') this.#incidents.push(`warning: ${warning.name}: ${warning.message}`);
  };

  constructor() {
    this.#process.on('uncaughtExceptionMonitor', this.#onUncaught);
    this.#process.on('unhandledRejection', this.#onUnhandled);
    this.#process.on('warning', this.#onWarning);
  }

  /** Unhandled rejections, uncaught errors and warnings (a leak of listeners is one) since the watch began. */
  get incidents(): readonly string[] {
    return this.#incidents;
  }

  /** Sockets that this process holds more than when the watch began, once those that are about to close have had their turn. */
  async socketsLeft(withinMs = A_HANG_MS): Promise<number> {
    const endsAt = performance.now() + withinMs;
    while (this.#sockets > this.#before && performance.now() < endsAt) await nextTurn();
    return Math.max(0, this.#sockets - this.#before);
  }

  end(): void {
    this.#process.off('uncaughtExceptionMonitor', this.#onUncaught);
    this.#process.off('unhandledRejection', this.#onUnhandled);
    this.#process.off('warning', this.#onWarning);
  }

  get #sockets(): number {
    return this.#process.getActiveResourcesInfo().filter((resource) => SOCKETS.has(resource)).length;
  }
}

/** Far more than the last events of a socket take on any machine. */
const A_HANG_MS = 60_000;

const SOCKETS: ReadonlySet<string> = new Set(['TCPSocketWrap', 'TCPConnectWrap', 'TLSWrap']);
