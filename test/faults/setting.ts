import { afterAll, afterEach, beforeAll, jest } from '@jest/globals';

import { type FaultyDirectory, type FaultyOptions, type Plan, startFaulty } from '../support/faults/directory.ts';
import type { Step } from '../support/faults/conversation.ts';
import { type Told, toldBy } from './expectation.ts';
import type { Transport } from './rows/row.ts';
import { goodServer, PASSWORDS, serviceFor, type Stage, startStage } from './stage.ts';

export const REST_MS = 30_000;

/** One warm process that alice logs in to, unless it is somebody else; with the right password, unless it is another one. */
export type Login = (password?: string, username?: string) => Promise<Told>;

/** Faulty servers on one transport, and a service that asks them. */
export type Setting = {
  readonly start: (plan?: Plan, options?: Partial<FaultyOptions>) => Promise<FaultyDirectory>;
  /** One server for each plan. */
  readonly startAll: <const Plans extends readonly Plan[]>(...plans: Plans) => Promise<{ readonly [K in keyof Plans]: FaultyDirectory }>;
  readonly serviceAt: (servers: readonly (FaultyDirectory | string)[], environment?: Readonly<Record<string, string>>) => Login;
};

/** For the tests of one file: a real OpenLDAP, and faulty servers in front of it that are gone after each test. */
export function setStage(usual: Transport): Setting & { readonly stage: () => Stage; readonly over: (transport: Transport) => Setting } {
  let held: Stage | undefined;
  const started: FaultyDirectory[] = [];
  beforeAll(async () => {
    held = await startStage();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await Promise.all(started.splice(0).map((server) => server.close()));
  });
  afterAll(() => held?.openldap.stop());
  const stage = (): Stage => {
    if (held === undefined) throw new Error('the stage was not set');
    return held;
  };
  const over = (transport: Transport): Setting => {
    const start: Setting['start'] = async (plan, options = {}) => {
      const server = await startFaulty({ ...goodServer(stage(), transport), ...options }, plan);
      started.push(server);
      return server;
    };
    return {
      start,
      startAll: async <const Plans extends readonly Plan[]>(...plans: Plans) =>
        (await Promise.all(plans.map((plan) => start(plan)))) as unknown as { readonly [K in keyof Plans]: FaultyDirectory },
      serviceAt: (servers, environment) => {
        const urls = servers.map((server) => (typeof server === 'string' ? server : server.url));
        const ask = serviceFor(stage(), transport, urls, environment);
        return async (password = PASSWORDS.alice, username = 'alice') => toldBy(await ask(username, password));
      },
    };
  };
  return { stage, over, ...over(usual) };
}

/** Requests of this step at all of them. */
export function countAt(servers: readonly FaultyDirectory[], step: Step): number {
  return servers.reduce((sum, { count }) => sum + count(step), 0);
}

/** From now on it is so much later, and stays so. */
export function laterBy(ms: number): void {
  const now = Date.now() + ms;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
}

/** What came of it, and after how many milliseconds. */
export async function timed<T>(work: Promise<T>): Promise<{ readonly result: T; readonly ms: number }> {
  const startedAt = performance.now();
  return { result: await work, ms: performance.now() - startedAt };
}
