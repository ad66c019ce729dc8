import { once } from 'node:events';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { chooseDirectory, cutValues } from './variables.ts';

// `npm start`: see USAGE. Nothing heavy is imported before the first line is out, or nobody would know for seconds that it runs.

const USAGE = `npm start [-- --json] [-- --env FILE]

The service on this machine, behind an emulated API Gateway and a page to try it. It asks the demo directory, or yours if the
LDAP_* variables name one: from the environment, on top of .env (see .env.example). PORT chooses the port (3000).

  --json        show the service's own log lines, as CloudWatch would get them, in place of a short line for each request
  --env FILE    read FILE in place of .env
  --help        print this
`;

const ROOT = path.resolve(import.meta.dirname, '../..');

type Wish = { readonly json?: boolean; readonly env?: string; readonly help?: boolean };

function readArguments(): Wish | undefined {
  try {
    const options = { json: { type: 'boolean' }, env: { type: 'string' }, help: { type: 'boolean' } } as const;
    return parseArgs({ options, strict: true, allowPositionals: false }).values;
  } catch {
    return undefined; // Node's own message repeats what was typed
  }
}

async function start({ json, env }: Wish): Promise<void> {
  // The first of these signals ends everything in order, the second one at once.
  const interrupted = Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map(async (signal) => once(process, signal)));
  const file = env ?? '.env';
  const lost = cutValues(process.env, path.resolve(ROOT, file));
  if (lost.length > 0) throw new Error(['a value would not arrive whole. Nobody was asked anything.', ...lost].join('\n'));
  const { directory, because } = chooseDirectory(process.env, path.resolve(ROOT, file));
  const whose = directory === 'demo' ? 'a demo directory of its own' : 'your directory';
  process.stdout.write(`Starting ldap-auth with ${whose}: ${because}. Ctrl-C ends it.\n`);
  const { serve } = await import('./serve.ts');
  await serve({ root: ROOT, file: path.resolve(ROOT, file), directory, lines: json === true ? 'json' : 'for people', interrupted });
}

const wish = readArguments();
if (wish === undefined) {
  process.stderr.write(`npm start: an argument that is not known\n\n${USAGE}`);
  process.exitCode = 2;
} else if (wish.help === true) {
  process.stdout.write(USAGE);
} else {
  try {
    await start(wish);
  } catch (error) {
    process.stderr.write(`npm start: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
