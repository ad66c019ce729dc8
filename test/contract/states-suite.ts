import { afterAll, describe, expect, test } from '@jest/globals';

import { type Ask, makeService } from '../support/ask.ts';
import { running } from '../support/running.ts';
import type { StartedDirectory } from '../support/servers/server.ts';
import { SOON_LOCKED, STATE_PASSWORD, type StateRow } from './states.ts';
import { VerdictCounter, WRONG_PASSWORD } from './verdicts.ts';

/** Every state that this directory knows, each with the right password and with a wrong one. */
export function describeStates(
  name: string,
  start: () => Promise<StartedDirectory>,
  rows: readonly StateRow[],
  lockout: 'in the rows alone' | 'after wrong passwords' = 'in the rows alone',
): void {
  describe(`${name} says why an account cannot be used`, () => {
    const directory = running(async () => {
      const started = await start();
      return { ...started, ask: makeService(started.environment) };
    });
    const counter = new VerdictCounter(name);
    const ask: Ask = (username, password) => directory().ask(username, password);
    afterAll(() => {
      counter.report(`${name}, account states`);
    });

    test.each(rows.map((row) => [row.state, row.right, row] as const))('%s, right password: %s', async (_state, _reason, row) => {
      if (row.right !== 'authenticated') {
        await counter.check(ask, row.login, STATE_PASSWORD, refusal(row.right));
        return;
      }
      const { http, body } = await ask(row.login, STATE_PASSWORD);
      const { status, reason } = body;
      expect({ http, status, reason, told: told(body) }).toEqual({ http: 200, status: 0, reason: 'authenticated', told: row.tells });
      counter.add(1);
    });
    test.each(rows.map((row) => [row.state, row.wrong, row] as const))('%s, wrong password: %s', async (_state, _reason, row) => {
      await counter.check(ask, row.login, `not ${STATE_PASSWORD}`, refusal(row.wrong));
    });
    if (lockout === 'after wrong passwords') checkLockout(ask, counter);
  });
}

/** The service may not spend a try of the user's more than it was asked to: the account is locked after so many, not before. */
function checkLockout(ask: Ask, counter: VerdictCounter): void {
  test('locks an account after so many wrong passwords, and not one sooner', async () => {
    for (let failure = 1; failure < SOON_LOCKED.failures; failure += 1)
      await counter.check(ask, SOON_LOCKED.login, 'wrong', WRONG_PASSWORD);
    const { http, body } = await ask(SOON_LOCKED.login, STATE_PASSWORD); // a success sets the count back
    expect({ http, status: body['status'] }).toEqual({ http: 200, status: 0 });
    for (let failure = 1; failure <= SOON_LOCKED.failures; failure += 1) await ask(SOON_LOCKED.login, 'wrong');
    await counter.check(ask, SOON_LOCKED.login, STATE_PASSWORD, refusal('account-locked'));
  });
}

function refusal(reason: Exclude<StateRow['right'], 'authenticated'>): object {
  return reason === 'wrong-password' ? WRONG_PASSWORD : { http: 403, status: 3, message: 'account not usable', reason };
}

function told(body: Readonly<Record<string, unknown>>): string | undefined {
  return ['passwordExpiresInSeconds', 'graceLoginsRemaining'].find((name) => {
    const value = body[name];
    return typeof value === 'number' && value > 0;
  });
}
