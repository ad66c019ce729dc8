import path from 'node:path';
import type { Writable } from 'node:stream';

import { cutValues, readVariables, serviceVariables } from '../start/variables.ts';
import { EXIT, runCli } from './cli.ts';
import { makeRenderer, terminalOn } from './render.ts';

// `npm run doctor`: see USAGE in cli.ts. The same variables as `npm start`: the environment, on top of .env.

const ROOT = path.resolve(import.meta.dirname, '../..');

const FILE = path.join(ROOT, '.env');

// `npm run doctor | head -1`: nobody reads on. The run ends as it would have, with its exit code.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

const world = {
  settings: serviceVariables(readVariables(process.env, FILE)),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  renderOn: (stream: Writable) => makeRenderer(terminalOn(stream, process.env['TERM']), () => performance.now()),
};

// A password that is cut would be bound, and refused.
const lost = cutValues(process.env, FILE);
for (const line of lost) process.stderr.write(`doctor: ${line}\n`);
process.exitCode = lost.length > 0 ? EXIT.failed : await runCli(process.argv.slice(2), world);
