import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { type EmbeddedDirectory, startDirectory } from '../../tools/demo-directory/server.ts';
import type { Ask } from '../support/ask.ts';
import { type Action, bytes, close, cut, delay, notice, repeat, reset, result, send, silence, text } from '../support/faults/actions.ts';
import type { Fault, Operation } from '../support/faults/conversation.ts';
import { type FaultyDirectory, startFaulty } from '../support/faults/directory.ts';
import { type Certificates, makeCertificates } from '../support/faults/wrong-certificates.ts';
import type { DirectoryEntry } from '../support/servers/server.ts';
import type { Transport } from './rows/row.ts';
import { addressOf, goodServer, PEOPLE, PEOPLE_UNIT, personEntry, SERVICE_ENTRIES, serviceFor, WRONG_PASSWORD } from './stage.ts';
import { ProcessWatch } from './watch.ts';

/** Numbers that look random and are the same in every run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const USERS = Array.from({ length: 20 }, (_, index) => `user${String(index)}`);

export function passwordOf(username: string): string {
  return `Password of ${username}`;
}

const entries: readonly DirectoryEntry[] = [...SERVICE_ENTRIES, PEOPLE_UNIT, ...USERS.map((uid) => personEntry(uid, passwordOf(uid)))];

/** Two faulty servers in front of one embedded directory. */
export class SoakStage {
  readonly servers: readonly FaultyDirectory[];
  readonly certificates: Certificates;
  /** One warm process that asks both servers. */
  readonly service: (environment?: Readonly<Record<string, string>>) => Ask;
  readonly #directory: EmbeddedDirectory;

  private constructor(directory: EmbeddedDirectory, servers: readonly FaultyDirectory[], certificates: Certificates, transport: Transport) {
    this.#directory = directory;
    this.servers = servers;
    this.certificates = certificates;
    this.service = (environment = {}) => serviceFor({ certificates }, transport, this.urls, environment);
  }

  static async start(transport: Transport): Promise<SoakStage> {
    const certificates = await makeCertificates();
    const directory = await startDirectory({ entries, certificate: certificates.of.good });
    const front = { ...goodServer({ upstream: addressOf(directory.url), certificates }, transport), keep: 'counts' } as const;
    return new SoakStage(directory, [await startFaulty(front), await startFaulty(front)], certificates, transport);
  }

  get urls(): readonly string[] {
    return this.servers.map(({ url }) => url);
  }

  arm(plan: () => Fault | undefined): void {
    for (const server of this.servers) server.arm(plan);
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.close()));
    await this.#directory.close();
  }
}

const STEPS: readonly Operation[] = ['service bind', 'search', 'user bind'];

const HARMLESS: readonly Action[] = [delay(5), send(result(51))];
const ACTIONS: readonly Action[] = [
  ...[silence, reset, close, cut('close'), repeat, ...HARMLESS],
  ...[send(notice(52), 'close'), send(text('garbage')), send(bytes('30 84 7f ff ff ff'))],
];

/** Two service binds without an answer rest for 30 s, which is longer than all of this takes: that bind is answered. */
function actionsAt(step: Operation): readonly Action[] {
  return step === 'service bind' ? HARMLESS : ACTIONS;
}

/** A fault for so many connections in a hundred. None cuts a connection off at its beginning: over ldap:// that is a service bind without an answer. */
export function randomFaults(random: () => number, percent: number): () => Fault | undefined {
  return () => {
    if (random() * 100 >= percent) return undefined;
    const step = pick(STEPS, random);
    const isEarly = step !== 'service bind' && random() < 0.3;
    return { step, action: pick(actionsAt(step), random), when: isEarly ? 'request' : 'response' };
  };
}

function pick<T>(items: readonly T[], random: () => number): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

export type SoakFigures = {
  readonly requests: number;
  readonly seconds: number;
  readonly answers: Readonly<Record<string, number>>;
  readonly wrong: readonly string[];
  readonly incidents: readonly string[];
  readonly socketsLeft: number;
  readonly afterTheFirstThousand: Memory;
  readonly atTheEnd: Memory;
};

/** In MB, after a collection. Resident memory includes what V8 keeps for its young generation, which it enlarges at will. */
export type Memory = { readonly resident: number; readonly heap: number };

/** So many requests, a few at a time, right and wrong passwords mixed. `close` ends what they asked before sockets are counted. */
export async function soak(
  ask: Ask,
  requests: number,
  together: number,
  random: () => number,
  close: () => Promise<void>,
): Promise<SoakFigures> {
  const watch = new ProcessWatch();
  const answers: Record<string, number> = {};
  const wrong: string[] = [];
  const startedAt = performance.now();
  let asked = 0;
  let afterTheFirstThousand: Memory | undefined;
  const work = async (): Promise<void> => {
    while (asked < requests) {
      asked += 1;
      const username = pick(USERS, random);
      const isRight = random() < 0.5;
      const { body } = await ask(username, isRight ? passwordOf(username) : WRONG_PASSWORD);
      const reason = String(body['reason']);
      answers[reason] = (answers[reason] ?? 0) + 1;
      if (!isHonest(body, username, isRight)) wrong.push(`${username}, ${isRight ? 'right' : 'wrong'} password: ${JSON.stringify(body)}`);
      if (asked >= 1000) afterTheFirstThousand ??= memory();
    }
  };
  await Promise.all(Array.from({ length: together }, work));
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  await close();
  const figures = {
    ...{ requests: asked, seconds, answers, wrong, incidents: watch.incidents },
    ...{ socketsLeft: await watch.socketsLeft(), afterTheFirstThousand: afterTheFirstThousand ?? memory(), atTheEnd: memory() },
  };
  watch.end();
  return figures;
}

/** The true answer, of the right user, or unknown. */
export function isHonest(body: Readonly<Record<string, unknown>>, username: string, isRight: boolean): boolean {
  if (body['status'] === 5) return true;
  if (!isRight) return body['status'] === 2;
  const { user } = body;
  if (body['status'] !== 0 || typeof user !== 'object' || user === null || !('dn' in user) || !('username' in user)) return false;
  return user.dn === `uid=${username},${PEOPLE}` && user.username === username;
}

function memory(): Memory {
  collectGarbage();
  const { rss, heapUsed } = process.memoryUsage();
  return { resident: Math.round(rss / 1_048_576), heap: Math.round(heapUsed / 1_048_576) };
}

/** What has not been collected yet is no leak. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc()');
}
