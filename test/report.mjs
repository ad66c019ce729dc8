import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Jest reporter: leaves the run's results, as `jest --json` would give them, in .cache/jest.json. `.ci/run` reads its numbers
 * there, because `npm cit` hands no arguments on to jest. Jest demands a default export.
 */
export default class Report {
  #file;

  constructor({ rootDir }) {
    this.#file = path.join(rootDir, '.cache/jest.json');
  }

  onRunComplete(_, results) {
    const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites, success } = results;
    mkdirSync(path.dirname(this.#file), { recursive: true });
    writeFileSync(this.#file, JSON.stringify({ numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites, success }));
  }
}
