import { text } from 'node:stream/consumers';
import { styleText } from 'node:util';

import { ask } from './ask.ts';
import { type Check, checksOf, checksOfAnybody, problemWith } from './checks.ts';
import { type Options, parseOptions, USAGE } from './options.ts';

// `npm run smoke`: a deployed stack, looked at from outside. It needs no password, sends none that is wrong for a name that
// exists, and changes nothing.

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function paint(style: 'green' | 'red' | 'dim', words: string): string {
  return styleText(style, words, { stream: process.stdout });
}

/** How a question went: as it should, not so, or without any answer. */
type Went = 'well' | 'wrong' | 'unanswered';

/** Asks, prints the row. */
async function run(options: Options, check: Check): Promise<Went> {
  const startedAt = performance.now();
  const asked = await ask(options, check.question);
  const problem = asked.ok ? problemWith(check, asked.answer) : asked.problem;
  const ms = `${String(Math.round(performance.now() - startedAt)).padStart(5)} ms`;
  say(`  ${problem === undefined ? paint('green', '✓') : paint('red', '✗')} ${paint('dim', ms)}  ${check.title}`);
  if (problem !== undefined) say(`${' '.repeat(14)}${problem}`);
  if (problem === undefined) return 'well';
  return asked.ok ? 'wrong' : 'unanswered';
}

async function smoke(options: Options): Promise<number> {
  const checks = [...checksOfAnybody()];
  if (options.user !== undefined) checks.push(...checksOf({ username: options.user, password: await typedPassword() }));
  say(options.url);
  const went: Went[] = [];
  for (const check of checks) {
    went.push(await run(options, check));
    if (went.length === 1 && went[0] === 'unanswered') {
      say(`\nnobody answers there: the other ${String(checks.length - 1)} were not asked`);
      return 1;
    }
  }
  const failed = went.filter((one) => one !== 'well').length;
  say(
    failed === 0
      ? `\n${String(checks.length)} as they should be`
      : `\n${String(failed)} of ${String(checks.length)} are not as they should be`,
  );
  return failed === 0 ? 0 : 1;
}

/** As it was piped in, without the one line end that echo and editors add. */
async function typedPassword(): Promise<string> {
  return (await text(process.stdin)).replace(/\r?\n$/, '');
}

const parsed = parseOptions(process.argv.slice(2), process.env);
if (parsed.ok) {
  if (parsed.options === 'help') say(USAGE);
  else process.exitCode = await smoke(parsed.options);
} else {
  process.stderr.write(`${parsed.problem}\n\n${USAGE}\n`);
  process.exitCode = 2;
}
