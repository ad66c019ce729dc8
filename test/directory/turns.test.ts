import dns from 'node:dns';
import net from 'node:net';

import { afterEach, describe, expect, jest, test } from '@jest/globals';

import { wallClock } from '../../src/core/clock.ts';
import type { Server } from '../../src/config/config.ts';
import { Deadline } from '../../src/core/deadline.ts';
import { Trace } from '../../src/core/trace.ts';
import { PenaltyBox } from '../../src/directory/penalty-box.ts';
import type { Attempt } from '../../src/directory/call.ts';
import { Turns } from '../../src/directory/turns.ts';
import { AddressBook } from '../../src/ldap/addresses.ts';
import { resultFailure, timedOut } from '../../src/ldap/failure.ts';
import { freePort } from '../../tools/start/ports.ts';
import { closeServer, listen, staySilent } from '../support/listen.ts';
import { resolveTo } from '../support/resolver.ts';
import { DeafServer } from '../support/faults/deaf-server.ts';

const VALID: Attempt = { kind: 'answer', outcome: { kind: 'invalid', reason: 'wrong-password' } };
const BUSY: Attempt = { kind: 'failed', failure: resultFailure('search', { code: 51, diagnostic: '' }) };
const NO_BASE: Attempt = { kind: 'failed', failure: resultFailure('search', { code: 32, diagnostic: '' }) };
const LOST: Attempt = { kind: 'failed-after-bind', failure: timedOut('bind') };

const open: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  jest.restoreAllMocks();
  for (const close of open.splice(0)) await close();
});

/** Accepts and says nothing. */
async function start(host = '127.0.0.1', port = 0): Promise<{ readonly port: number; readonly accepted: () => number }> {
  let accepted = 0;
  const server = net.createServer(staySilent).on('connection', () => (accepted += 1));
  open.push(() => closeServer(server));
  return { port: await listen(server, host, port), accepted: () => accepted };
}

async function deaf(): Promise<number> {
  const server = await DeafServer.start();
  open.push(() => server.close());
  return server.port;
}

function serverAt(port: number, host = '127.0.0.1'): Server {
  return { name: `ldap://${host}:${String(port)}`, host, port, transport: 'plain' };
}

type Memory = { readonly box: PenaltyBox; readonly book: AddressBook };

function makeMemory(): Memory {
  return { box: new PenaltyBox(wallClock), book: new AddressBook(wallClock) };
}

/** One request: what each turn comes to, by server or address; VALID where nothing is said. Returns where it was asked. */
async function ask(
  servers: readonly Server[],
  script: Readonly<Record<string, Attempt>> = {},
  memory = makeMemory(),
): Promise<{ readonly asked: readonly string[]; readonly trace: Trace; readonly end: string }> {
  const trace = new Trace();
  const turns = new Turns({ servers, ...memory, connectTimeoutMs: 60_000, deadline: Deadline.in(120_000), trace });
  const asked: string[] = [];
  for await (const turn of turns) {
    turn.socket.destroy();
    const place = `${turn.address}:${String(turn.server.port)}`;
    asked.push(place);
    const attempt = script[place] ?? VALID;
    turns.ended(turn, attempt);
    if (attempt.kind !== 'failed') return { asked, trace, end: attempt.kind };
  }
  return { asked, trace, end: turns.failure.reason };
}

function at({ port }: { readonly port: number }, address = '127.0.0.1'): string {
  return `${address}:${String(port)}`;
}

