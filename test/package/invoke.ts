import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

import { postAuth } from '../support/ask.ts';

export type PackagedAnswer = { readonly statusCode: number; readonly body: Readonly<Record<string, unknown>> };

// What the Lambda runtime does with a handler, in a process that knows nothing else. The answers have a pipe of
// their own, file descriptor 3: stdout belongs to the handler's log.
const RUNTIME = `
  import { writeFileSync } from 'node:fs';
  const [file, events] = process.argv.slice(1);
  const { handler } = await import(file);
  const answers = [];
  for (const event of JSON.parse(events)) answers.push(await handler(event, { awsRequestId: 'test', getRemainingTimeInMillis: () => 27_000 }));
  writeFileSync(3, JSON.stringify(answers));
`;

/** Gives the handler of that function in `folder` these events, in a fresh process with these variables and no other. */
export async function invokePackaged(
  folder: string,
  name: string,
  environment: Readonly<Record<string, string>>,
  events: readonly unknown[],
): Promise<readonly unknown[]> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', RUNTIME, `${folder}/${name}.mjs`, JSON.stringify(events)], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const [, , , answers] = child.stdio;
  if (!(answers instanceof Readable) || child.stderr === null) throw new Error('no pipe for the answers');
  const [said, complaint] = await Promise.all([text(answers), text(child.stderr), once(child, 'exit')]);
  if (said === '') throw new Error(`no answer: ${complaint}`);
  return JSON.parse(said) as readonly unknown[];
}

/** Asks the function auth about these logins, one after the other. */
export async function askPackagedHandler(
  folder: string,
  environment: Readonly<Record<string, string>>,
  logins: readonly { readonly username: string; readonly password: string }[],
): Promise<readonly PackagedAnswer[]> {
  const events = logins.map((login) => postAuth(login));
  return (await invokePackaged(folder, 'auth', environment, events)).map(parseAnswer);
}

function parseAnswer(said: unknown): PackagedAnswer {
  const { statusCode, body } = said as { readonly statusCode: number; readonly body: string };
  return { statusCode, body: JSON.parse(body) as Readonly<Record<string, unknown>> };
}
