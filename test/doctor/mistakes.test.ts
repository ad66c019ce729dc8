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
      /^LDAP_BIND_DN: the base is there, but the directory does not show it to this account; give the account the right to search and read/,
    ],
    [
      'ou=people,',
      /^LDAP_BIND_DN: .* neither LDAP_BASE_DN nor dc=example,dc=org above it; check the spelling of LDAP_BASE_DN, then give the account the right/,
    ],
  ])('a service account without rights, base %sdc=example,dc=org', async (place, hint) => {
    await withOpenldap({ access: ['access to * by self read by * none'] }, async ({ environment }) => {
      expect(await onlyFailure({ ...environment, LDAP_BASE_DN: place + BASE })).toEqual(['base', expect.stringMatching(hint)]);
    });
  });

  test('objectClass is hidden: the right to it is asked for', async () => {
    await withOpenldap({ access: ['access to attrs=objectClass by * none'] }, async ({ environment }) => {
      const hint =
        /^LDAP_BIND_DN: .* entries with uid below LDAP_BASE_DN, but not their objectClass,.*give the account the right to search and read objectClass/;
      expect(await onlyFailure(environment)).toEqual(['base', expect.stringMatching(hint)]);
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

  test('a domain before the name: who to log in as', async () => {
    await withOpenldap({}, async ({ environment }) => {
      expect(await onlyFailure(environment, 'CORP\\alice')).toEqual(['user', expect.stringMatching(/log in as "alice"$/)]);
    });
  });

  test('a mail address is typed, and the filter compares the uid', async () => {
    await withOpenldap({}, async ({ environment }) => {
      const mail = 'alice@example.org';
      const [id, hint] = await onlyFailure(environment, mail);
      expect([id, hint]).toEqual(['user', expect.stringMatching(/^LDAP_USER_FILTER: "uid=alice.*" has this name as its mail,/)]);
      const LDAP_USER_FILTER = /set LDAP_USER_FILTER=(.*)$/.exec(hint ?? '')?.[1] ?? '';
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
      const hint = 'LDAP_NETBIOS_DOMAIN: it is not set, so a name with a domain before it finds nobody; set LDAP_NETBIOS_DOMAIN=CORP';
      expect(await onlyFailure(directory.environment, name)).toEqual(['user', hint]);
      const mended = { ...directory.environment, LDAP_NETBIOS_DOMAIN: 'CORP' };
      expect(failed(await examineWith(mended, { username: name }))).toEqual([]);
    });

    test('a service account without rights below the base', async () => {
      const { environment } = directory;
      const settings = { ...environment, LDAP_BASE_DN: HIDDEN };
      const hint =
        /^LDAP_BIND_DN: the directory shows this account no user below LDAP_BASE_DN .*give the account the right to search and read people there/;
      expect(await onlyFailure(settings, 'st.reset')).toEqual(['base', expect.stringMatching(hint)]);
    });
  });
});
