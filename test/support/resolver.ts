import dns from 'node:dns';

import { jest } from '@jest/globals';

/** Addresses, an error, or no answer at all. */
export type Resolved = readonly string[] | 'ENOTFOUND' | 'never';

/**
 * What the resolver says of any name until mocks are restored, one answer after the other and the last one for good; returns how
 * often it was asked. Where tests use this, it is the one thing that is not real.
 */
export function resolveTo(...answers: readonly Resolved[]): () => number {
  let asked = 0;
  const lookup = (_host: string, _options: unknown, callback: (error: Error | null, found: object) => void): void => {
    const answer = answers[Math.min(asked, answers.length - 1)] ?? [];
    asked += 1;
    if (answer === 'ENOTFOUND') setImmediate(callback, Object.assign(new Error('no'), { code: answer }), []);
    else if (answer !== 'never') setImmediate(callback, null, answer.map((address) => ({ address, family: 4 }))); // prettier-ignore
  };
  jest.spyOn(dns, 'lookup').mockImplementation(lookup as unknown as typeof dns.lookup);
  return () => asked;
}
