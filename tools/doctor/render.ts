import type { Writable } from 'node:stream';
import { styleText } from 'node:util';

import type { Row, Status } from '../../src/doctor/check.ts';
import type { Progress, Report } from '../../src/doctor/run.ts';

/** Shows a run to people. */
export type Renderer = Progress & { readonly finished: (report: Report, username?: string) => void };

/** Something to write on, and what it can do. */
export type Terminal = {
  readonly write: (text: string) => void;
  readonly paint: (style: Style, text: string) => string;
  /** `rewrites`: what runs is shown and then replaced by its result. */
  readonly lines: 'rewrites' | 'appends';
  /** Text is wrapped at this width; endless where nobody looks at a terminal, so that a line can be searched for. */
  readonly columns: number;
};

export type Style = 'green' | 'red' | 'dim' | 'bold';

/** Colours only where the stream has them (NO_COLOR, TERM=dumb and files have none); no control sequences in anything but a terminal. */
export function terminalOn(stream: Writable & { readonly isTTY?: boolean; readonly columns?: number }, term: string | undefined): Terminal {
  const isTerminal = stream.isTTY === true;
  const columns = stream.columns !== undefined && stream.columns > 0 ? stream.columns : 80; // a terminal that nobody has sized says 0
  return {
    write: (text) => void stream.write(text),
    paint: (style, text) => styleText(style, text, { stream }),
    lines: isTerminal && term !== 'dumb' ? 'rewrites' : 'appends',
    columns: isTerminal ? columns : Infinity,
  };
}

const MARK: Readonly<Record<Status, readonly [mark: string, style: Style]>> = {
  pass: ['✓', 'green'],
  fail: ['✗', 'red'],
  skip: ['–', 'dim'],
};

const CLEAR_LINE = '\r\u001b[2K';
const INDENT = ' '.repeat(14);
/** Narrower than this a column of text is harder to read than a line that the terminal breaks. */
const LEAST_WIDTH = 20;

/**
 * A row for each check as it comes: mark, milliseconds, title, and under it the hint. What was skipped without a hint is one line at the
 * end, and after the sum stands what to do next. `stopwatch`: milliseconds since some moment.
 */
export function makeRenderer({ write, paint, lines, columns }: Terminal, stopwatch: () => number): Renderer {
  const startedAt = stopwatch();
  const clear = lines === 'rewrites' ? CLEAR_LINE : '';
  return {
    started: ({ title }) => {
      if (lines === 'rewrites') write(paint('dim', `  … ${' '.repeat(10)}${plain(title)}`.slice(0, columns - 1)));
    },
    ended: (row) => {
      write(isListed(row) ? clear : `${clear}${renderRow(row, paint, columns)}\n`);
    },
    finished: (report, username) => {
      write(renderSkipped(report, paint, columns));
      write(`\n${renderSummary(report, stopwatch() - startedAt, paint)}\n`);
      write(
        wrap(plain(`Next: ${nextStep(report, username)}`), columns - 2)
          .map((line) => `  ${line.replaceAll(NO_BREAK, ' ')}\n`)
          .join(''),
      );
    },
  };
}

function renderRow({ status, title, ms, hint }: Row, paint: Terminal['paint'], columns: number): string {
  const [mark, style] = MARK[status];
  const [first = '', ...rest] = wrap(plain(title), columns - INDENT.length);
  const head = `  ${paint(style, mark)} ${paint('dim', `${String(ms).padStart(5)} ms`)}  ${first}`;
  const hints = hint === undefined ? [] : hint.split('\n').flatMap((line) => renderHint(line, paint, columns));
  return [head, ...rest.map((line) => INDENT + line), ...hints.map((line) => INDENT + line)].join('\n');
}

/** The variable, or what stands in its place, stands out: it is what to change. */
function renderHint(line: string, paint: Terminal['paint'], columns: number): readonly string[] {
  const [first = '', ...rest] = wrap(plain(line), columns - INDENT.length);
  const key = keyOf(first);
  return [key === undefined ? first : paint('bold', key) + first.slice(key.length), ...rest];
}

