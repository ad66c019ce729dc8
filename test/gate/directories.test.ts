import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import type { DirectoryKind } from '../../src/config/config.ts';
import { Deadline } from '../../src/core/deadline.ts';
import type { SearchEntry } from '../../src/ldap/message.ts';
import { makeTable } from '../../src/gate/aws.ts';
import { counterAttributes, countOf, tellsLock } from '../../src/gate/failure-count.ts';
import { type Gate, pauseFor, withPass } from '../../src/gate/pass.ts';
import { WaitingLine } from '../../src/gate/waiting-line.ts';
import { watchTable } from '../../src/gate/watched-table.ts';
import { describeWhere } from '../contract/availability.ts';
import { DOMAIN_BASE, domainUnit, unicodePwd } from '../contract/domain.ts';
import { unitEntry } from '../contract/entries.ts';
import { start389ds } from '../support/servers/389ds.ts';
import { parseLdif } from '../support/servers/ldif.ts';
import { startOpenldap } from '../support/servers/openldap.ts';
import { startSamba } from '../support/servers/samba.ts';
import { run } from '../support/servers/sandbox.ts';
import type { Credentials, DirectoryEntry, StartedDirectory } from '../support/servers/server.ts';
import { store } from '../support/servers/stored-password.ts';
import { type Dynamo, startDynamo, TABLE } from './dynamo.ts';

const BASE = 'dc=example,dc=org';
const PASSWORD = 'Passw0rd-of-alice';
const THRESHOLD = 5;
const WINDOW = 600;
const MINUTES = 300_000;

type Place = {
  readonly kind: DirectoryKind;
  readonly user: string;
  readonly windowSeconds: number;
  readonly start: () => Promise<StartedDirectory>;
  /** What the server keeps, from the values of its own attribute. */
  readonly counter: { readonly attribute: string; readonly read: (values: readonly string[]) => number };
  readonly tellsLock: boolean;
};

