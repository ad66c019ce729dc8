import { type ChildProcess, spawn } from 'node:child_process';
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

/** The program of a fresh process: `node cold-child.mjs BUNDLE EVENTS`. */
export const COLD_CHILD = path.join(import.meta.dirname, 'cold-child.mjs');

/** Imports a bundle in a process with these variables and no others, and logs people in. What it logs is written to /dev/null. */
export async function runFresh(file: string, events: string, environment: Readonly<Record<string, string>>): Promise<Fresh> {
  const child = spawn(process.execPath, [COLD_CHILD, file, events], { env: environment, stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });
  return await figuresOf(child);
}

/** What the process tells at its end, on file descriptor 3. */
export async function figuresOf(child: ChildProcess): Promise<Fresh> {
  const figures = child.stdio[3];
  if (!(figures instanceof Readable)) throw new Error('no pipe for the figures');
  const [told] = await Promise.all([text(figures), once(child, 'exit')]);
  if (told === '') throw new Error(`${child.spawnargs.join(' ')} did not get through`);
  return JSON.parse(told) as Fresh;
}
