import { describe, expect, test } from '@jest/globals';

import { examineWith, rowOf } from '../doctor/support/examine.ts';
import { type Ask, makeService } from '../support/ask.ts';
import type { Settings } from '../support/demo.ts';
import { startRelay } from '../support/relay.ts';
import { running } from '../support/running.ts';
import { start389ds } from '../support/servers/389ds.ts';
import { OPENLDAP_SERVICE, startOpenldap } from '../support/servers/openldap.ts';
import type { DirectoryEntry, StartedDirectory } from '../support/servers/server.ts';
import { describeWhere } from './availability.ts';
import { BASE, personAt, unitEntry } from './entries.ts';
import { AMBIGUOUS, CONCEALED, PROTOCOL_ERROR, summarise, UNKNOWN, WRONG_PASSWORD } from './verdicts.ts';

const PEOPLE = `ou=people,${BASE}`;
const PASSWORD = 'Passw0rd-alice';
const ALIAS_BASE = `ou=staff,${BASE}`;

/** RFC 4512, 2.6. */
function alias(rdn: string, of: string, more: DirectoryEntry['attributes'] = {}): DirectoryEntry {
  return { dn: `${rdn},${BASE}`, attributes: { objectClass: ['alias', 'extensibleObject'], aliasedObjectName: [of], ...more } };
}

const ENTRIES: readonly DirectoryEntry[] = [
  unitEntry('people', BASE),
  ...['alice', 'bob'].map((uid) => personAt(PEOPLE, uid, PASSWORD)),
  alias('uid=al', `uid=alice,${PEOPLE}`, { uid: ['al'], userPassword: [PASSWORD] }),
  alias('uid=twin', `uid=alice,${PEOPLE}`, { uid: ['twin', 'bob'] }),
  alias('ou=staff', PEOPLE, { ou: ['staff'] }),
  alias('uid=crew', PEOPLE, { uid: ['crew'] }),
];

const FILTER = { LDAP_USER_FILTER: '(uid={username})' };
const UNIFORM = { AUTH_DISCLOSURE: 'uniform', AUTH_UNIFORM_FLOOR_MS: '0' };

function describeAliases(name: string, start: () => Promise<StartedDirectory>): void {
  describe(`aliases on ${name}`, () => {
    const directory = running(start);
    const settings = (): Settings => ({ ...directory().environment, ...FILTER });
    const service = (changes: Settings = {}): Ask => makeService({ ...settings(), ...changes });
    const answer = async (ask: Ask, username: string, password = PASSWORD): Promise<object> => summarise(await ask(username, password));

    test.each([PASSWORD, 'wrong'])('an alias that matches is nobody’s "wrong password" and no "no such user": %s', async (password) => {
      expect(await answer(service(), 'al', password)).toEqual(PROTOCOL_ERROR);
      expect(await answer(service(), 'bob', password)).toEqual(AMBIGUOUS);
    });

    test('the people beside it log in, and an unknown name is unknown', async () => {
      const ask = service();
      expect([await answer(ask, 'nobody'), await answer(ask, 'alice', 'wrong')]).toEqual([UNKNOWN, WRONG_PASSWORD]);
      expect(await answer(ask, 'alice')).toMatchObject({ status: 0, user: { username: 'alice' } });
    });

    test('the default filter leaves it out', async () => {
      expect(await answer(makeService(directory().environment), 'al')).toEqual(UNKNOWN);
    });

    test('under uniform it is the answer of a wrong password, and the conversation that of an unknown name', async () => {
      const relay = await startRelay(directory().url);
      try {
        const ask = service({ ...UNIFORM, ...relay.settings });
        const names = ['al', 'nobody', 'alice', 'bob'];
        const answers: object[] = [];
        for (const username of names) answers.push(await answer(ask, username, 'wrong'));
        expect(answers).toEqual(names.map(() => CONCEALED));
        const [ofAlias, ofNobody] = [await relay.during(() => ask('al', PASSWORD)), await relay.during(() => ask('nobody', PASSWORD))];
        expect(ofAlias).toEqual(ofNobody);
      } finally {
        await relay.close();
      }
    });

    test.each([ALIAS_BASE, `uid=crew,${BASE}`])('as the base: unknown, whatever the name: %s', async (base) => {
      for (const changes of [{}, UNIFORM]) {
        const ask = service({ ...changes, LDAP_BASE_DN: base });
        for (const username of ['alice', 'nobody']) expect(await answer(ask, username)).toEqual(PROTOCOL_ERROR);
      }
    });

    test('the doctor says so, of a user and of a base', async () => {
      const user = await examineWith(settings(), { username: 'al' });
      expect(rowOf(user, 'user')).toMatchObject({ status: 'fail', hint: expect.stringMatching(/^LDAP_USER_FILTER: .* alias/) });
      const base = await examineWith({ ...settings(), LDAP_BASE_DN: ALIAS_BASE });
      expect(rowOf(base, 'base')).toMatchObject({ status: 'fail', hint: expect.stringMatching(/^LDAP_BASE_DN: .* alias/) });
    });
  });
}

describeWhere('openldap', () => {
  describeAliases('OpenLDAP', () => startOpenldap({ entries: ENTRIES }));

  describe('an OpenLDAP that hides objectClass from the service account', () => {
    test('an alias is known by what it stands for, and the people log in', async () => {
      const access = [`access to attrs=objectClass by dn.exact="${OPENLDAP_SERVICE.dn}" search by * none`];
      const directory = await startOpenldap({ entries: ENTRIES, access });
      try {
        const ask = makeService({ ...directory.environment, ...FILTER });
        expect(summarise(await ask('al', PASSWORD))).toEqual(PROTOCOL_ERROR);
        expect(summarise(await ask('nobody', PASSWORD))).toEqual(UNKNOWN);
        expect(summarise(await ask('alice', PASSWORD))).toMatchObject({ status: 0 });
      } finally {
        await directory.stop();
      }
    });
  });
});

describeWhere('389ds', () => {
  describeAliases('389DS', () => start389ds({ entries: ENTRIES }));
});
