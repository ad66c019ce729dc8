import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import packageJson from '../../../package.json' with { type: 'json' };
import { FUNCTIONS } from '../../../tools/release/release.ts';
import { readZip } from '../../package/zip-reader.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const SOURCES = ['src', 'stack', 'tools', 'package.json'] as const;

let folder: string;
let first: string;
let second: string;

/** `npm run release` in a copy of the sources at `place`, with an environment of its own. Returns the folder with the files. */
async function releaseIn(place: string, environment: Readonly<Record<string, string>>): Promise<string> {
  const copy = path.join(folder, place);
  for (const source of SOURCES) cpSync(path.join(ROOT, source), path.join(copy, source), { recursive: true });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, ...environment };
  await promisify(execFile)(process.execPath, ['tools/release/main.ts', 'made'], { cwd: copy, env });
  return path.join(copy, 'made');
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'release-'));
  first = await releaseIn('here', { TZ: 'Asia/Shanghai', LC_ALL: 'C' });
  second = await releaseIn('somewhere/else/and deeper', { TZ: 'America/New_York', LC_ALL: 'tr_TR.UTF-8' });
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const zipNames = FUNCTIONS.map((name) => `ldap-auth-${packageJson.version}-${name}.zip`);

test('a release is one zip for each function and their checksums', () => {
  expect(readdirSync(first)).toEqual([...zipNames, 'SHA256SUMS'].toSorted());
});

test('built twice in two places, it is the same, byte for byte', () => {
  const differing = readdirSync(first).filter(
    (file) => !readFileSync(path.join(first, file)).equals(readFileSync(path.join(second, file))),
  );
  expect(differing).toEqual([]);
  expect(readdirSync(second)).toEqual(readdirSync(first));
});

test('the checksums are those of the zips, in the format of sha256sum', () => {
  const sums = zipNames.map(
    (name) =>
      `${createHash('sha256')
        .update(readFileSync(path.join(first, name)))
        .digest('hex')}  ${name}\n`,
  );
  expect(readFileSync(path.join(first, 'SHA256SUMS'), 'utf8')).toBe(sums.join(''));
});

test.each(FUNCTIONS)('the zip of %s holds the function and what it imports, and nothing of the machine', async (name) => {
  const zip = readFileSync(path.join(first, `ldap-auth-${packageJson.version}-${name}.zip`));
  const entries = await readZip(zip);
  expect(entries.map((entry) => entry.name)).toEqual(
    [name, 'gate-aws', ...(name === 'doctor' ? [] : ['gate-gatekeeper']), 'ldap-discovery', 'secrets-aws'].flatMap((file) => [
      `${file}.mjs`,
      `${file}.mjs.map`,
    ]),
  );
  expect(entries.filter(({ content }) => content.includes(folder) || content.includes(ROOT)).map((entry) => entry.name)).toEqual([]);
});
