import path from 'node:path';

import { readVariables, serviceVariables } from '../dev/settings.ts';
import { runCli } from './cli.ts';
import { makeRenderer, terminalOn } from './render.ts';

// `npm run doctor`: see USAGE in cli.ts. The same variables as `npm start`: the environment, on top of .env.

const ROOT = path.resolve(import.meta.dirname, '../..');

process.exitCode = await runCli(process.argv.slice(2), {
  settings: serviceVariables(readVariables(process.env, path.join(ROOT, '.env'))),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  renderer: makeRenderer(terminalOn(process.stdout, process.env['TERM']), () => performance.now()),
});
