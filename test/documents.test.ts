import { existsSync, readFileSync } from 'node:fs';

import { describe, expect, test } from '@jest/globals';

import { readHistory } from '../bench/history.ts';
import { renderPlot } from '../bench/plot.ts';
import { DIRECTORY_KINDS } from '../src/config/directory-kinds.ts';
import { type Setting, SETTINGS } from '../src/config/settings.ts';
import { type Meaning, MEANINGS } from '../tools/reference/meanings.ts';
import { type Answer, ANSWERS } from '../src/http/response.ts';

function read(file: string): string {
  return readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
}

const README = read('README.md');
const REFERENCE = read('docs/reference.md');

/** The rows of the table in docs/reference.md that follows a heading, cells without backticks. */
function tableUnder(heading: string): readonly (readonly string[])[] {
  const section = REFERENCE.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(2).map((row) =>
    row
      .slice(2, -2)
      .split(/(?<!\\) \| /)
      .map((cell) => cell.trim()),
  );
}

function plain(cell: string | undefined): string {
  return (cell ?? '').replaceAll('`', '');
}

describe('docs/reference.md', () => {
  test('tells every outcome as the code answers it', () => {
    const told = tableUnder('Answers').map(([status, message, reason, http]) => [
      plain(reason),
      { status: Number(status), message: plain(message), http: Number(http) },
    ]);
    const answered = Object.entries<Answer>(ANSWERS).map(([reason, { status, message, http }]) => [reason, { status, message, http }]);
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(answered));
    expect(told).toHaveLength(answered.length);
  });

  test('tells every setting with its default', () => {
    const told = tableUnder('Settings').map(([variable, value]) => [plain(variable), plain(value)]);
    const words = new Map(Object.entries<Meaning>(MEANINGS).map(([name, { otherwise }]) => [name, otherwise]));
    const given = Object.entries<Setting>(SETTINGS).map(([name, setting]) => [name, setting.default ?? words.get(name)]);
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(given));
  });

  test.each(Object.values(DIRECTORY_KINDS).map(({ userFilter }) => userFilter))('tells the default filter %s', (filter) => {
    expect(REFERENCE).toContain(filter);
  });
});

describe('the README', () => {
  test('has at most 180 lines', () => {
    expect(README.trimEnd().split('\n').length).toBeLessThanOrEqual(180);
  });

  test('gives each kind of answer the statuses of the code', () => {
    const told = [...README.matchAll(/^\| \*\*(\w+)\*\* \| ([\d, ]+)(?: to (\d))? \|/gm)].map(([, kind, list = '', last]) => [
      kind,
      last === undefined
        ? list.split(',').map(Number)
        : Array.from({ length: Number(last) - Number(list) + 1 }, (_, n) => Number(list) + n),
    ]);
    expect(Object.fromEntries(told)).toEqual({ valid: [0], invalid: [1, 2, 3], unknown: [4, 5, 6, 7, 8] });
    expect(new Set(Object.values<Answer>(ANSWERS).map(({ status }) => status))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8]));
  });

  test.each(['npm ci && npm start', 'npm cit', 'npx serverless deploy --stage prod'])('gives the command %s', (command) => {
    expect(README).toContain(command);
  });
});

describe('the example environment', () => {
  test('names every setting, and nothing else', () => {
    const names = [...read('.env.example').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(names.toSorted()).toEqual([...Object.keys(SETTINGS), 'PORT'].toSorted());
  });
});

describe('SECURITY.md', () => {
  test('names tests that exist', () => {
    const tests = [...read('SECURITY.md').matchAll(/`(test\/[^`]+)`/g)].map(([, name]) => name ?? '');
    expect(tests.length).toBeGreaterThan(5);
    expect(tests.filter((name) => !existsSync(new URL(`../${name}`, import.meta.url)))).toEqual([]);
  });
});

describe('the benchmark', () => {
  const accepted = readHistory();

  test('has accepted runs, of quiet machines, each of a commit', () => {
    expect(accepted.length).toBeGreaterThan(0);
    for (const { loadBefore, commit } of accepted) {
      expect(loadBefore).toBeLessThanOrEqual(0.5);
      expect(commit).toMatch(/^[0-9a-f]{7,}$/);
    }
  });

  test('is drawn in docs/bench.svg as it was measured last', () => {
    const last = accepted.at(-1);
    expect(last && renderPlot(last)).toBe(read('docs/bench.svg'));
  });

  test('is what docs/capacity.md calculates with: the scale, row by row', () => {
    const capacity = read('docs/capacity.md');
    const { commit, scale } = accepted.find((run) => capacity.includes(`commit ${run.commit} `)) ?? {};
    expect(commit).toBeDefined();
    const told = [...capacity.matchAll(/^\| (\d+) \| (\d+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \| (\d+) % \|$/gm)];
    const digits = (value: number): string => (value < 9.95 ? value.toFixed(1) : value.toFixed(0));
    const measured = scale?.map((row) => [
      String(row.processes),
      row.loginsPerSecond.toFixed(0),
      ...[row.p50, row.p99, row.cpu, row.directoryCpu].map(digits),
      (100 * row.busy).toFixed(0),
    ]);
    expect(told.map(([, ...cells]) => cells)).toEqual(measured);
  });
});
