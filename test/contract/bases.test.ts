import { Attribute, Change } from 'ldapts';

import { describe, expect, test } from '@jest/globals';

import { examineWith, failed, rowOf } from '../doctor/support/examine.ts';
import { type Ask, makeService } from '../support/ask.ts';
import type { Settings } from '../support/demo.ts';
import { startRelay } from '../support/relay.ts';
import { running } from '../support/running.ts';
import { start389ds } from '../support/servers/389ds.ts';
import { OPENLDAP_SERVICE, startOpenldap } from '../support/servers/openldap.ts';
import { startSamba } from '../support/servers/samba.ts';
import type { DirectoryEntry, StartedDirectory } from '../support/servers/server.ts';
import { describeWhere } from './availability.ts';
import { DOMAIN_BASE, domainUnit, userAt } from './domain.ts';
import { BASE, personAt, unitEntry } from './entries.ts';
import { asAdministrator } from './own-account.ts';
import { AMBIGUOUS, SERVICE_REFUSED, summarise, UNKNOWN, validWithAnyId, WRONG_PASSWORD } from './verdicts.ts';

const PASSWORD = 'Passw0rd of everybody here';
const UNIFORM = { AUTH_DISCLOSURE: 'uniform', AUTH_UNIFORM_FLOOR_MS: '0' } as const;

type Units = {
  /** alice is in the first, bob in the second, twin in both; nobody is in the third. */
  readonly staff: string;
  readonly partners: string;
  readonly empty: string;
  readonly dnOf: (name: string, unit: string) => string;
  readonly more?: Settings;
};

function describeBases(name: string, { staff, partners, empty, dnOf, more }: Units, start: () => Promise<StartedDirectory>): void {
  describe(`several bases, on ${name}`, () => {
    const directory = running(start);
    const relay = running(() => startRelay(directory().url));
    const settings = (bases: readonly string[]): Settings => ({
      ...directory().environment,
      LDAP_BASE_DN: JSON.stringify(bases),
      ...more,
    });
    const service = (bases: readonly string[], changes: Settings = {}): Ask =>
      makeService({ ...settings(bases), ...relay().settings, ...changes });
    const answers = async (ask: Ask, names: readonly string[], password = PASSWORD): Promise<readonly object[]> => {
      const all: object[] = [];
      for (const username of names) all.push(summarise(await ask(username, password)));
      return all;
    };
    const alice = (): object => validWithAnyId({ dn: dnOf('alice', staff), username: 'alice' });
    const bob = (): object => validWithAnyId({ dn: dnOf('bob', partners), username: 'bob' });

    test('everybody is found, whichever base holds them; a name below two is ambiguous, one below none is unknown', async () => {
      const ask = service([staff, partners]);
      const names = ['alice', 'bob', 'twin', 'nobody', 'bob', 'alice'];
      expect(await answers(ask, names)).toEqual([alice(), bob(), AMBIGUOUS, UNKNOWN, bob(), alice()]);
      expect(await answers(ask, ['alice', 'twin'], 'wrong')).toEqual([WRONG_PASSWORD, AMBIGUOUS]);
      expect(await answers(service([partners, staff]), ['twin', 'alice', 'bob'])).toEqual([AMBIGUOUS, alice(), bob()]);
    });

    test('bases that overlap: an entry that is shown twice is one entry', async () => {
      const all = directory().environment['LDAP_BASE_DN'] ?? '';
      for (const bases of [
        [all, staff],
        [staff, all],
        [staff, staff.toUpperCase()],
      ]) {
        expect(await answers(service(bases), ['alice', 'nobody'])).toEqual([alice(), UNKNOWN]);
      }
      expect(await answers(service([all, staff]), ['twin', 'bob'])).toEqual([AMBIGUOUS, bob()]);
    });

    test('a base that nobody is shown of, or that is not there: nobody knows who is there', async () => {
      for (const other of [empty, `ou=nowhere,${directory().environment['LDAP_BASE_DN'] ?? ''}`]) {
        const refused = [SERVICE_REFUSED, SERVICE_REFUSED];
        expect(await answers(service([staff, other]), ['nobody', 'alice'])).toEqual(refused);
        expect(await answers(service([other, staff]), ['alice', 'nobody'])).toEqual(refused);
      }
    });

    test('what a warm process sends: a search for each base, and a proof for each in which nobody was found', async () => {
      const ask = service([staff, partners]);
      await answers(ask, ['alice', 'bob']);
      const during = (username: string): Promise<readonly string[]> => relay().during(() => ask(username, PASSWORD));
      expect(await during('alice')).toEqual(['bind', 'sub', 'sub', 'base', 'bind', 'unbind']);
      expect(await during('bob')).toEqual(['bind', 'sub', 'sub', 'base', 'bind', 'unbind']);
      expect(await during('nobody')).toEqual(['bind', 'sub', 'sub', 'base', 'base', 'unbind']);
      expect(await during('twin')).toEqual(['bind', 'sub', 'sub', 'unbind']);
    });

    test('under uniform all that comes before the bind is the same for every name', async () => {
      const ask = service([staff, partners], UNIFORM);
      await answers(ask, ['alice', 'bob']);
      const sent: (readonly string[])[] = [];
      for (const username of ['alice', 'bob', 'nobody', 'twin']) {
        const during = await relay().during(async () => {
          expect((await ask(username, 'wrong')).body).toMatchObject({ status: 2, reason: 'invalid-credentials' });
        });
        sent.push([...during]);
      }
      const search = ['bind', 'base', 'base', 'sub', 'sub'];
      expect(sent).toEqual([
        [...search, 'bind', 'unbind'],
        [...search, 'bind', 'unbind'],
        [...search, 'unbind'],
        [...search, 'unbind'],
      ]);
      expect(await answers(ask, ['alice', 'bob'])).toEqual([alice(), bob()]);
    });

    test('the doctor has a row for each base', async () => {
      const whole = await examineWith(settings([staff, partners]), { username: 'bob' });
      expect([failed(whole), rowOf(whole, 'base').title, rowOf(whole, 'base2').title]).toEqual([
        [],
        expect.stringContaining(staff),
        expect.stringContaining(partners),
      ]);
      const half = await examineWith(settings([staff, empty]), { username: 'alice' });
      expect(failed(half)).toMatchObject([{ id: 'base2', hint: expect.stringMatching(/^directory: LDAP_BIND_DN sees no other user/) }]);
      expect(rowOf(half, 'user').status).toBe('skip');
      const twin = await examineWith(settings([staff, partners]), { username: 'twin' });
      const { hint } = rowOf(twin, 'user');
      for (const unit of [staff, partners]) expect(hint).toContain(dnOf('twin', unit));
    });
  });
}

