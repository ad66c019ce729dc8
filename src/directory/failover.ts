import type { Server } from '../core/config.ts';
import type { Deadline } from '../core/deadline.ts';
import type { Fault, Outcome } from '../core/outcome.ts';
import type { Trace } from '../core/trace.ts';
import { resolve } from './connect.ts';
import { type Failure, timedOut } from './failure.ts';
import type { PenaltyBox } from './penalty-box.ts';

/** What came of asking one server. */
export type Attempt =
  /** Final, whatever it says, and no fault of the server. */
  | { readonly kind: 'answer'; readonly outcome: Outcome }
  /** A fault before the user's bind was sent: the next server may be asked. */
  | { readonly kind: 'failed'; readonly failure: Failure }
  /** A fault once it was sent: nobody knows, and nobody else may be asked. */
  | { readonly kind: 'failed-after-bind'; readonly failure: Failure };

/** Time that is kept back for the user's bind, whatever the steps before it have used up. */
const RESERVE_MS = 2500;

/**
 * Asks one server after the other until one answers. Each gets (what is left − the reserve) ÷ (servers left) for everything
 * before the user's bind, so that one that accepts and stays silent leaves the others their time. Those that failed lately
 * are asked last. All failed: the failure of the last one asked.
 */
export const askInTurn = async (
  servers: readonly Server[],
  box: PenaltyBox,
  deadline: Deadline,
  trace: Trace,
  ask: (server: Server, slice: Deadline) => Promise<Attempt>,
): Promise<Outcome> => {
  const reserveMs = Math.min(RESERVE_MS, deadline.lengthMs / 3);
  const inOrder = box.order(servers, ({ name }) => name);
  let failure = timedOut('nothing was asked');
  for (const [index, server] of inOrder.entries()) {
    const sliceMs = (deadline.leftMs - reserveMs) / (inOrder.length - index);
    if (sliceMs <= 0) break;
    trace.server = server.name;
    const attempt = await ask(server, deadline.slice(sliceMs));
    if (attempt.kind === 'answer') {
      box.pardon(server.name);
      return attempt.outcome;
    }
    box.penalise(server.name);
    if (attempt.kind === 'failed-after-bind') return indeterminate(attempt.failure, trace, 'attempted');
    failure = attempt.failure;
    trace.skipped.push({ server: server.name, ...failure });
  }
  return indeterminate(failure, trace, 'not attempted');
};

/** Addresses of one name that one request tries. */
const MOST_ADDRESSES = 3;

/** Faults that another controller of the same name need not have. What a server says of the tree or of us, they all say. */
const OF_ONE_ADDRESS: ReadonlySet<Fault> = new Set<Fault>([
  'directory-unreachable',
  'directory-busy',
  'directory-timeout',
  'directory-tls-failure',
]);

/**
 * One server, at one address of its name after the other: a name like a domain's stands for several controllers, any of
 * which may be the sick one. Each but the last gets half of what is left of the server's slice, so that a healthy one has
 * time to answer however many there are; those that failed lately come last.
 */
export const askAddresses = async (
  server: Server,
  box: PenaltyBox,
  slice: Deadline,
  ask: (address: string, share: Deadline) => Promise<Attempt>,
): Promise<Attempt> => {
  const addresses = await resolve(server.host, slice);
  if (!addresses.ok) return { kind: 'failed', failure: addresses.failure };
  const nameOf = (address: string): string => `${address} ${String(server.port)}`;
  const inOrder = box.order(addresses.list, nameOf).slice(0, MOST_ADDRESSES);
  let failed: Attempt = { kind: 'failed', failure: { reason: 'directory-unreachable', detail: 'dns: no address' } };
  for (const [index, address] of inOrder.entries()) {
    const isLast = index === inOrder.length - 1;
    const attempt = await ask(address, isLast ? slice : slice.slice(slice.leftMs / 2));
    if (attempt.kind === 'answer') box.pardon(nameOf(address));
    else box.penalise(nameOf(address));
    if (attempt.kind !== 'failed' || !OF_ONE_ADDRESS.has(attempt.failure.reason)) return attempt;
    failed = attempt;
  }
  return failed;
};

const indeterminate = (failure: Failure, trace: Trace, bind: 'attempted' | 'not attempted'): Outcome => {
  trace.detail = failure.detail;
  return { kind: 'indeterminate', reason: failure.reason, attempted: bind === 'attempted' };
};
