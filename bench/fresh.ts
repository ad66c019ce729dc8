import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

import { eventFor } from './event.ts';
import { personOf } from './setting.ts';

/** What a fresh process told of itself; milliseconds and bytes. */
export type Fresh = {
  readonly importMs: number;
  readonly importCpuMs: number;
  readonly importedRss: number;
  readonly firstMs: number;
  /** Median and CPU of the second half of its logins. */
  readonly warmMs: number;
  readonly warmCpuMs: number;
  readonly rss: number;
};

/** A file with so many logins, as events. */
export function writeEvents(folder: string, logins: number): string {
  const file = path.join(folder, `events-${String(logins)}.json`);
  writeFileSync(file, JSON.stringify(Array.from({ length: logins }, (_, number) => eventFor(personOf(number)))));
  return file;
}

/** Imports a bundle in a process with these variables and no others, and logs people in. What it logs is written to /dev/null. */
export async function runFresh(file: string, events: string, environment: Readonly<Record<string, string>>): Promise<Fresh> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'cold-child.mjs'), file, events], {
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const [, , , figures] = child.stdio;
  if (!(figures instanceof Readable) || child.stderr === null) throw new Error('no pipe for the figures');
  const [told, complaint] = await Promise.all([text(figures), text(child.stderr), once(child, 'exit')]);
  if (told === '') throw new Error(`${path.basename(path.dirname(file))}/${path.basename(file)} did not get through: ${complaint}`);
  return JSON.parse(told) as Fresh;
}
