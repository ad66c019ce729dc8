/**
 * One timer for everybody in this process who waits for a moment that seldom comes. A login waits five times, each time for
 * another one, and a timer of a length of its own costs Node as much as a write: it makes a list for it and tells the event
 * loop, and takes both back when nobody waits any more. Here a timer that is set already, and rings no later, is left as it is.
 */

type Waiter = { readonly at: number; readonly action: () => void };

/** Few at a time: an array is searched before a set has made a hash of one object. */
const waiters: Waiter[] = [];
let timer: NodeJS.Timeout | undefined;
/** May be before any waiter's moment: then it rings for nobody, and is set again. */
let ringsAt = Number.POSITIVE_INFINITY;

/**
 * Runs `action` once, at a moment on the clock of `performance.now()`, never before and never synchronously. Returns what calls it
 * off; whoever waits must do that, or the process stays busy.
 */
export const wakeAt = (at: number, action: () => void): (() => void) => {
  const waiter = { at, action };
  if (at < ringsAt) set(at);
  else if (waiters.length === 0) timer?.ref();
  waiters.push(waiter);
  return () => {
    if (remove(waiter)) letGo();
  };
};

/** Whether it was still waiting. */
const remove = (waiter: Waiter): boolean => {
  const index = waiters.indexOf(waiter);
  if (index !== -1) waiters.splice(index, 1);
  return index !== -1;
};

/** A timer that nobody waits for may still ring; the process is not kept for it. */
const letGo = (): void => {
  if (waiters.length === 0) timer?.unref();
};

const set = (at: number): void => {
  clearTimeout(timer);
  ringsAt = at;
  timer = setTimeout(ring, Math.max(1, Math.ceil(at - performance.now())));
};

/** One action after the other, each unless the ones before it called it off. One that throws leaves the others their turn. */
const ring = (): void => {
  timer = undefined;
  ringsAt = Number.POSITIVE_INFINITY;
  const now = performance.now();
  try {
    for (const waiter of [...waiters]) if (waiter.at <= now && remove(waiter)) waiter.action();
  } finally {
    let next = Number.POSITIVE_INFINITY;
    for (const { at } of waiters) if (at < next) next = at;
    if (next < ringsAt) set(next);
    else letGo(); // of one that an action had asked for and called off
  }
};

/** How many wait. */
export const waiting = (): number => waiters.length;
