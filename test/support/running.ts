import { afterAll, beforeAll } from '@jest/globals';

type Running = { readonly stop: () => Promise<unknown> } | { readonly close: () => Promise<unknown> };

const PATIENCE_MS = 300_000; // some servers are filled with thousands of entries

/** For all tests of a describe or of a file: started before the first, ended after the last. Throws when asked for what did not start. */
export function running<T extends Running>(start: () => Promise<T>): () => T {
  let started: T | undefined;
  beforeAll(async () => {
    started = await start();
  }, PATIENCE_MS);
  afterAll(async () => {
    if (started !== undefined) await ('stop' in started ? started.stop() : started.close());
  });
  return () => {
    if (started === undefined) throw new Error('it did not start');
    return started;
  };
}
