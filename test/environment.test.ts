import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { expect, test } from '@jest/globals';

const JEST = createRequire(import.meta.url).resolve('jest/bin/jest');

type Results = { readonly numPassedTests: number; readonly numFailedTests: number; readonly numPendingTests: number };
type Suites = { readonly numRuntimeErrorTestSuites: number; readonly testResults: readonly { readonly message: string }[] };

/** Jest's own report of one test file in the environment of ours. */
async function runTestFile(text: string, environment: Readonly<Record<string, string>> = {}): Promise<Results & Suites> {
  const folder = mkdtempSync(path.join(tmpdir(), 'environment-'));
  try {
    writeFileSync(path.join(folder, 'a.test.mjs'), text);
    const testEnvironment = path.join(import.meta.dirname, 'environment.mjs');
    const config = { rootDir: folder, testEnvironment, transform: {}, testMatch: ['**/*.test.mjs'], moduleFileExtensions: ['mjs', 'js'] };
    const env = { ...process.env, NODE_OPTIONS: '--experimental-vm-modules', ...environment };
    const args = [JEST, '--config', JSON.stringify(config), '--json'];
    return await new Promise((resolve, reject) => {
      execFile(process.execPath, args, { env, cwd: folder }, (_failed, stdout, stderr) => {
        if (stdout === '') reject(new Error(stderr));
        else resolve(JSON.parse(stdout) as Results & Suites);
      });
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a set-up that fails is one failure, which tells why; no other test of its block is run', async () => {
  const results = await runTestFile(`
    test('before it', () => {});
    describe('a block', () => {
      let stage;
      beforeAll(() => { throw new Error('the directory did not start'); });
      afterAll(() => stage.close());
      test('one', () => {});
      test('two', () => {});
      describe('below', () => {
        beforeAll(() => stage.fill());
        test('three', () => {});
      });
    });
    test('behind it', () => {});`);
  expect(results).toMatchObject({ numPassedTests: 2, numFailedTests: 1, numPendingTests: 2, numRuntimeErrorTestSuites: 0 });
  expect(results.testResults[0]?.message).toContain('the directory did not start');
});

test('a tear-down that fails after a set-up that did not is told', async () => {
  const results = await runTestFile(`
    afterAll(() => { throw new Error('it does not stop'); });
    test('one', () => {});`);
  expect(results.testResults[0]?.message).toContain('it does not stop');
});

test.each([{ FORCE_COLOR: '1' }, { FORCE_COLOR: '3', NO_COLOR: '1' }, { NODE_DISABLE_COLORS: '1' }])(
  'with %j in the shell neither a test nor what it starts is told anything of colours',
  async (colours) => {
    const results = await runTestFile(
      `
      import { execFileSync } from 'node:child_process';
      test('told nothing', () => {
        const names = (environment) => Object.keys(environment).filter((name) => /^(FORCE_|NO_)COLOR$|^NODE_DISABLE_COLORS$/.test(name));
        const started = execFileSync(process.execPath, ['-p', 'JSON.stringify(process.env)'], { encoding: 'utf8' });
        expect([names(process.env), names(JSON.parse(started))]).toEqual([[], []]);
      });`,
      colours,
    );
    expect(results).toMatchObject({ numPassedTests: 1, numFailedTests: 0, testResults: [{ message: '' }] });
  },
);
