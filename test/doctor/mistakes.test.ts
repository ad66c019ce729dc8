import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { describeWhere } from '../contract/availability.ts';
import { DOMAIN_BASE } from '../contract/domain.ts';
import { peopleEntries } from '../contract/entries.ts';
import { domainStates } from '../contract/states.ts';
import type { Settings } from '../support/demo.ts';
import { startOpenldap, type OpenldapOptions } from '../support/servers/openldap.ts';
import { startSamba } from '../support/servers/samba.ts';
import type { StartedDirectory } from '../support/servers/server.ts';
import { examineWith, failed, rowOf } from './support/examine.ts';

/** Mistakes of which a server has a part: rights, what it hides, what it asks for. One row fails, and names what to change. */

const BASE = 'dc=example,dc=org';
const HIDDEN = `OU=hidden,${DOMAIN_BASE}`;

async function withOpenldap(options: OpenldapOptions, use: (directory: StartedDirectory) => Promise<void>): Promise<void> {
  const directory = await startOpenldap({ entries: peopleEntries(BASE, 'openldap'), ...options });
  try {
    await use(directory);
  } finally {
    await directory.stop();
  }
}

async function onlyFailure(settings: Settings, username = 'alice'): Promise<readonly [id: string, hint: string | undefined]> {
  const rows = failed(await examineWith(settings, { username }));
  expect(rows.map(({ id }) => id)).toHaveLength(1);
  return [rows[0]?.id ?? '', rows[0]?.hint];
}