function keyOf(hint: string): string | undefined {
  return /^(?:[A-Z][A-Z_]+|directory|warning|--user)(?=:)/.exec(hint)?.[0];
}

/** Skipped, with nothing to do about it. */
function isListed({ status, hint }: Row): boolean {
  return status === 'skip' && hint === undefined;
}

function renderSkipped({ checks }: Report, paint: Terminal['paint'], columns: number): string {
  const skipped = checks.filter(isListed).map(({ title }) => plain(title));
  if (skipped.length === 0) return '';
  const [mark, style] = MARK.skip;
  const [first = '', ...rest] = wrap(`skipped: ${skipped.join('; ')}`, columns - INDENT.length);
  const head = `  ${paint(style, mark)} ${' '.repeat(10)}${paint(style, first)}\n`;
  return head + rest.map((line) => `${INDENT}${paint(style, line)}\n`).join('');
}

function renderSummary({ checks, version }: Report, ms: number, paint: Terminal['paint']): string {
  const count = (status: Status): number => checks.filter((row) => row.status === status).length;
  const failed = count('fail');
  const warnings = checks.filter(({ status, hint }) => status === 'pass' && hint?.startsWith('warning:') === true).length;
  const well = warnings === 0 ? 'all is well' : `all is well, with ${warnings === 1 ? 'a warning' : `${String(warnings)} warnings`}`;
  const verdict = failed === 0 ? `${paint('green', well)}:` : `${paint('red', `${String(failed)} failed`)},`;
  return `  ${verdict} ${String(count('pass'))} passed, ${String(count('skip'))} skipped, in ${String(Math.round(ms))} ms (ldap-auth ${version})`;
}

/** A space of a command, which stands on one line so that it can be copied. */
const NO_BREAK = '\u00a0';
const DOCTOR = `npm run doctor -- `.replaceAll(' ', NO_BREAK);

/** What brings somebody one step further. */
function nextStep({ checks }: Report, username: string | undefined): string {
  const failures = checks.filter(({ status }) => status === 'fail');
  const [failed] = failures;
  if (failed !== undefined) return mendingStep(failed, `the ${failures.length > 1 ? 'first ' : ''}row with ${MARK.fail[0]}`, checks);
  const isWithUser = checks.some(({ id, status }) => status === 'pass' && /^(?:user|password)(?:-|$)/.test(id));
  if (!isWithUser && checks.some(({ id }) => id === 'bind' || id === 'user'))
    return `${commandFor('NAME')}, with the name of one of your users.`;
  const isWithPassword = checks.some(({ id }) => id === 'password');
  return `${isWithPassword ? '' : `${commandFor(username ?? 'NAME')}${NO_BREAK}--password asks for the password and logs in; `}${DOCTOR}--params prints this configuration for serverless.yml.`;
}

function mendingStep({ hint = '' }: Row, where: string, checks: readonly Row[]): string {
  const key = keyOf(hint);
  if (key === undefined) return `do what ${where} says, then run the doctor again.`;
  const [, name] = /; log in as "(.*)"$/m.exec(hint) ?? [];
  if (key === '--user' && name !== undefined) return `${commandFor(name)}; users must leave the domain out, too.`;
  if (key === 'directory') return `ask the owners of the directory for what ${where} says, then run the doctor again.`;
  // A line, of another row maybe, has the value: the server tells its base although LDAP_BASE_DN cannot be read.
  const lines = checks.flatMap((row) => row.hint?.split('\n') ?? []);
  const proposal = lines.find((line) => line.startsWith(`${key}: set ${key}`))?.slice(key.length + 2);
  return `${proposal ?? `do what ${where} says about ${key}`}, then run the doctor again.`;
}

/** A name with other characters in quotes, so that a shell takes it as it is. */
function commandFor(name: string): string {
  return `${DOCTOR}--user${NO_BREAK}${/^[\w.@-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`}`;
}

/** Lines of at most so many characters, broken between words; a longer word stays whole. */
function wrap(text: string, width: number): readonly string[] {
  if (width < LEAST_WIDTH) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Titles and hints are clean already; a control character that slipped through must not steer the terminal. */
function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, '�');
}
