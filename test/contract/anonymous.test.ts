import { describe, expect, test } from '@jest/globals';

import { examineWith, failed, rowOf } from '../doctor/support/examine.ts';
import { type Ask, makeService } from '../support/ask.ts';
import type { Settings } from '../support/demo.ts';
import { startRelay } from '../support/relay.ts';
import { running } from '../support/running.ts';
import { start389ds } from '../support/servers/389ds.ts';
import { accessRule, startApacheds } from '../support/servers/apacheds.ts';
import { startOpenldap } from '../support/servers/openldap.ts';
import { startSamba } from '../support/servers/samba.ts';
import type { DirectoryEntry, StartedDirectory } from '../support/servers/server.ts';
import { describeWhere } from './availability.ts';
import { BASE, personAt, unitEntry } from './entries.ts';
import { NOT_IN_GROUP, SERVICE_REFUSED, summarise, UNKNOWN, validWithAnyId, WRONG_PASSWORD } from './verdicts.ts';

const PEOPLE = `ou=people,${BASE}`;
const HIDDEN = `ou=hidden,${BASE}`;
const PASSWORD = 'Passw0rd of everybody here';
const ALICE = { dn: `uid=alice,${PEOPLE}`, username: 'alice' } as const;

function group(cn: string, member: string): DirectoryEntry {
  return { dn: `cn=${cn},ou=groups,${BASE}`, attributes: { objectClass: ['groupOfNames'], cn: [cn], member: [member] } };
}

const STAFF = `cn=staff,ou=groups,${BASE}`;
const OTHERS = `cn=others,ou=groups,${BASE}`;
const ENTRIES: readonly DirectoryEntry[] = [
  ...['people', 'groups', 'hidden'].map((unit) => unitEntry(unit, BASE)),
  ...[personAt(PEOPLE, 'alice', PASSWORD), personAt(PEOPLE, 'bob', PASSWORD), personAt(HIDDEN, 'carol', PASSWORD)],
  ...[group('inner', ALICE.dn), group('staff', `cn=inner,ou=groups,${BASE}`), group('others', `uid=bob,${PEOPLE}`)],
];

/** As an operator who has no account would write it. */
function anonymously({ environment }: StartedDirectory): Settings {
  return { ...environment, LDAP_BIND_DN: '', LDAP_BIND_PASSWORD: '', LDAP_ANONYMOUS_SEARCH: 'true' };
}

function describeAnonymous(name: string, start: () => Promise<StartedDirectory>): void {
  describe(`an anonymous search, on ${name}`, () => {
    const directory = running(start);
    const relay = running(() => startRelay(directory().url));
    const service = (changes: Settings = {}): Ask => makeService({ ...anonymously(directory()), ...relay().settings, ...changes });
    const answer = async (ask: Ask, username: string, password = PASSWORD): Promise<object> => summarise(await ask(username, password));

    test('tells the three answers, over TLS and in both disclosures', async () => {
      for (const ask of [service(), makeService(anonymously(directory()))]) {
        expect(await answer(ask, 'nobody')).toEqual(UNKNOWN);
        expect(await answer(ask, 'alice')).toEqual(validWithAnyId(ALICE));
        expect(await answer(ask, 'alice', 'wrong')).toEqual(WRONG_PASSWORD);
        expect(await answer(ask, 'bob', '')).toMatchObject({ status: 4 });
      }
      const uniform = service({ AUTH_DISCLOSURE: 'uniform', AUTH_UNIFORM_FLOOR_MS: '0' });
      expect(await answer(uniform, 'alice')).toEqual(validWithAnyId(ALICE));
      for (const username of ['nobody', 'alice']) {
        expect(await answer(uniform, username, 'wrong')).toMatchObject({ status: 2, reason: 'invalid-credentials' });
      }
    });

    test('what it sends: one bind, the user’s; the service account’s and the question who is bound are not there', async () => {
      const ask = service();
      const during = async (username: string): Promise<readonly string[]> => [...(await relay().during(() => ask(username, PASSWORD)))];
      expect(await during('nobody')).toEqual(['sub', 'sub', 'unbind']);
      expect(await during('nobody')).toEqual(['sub', 'base', 'unbind']);
      expect(await during('alice')).toEqual(['sub', 'bind', 'unbind']);
    });

    test('where nobody is shown to nobody, nobody is unknown', async () => {
      const ask = service({ LDAP_BASE_DN: HIDDEN });
      expect([await answer(ask, 'carol'), await answer(ask, 'nobody')]).toEqual([SERVICE_REFUSED, SERVICE_REFUSED]);
      const row = rowOf(await examineWith({ ...anonymously(directory()), LDAP_BASE_DN: HIDDEN }), 'base');
      expect(row).toMatchObject({ status: 'fail', hint: expect.stringContaining('LDAP_ANONYMOUS_SEARCH') });
      expect(row.hint).not.toContain('LDAP_BIND_DN');
    });

    test('groups in groups: the proof is read as nobody again, after the user’s bind', async () => {
      const nested = (required: string): Ask => service({ LDAP_REQUIRED_GROUPS: JSON.stringify([required]), LDAP_NESTED_GROUPS: 'true' });
      expect(await answer(nested(STAFF), 'alice')).toEqual(validWithAnyId(ALICE));
      expect(await answer(nested(OTHERS), 'alice')).toEqual(NOT_IN_GROUP);
      expect(await answer(nested(OTHERS), 'alice', 'wrong')).toEqual(WRONG_PASSWORD);
      const sent = await relay().during(() => nested(OTHERS)('alice', PASSWORD));
      const user = sent.indexOf('bind');
      expect(sent.slice(user, user + 3)).toEqual(['bind', 'bind', 'base']);
    });

    test('the doctor passes, and names no account', async () => {
      const report = await examineWith(anonymously(directory()), { username: 'alice' });
      expect(failed(report)).toEqual([]);
      expect(rowOf(report, 'bind')).toMatchObject({ status: 'pass', title: 'service bind: anonymous' });
      expect(rowOf(report, 'secret').status).toBe('skip');
    });
  });
}

