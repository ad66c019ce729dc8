import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { environmentFor } from '../environment.ts';
import { CONTEXT, eventFor } from '../event.ts';
import type { Candidate, Setting } from '../setting.ts';

/** This service as it is deployed: the packaged handler, driven by variables alone, an API Gateway event in, a response out. */
export async function makeCandidate(setting: Setting): Promise<Candidate> {
  Object.assign(process.env, environmentFor(setting));
  const handler = await importHandler(path.join(setting.bundles, 'auth.mjs'));
  return {
    prepare: (login) => {
      const event = eventFor(login);
      return async () => (await handler(event, CONTEXT)).statusCode === 200;
    },
  };
}

type Handler = (event: unknown, context: unknown) => Promise<{ readonly statusCode: number }>;

async function importHandler(file: string): Promise<Handler> {
  const module = (await import(pathToFileURL(file).href)) as { readonly handler: Handler };
  return module.handler;
}