describeWhere('openldap', () => {
  test.each([
    [
      '',
      /^directory: LDAP_BASE_DN is there .*, but the directory hides it from LDAP_BIND_DN; ask .* to give LDAP_BIND_DN the right to search there and to read these attributes of people: objectClass, uid, entryUUID$/,
    ],
    [
      'ou=people,',
      /^directory: .* neither LDAP_BASE_DN nor dc=example,dc=org above it; check the spelling of LDAP_BASE_DN, then ask .* to give LDAP_BIND_DN the right/,
    ],
  ])('a service account without rights, base %sdc=example,dc=org', async (place, hint) => {
    await withOpenldap({ access: ['access to * by self read by * none'] }, async ({ environment }) => {
      expect(await onlyFailure({ ...environment, LDAP_BASE_DN: place + BASE })).toEqual(['base', expect.stringMatching(hint)]);
    });
  });

  test.each([
    ['', '(uid={username})'],
    [
      '(&(objectClass=person)(!(objectClass=device))(|(objectClass=*)(sn=*))(|(uid={username})(mail={username})))',
      /^\(&\(sn=\*\)\(\|.*\)\)$/,
    ],
  ])('objectClass is hidden: the right to it is asked for, and the filter %s without it works', async (filter, rest) => {
    await withOpenldap({ access: ['access to attrs=objectClass by * none'] }, async ({ environment }) => {
      const [id, hint = ''] = await onlyFailure({ ...environment, LDAP_USER_FILTER: filter });
      const right =
        /^directory: LDAP_BIND_DN sees entries with uid.* below LDAP_BASE_DN, but not their objectClass,.* the right to search and read objectClass/;
      expect([id, hint]).toEqual(['base', expect.stringMatching(right)]);
      const LDAP_USER_FILTER = /set LDAP_USER_FILTER=(\S+)$/.exec(hint)?.[1] ?? '';
      expect(LDAP_USER_FILTER).toMatch(rest);
      expect(failed(await examineWith({ ...environment, LDAP_USER_FILTER }, { username: 'alice' }))).toEqual([]);
    });
  });

  test('the filter compares an attribute that nobody has: one that people have is named, and works', async () => {
    await withOpenldap({}, async ({ environment }) => {
      const broken = { ...environment, LDAP_USER_FILTER: '(employeeNumber={username})' };
      const [id, hint = ''] = await onlyFailure(broken);
      expect([id, hint]).toEqual([
        'base',
        expect.stringMatching(
          /^LDAP_USER_FILTER: LDAP_BIND_DN sees users with uid below LDAP_BASE_DN, but none with employeeNumber; .*give/,
        ),
      ]);
      const LDAP_USER_FILTER = /set LDAP_USER_FILTER=(\S+), or/.exec(hint)?.[1] ?? '';
      expect(LDAP_USER_FILTER).toContain('(uid={username})');
      expect(failed(await examineWith({ ...environment, LDAP_USER_FILTER }, { username: 'alice' }))).toEqual([]);
    });
  });

  test('an attribute to return that the entry does not show is named, and is no failure', async () => {
    await withOpenldap({}, async ({ environment }) => {
      const ask = async (attributes: string) => {
        const report = await examineWith({ ...environment, LDAP_USER_ATTRIBUTES: attributes }, { username: 'alice' });
        return [failed(report), rowOf(report, 'user').hint];
      };
      expect(await ask('mail')).toEqual([[], undefined]);
      expect(await ask('mial,MAIL,x-none')).toEqual([
        [],
        expect.stringMatching(/^LDAP_USER_ATTRIBUTES: the entry shows no mial, x-none: .*leaves/),
      ]);
    });
  });

  test('the rest of the filter fits nobody', async () => {
    await withOpenldap({}, async ({ environment }) => {
      const hint =
        /^LDAP_USER_FILTER: there are entries with uid \(objectClass: .*inetOrgPerson.*\), but none of them fits the rest of .*; set LDAP_USER_FILTER=\(uid=/;
      const LDAP_USER_FILTER = '(&(objectClass=device)(uid={username}))';
      expect(await onlyFailure({ ...environment, LDAP_USER_FILTER })).toEqual(['base', expect.stringMatching(hint)]);
    });
  });

  test('a hidden root DSE is no failure: logins work', async () => {
    await withOpenldap({ directives: ['access to dn.base="" by * none'] }, async ({ environment }) => {
      const report = await examineWith(environment, { username: 'alice' });
      expect(failed(report)).toEqual([]);
      expect(rowOf(report, 'root-dse').title).toMatch(/^root DSE: hidden \(.*\); no login needs it$/);
    });
  });

  test.each([
    ['TLS 1.3, after the handshake', [], /^LDAP_TLS_CERT: /],
    ['TLS 1.2, within it', ['TLSCipherSuite NORMAL:-VERS-TLS1.3'], /^LDAP_URL: .* closes the connection .*, or set LDAP_TLS_CERT if/],
  ])('a client certificate is asked for, and GnuTLS hangs up without an alert: %s', async (_when, versions, hint) => {
    await withOpenldap({ directives: ['TLSVerifyClient demand', ...versions] }, async ({ environment }) => {
      expect(await onlyFailure(environment)).toEqual(['tls', expect.stringMatching(hint)]);
    });
  });

  test('a domain before the name: who to log in as, and no setting', async () => {
    await withOpenldap({}, async ({ environment }) => {
      const hint = '--user: only Active Directory has names with a domain before them; log in as "alice"';
      expect(await onlyFailure(environment, 'CORP\\alice')).toEqual(['user', hint]);
    });
  });

  test('a mail address is typed, and the filter compares the uid', async () => {
    await withOpenldap({}, async ({ environment }) => {
      const mail = 'alice@example.org';
      const [id, hint] = await onlyFailure(environment, mail);
      expect([id, hint]).toEqual([
        'user',
        expect.stringMatching(/^LDAP_USER_FILTER: "uid=alice.*" has this name as its mail\. .* or log in as "alice"$/),
      ]);
      const LDAP_USER_FILTER = /Set LDAP_USER_FILTER=(\S*) or/.exec(hint ?? '')?.[1] ?? '';
      expect(LDAP_USER_FILTER).toContain('(|(uid={username})(mail={username}))');
      expect(failed(await examineWith({ ...environment, LDAP_USER_FILTER }, { username: mail }))).toEqual([]);
    });
  });
});

describeWhere('samba', () => {
  describe('Active Directory', () => {
    let directory: StartedDirectory;

    beforeAll(async () => {
      const population = domainStates(DOMAIN_BASE);
      const place = { dn: HIDDEN, attributes: { objectClass: ['organizationalUnit'] } };
      const person = { dn: `CN=unseen,${HIDDEN}`, attributes: { objectClass: ['user'], sAMAccountName: ['unseen'] } };
      directory = await startSamba({ population: { ...population, entries: [...population.entries, place, person], hidden: [person.dn] } });
    });
    afterAll(() => directory.stop());

    test('LDAP_DIRECTORY is not set: one failure, and what to set', async () => {
      const { LDAP_DIRECTORY: _, ...settings } = directory.environment;
      const hint = /^LDAP_DIRECTORY: this server is Active Directory .*; set LDAP_DIRECTORY=active-directory$/;
      expect(await onlyFailure(settings, 'ldap-auth')).toEqual(['root-dse', expect.stringMatching(hint)]);
    });

    test('CORP\\name without LDAP_NETBIOS_DOMAIN: what is printed finds the user', async () => {
      const name = 'CORP\\ldap-auth';
      const hint = (domain: string, found: string): string =>
        `LDAP_NETBIOS_DOMAIN: it is not set, so a name with a domain before it finds nobody; set LDAP_NETBIOS_DOMAIN=${domain} (${found}), or log in as "ldap-auth"`;
      expect(await onlyFailure(directory.environment, name)).toEqual(['user', hint('CORP', 'the directory has a domain of this name')]);
      const unseen = 'as typed: the directory does not show a domain of this name';
      expect(await onlyFailure(directory.environment, 'CROP\\ldap-auth')).toEqual(['user', hint('CROP', unseen)]);
      const mended = { ...directory.environment, LDAP_NETBIOS_DOMAIN: 'CORP' };
      expect(failed(await examineWith(mended, { username: name }))).toEqual([]);
    });

    test('a filter for another kind of directory: the filter of this kind is named', async () => {
      const [id, hint = ''] = await onlyFailure({ ...directory.environment, LDAP_USER_FILTER: '(uid={username})' }, 'ldap-auth');
      expect([id, hint]).toEqual([
        'base',
        expect.stringMatching(
          /^LDAP_USER_FILTER: .* users with sAMAccountName .* set LDAP_USER_FILTER=\(&\(sAMAccountType=805306368\)\S+, or/,
        ),
      ]);
    });

    test('a service account without rights below the base', async () => {
      const { environment } = directory;
      const settings = { ...environment, LDAP_BASE_DN: HIDDEN };
      const hint =
        /^directory: LDAP_BIND_DN sees no other user below LDAP_BASE_DN, .* right to search there and to read these attributes of people: sAMAccountType, sAMAccountName, userPrincipalName, objectGUID\. If nobody is there, LDAP_BASE_DN is the wrong place: set LDAP_BASE_DN=DC=corp,DC=example,DC=test, or a place below$/;
      expect(await onlyFailure(settings, 'st.reset')).toEqual(['base', expect.stringMatching(hint)]);
    });
  });
});