describe('servers in turn', () => {
  test('the first one that answers ends it', async () => {
    const [one, two] = [await start(), await start()];
    const { asked, trace } = await ask([serverAt(one.port), serverAt(two.port)]);
    expect([asked, trace.connections, trace.skipped, two.accepted()]).toEqual([[at(one)], 1, [], 0]);
  });

  test('one that refuses is passed over at once', async () => {
    const port = await freePort();
    const two = await start();
    const { asked, trace } = await ask([serverAt(port), serverAt(two.port)]);
    expect(asked).toEqual([at(two)]);
    expect(trace.skipped).toEqual([
      { server: `ldap://127.0.0.1:${String(port)}`, reason: 'directory-unreachable', detail: 'connect: ECONNREFUSED' },
    ]);
  });

  test('where none answers, the time of connecting is told too', async () => {
    const { asked, trace } = await ask([serverAt(await freePort())]);
    expect([asked, trace.steps]).toEqual([[], [{ step: 'connect', ms: expect.any(Number) }]]);
  });

  test('a fault moves on, and the last fault is told where all fail', async () => {
    const [one, two] = [await start(), await start()];
    const { asked, end } = await ask([serverAt(one.port), serverAt(two.port)], { [at(one)]: BUSY, [at(two)]: NO_BASE });
    expect([asked, end]).toEqual([[at(one), at(two)], 'directory-refused-service-account']);
  });

  test('after the user bind was sent nobody else is asked', async () => {
    const [one, two] = [await start(), await start()];
    const { asked, end } = await ask([serverAt(one.port), serverAt(two.port)], { [at(one)]: LOST });
    expect([asked, end, two.accepted()]).toEqual([[at(one)], 'failed-after-bind', 0]);
  });

  test('one that failed lately is asked last, and first again after it has answered', async () => {
    const [one, two] = [await start(), await start()];
    const servers = [serverAt(one.port), serverAt(two.port)];
    const memory = makeMemory();
    await ask(servers, { [at(one)]: BUSY }, memory);
    expect((await ask(servers, {}, memory)).asked).toEqual([at(two)]);
    await ask(servers, { [at(two)]: BUSY }, memory); // now both rest, and the first one answers
    expect((await ask(servers, {}, memory)).asked).toEqual([at(one)]);
  });
});

describe('silent places', () => {
  test('another server is dialled beside a silent one, and only the one that was ready is sent anything', async () => {
    const silent = await deaf();
    const two = await start();
    const memory = makeMemory();
    const servers = [serverAt(silent), serverAt(two.port)];
    const first = await ask(servers, {}, memory);
    expect([first.asked, first.trace.connections]).toEqual([[at(two)], 2]);
    expect(first.trace.skipped).toMatchObject([{ server: `ldap://127.0.0.1:${String(silent)}`, reason: 'directory-timeout' }]);
    const second = await ask(servers, {}, memory); // the silent one rests
    expect([second.asked, second.trace.connections]).toEqual([[at(two)], 1]);
  });

  test('never more than two are dialled at once', async () => {
    const silent = [await deaf(), await deaf()];
    const three = await start();
    const trace = new Trace();
    const servers = [...silent.map((port) => serverAt(port)), serverAt(three.port)];
    const turns = new Turns({ servers, ...makeMemory(), connectTimeoutMs: 1000, deadline: Deadline.in(120_000), trace });
    const seen: number[] = [];
    const watch = setInterval(() => seen.push(trace.connections), 50);
    for await (const turn of turns) {
      turn.socket.destroy();
      expect(at(turn.server, turn.address)).toBe(at(three));
      break;
    }
    clearInterval(watch);
    expect(seen.some((connections) => connections === 2)).toBe(true); // the third only when the first's time was up
    expect(trace.connections).toBe(3);
  });

  test('one that was outrun is asked after all when the winner fails', async () => {
    const port = await deaf();
    const two = await start();
    const trace = new Trace();
    const turns = new Turns({
      servers: [serverAt(port), serverAt(two.port)],
      ...makeMemory(),
      connectTimeoutMs: 1000,
      deadline: Deadline.in(120_000),
      trace,
    });
    for await (const turn of turns) {
      turn.socket.destroy();
      turns.ended(turn, BUSY);
    }
    expect(trace.connections).toBe(3);
    expect(turns.failure).toEqual(timedOut('connect'));
  });
});

test('a server whose look-up outlasts a race is asked when the winner of that race has failed', async () => {
  const [one, two] = [await start(), await start()];
  const answers: (() => void)[] = [];
  const lookup = (_host: string, _options: unknown, callback: (error: null, found: object) => void): void => {
    answers.push(() => {
      callback(null, [{ address: '127.0.0.1', family: 4 }]);
    });
  };
  Object.defineProperty(lookup, '__promisify__', { value: undefined });
  jest.spyOn(dns, 'lookup').mockImplementation(lookup as unknown as typeof dns.lookup);
  const servers = [serverAt(one.port), serverAt(two.port, 'slow.example.test')];
  const turns = new Turns({ servers, ...makeMemory(), connectTimeoutMs: 60_000, deadline: Deadline.in(120_000), trace: new Trace() });
  const first = await turns.next();
  const second = turns.next().then((place) => place && turns.unused(place)); // as a race does that is over by then
  if (first !== undefined) turns.failed(first, timedOut('connect'));
  const asked: string[] = [];
  setImmediate(() => answers.shift()?.());
  for await (const turn of turns) {
    turn.socket.destroy();
    asked.push(at(turn.server, turn.address));
    turns.ended(turn, VALID);
    break;
  }
  await second;
  expect(asked).toEqual([at(two)]);
});

