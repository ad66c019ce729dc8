import { readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, test } from '@jest/globals';

const ROOT = path.resolve(import.meta.dirname, '../..');
const ENGLISH = read('README.md');
const CHINESE = read('README.zh-CN.md');

function read(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

/** Code in fences, without the comments, which are translated. */
function blocksOf(text: string): readonly string[] {
  return (text.match(/^```[^]*?^```/gm) ?? []).map((block) => block.replaceAll(/ \/\/ .*$/gm, ''));
}

/** Code in a line of text: commands, settings, paths, fields. The order is each language's own. */
function spansOf(text: string): readonly string[] {
  return (text.replaceAll(/^```[^]*?^```/gm, '').match(/`[^`\n]+`/g) ?? []).toSorted();
}

function linksOf(text: string): readonly string[] {
  return [...text.matchAll(/\]\(([^)]+)\)/g)]
    .map(([, target = '']) => (target.startsWith('README') ? 'the other language' : target))
    .toSorted();
}

/** The cells with statuses and HTTP codes, row by row; the one word between two statuses is translated. */
function statusesOf(text: string): readonly string[] {
  return [...text.matchAll(/^\| \*\*[^|]+\*\* \| ([^|]+ \| [^|]+) \|/gm)].map(([, cells = '']) => cells.replace(' 到 ', ' to '));
}

test.each([
  ['headings', (text: string) => text.match(/^#+ /gm) ?? [], 7],
  ['blocks of code', blocksOf, 8],
  ['commands, settings and fields in the text', spansOf, 12],
  ['links and pictures', linksOf, 25],
  ['statuses', statusesOf, 3],
])('README.md and README.zh-CN.md have the same %s', (_what, partsOf, least) => {
  expect(partsOf(ENGLISH).length).toBeGreaterThanOrEqual(least);
  expect(partsOf(CHINESE)).toEqual(partsOf(ENGLISH));
});

test('each names the other at its top', () => {
  expect(ENGLISH.slice(0, 500)).toContain('[中文](README.zh-CN.md)');
  expect(CHINESE.slice(0, 500)).toContain('[English](README.md)');
});
