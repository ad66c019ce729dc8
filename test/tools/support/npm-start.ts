import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = path.resolve(import.meta.dirname, '../../..');

export type Started = { readonly child: ChildProcess; readonly lines: readonly string[]; readonly complaints: readonly string[] };

/** The last line of what it says when it asks the demo directory. */
export const LAST_LINE = /see \.env\.example/;

/** What `npm start` runs, until it has said `last`, or has ended. An .env of whoever runs the tests is none of their business. */
export async function npmStart(
  environment: Readonly<Record<string, string>>,
  last: RegExp,
  args: readonly string[] = ['--env', '/no/such/folder/.env'],
): Promise<Started> {
  const env = { PATH: process.env['PATH'] ?? '', ...environment };
  const child = spawn(process.execPath, ['tools/start/start.ts', ...args], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [lines, complaints]: [string[], string[]] = [[], []];
  await new Promise<void>((resolve) => {
    collect(child.stdout, lines, () => {
      if (last.test(lines.at(-1) ?? '')) resolve();
    });
    collect(child.stderr, complaints, () => undefined);
    child.on('close', () => resolve());
  });
  return { child, lines, complaints };
}

function collect(stream: NodeJS.ReadableStream, lines: string[], onLine: () => void): void {
  createInterface({ input: stream }).on('line', (line) => {
    lines.push(line);
    onLine();
  });
}

/** The address of the page, as it is printed. */
export function pageUrl({ lines, complaints }: Started): string {
  const url = lines.map((line) => /^Try it in a browser: (\S+)$/.exec(line)?.[1]).find((found) => found !== undefined);
  if (url === undefined) throw new Error(`npm start printed no address: ${complaints.join('\n')}`);
  return url;
}

/** Ends it with a signal; its exit code. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const closed = once(child, 'close');
  child.kill(signal);
  await closed;
  return child.exitCode;
}