/** The tools of OpenLDAP, as one who binds and as one who reads. */
class Client {
  readonly #server: StartedDirectory;
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'gate-'));

  constructor(server: StartedDirectory) {
    this.#server = server;
    writeFileSync(path.join(this.#folder, 'ca.pem'), server.ca);
  }

  /** The result code of a bind. */
  async bind({ dn, password }: Credentials): Promise<number> {
    try {
      await this.#run('/usr/bin/ldapsearch', ['-D', dn, '-w', password, '-b', '', '-s', 'base', '1.1']); // Samba knows no "Who am I?"
      return 0;
    } catch (error) {
      return Number(/ldap_bind: .*\((\d+)\)/.exec(String(error))?.[1]);
    }
  }

  async read({ dn, password }: Credentials, target: string, attributes: readonly string[]): Promise<SearchEntry> {
    const args = ['-LLL', '-o', 'ldif-wrap=no', '-D', dn, '-w', password, '-b', target, '-s', 'base', '(objectClass=*)', ...attributes];
    const [entry] = parseLdif(await this.#run('/usr/bin/ldapsearch', args));
    const shown = [...(entry?.attributes ?? [])];
    return {
      dn: entry?.dn ?? '',
      attributes: shown.map(([description, values]) => ({ description, values: values.map((value) => Buffer.from(value)) })),
    };
  }

  close(): void {
    rmSync(this.#folder, { recursive: true });
  }

  #run(file: string, args: readonly string[]): Promise<string> {
    const env = { LDAPTLS_CACERT: path.join(this.#folder, 'ca.pem') };
    return run({ file, args: ['-x', '-H', this.#server.secureUrl, ...args], env });
  }
}

function describeCount(name: string, place: Place): void {
  describe(`${name}: our count is the server's`, () => {
    const started: { server?: StartedDirectory; client?: Client; dynamo?: Dynamo } = {};
    beforeAll(async () => {
      started.dynamo = await startDynamo();
      started.server = await place.start();
      started.client = new Client(started.server);
    }, MINUTES);
    afterAll(async () => {
      started.client?.close();
      await started.server?.stop();
      await started.dynamo?.close();
    });
    const parts = (): { readonly server: StartedDirectory; readonly client: Client } => {
      const { server, client } = started;
      if (server === undefined || client === undefined) throw new Error(`${name} did not start`);
      return { server, client };
    };
    const readEntry = async (): Promise<SearchEntry> => {
      const { server, client } = parts();
      const service = { dn: server.environment['LDAP_BIND_DN'] ?? '', password: server.environment['LDAP_BIND_PASSWORD'] ?? '' };
      return await client.read(service, place.user, counterAttributes(place.kind));
    };
    const look = async (laterSeconds = 0): Promise<{ readonly count: number; readonly kept: number; readonly locked: boolean }> => {
      const { server, client } = parts();
      const entry = await readEntry();
      const { attribute, read } = place.counter;
      const whole = await client.read(server.administrator, place.user, [attribute]);
      const kept = whole.attributes.flatMap(({ values }) => values.map(String));
      const nowMs = Date.now() + laterSeconds * 1000;
      const count = countOf(place.kind, entry, { nowMs, windowSeconds: place.windowSeconds });
      return { count: count.kind === 'told' ? count.failures : 0, kept: read(kept), locked: tellsLock(place.kind, entry, nowMs) };
    };
    const bind = (password: string): Promise<number> => parts().client.bind({ dn: place.user, password });

    test(
      'nobody has failed, then one after the other, then a success',
      async () => {
        expect(await look()).toEqual({ count: 0, kept: 0, locked: false });
        for (let failure = 1; failure < THRESHOLD; failure += 1) {
          expect(await bind('wrong')).toBe(49);
          expect(await look()).toEqual({ count: failure, kept: failure, locked: false });
        }
        expect(await bind(PASSWORD)).toBe(0);
        expect(await look()).toEqual({ count: 0, kept: 0, locked: false });
      },
      MINUTES,
    );

    test(
      'two failures elsewhere, then 50 wrong passwords at the same moment, all with the count as it was: two are sent',
      async () => {
        await bind('wrong');
        await bind('wrong');
        const entry = await readEntry();
        const limit = THRESHOLD - 1;
        const gate: Gate = {
          kind: place.kind,
          rules: { limit, windowSeconds: place.windowSeconds, success: 'clears' },
          table: watchTable(Promise.resolve(makeTable(TABLE))),
          line: new WaitingLine(limit),
          disclosure: 'distinct',
          clock: () => Date.now(),
          pause: pauseFor,
        };
        const readAgain = async (): Promise<{ readonly ok: true; readonly entry: SearchEntry }> => ({ ok: true, entry: await readEntry() });
        const codes: number[] = [];
        const use = async (): Promise<{ readonly end: 'refused'; readonly value: undefined }> => {
          codes.push(await bind('wrong'));
          return { end: 'refused', value: undefined };
        };
        const all = await Promise.all(Array.from({ length: 50 }, () => withPass(gate, { entry, readAgain }, Deadline.in(MINUTES), use)));
        expect([codes, all.filter(({ kind }) => kind === 'throttled').length]).toEqual([[49, 49], 48]);
        expect(await look()).toEqual({ count: limit, kept: limit, locked: false });
        expect(await bind(PASSWORD)).toBe(0);
      },
      MINUTES,
    );

    test(
      'failures that lock; what is stored outlives its window, the count does not',
      async () => {
        for (let failure = 1; failure <= THRESHOLD; failure += 1) await bind('wrong');
        expect(await look()).toEqual({ count: THRESHOLD, kept: THRESHOLD, locked: place.tellsLock });
        expect(await bind(PASSWORD)).not.toBe(0); // it is locked
        expect(await look()).toEqual({ count: THRESHOLD, kept: THRESHOLD, locked: place.tellsLock }); // and counts no more
        const never = place.windowSeconds === 0;
        expect(await look(WINDOW - 60)).toMatchObject({ count: THRESHOLD });
        expect(await look(WINDOW + 1)).toMatchObject({ count: never ? THRESHOLD : 0, kept: THRESHOLD });
      },
      MINUTES,
    );
  });
}

function person(attributes: DirectoryEntry['attributes']): DirectoryEntry {
  return {
    dn: `uid=alice,ou=people,${BASE}`,
    attributes: {
      objectClass: ['inetOrgPerson'],
      uid: ['alice'],
      cn: ['Alice'],
      sn: ['A'],
      userPassword: [store(PASSWORD, 'SSHA')],
      ...attributes,
    },
  };
}

function openldapWith(interval: DirectoryEntry['attributes']): readonly DirectoryEntry[] {
  return [
    unitEntry('people', BASE),
    {
      dn: `cn=strict,ou=people,${BASE}`,
      attributes: {
        objectClass: ['organizationalRole', 'pwdPolicy'],
        cn: ['strict'],
        pwdAttribute: ['userPassword'],
        pwdLockout: ['TRUE'],
        pwdMaxFailure: [String(THRESHOLD)],
        ...interval,
      },
    },
    person({ pwdPolicySubentry: [`cn=strict,ou=people,${BASE}`] }),
  ];
}

function openldap(windowSeconds: number, interval: DirectoryEntry['attributes']): Place {
  return {
    kind: 'openldap',
    user: `uid=alice,ou=people,${BASE}`,
    windowSeconds,
    start: () => startOpenldap({ entries: openldapWith(interval) }),
    counter: { attribute: 'pwdFailureTime', read: (values) => values.length },
    tellsLock: false,
  };
}

describeWhere('openldap', () => {
  describeCount('OpenLDAP with an interval', openldap(WINDOW, { pwdFailureCountInterval: [String(WINDOW - 1)] }));
  describeCount('OpenLDAP without one', openldap(0, {}));
});

describeWhere('389ds', () => {
  const policy = {
    dn: `cn=strict,ou=people,${BASE}`,
    attributes: {
      objectClass: ['top', 'ldapsubentry', 'passwordpolicy'],
      cn: ['strict'],
      passwordLockout: ['on'],
      passwordMaxFailure: [String(THRESHOLD)],
      passwordResetFailureCount: [String(WINDOW)],
      passwordUnlock: ['on'],
      passwordLockoutDuration: ['3600'],
    },
  };
  describeCount('389DS', {
    kind: '389ds',
    user: `uid=alice,ou=people,${BASE}`,
    windowSeconds: WINDOW,
    start: () => start389ds({ entries: [unitEntry('people', BASE), policy, person({ pwdpolicysubentry: [policy.dn] })] }),
    counter: { attribute: 'passwordRetryCount', read: ([value = '0']) => Number(value) },
    tellsLock: true,
  });
});

describeWhere('samba', () => {
  const window = [String(BigInt(WINDOW) * -10_000_000n)];
  const alice = {
    dn: `CN=alice,OU=people,${DOMAIN_BASE}`,
    attributes: { objectClass: ['user'], sAMAccountName: ['alice'], userAccountControl: ['512'], unicodePwd: [unicodePwd(PASSWORD)] },
  };
  const policy = {
    dn: DOMAIN_BASE,
    attributes: { lockoutThreshold: [String(THRESHOLD)], lockoutDuration: window, lockOutObservationWindow: window },
  };
  describeCount('Samba', {
    kind: 'active-directory',
    user: alice.dn,
    windowSeconds: WINDOW,
    start: () => startSamba({ population: { entries: [domainUnit('people', DOMAIN_BASE), alice], changes: [policy], raw: [] } }),
    counter: { attribute: 'badPwdCount', read: ([value = '0']) => Number(value) },
    tellsLock: true,
  });
});
