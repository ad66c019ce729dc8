import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from '@jest/globals';
import { format } from 'prettier';

import packageJson from '../../package.json' with { type: 'json' };

const ROOT = path.resolve(import.meta.dirname, '../..');
const FOLDER = path.join(ROOT, '.github/workflows');

function read(file: string): string {
  return readFileSync(path.join(FOLDER, file), 'utf8');
}

describe.each(readdirSync(FOLDER))('the workflow %s', (file) => {
  const text = read(file);

  test('is well-formed YAML', async () => {
    expect((await format(text, { parser: 'yaml', printWidth: 140 })).length).toBeGreaterThan(0); // rejects what is not
  });

  test('takes each action by a commit, with its version beside it', () => {
    const uses = [...text.matchAll(/uses: (.+)/g)].map(([, action]) => action ?? '');
    expect(uses.length).toBeGreaterThan(1);
    expect(uses.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))).toEqual([]);
  });

  test('may do no more than read, but for the token of its own job', () => {
    const permissions = [...text.matchAll(/^ +([a-z-]+): (write|write-all|admin)\b/gm)].map(([, name]) => name);
    expect(text).toMatch(/^permissions:/m);
    expect(permissions.filter((name) => name !== 'id-token')).toEqual([]);
  });

  test('puts nothing that somebody typed into a script, and uses no stored secret', () => {
    const scripts = [...text.matchAll(/run: (?:\|\n((?: {10}.*\n)+)|(.*))/g)].map(([, block, line]) => block ?? line ?? '');
    expect(scripts.length).toBeGreaterThan(0);
    expect(scripts.filter((script) => script.includes('${{'))).toEqual([]);
    expect(text).not.toContain('secrets.');
  });

  test('runs npm scripts that exist', () => {
    const scripts = [...text.matchAll(/npm run (?:--silent )?(\w+)/g)].map(([, name]) => name ?? '');
    expect(scripts.filter((name) => !(name in packageJson.scripts))).toEqual([]);
  });
});

test('the workflow of every change runs .ci/run', () => {
  expect(read('ci.yml')).toMatch(/^ +run: \.ci\/run$/m);
});

test('the deployment says that it has not been run, hides the API key, and asks from inside and outside', () => {
  const text = read('deploy.yml');
  expect(text.split('\n')[0]).toMatch(/NOT RUN YET/);
  expect(text).toMatch(/deploy --conceal/);
  expect(text.indexOf('add-mask')).toBeLessThan(text.indexOf('run --silent smoke'));
  expect(text).toMatch(/invoke -f doctor/);
});

test('the offered hook can be run', () => {
  expect(statSync(path.join(ROOT, '.githooks/pre-commit')).mode & 0o111).toBe(0o111);
});