const SHOWN = [`access to dn.subtree="${HIDDEN}" by * none`, 'access to * by anonymous read by * break'];

describeWhere('openldap', () => {
  describeAnonymous('OpenLDAP', () => startOpenldap({ entries: ENTRIES, access: SHOWN }));

  test('a server that takes no anonymous bind: searches work, a proof after the user’s bind does not, and the doctor says so', async () => {
    const directory = await startOpenldap({ entries: ENTRIES, access: SHOWN, directives: ['disallow bind_anon'] });
    try {
      const settings = anonymously(directory);
      expect(summarise(await makeService(settings)('alice', PASSWORD))).toEqual(validWithAnyId(ALICE));
      const nested = { ...settings, LDAP_REQUIRED_GROUPS: JSON.stringify([OTHERS]), LDAP_NESTED_GROUPS: 'true' };
      expect(summarise(await makeService(nested)('alice', PASSWORD))).toEqual({ ...SERVICE_REFUSED, attempted: true });
      const hint = rowOf(await examineWith(nested), 'bind').hint;
      expect(hint).toMatch(/^LDAP_ANONYMOUS_SEARCH: the server takes no anonymous bind .*LDAP_NESTED_GROUPS/);
    } finally {
      await directory.stop();
    }
  });
});

describeWhere('389ds', () => {
  describeAnonymous('389DS', () => {
    const aci = '(targetattr != "userPassword")(version 3.0; acl "all"; allow (read, search, compare) userdn = "ldap:///anyone";)';
    const shown = ['people', 'groups'].map((unit) => unitEntry(unit, BASE));
    const units = shown.map(({ dn, attributes }) => ({ dn, attributes: { ...attributes, aci: [aci] } }));
    return start389ds({ entries: [...units, ...ENTRIES.slice(2)] });
  });
});

describeWhere('apacheds', () => {
  describeAnonymous('ApacheDS', () => {
    const subtree = '{ specificExclusions { chopBefore: "ou=hidden" } }';
    return startApacheds({ entries: ENTRIES, access: { rules: [accessRule('all', '{ allUsers }')], subtree } });
  });
});

describeWhere('samba', () => {
  test('Samba AD answers no anonymous search: unknown for every name, and the doctor names the variable', async () => {
    const directory = await startSamba();
    try {
      const ask = makeService(anonymously(directory));
      for (const username of ['nobody', 'Administrator']) {
        expect(summarise(await ask(username, PASSWORD))).toMatchObject({ http: 503, status: 5, reason: 'directory-protocol-error' });
      }
      const hint = rowOf(await examineWith(anonymously(directory)), 'base').hint;
      expect(hint).toMatch(/^LDAP_ANONYMOUS_SEARCH: the server may take no anonymous search/);
    } finally {
      await directory.stop();
    }
  });
});
