import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { describeWhere } from '../contract/availability.ts';
import { type Setting, startSetting, stopSetting, variablesOf } from '../gate/logins.ts';
import { type Place, PLACES, THRESHOLD } from '../gate/places.ts';
import { examineWith, rowOf } from './support/examine.ts';

function describeGate(place: Place): void {
  describe(`the doctor on the gate before ${place.name}`, () => {
    let setting: Setting;
    beforeAll(async () => {
      setting = await startSetting(place);
    });
    afterAll(() => stopSetting(setting));

    test('compares the settings with the policy that it may read', async () => {
      const settings = variablesOf(setting, 'table');
      const good = await examineWith(settings, { username: 'alice' });
      expect(['gate', 'gate-table'].map((id) => rowOf(good, id).status)).toEqual(['pass', 'pass']);
      const bad = { ...settings, AUTH_GATE_FAILURES: String(THRESHOLD), AUTH_GATE_WINDOW_SECONDS: '60' };
      const { status, hint = '' } = rowOf(await examineWith(bad, { username: 'alice' }), 'gate');
      expect([status, hint]).toEqual(['fail', expect.stringMatching(/^AUTH_GATE_FAILURES: 4 or less.*\nAUTH_GATE_WINDOW_SECONDS: /)]);
    });

    test('tells the count of the user that is named, and what to grant where there is none', async () => {
      const settings = variablesOf(setting, 'counter');
      await setting.client.bind({ dn: place.dnOf('bob'), password: 'wrong' });
      expect(rowOf(await examineWith(settings, { username: 'bob' }), 'gate-count')).toMatchObject({
        status: 'pass',
        title: 'gate count: 1 failures',
      });
      const fresh = rowOf(await examineWith(settings, { username: 'carol' }), 'gate-count');
      if (place.kind === 'active-directory') expect(fresh).toMatchObject({ status: 'pass', title: 'gate count: 0 failures' });
      else
        expect(fresh).toMatchObject({
          status: 'skip',
          hint: expect.stringMatching(/^directory: nobody has failed, or LDAP_BIND_DN may not read/),
        });
    });

    test('a table that is not there, and no gate at all', async () => {
      const settings = { ...variablesOf(setting, 'counter'), AUTH_GATE_TABLE: 'another-table' };
      expect(rowOf(await examineWith(settings), 'gate-table')).toMatchObject({
        status: 'fail',
        hint: expect.stringMatching(/^AUTH_GATE_TABLE: it could not be asked \(ResourceNotFoundException\)/),
      });
      const { checks } = await examineWith(variablesOf(setting, 'none'));
      expect(checks.filter(({ id }) => id.startsWith('gate'))).toEqual([]);
    });
  });
}

for (const place of PLACES) {
  describeWhere(place.server, () => {
    describeGate(place);
  });
}
