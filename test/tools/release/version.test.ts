import { readFileSync } from 'node:fs';

import { expect, test } from '@jest/globals';

import lock from '../../../package-lock.json' with { type: 'json' };
import packageJson from '../../../package.json' with { type: 'json' };
import openapi from '../../../openapi.json' with { type: 'json' };
import { VERSION } from '../../../src/doctor/version.ts';

// The place of the version is package.json. `npm version` writes the lock file, `npm run openapi` openapi.json.

test.each([
  ['the constant that the doctor answers with (src/doctor/version.ts)', VERSION],
  ['openapi.json', openapi.info.version],
  ['package-lock.json', lock.version],
  ['package-lock.json, of the project as a package', lock.packages[''].version],
])('%s has the version of package.json', (_where, version) => {
  expect(version).toBe(packageJson.version);
});

test('the version is one of semantic versioning', () => {
  expect(packageJson.version).toMatch(/^\d+\.\d+\.\d+$/);
});

test('CHANGELOG.md begins with what is not released, or with this version', () => {
  const changelog = readFileSync(new URL('../../../CHANGELOG.md', import.meta.url), 'utf8');
  expect(['Unreleased', packageJson.version]).toContain(/^## (\S+)/m.exec(changelog)?.[1]);
});
