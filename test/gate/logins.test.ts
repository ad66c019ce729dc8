import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { describeWhere } from '../contract/availability.ts';
import { burst, keptOf, LIMIT, processes, type Setting, spellingsOf, startSetting, stopSetting, tally, variablesOf } from './logins.ts';
import { OPENLDAP_SERVICE } from '../support/servers/openldap.ts';
import { OPENLDAP, PASSWORD, type Place, PLACES, THRESHOLD, WINDOW } from './places.ts';

/** The slower servers get fewer. */
const BURSTS = {
  openldap: { wrong: { count: 1000, atOnce: 1000 }, right: { count: 100, atOnce: 100 } },
  '389ds': { wrong: { count: 1000, atOnce: 200 }, right: { count: 100, atOnce: 100 } },
  'active-directory': { wrong: { count: 200, atOnce: 50 }, right: { count: 100, atOnce: 100 } },
} as const;

afterEach(() => {
  jest.restoreAllMocks();
});

function later(seconds: number): void {
  const now = Date.now.bind(Date);
  jest.spyOn(Date, 'now').mockImplementation(() => now() + seconds * 1000);
}

function describeLogins(place: Place): void {
  describe(`the gate before ${place.name}`, () => {
    let setting: Setting;
    beforeAll(async () => {
      setting = await startSetting(place);
    });
    afterAll(() => stopSetting(setting));

    const retryAfter = place.windowSeconds === 0 ? {} : { 'retry-after': expect.stringMatching(/^[1-9]\d*$/) };

    test('control: without it wrong passwords lock the account', async () => {
      const ask = processes(variablesOf(setting, 'none'));
      for (const name of spellingsOf(place, 'alice')) expect((await ask(name, PASSWORD)).http).toBe(200); // all of them are alice
      for (let failure = 1; failure <= THRESHOLD; failure += 1) await ask('alice', 'wrong');
      expect(await keptOf(setting, 'alice')).toMatchObject({ locked: true });
      expect((await ask('alice', PASSWORD)).http).not.toBe(200);
    });

    test('many wrong passwords at the same moment, under every spelling: four binds are sent, no lock; open again after the window', async () => {
      const ask = processes(variablesOf(setting, 'table'));
      const { wrong } = BURSTS[place.kind];
      const answers = await burst(ask, wrong, spellingsOf(place, 'bob'), 'wrong');
      expect(tally(answers)).toEqual({ 'wrong-password': LIMIT, 'user-throttled': wrong.count - LIMIT });
      const { count, locked } = await keptOf(setting, 'bob');
      expect([LIMIT, ...(place.kind === '389ds' ? [1, 2, 3] : [])]).toContain(count); // 389DS loses some that come at the same moment (pw_retry.c)
      expect(locked).toBe(false);
      const right = await ask('bob', PASSWORD);
      expect(right).toMatchObject({ http: 429, body: { status: 6, message: 'too many attempts', reason: 'user-throttled' } });
      expect('retry-after' in right.headers).toBe(place.windowSeconds > 0);
      expect(Number(right.headers['retry-after'] ?? 1)).toBeGreaterThan(0);
      expect(Number(right.headers['retry-after'] ?? 1)).toBeLessThanOrEqual(WINDOW);
      later(WINDOW + 60);
      expect((await ask('bob', PASSWORD)).http).toBe(place.windowSeconds === 0 ? 429 : 200);
    });

    test('100 right passwords, as many at the same moment as the server can take: 100 times 200', async () => {
      const ask = processes(variablesOf(setting, 'table'), 2);
      expect(tally(await burst(ask, BURSTS[place.kind].right, spellingsOf(place, 'carol'), PASSWORD))).toEqual({ authenticated: 100 });
    });

    test('by the directory’s counter alone, one after the other: four are sent', async () => {
      const ask = processes(variablesOf(setting, 'counter'));
      const answers = [];
      for (let attempt = 0; attempt < 10; attempt += 1) answers.push(await ask('dave', 'wrong'));
      expect(tally(answers)).toEqual({ 'wrong-password': LIMIT, 'user-throttled': 10 - LIMIT });
      expect(await ask('dave', PASSWORD)).toMatchObject({ http: 429, headers: retryAfter });
      expect(await keptOf(setting, 'dave')).toEqual({ count: LIMIT, locked: false });
    });

    test('failures elsewhere, then many here: both are counted; a success here clears them', async () => {
      const ask = processes(variablesOf(setting, 'table'));
      const elsewhere = { dn: place.dnOf('erin'), password: 'wrong' };
      for (let failure = 0; failure < 2; failure += 1) await setting.client.bind(elsewhere);
      expect((await ask('erin', 'wrong')).body).toMatchObject({ reason: 'wrong-password' });
      expect((await ask('erin', PASSWORD)).http).toBe(200);
      for (let failure = 0; failure < 3; failure += 1) await setting.client.bind(elsewhere);
      expect(tally(await burst(ask, { count: 100, atOnce: 50 }, ['erin'], 'wrong'))).toEqual({ 'wrong-password': 1, 'user-throttled': 99 });
      expect(await keptOf(setting, 'erin')).toEqual({ count: LIMIT, locked: false });
    });

    test('a lock from elsewhere is told as one, where the entry tells it', async () => {
      const ask = processes(variablesOf(setting, 'table'));
      for (let failure = 0; failure < THRESHOLD; failure += 1) await setting.client.bind({ dn: place.dnOf('frank'), password: 'wrong' });
      expect((await ask('frank', PASSWORD)).body).toMatchObject({ reason: place.tellsLock ? 'account-locked' : 'user-throttled' });
    });
  });
}

describeWhere('openldap', () => {
  test('objectClass is hidden from the service account: somebody who has just failed is still told right from wrong', async () => {
    const hidden = `access to attrs=objectClass by dn.exact="${OPENLDAP_SERVICE.dn}" none by * none`;
    const setting = await startSetting({ ...OPENLDAP, start: () => OPENLDAP.start([hidden]) });
    try {
      const ask = processes({ ...variablesOf(setting, 'table'), LDAP_USER_FILTER: '(uid={username})' });
      for (let round = 0; round < 2; round += 1) {
        expect((await ask('alice', 'wrong')).body).toMatchObject({ reason: 'wrong-password' });
        expect((await ask('alice', PASSWORD)).body).toMatchObject({ reason: 'authenticated' });
      }
    } finally {
      await stopSetting(setting);
    }
  });
});

for (const place of PLACES) {
  describeWhere(place.server, () => {
    describeLogins(place);
  });
}
