import { createServer, type Socket } from 'node:net';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { Secret } from '../../../src/core/secret.ts';
import { passwordCheck } from '../../../tools/doctor/password-check.ts';
import { Authority } from '../../../tools/demo-directory/certificates.ts';
import { listen, staySilent } from '../../support/listen.ts';
import type { Settings } from '../../support/demo.ts';
import { BROKEN_SETUPS, type Place, SILENT_SETUPS } from './broken-setups.ts';
import { examineWith, failed, outline, rowOf } from './examine.ts';

export type Expected = {
  readonly start: () => Promise<Omit<Place, 'stranger' | 'silentPort'>>;
  readonly vendor: RegExp;
  /** Whether a server that never answers is asked as well. */
  readonly silence?: 'asked';
  /** What is proposed when LDAP_DIRECTORY says something else. */
  readonly kind?: { readonly is: string; readonly not: string; readonly status: 'pass' | 'fail' };
  /** What comes of a bind without TLS. */
  readonly plaintext: 'taken' | 'refused';
  readonly userPassword: string;
  /** A group that the user is not in. */
  readonly foreignGroup: string;
  /** People, and what their entries tell without a password; undefined: nothing. */
  readonly states: readonly { readonly login: string; readonly tells: RegExp | undefined; readonly status: 'pass' | 'fail' }[];
};

const FOUND_ELSEWHERE = [
  'a user outside of the base',
  'a filter that compares another attribute',
  'a filter that leaves the user out',
] as const;

const ALL = ['dns', 'tcp', 'tls', 'bind', 'root-dse', 'base', 'groups', 'user', 'account', 'membership'];

