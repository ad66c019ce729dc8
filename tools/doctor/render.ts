import type { Writable } from 'node:stream';
import { styleText } from 'node:util';

import type { Row, Status } from '../../src/doctor/check.ts';
import type { Renderer, Report } from '../../src/doctor/run.ts';

/** Something to write on, and what it can do. */
export type Terminal = {
  readonly write: (text: string) => void;
  readonly paint: (style: Style, text: string) => string;
  /** `rewrites`: what runs is shown and then replaced by its result. */
  readonly lines: 'rewrites' | 'appends';
  readonly columns: number;
};

export type Style = 'green' | 'red' | 'dim' | 'bold';

/** Colours only where the stream has them (NO_COLOR, TERM=dumb and files have none); no control sequences in anything but a terminal. */
export function terminalOn(stream: Writable & { readonly isTTY?: boolean; readonly columns?: number }, term: string | undefined): Terminal {
  return {
    write: (text) => void stream.write(text),
    paint: (style, text) => styleText(style, text, { stream }),
    lines: stream.isTTY === true && term !== 'dumb' ? 'rewrites' : 'appends',
    columns: stream.columns !== undefined && stream.columns > 0 ? stream.columns : 80, // a terminal that nobody has sized says 0
  };
}

const MARK: Readonly<Record<Status, readonly [mark: string, style: Style]>> = {
  pass: ['✓', 'green'],
  fail: ['✗', 'red'],
  skip: ['–', 'dim'],
};

const CLEAR_LINE = '\r\u001b[2K';
const INDENT = ' '.repeat(14);

/** A row for each check as it comes: mark, milliseconds, title, and under it the hint. `stopwatch`: milliseconds since some moment. */
export function makeRenderer({ write, paint, lines, columns }: Terminal, stopwatch: () => number): Renderer {
  const startedAt = stopwatch();
  return {
    started: ({ title }) => {
      if (lines === 'rewrites') write(paint('dim', `  … ${' '.repeat(10)}${plain(title)}`.slice(0, columns - 1)));
    },
    ended: (row) => {
      write(`${lines === 'rewrites' ? CLEAR_LINE : ''}${renderRow(row, paint)}\n`);
    },
    finished: (report) => {
      write(`\n${renderSummary(report, stopwatch() - startedAt, paint)}\n`);
    },
  };
}

function renderRow({ status, title, ms, hint }: Row, paint: Terminal['paint']): string {
  const [mark, style] = MARK[status];
  const time = status === 'skip' ? ' '.repeat(8) : `${String(ms).padStart(5)} ms`;
  const head = `  ${paint(style, mark)} ${paint('dim', time)}  ${status === 'skip' ? paint('dim', plain(title)) : plain(title)}`;
  return [head, ...(hint === undefined ? [] : hint.split('\n').map((line) => INDENT + renderHint(line, paint)))].join('\n');
}

/** The variable stands out: it is what to change. */
function renderHint(line: string, paint: Terminal['paint']): string {
  const text = plain(line);
  const variable = /^[A-Z][A-Z_]+(?=:)/.exec(text)?.[0] ?? '';
  return variable === '' ? text : paint('bold', variable) + text.slice(variable.length);
}

function renderSummary({ checks, version }: Report, ms: number, paint: Terminal['paint']): string {
  const count = (status: Status): number => checks.filter((row) => row.status === status).length;
  const failed = count('fail');
  const verdict = failed === 0 ? paint('green', 'all is well') : paint('red', `${String(failed)} failed`);
  return `  ${verdict}: ${String(count('pass'))} passed, ${String(count('skip'))} skipped, in ${String(Math.round(ms))} ms (ldap-auth ${version})`;
}

/** Titles and hints are clean already; a control character that slipped through must not steer the terminal. */
function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, '�');
}
