import { environmentFor } from '../environment.ts';
import { CONTEXT, eventFor } from '../event.ts';
import type { Candidate, Setting } from '../setting.ts';

/** middy and ldapts wired together in the shortest way: see ../floor/middy-ldapts.ts. */
export async function makeCandidate(setting: Setting): Promise<Candidate> {
  Object.assign(process.env, environmentFor(setting));
  const { handler } = await import('../floor/middy-ldapts.ts');
  const invoke = handler as unknown as (event: unknown, context: unknown) => Promise<{ readonly statusCode: number }>;
  return {
    prepare: (login) => {
      const event = eventFor(login);
      return async () => (await invoke(event, CONTEXT)).statusCode === 200;
    },
  };
}