/** The doctor against one directory: in order, and with everything that can be set wrongly. */
export function describeDoctor(name: string, expected: Expected): void {
  describe(`the doctor against ${name}`, () => {
    const started: { place?: Place; close?: () => void } = {};
    const at = (): Place => {
      if (started.place === undefined) throw new Error(`${name} did not start`);
      return started.place;
    };
    const settings = (changes: Settings = {}): Settings => ({
      LOG_LEVEL: 'SILENT',
      ...at().directory.environment,
      LDAP_REQUIRED_GROUPS: JSON.stringify([at().group]),
      ...changes,
    });

    beforeAll(async () => {
      const silent = await listenInSilence();
      started.close = silent.close;
      const stranger = await Authority.create('Another authority');
      started.place = { ...(await expected.start()), stranger: stranger.pem, silentPort: silent.port };
    });
    afterAll(async () => {
      started.close?.();
      await started.place?.directory.stop();
    });

    test.each(['ldaps', 'StartTLS'])('in order, over %s: every check passes', async (transport) => {
      const overStartTls = { LDAP_URL: at().directory.url, LDAP_STARTTLS: 'true' };
      const report = await examineWith(settings(transport === 'ldaps' ? {} : overStartTls), { username: at().user });
      expect(outline(report)).toEqual(['configuration', 'certificates', 'secret', ...ALL].map((id) => `pass ${id}`));
      expect(report.ok).toBe(true);
      expect(rowOf(report, 'tls').title).toMatch(/TLSv1\.[23], certificate for \S+, \S+ by "Throwaway test authority", \d+ days left$/);
      expect(rowOf(report, 'root-dse').title).toMatch(expected.vendor);
    });

    test.each([...BROKEN_SETUPS, ...(expected.silence === 'asked' ? SILENT_SETUPS : [])])(
      '$name: $fails fails and names $variable',
      async ({ change, user, fails, variable, cause }) => {
        const environment = settings(change(at()));
        const report = await examineWith(environment, { username: user ?? at().user });
        const hints = failed(report).map(({ id, hint = '' }) => [id, hint]);
        expect(hints[0]).toEqual([fails, expect.stringMatching(cause)]);
        expect(hints[0]?.[1]).toMatch(new RegExp(`^${variable}: `));
        // A group that is not there is also a group that the user is not known to be in.
        expect(hints.slice(1).map(([id]) => id)).toEqual(fails === 'groups' ? ['membership'] : []);
        expect(report.ok).toBe(false);
        expect(JSON.stringify(report)).not.toContain(environment['LDAP_BIND_PASSWORD']);
      },
    );

    test.each(FOUND_ELSEWHERE)('what is printed for %s finds the user', async (name) => {
      const setup = BROKEN_SETUPS.find((one) => one.name === name);
      if (setup === undefined) throw new Error(`no setup ${name}`);
      const broken = settings(setup.change(at()));
      const { hint = '' } = rowOf(await examineWith(broken, { username: at().user }), setup.fails);
      const [, variable = '', value = ''] =
        /set (LDAP_\w+)=(.*)$/i.exec(hint.replace(/, or one that fits it$| or log in as ".*"$/, '')) ?? [];
      const mended = await examineWith({ ...broken, [variable]: value }, { username: at().user });
      expect(failed(mended)).toEqual([]);
    });

    test.each(expected.states)('the entry of $login: account state $status', async ({ login, tells, status }) => {
      const report = await examineWith(settings({ LDAP_REQUIRED_GROUPS: '' }), { username: login });
      const { hint, status: seen } = rowOf(report, 'account');
      expect({ seen, hint }).toEqual({ seen: status, hint: tells === undefined ? undefined : expect.stringMatching(tells) });
    });

    test(`without TLS a bind is ${expected.plaintext}, and the danger told`, async () => {
      const report = await examineWith(settings({ LDAP_URL: at().directory.url, LDAP_ALLOW_PLAINTEXT: 'true' }));
      const { status, hint } = rowOf(report, 'bind');
      const refused = { status: 'fail', hint: expect.stringMatching(/^LDAP_URL: the server takes no bind without TLS/) };
      expect({ status, hint }).toEqual(expected.plaintext === 'refused' ? refused : { status: 'pass', hint: undefined });
      expect(rowOf(report, 'tls').hint).toMatch(/^LDAP_ALLOW_PLAINTEXT: passwords travel in clear text/);
    });

    test('the user is in no required group; the groups to return are counted', async () => {
      const outside = await examineWith(settings({ LDAP_REQUIRED_GROUPS: JSON.stringify([expected.foreignGroup]) }), {
        username: at().user,
      });
      expect(failed(outside)).toMatchObject([
        { id: 'membership', hint: expect.stringMatching(/^LDAP_REQUIRED_GROUPS: the user is in none/) },
      ]);
      const listed = await examineWith(settings({ LDAP_RETURN_GROUPS: 'true' }), { username: at().user });
      expect(rowOf(listed, 'membership').title).toMatch(/^groups of the user: in a required one, \d+ to return$/);
    });

    test('the groups of every application are looked at, and one that several name is looked at once', async () => {
      const { group, directory } = at();
      const missing = `cn=missing,${directory.environment['LDAP_BASE_DN'] ?? ''}`;
      const applications = { one: [group], two: [group.replaceAll(',', ' , '), missing], three: [missing] };
      const report = await examineWith(settings({ AUTH_APPLICATIONS: JSON.stringify(applications) }));
      const { status, title, hint } = rowOf(report, 'groups');
      expect({ status, title }).toEqual({ status: 'fail', title: 'required groups: 2 asked for' });
      expect(hint).toMatch(/^AUTH_APPLICATIONS: "cn=missing,[^\n]*" is not there, or LDAP_BIND_DN has no right to read its members$/);
    });

    test('the password, right and wrong: the login’s verdict, and no trace of it', async () => {
      const ask = (password: string) => {
        const username = at().user;
        return examineWith(settings(), { username, last: passwordCheck(username, new Secret(password)) });
      };
      const [right, wrong] = [await ask(expected.userPassword), await ask('wrong-typed-password')];
      expect(rowOf(right, 'password')).toMatchObject({ status: 'pass', title: expect.stringContaining('authenticated as') });
      expect(rowOf(wrong, 'password')).toMatchObject({ status: 'fail', title: expect.stringContaining('wrong-password') });
      expect(JSON.stringify([right, wrong])).not.toMatch(/wrong-typed-password/);
      expect(JSON.stringify([right, wrong])).not.toContain(expected.userPassword);
    });

    test('nothing but a URL and an authority: the rest is proposed', async () => {
      const { secureUrl, ca } = at().directory;
      const report = await examineWith({ LDAP_URL: secureUrl, LDAP_TLS_CA: ca });
      const { hint } = rowOf(report, 'root-dse');
      expect(hint).toMatch(/LDAP_BASE_DN: set LDAP_BASE_DN=dc=/i);
      const { kind } = expected;
      const proposed = kind === undefined || kind.is === 'openldap' ? undefined : kind.is; // openldap is the default
      expect(/LDAP_DIRECTORY=(\S+)/.exec(hint ?? '')?.[1]).toBe(proposed);
    });

    const { kind } = expected;
    if (kind === undefined) return;
    test(`LDAP_DIRECTORY=${kind.not}: ${kind.is} is proposed`, async () => {
      const report = await examineWith(settings({ LDAP_DIRECTORY: kind.not }));
      const { status, hint } = rowOf(report, 'root-dse');
      expect({ status, hint }).toEqual({
        status: kind.status,
        hint: expect.stringMatching(new RegExp(`; set LDAP_DIRECTORY=${kind.is}$`)),
      });
    });
  });
}

/** Accepts and never answers. */
async function listenInSilence(): Promise<{ readonly port: number; readonly close: () => void }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket)).on('connection', staySilent);
  const close = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port: await listen(server), close };
}
