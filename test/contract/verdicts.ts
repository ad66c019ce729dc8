import { expect } from '@jest/globals';

import type { Answer, Ask } from '../support/ask.ts';

/** The contract's answers, word for word, that a directory can bring about. */
export const UNKNOWN = { http: 401, status: 1, message: 'invalid user', reason: 'user-not-found' } as const;
export const WRONG_PASSWORD = { http: 401, status: 2, message: 'invalid password', reason: 'wrong-password' } as const;
export const CONCEALED = { http: 401, status: 2, message: 'invalid credentials', reason: 'invalid-credentials' } as const;
export const NOT_IN_GROUP = { http: 403, status: 3, message: 'account not usable', reason: 'not-in-required-group' } as const;
export const PROTOCOL_ERROR = { http: 503, status: 5, message: 'directory unavailable', reason: 'directory-protocol-error' } as const;
export const AMBIGUOUS = { http: 503, status: 5, message: 'directory unavailable', reason: 'ambiguous-user' } as const;
export const TLS_FAILURE = { http: 503, status: 5, message: 'directory unavailable', reason: 'directory-tls-failure' } as const;
/** The server answered with trouble of its own. */
export const FAULT = { http: 503, status: 5, message: 'directory unavailable', reason: 'directory-protocol-error' } as const;
export const SERVICE_REFUSED = {
  http: 503,
  status: 5,
  message: 'directory unavailable',
  reason: 'directory-refused-service-account',
} as const;

/** Who a valid answer must name. */
export type ExpectedIdentity = { readonly dn: string; readonly username: string; readonly id?: string };

export function validAs(user: object): object {
  return {
    http: 200,
    status: 0,
    message: 'auth ok',
    reason: 'authenticated',
    user,
  };
}

/** The same for entries whose identifier the server has just made: it is there, and is not compared. */
export function validWithAnyId(user: object): object {
  return validAs({ ...user, id: expect.stringMatching(/^[\da-f-]{32,}$/) as unknown as string });
}

/** Answers as the expectations above are written. */
export function summarise({ http, body }: Answer): object {
  return { http, ...body };
}

/** One question and the whole answer to it. */
export type Row = { readonly username: string; readonly password: string; readonly expected: object };

/** Samba's queue of new connections is short: one that overflows it waits a second for the next SYN. */
const AT_ONCE = 4;

/** Asks, compares, counts. Each comparison is of the whole body. */
export class VerdictCounter {
  readonly #atOnce: number;
  #checked = 0;

  /** ApacheDS (2.0.0.AM26) answers `other` to a search now and then that meets the write of a failed bind: 5 of 11,000 logins, 4 at once. */
  constructor(directory: string) {
    this.#atOnce = directory.startsWith('apacheds') ? 1 : AT_ONCE;
  }

  async check(ask: Ask, username: string, password: string, expected: object): Promise<void> {
    await this.checkAll(ask, [{ username, password, expected }]);
  }

  /** A few questions at once; a failure names the question, not only the answer. */
  async checkAll(ask: Ask, rows: readonly Row[]): Promise<void> {
    const answered: object[] = [];
    for (let at = 0; at < rows.length; at += this.#atOnce) {
      const asked = rows.slice(at, at + this.#atOnce).map(async ({ username, password }) => {
        return { username, password, answer: summarise(await ask(username, password)) };
      });
      answered.push(...(await Promise.all(asked)));
    }
    expect(answered).toEqual(rows.map(({ username, password, expected }) => ({ username, password, answer: expected })));
    this.#checked += rows.length;
  }

  /** For comparisons made elsewhere. */
  add(verdicts: number): void {
    this.#checked += verdicts;
  }

  /** One line, at the end of a suite. */
  report(name: string): void {
    process.stdout.write(`${name}: ${String(this.#checked)} verdicts checked\n`);
  }
}