const STAFF = `ou=staff,${BASE}`;
const PARTNERS = `ou=partners,${BASE}`;
const EMPTY = `ou=empty,${BASE}`;
const UNITS = { staff: STAFF, partners: PARTNERS, empty: EMPTY, dnOf: (name: string, unit: string) => `uid=${name},${unit}` } as const;
const ENTRIES = [
  ...['staff', 'partners', 'empty'].map((unit) => unitEntry(unit, BASE)),
  ...['alice', 'twin'].map((uid) => personAt(STAFF, uid, PASSWORD)),
  ...['bob', 'twin'].map((uid) => personAt(PARTNERS, uid, PASSWORD)),
];

describeWhere('openldap', () => {
  describeBases('OpenLDAP', UNITS, () => startOpenldap({ entries: ENTRIES }));

  test('rights that are taken away for one base: its name is not the other base’s', async () => {
    const readers = `cn=readers,ou=services,${BASE}`;
    const group = {
      dn: readers,
      attributes: { objectClass: ['groupOfNames'], cn: ['readers'], member: [`cn=x,${BASE}`, OPENLDAP_SERVICE.dn] },
    };
    const access = [`access to dn.subtree="${STAFF}" by group.exact="${readers}" read by * none`];
    const directory = await startOpenldap({ entries: [...ENTRIES, group], access });
    try {
      const ask = makeService({ ...directory.environment, LDAP_BASE_DN: JSON.stringify([STAFF, PARTNERS]) });
      const ofBob = validWithAnyId({ dn: `uid=bob,${PARTNERS}`, username: 'bob' });
      expect([summarise(await ask('twin', PASSWORD)), summarise(await ask('bob', PASSWORD))]).toEqual([AMBIGUOUS, ofBob]);
      const modification = new Attribute({ type: 'member', values: [OPENLDAP_SERVICE.dn] });
      await asAdministrator(directory, (client) => client.modify(readers, new Change({ operation: 'delete', modification })));
      for (const username of ['twin', 'bob', 'alice', 'nobody']) {
        expect([username, summarise(await ask(username, PASSWORD))]).toEqual([username, SERVICE_REFUSED]);
      }
    } finally {
      await directory.stop();
    }
  });
});

describeWhere('389ds', () => {
  describeBases('389DS', UNITS, () => start389ds({ entries: ENTRIES }));
});

describeWhere('samba', () => {
  const unit = (name: string): string => `OU=${name},${DOMAIN_BASE}`;
  const user = (name: string, place: string, account = name, more: DirectoryEntry['attributes'] = {}): DirectoryEntry =>
    userAt(unit(place), name, PASSWORD, { sAMAccountName: [account], userPrincipalName: [`${account}@elsewhere.example`], ...more });
  const places = {
    ...{ staff: unit('staff'), partners: unit('partners'), empty: unit('empty') },
    dnOf: (name: string, place: string) => `CN=${name},${place}`,
    more: { LDAP_USER_FILTER: '(&(sAMAccountType=805306368)(|(sAMAccountName={username})(mail={username})))' },
  };

  describeBases('Samba AD', places, () => {
    const units = ['staff', 'partners', 'empty'].map((name) => domainUnit(name, DOMAIN_BASE));
    const users = [user('alice', 'staff'), user('bob', 'partners')];
    const twins = [user('twin', 'staff'), user('twin', 'partners', 'other', { mail: ['twin'] })]; // no two may bear one account or principal name
    return startSamba({ population: { entries: [...units, ...users, ...twins] }, plaintext: 'allowed' });
  });
});
