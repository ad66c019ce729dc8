import { describe, expect, test } from '@jest/globals';

import { type Answer, type Ask, makeService } from '../support/ask.ts';
import { running } from '../support/running.ts';
import { DS389_SERVICE, start389ds } from '../support/servers/389ds.ts';
import { OPENLDAP_SERVICE, startOpenldap } from '../support/servers/openldap.ts';
import { SAMBA_SERVICE, startSamba } from '../support/servers/samba.ts';
import type { DirectoryEntry, StartedDirectory } from '../support/servers/server.ts';
import { describeWhere } from './availability.ts';
import { DOMAIN_BASE, domainUnit, REALM, userAt } from './domain.ts';
import { BASE, personAt, unitEntry } from './entries.ts';
import { readValues, replaceValues } from './own-account.ts';
import { summarise, UNKNOWN, WRONG_PASSWORD } from './verdicts.ts';

const ALICE_PASSWORD = 'Passw0rd-alice';
/** Wrong passwords in a row after which each of these directories locks an account. */
const MOST_FAILURES = 3;

/** A directory that locks accounts, and every name under which its service account can be typed. */
type Place = {
  readonly start: () => Promise<StartedDirectory>;
  readonly service: { readonly dn: string; readonly password: string };
  readonly environment: Readonly<Record<string, string>>;
  readonly names: readonly string[];
  /** Processes, and logins of each at once. */
  readonly burst: { readonly processes: number; readonly logins: number };
  /** Names that look like it and lead nowhere on this directory. */
  readonly strangers: readonly string[];
  /** Other forms of LDAP_BIND_DN that this directory takes. */
  readonly bindNames: readonly string[];
  /** Where the directory counts, and how many failures such values are. */
  readonly counter: { readonly attribute: string; readonly failures: (values: readonly string[]) => number };
};

function describeOwnAccount(name: string, place: Place): void {
  describe(`${name} never locks the service account for what callers type`, () => {
    const { service, names, burst, counter } = place;
    const directory = running(place.start);

    const process = (more: Readonly<Record<string, string>> = {}): Ask =>
      makeService({ ...directory().environment, ...place.environment, ...more });
    const counted = async (): Promise<number> => counter.failures(await readValues(directory(), service.dn, counter.attribute));
    const nameAt = (index: number): string => names[index % names.length] ?? '';

    test('the directory does lock accounts, and this one too', async () => {
      for (let failure = 0; failure < MOST_FAILURES; failure += 1) await process()('bart', 'wrong');
      expect(summarise(await process()('bart', 'Passw0rd-bart'))).toMatchObject({ status: 3, reason: 'account-locked' });
    });

    test.each(names.map((typed) => [typed]))('%j: a wrong password is wrong, the right one is right', async (typed) => {
      const ask = process();
      expect(summarise(await ask(typed, 'wrong'))).toEqual(WRONG_PASSWORD);
      expect(await counted()).toBe(0);
      expect((await ask(typed, service.password)).body).toMatchObject({ status: 0, user: { dn: service.dn } });
    });

    if (place.strangers.length > 0)
      test.each(place.strangers.map((typed) => [typed]))('%j is nobody here', async (typed) => {
        expect(summarise(await process()(typed, 'wrong'))).toEqual(UNKNOWN);
        expect(await counted()).toBe(0);
      });

    if (place.bindNames.length > 0)
      test.each(place.bindNames.map((bindName) => [bindName]))('bound as %j', async (bindName) => {
        const ask = process({ LDAP_BIND_DN: bindName });
        expect(summarise(await ask(nameAt(0), 'wrong'))).toEqual(WRONG_PASSWORD);
        expect(await counted()).toBe(0);
        expect((await ask('alice', ALICE_PASSWORD)).body).toMatchObject({ status: 0 });
      });

    test('wrong passwords in parallel: nothing is counted, and everybody else logs in meanwhile', async () => {
      const processes = Array.from({ length: burst.processes }, () => process());
      const wrong: Answer[] = [];
      const others: Answer[] = [];
      const seen = new Set<number>();
      const askOne = async (ask: Ask, index: number): Promise<void> => {
        if (index % 10 === 9) others.push(await ask('alice', ALICE_PASSWORD));
        else wrong.push(await ask(nameAt(index), `wrong ${String(index)}`));
      };
      const inTurn = async (ask: Ask): Promise<void> => {
        for (let at = 0; at < burst.logins; at += AT_ONCE) {
          await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => askOne(ask, at + index)));
          if (ask === processes[0] && at % (10 * AT_ONCE) === 0) seen.add(await counted()); // a success would set it back
        }
      };
      await Promise.all(processes.map(inTurn));
      expect(new Set(wrong.map((answer) => JSON.stringify(summarise(answer))))).toEqual(new Set([JSON.stringify(WRONG_PASSWORD)]));
      expect(new Set(others.map(({ body }) => body['status']))).toEqual(new Set([0]));
      expect(wrong.length + others.length).toBe(burst.processes * burst.logins);
      seen.add(await counted());
      expect([...seen]).toEqual([0]);
    }, 600_000);

    test('under uniform a wrong password for it is told as any other', async () => {
      const ask = process({ AUTH_DISCLOSURE: 'uniform', AUTH_UNIFORM_FLOOR_MS: '50' });
      const [own, unknown] = [await ask(nameAt(0), 'wrong'), await ask('nobody', 'wrong')];
      expect([own.http, own.text, own.headers]).toEqual([unknown.http, unknown.text, unknown.headers]);
      expect(await counted()).toBe(0);
    });
  });
}

