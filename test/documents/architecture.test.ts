import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, test } from '@jest/globals';

import { ROOMS } from '../rooms.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const DOCUMENT = readFileSync(path.join(ROOT, 'docs/architecture.md'), 'utf8');

test('docs/architecture.md shows the rooms and what they may import, as test/rooms.ts has them', () => {
  const rows = [...DOCUMENT.matchAll(/^\| `((?:src|tools)[^`]*)` \| [^|]+ \| ([^|]*) \|$/gm)];
  const told = rows.map(([, room, imports = '']) => [room, imports === 'nothing' ? [] : imports.split(', ')]);
  const rooms = ROOMS.map(({ room, ours, types = [] }) => [
    room,
    [...ours.map((one) => `\`${one}\``), ...types.filter((one) => one.startsWith('src/')).map((one) => `(\`${one}\`)`)],
  ]);
  expect(told).toEqual(rooms);
});

test('docs/architecture.md names files and folders that exist', () => {
  const named = [...DOCUMENT.matchAll(/`((?:src|tools|stack|test)\/[\w./-]+|[\w.-]+\.(?:yml|md)|\.env\.example)`/g)].map(
    ([, name = '']) => name,
  );
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((name) => !existsSync(path.join(ROOT, name)))).toEqual([]);
});

test('the picture of a request names files that exist', () => {
  const picture = /## The way of a request\n\n```\n([^]*?)```/.exec(DOCUMENT)?.[1] ?? '';
  const files = picture.match(/[\w-]+\.ts/g) ?? [];
  expect(files.length).toBeGreaterThan(8);
  expect(files.filter((file) => globSync(`src/**/${file}`, { cwd: ROOT }).length === 0)).toEqual([]);
});
