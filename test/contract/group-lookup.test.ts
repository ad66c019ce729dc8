import { describe, expect, test } from '@jest/globals';

import type { Row } from '../../src/doctor/check.ts';
import { examineWith, failed, rowOf } from '../doctor/support/examine.ts';
import { type Ask, makeService } from '../support/ask.ts';
import type { Settings } from '../support/demo.ts';
import { startRelay } from '../support/relay.ts';
import { running } from '../support/running.ts';
import { start389ds } from '../support/servers/389ds.ts';
import { startOpenldap } from '../support/servers/openldap.ts';
import { SAMBA_SERVICE, startSamba } from '../support/servers/samba.ts';
import type { DirectoryEntry, StartedDirectory } from '../support/servers/server.ts';
import { describeWhere } from './availability.ts';
import { DOMAIN_BASE, domainUnit, userAt } from './domain.ts';
import { BASE, personAt, unitEntry } from './entries.ts';
import { NOT_IN_GROUP, SERVICE_REFUSED, summarise, WRONG_PASSWORD } from './verdicts.ts';

const PEOPLE = `ou=people,${BASE}`;
const GROUPS = `ou=groups,${BASE}`;
const PASSWORD = 'Passw0rd of everybody here';
const UNPROVED = { ...SERVICE_REFUSED, attempted: true } as const;

type Attributes = DirectoryEntry['attributes'];

function group(dn: string, objectClass: string, members: Attributes): DirectoryEntry {
  const [type = '', value = ''] = /^(\w+)=([^,]+)/.exec(dn)?.slice(1) ?? [];
  return {
    dn,
    attributes: { objectClass: [objectClass], [type]: [value.replaceAll('\\', '')], ...(type === 'cn' ? {} : { cn: [value] }), ...members },
  };
}

const ALICE = `uid=alice,${PEOPLE}`;
const STAFF = `cn=staff,${GROUPS}`;
const ROLE = `cn=operators,${GROUPS}`;
const DEEP = `cn=deep,ou=sub,${GROUPS}`;
const ELSEWHERE = `cn=elsewhere,ou=other,${BASE}`;

const PLACES = [
  ...['people', 'groups', 'other', 'plain'].map((unit) => unitEntry(unit, BASE)),
  unitEntry('sub', GROUPS),
  ...['alice', 'bob'].map((uid) => personAt(PEOPLE, uid, PASSWORD)),
  ...['carol', 'dave'].map((uid) => personAt(`ou=plain,${BASE}`, uid, PASSWORD)), // of a place of their own, in no group at all
];
const MADE: readonly DirectoryEntry[] = [
  group(STAFF, 'groupOfNames', { member: [ALICE] }),
  group(`cn=comma\\, inc,${GROUPS}`, 'groupOfUniqueNames', { uniqueMember: [ALICE] }),
  group(ROLE, 'organizationalRole', { roleOccupant: [ALICE] }),
  group(DEEP, 'groupOfNames', { member: [ALICE] }),
  group(ELSEWHERE, 'groupOfNames', { member: [ALICE, STAFF] }),
  group(`cn=role of a group,${GROUPS}`, 'organizationalRole', { roleOccupant: [ROLE] }),
];