const AT_ONCE = 5; // of each process: what a directory's queue of new connections takes

function fullWidth(text: string): string {
  return text.replace(/[!-~]/g, (character) => String.fromCodePoint(character.charCodeAt(0) + 0xfee0));
}

function firstNumber([value = '0']: readonly string[]): number {
  return Number(value);
}

const LOGINS = ['alice', 'bart'] as const;
const FOR_EVER = '-9223372036854775808';

function startDomain(): Promise<StartedDirectory> {
  return startSamba({
    population: {
      entries: [
        domainUnit('people', DOMAIN_BASE),
        ...LOGINS.map((login) => userAt(`OU=people,${DOMAIN_BASE}`, login, `Passw0rd-${login}`)),
      ],
      changes: [
        { dn: SAMBA_SERVICE.dn, attributes: { userPrincipalName: [`service.account@${REALM}`] } },
        { dn: DOMAIN_BASE, attributes: { lockoutThreshold: [String(MOST_FAILURES)], lockoutDuration: [FOR_EVER] } },
      ],
    },
  });
}

describeWhere('samba', () => {
  describeOwnAccount('samba', {
    start: startDomain,
    service: SAMBA_SERVICE,
    environment: { LDAP_NETBIOS_DOMAIN: 'CORP' },
    names: [
      ...['ldap-auth', 'LDAP-AUTH', 'Ldap-Auth', ' ldap-auth '],
      ...[`service.account@${REALM}`, `SERVICE.ACCOUNT@${REALM.toUpperCase()}`, `ldap-auth@${REALM}`, `LDAP-auth@${REALM}`],
      ...['CORP\\ldap-auth', 'corp\\LDAP-AUTH'],
    ],
    strangers: [fullWidth('ldap-auth'), SAMBA_SERVICE.dn, 'OTHER\\ldap-auth'],
    bindNames: ['CORP\\ldap-auth', `service.account@${REALM}`, `ldap-auth@${REALM}`, SAMBA_SERVICE.dn.toLowerCase()],
    burst: { processes: 4, logins: 250 },
    counter: { attribute: 'badPwdCount', failures: firstNumber },
  });
});

/** Finds people by their login, and the service account too, which has none. */
const FILTER = { LDAP_USER_FILTER: '(|(&(objectClass=person)(uid={username}))(cn={username}))' } as const;

function people(): readonly DirectoryEntry[] {
  return [
    unitEntry('people', BASE),
    ...LOGINS.map((login) => personAt(`ou=people,${BASE}`, login, `Passw0rd-${login}`, { cn: [`${login} person`] })),
  ];
}

async function startLockingOpenldap(): Promise<StartedDirectory> {
  const directory = await startOpenldap({ entries: people() });
  await replaceValues(directory, `cn=default,ou=policies,${BASE}`, { pwdLockout: 'TRUE', pwdMaxFailure: String(MOST_FAILURES) });
  return directory;
}

describeWhere('openldap', () => {
  describeOwnAccount('openldap', {
    start: startLockingOpenldap,
    service: OPENLDAP_SERVICE,
    environment: FILTER,
    names: ['ldap-auth', 'LDAP-AUTH', ' ldap-auth ', fullWidth('ldap-auth')],
    strangers: [OPENLDAP_SERVICE.dn],
    bindNames: [`CN=LDAP-Auth , OU=Services,${BASE}`, `commonName=ldap\\2dauth,2.5.4.11=services,${BASE}`],
    burst: { processes: 4, logins: 50 },
    counter: { attribute: 'pwdFailureTime', failures: ({ length }) => length },
  });
});

describeWhere('389ds', () => {
  const config = { passwordLockout: 'on', passwordMaxFailure: String(MOST_FAILURES), passwordUnlock: 'off' };
  describeOwnAccount('389ds', {
    start: () => start389ds({ entries: people(), config }),
    service: DS389_SERVICE,
    environment: FILTER,
    names: ['ldap-auth', 'LDAP-AUTH', ' ldap-auth '],
    strangers: [DS389_SERVICE.dn],
    bindNames: [`CN=LDAP-Auth , OU=Services,${BASE}`],
    burst: { processes: 4, logins: 50 },
    counter: { attribute: 'passwordRetryCount', failures: firstNumber },
  });
});