describe('several addresses of one name', () => {
  test('the next one is asked when one refuses, and the one that failed comes last from then on', async () => {
    const { port } = await start('127.0.0.1');
    resolveTo(['127.0.0.9', '127.0.0.1']);
    const memory = makeMemory();
    const connections: number[] = [];
    for (let request = 0; request < 2; request += 1) {
      const { asked, trace } = await ask([serverAt(port, 'ldap.example.test')], {}, memory);
      expect([asked, trace.skipped]).toEqual([[at({ port })], []]);
      connections.push(trace.connections);
    }
    expect(connections).toEqual([2, 1]);
  });

  test('what a server says of the tree, its other addresses are not asked', async () => {
    const { port } = await start('127.0.0.9');
    await start('127.0.0.1', port);
    resolveTo(['127.0.0.9', '127.0.0.1']);
    const server = serverAt(port, 'ldap.example.test');
    expect((await ask([server], { [at({ port }, '127.0.0.9')]: NO_BASE })).asked).toEqual([at({ port }, '127.0.0.9')]);
    expect((await ask([server], { [at({ port }, '127.0.0.9')]: BUSY })).asked).toEqual([at({ port }, '127.0.0.9'), at({ port })]);
  });

  test('at most three are tried, and the list is looked up anew when none answered', async () => {
    const port = await freePort();
    const asked = resolveTo(['127.0.0.6', '127.0.0.7', '127.0.0.8', '127.0.0.9']);
    const memory = makeMemory();
    for (let request = 1; request <= 2; request += 1) {
      const { trace, end } = await ask([serverAt(port, 'ldap.example.test')], {}, memory);
      expect([trace.connections, end, asked()]).toEqual([3, 'directory-unreachable', request]);
    }
  });

  test('the next one is dialled beside a silent one, which comes last from then on', async () => {
    const port = await deaf();
    const [two, three] = [await start('127.0.0.2', port), await start('127.0.0.3', port)];
    resolveTo(['127.0.0.1', '127.0.0.2', '127.0.0.3']);
    const memory = makeMemory();
    for (const connections of [2, 1]) {
      const { asked, trace } = await ask([serverAt(port, 'ldap.example.test')], {}, memory);
      expect([asked, trace.connections]).toEqual([[at({ port }, '127.0.0.2')], connections]);
    }
    expect([two.accepted(), three.accepted()]).toEqual([2, 0]);
  });

  test('no address at all', async () => {
    resolveTo([]);
    const { trace, end } = await ask([serverAt(1, 'ldap.example.test')]);
    expect([trace.connections, end, trace.skipped[0]?.detail]).toEqual([0, 'directory-unreachable', 'dns: no address']);
  });
});

describe('time', () => {
  /** Slices in milliseconds for each server, when each fails at once. */
  async function slicesOf(servers: number, deadlineMs: number): Promise<readonly number[]> {
    const listening = await Promise.all(Array.from({ length: servers }, () => start()));
    jest.spyOn(performance, 'now').mockReturnValue(1000);
    const turns = new Turns({
      servers: listening.map(({ port }) => serverAt(port)),
      ...makeMemory(),
      connectTimeoutMs: 60_000,
      deadline: Deadline.in(deadlineMs),
      trace: new Trace(),
    });
    const slices: number[] = [];
    for await (const turn of turns) {
      turn.socket.destroy();
      slices.push(Math.round(turn.slice.leftMs));
      turns.ended(turn, BUSY);
    }
    return slices;
  }

  test.each([
    ['one of 8 s: all but 2.5 s', 1, 8000, [5500]],
    ['one of 3 s: all but a third', 1, 3000, [2000]],
    ['two of 8 s', 2, 8000, [2750, 5500]],
    ['three of 9 s', 3, 9000, [2167, 3250, 6500]],
  ])('(what is left − the reserve) ÷ (servers left): %s', async (_name, servers, deadlineMs, slices) => {
    expect(await slicesOf(servers, deadlineMs)).toEqual(slices);
  });
});