function describeLookup(name: string, start: () => Promise<StartedDirectory>): void {
  describe(`groups by name and by memberOf, on ${name}`, () => {
    const directory = running(start);
    const relay = running(() => startRelay(directory().url));
    const service = (changes: Settings): Ask => makeService({ ...directory().environment, ...relay().settings, ...changes });
    const groupsRow = async (settings: Settings): Promise<Row> =>
      rowOf(await examineWith({ ...directory().environment, ...settings }), 'groups');
    const groupsOf = async (username: string, changes: Settings): Promise<unknown> => {
      const { body } = await service({ LDAP_RETURN_GROUPS: 'true', ...changes })(username, PASSWORD);
      const groups = body['groups'];
      return Array.isArray(groups) ? groups.toSorted() : body;
    };
    const answer = async (username: string, changes: Settings, password = PASSWORD): Promise<object> => {
      const { http, body } = await service(changes)(username, password);
      const { user: _user, ...rest } = body;
      return { http, ...rest };
    };
    const requiring = (...required: readonly string[]) => ({ LDAP_REQUIRED_GROUPS: JSON.stringify(required) });

    test('names are of the groups directly below, and of no others', async () => {
      const names = { LDAP_GROUP_BASE_DN: GROUPS.toUpperCase() };
      expect(await groupsOf('alice', names)).toEqual(['comma, inc', 'operators', 'staff']);
      expect(await groupsOf('bob', names)).toEqual([]);
      expect(await groupsOf('alice', { LDAP_GROUP_BASE_DN: `ou=sub,${GROUPS}` })).toEqual(['deep']);
      const nested = { ...names, LDAP_NESTED_GROUPS: 'true' };
      expect(await groupsOf('alice', nested)).toEqual(['comma, inc', 'operators', 'role of a group', 'staff']);
    });

    test('a place of groups that is not there is no empty list, and the doctor says so', async () => {
      const nowhere = { LDAP_RETURN_GROUPS: 'true', LDAP_GROUP_BASE_DN: `ou=nowhere,${BASE}` };
      expect(await answer('bob', nowhere)).toEqual(UNPROVED);
      expect(await answer('bob', { ...nowhere, LDAP_NESTED_GROUPS: 'true' })).toEqual(UNPROVED);
      expect(await answer('alice', { ...nowhere, LDAP_GROUP_LOOKUP: 'memberOf' })).toEqual(UNPROVED);
      expect(await answer('bob', nowhere, 'wrong')).toEqual(WRONG_PASSWORD);
      expect(await groupsRow(nowhere)).toMatchObject({ status: 'fail', hint: expect.stringMatching(/^LDAP_GROUP_BASE_DN: /) });
    });

    test('roleOccupant is a way to hold a member, alone and through groups', async () => {
      for (const nested of ['false', 'true']) {
        const changes = { ...requiring(ROLE), LDAP_NESTED_GROUPS: nested };
        expect(await answer('alice', changes)).toMatchObject({ status: 0 });
        expect(await answer('bob', changes)).toEqual(NOT_IN_GROUP);
      }
      const through = { ...requiring(`cn=role of a group,${GROUPS}`), LDAP_NESTED_GROUPS: 'true' };
      expect([await answer('alice', through), await answer('bob', through)]).toEqual([
        expect.objectContaining({ status: 0 }),
        NOT_IN_GROUP,
      ]);
    });

    test('memberOf: in, out because somebody else shows it, and no more searches than that', async () => {
      const changes = { ...requiring(STAFF), LDAP_GROUP_LOOKUP: 'memberOf' };
      expect(await answer('alice', changes)).toMatchObject({ status: 0 });
      expect(await answer('alice', { ...changes, ...requiring(`cn=none,${GROUPS}`) })).toEqual(NOT_IN_GROUP);
      expect(await answer('bob', changes)).toEqual(NOT_IN_GROUP);
      expect(await answer('bob', changes, 'wrong')).toEqual(WRONG_PASSWORD);
      const ask = service(changes);
      await ask('bob', PASSWORD);
      const during = async (username: string): Promise<readonly string[]> => [...(await relay().during(() => ask(username, PASSWORD)))];
      expect(await during('alice')).toEqual(['bind', 'sub', 'bind', 'unbind']);
      expect(await during('bob')).toEqual(['bind', 'sub', 'base', 'bind', 'unbind']);
    });

    test('memberOf: returned as DNs and as names', async () => {
      const lookup = { LDAP_GROUP_LOOKUP: 'memberOf' };
      expect(await groupsOf('alice', { ...lookup, LDAP_GROUP_BASE_DN: GROUPS })).toEqual(expect.arrayContaining(['staff']));
      expect(await groupsOf('alice', lookup)).toEqual(expect.arrayContaining([STAFF, DEEP, ELSEWHERE].toSorted()));
      expect(await groupsOf('bob', lookup)).toEqual([]);
    });

    test('memberOf that is shown of nobody is unknown, and the doctor names the setting', async () => {
      const blind = { LDAP_BASE_DN: `ou=plain,${BASE}`, ...requiring(STAFF), LDAP_GROUP_LOOKUP: 'memberOf' };
      expect(await answer('carol', blind)).toEqual(UNPROVED);
      expect(await answer('carol', blind, 'wrong')).toEqual(WRONG_PASSWORD);
      expect(await groupsRow(blind)).toMatchObject({ status: 'fail', hint: expect.stringMatching(/^LDAP_GROUP_LOOKUP: nobody below/) });
      expect(failed(await examineWith({ ...directory().environment, ...requiring(STAFF), LDAP_GROUP_LOOKUP: 'memberOf' }))).toEqual([]);
    });

    test('the doctor names a group of a kind that cannot be asked', async () => {
      const hint = /^LDAP_REQUIRED_GROUPS: .*of a kind that is not supported.*organizationalUnit/;
      expect(await groupsRow(requiring(`ou=groups,${BASE}`, STAFF))).toMatchObject({ status: 'fail', hint: expect.stringMatching(hint) });
      const report = await examineWith({ ...directory().environment, ...requiring(`ou=groups,${BASE}`) }, { username: 'alice' });
      expect(rowOf(report, 'membership').hint).toMatch(/^LDAP_REQUIRED_GROUPS: unknown \(groups: required group 1 is not there, or/);
    });

    test('LDAP_PASSWORD_POLICY=false: the control is not sent, and the doctor fails', async () => {
      const off = { ...directory().environment, LDAP_PASSWORD_POLICY: 'false' };
      expect((await makeService(off)('alice', PASSWORD)).body).toMatchObject({ status: 0 });
      const row = rowOf(await examineWith(off), 'root-dse');
      expect(row).toMatchObject({ status: 'fail', hint: expect.stringContaining('LDAP_PASSWORD_POLICY: the server offers') });
    });
  });
}

describeWhere('openldap', () => {
  describeLookup('OpenLDAP', () => startOpenldap({ entries: PLACES, added: MADE }));
});

describeWhere('389ds', () => {
  describeLookup('389DS', () => start389ds({ entries: PLACES, added: MADE }));
});

describeWhere('samba', () => {
  test('names of groups on Samba AD, the primary group among them', async () => {
    const unit = `OU=teams,${DOMAIN_BASE}`;
    const dn = `CN=alice,${unit}`;
    const team = (cn: string, member: string): DirectoryEntry => ({
      dn: `CN=${cn},${unit}`,
      attributes: { objectClass: ['group'], sAMAccountName: [cn], member: [member] },
    });
    const entries = [
      domainUnit('teams', DOMAIN_BASE),
      userAt(unit, 'alice', PASSWORD),
      team('inner', dn),
      team('outer', `CN=inner,${unit}`),
    ];
    const directory = await startSamba({ population: { entries } });
    try {
      const named = async (base: string, nested: string): Promise<unknown> => {
        const changes = { LDAP_RETURN_GROUPS: 'true', LDAP_GROUP_BASE_DN: base, LDAP_NESTED_GROUPS: nested };
        return summarise(await makeService({ ...directory.environment, ...changes })('alice', PASSWORD));
      };
      const withGroups = (groups: unknown): object => expect.objectContaining({ status: 0, groups });
      expect(await named(unit.toLowerCase(), 'true')).toEqual(withGroups(expect.arrayContaining(['inner', 'outer'])));
      expect(await named(unit, 'false')).toEqual(withGroups(['inner']));
      expect(await named(`CN=Users,${DOMAIN_BASE}`, 'false')).toEqual(withGroups(['Domain Users']));
      const required = { LDAP_REQUIRED_GROUPS: JSON.stringify([SAMBA_SERVICE.dn]) };
      const hint = rowOf(await examineWith({ ...directory.environment, ...required }), 'groups').hint;
      expect(hint).toMatch(/of a kind that is not supported .*it is no group/);
    } finally {
      await directory.stop();
    }
  });
});
