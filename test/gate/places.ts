import type { DirectoryKind } from '../../src/config/config.ts';
import { DOMAIN_BASE, domainUnit, unicodePwd } from '../contract/domain.ts';
import { unitEntry } from '../contract/entries.ts';
import { start389ds } from '../support/servers/389ds.ts';
import type { RealServer } from '../support/servers/install.ts';
import { startOpenldap } from '../support/servers/openldap.ts';
import { startSamba } from '../support/servers/samba.ts';
import type { DirectoryEntry, StartedDirectory } from '../support/servers/server.ts';
import { store } from '../support/servers/stored-password.ts';

const BASE = 'dc=example,dc=org';
export const PASSWORD = 'Passw0rd-of-alice';
export const THRESHOLD = 5;
export const WINDOW = 600;

/** Each of them with the same password and the same policy, so that every test has an account of its own. */
const PEOPLE = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi', 'ivan'] as const;
export type Person = (typeof PEOPLE)[number];

/** A directory that locks with the fifth failure. */
export type Place = {
  readonly name: string;
  readonly server: RealServer;
  readonly kind: DirectoryKind;
  readonly dnOf: (person: Person) => string;
  readonly windowSeconds: number;
  /** `access`: OpenLDAP's own rules before the others. */
  readonly start: (access?: readonly string[]) => Promise<StartedDirectory>;
  /** What the server keeps, from the values of its own attribute. */
  readonly counter: { readonly attribute: string; readonly read: (values: readonly string[]) => number };
  /** What it keeps of a lock. */
  readonly lock: { readonly attribute: string; readonly read: (values: readonly string[]) => boolean };
  readonly tellsLock: boolean;
};

function personDn(person: Person): string {
  return `uid=${person},ou=people,${BASE}`;
}

function people(attributes: DirectoryEntry['attributes']): readonly DirectoryEntry[] {
  const userPassword = [store(PASSWORD, 'SSHA')];
  return PEOPLE.map((person) => ({
    dn: personDn(person),
    attributes: { objectClass: ['inetOrgPerson'], uid: [person], cn: [person], sn: ['A'], userPassword, ...attributes },
  }));
}

function openldap(name: string, windowSeconds: number, interval: DirectoryEntry['attributes']): Place {
  const policy = {
    dn: `cn=strict,ou=people,${BASE}`,
    attributes: {
      objectClass: ['organizationalRole', 'pwdPolicy'],
      cn: ['strict'],
      pwdAttribute: ['userPassword'],
      pwdLockout: ['TRUE'],
      pwdMaxFailure: [String(THRESHOLD)],
      ...interval,
    },
  };
  return {
    name,
    server: 'openldap',
    kind: 'openldap',
    dnOf: personDn,
    windowSeconds,
    start: (access = []) =>
      startOpenldap({ entries: [unitEntry('people', BASE), policy, ...people({ pwdPolicySubentry: [policy.dn] })], access }),
    counter: { attribute: 'pwdFailureTime', read: (values) => values.length },
    lock: { attribute: 'pwdAccountLockedTime', read: (values) => values.length > 0 },
    tellsLock: false,
  };
}

function place389ds(): Place {
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
  return {
    name: '389DS',
    server: '389ds',
    kind: '389ds',
    dnOf: personDn,
    windowSeconds: WINDOW,
    start: () => start389ds({ entries: [unitEntry('people', BASE), policy, ...people({ pwdpolicysubentry: [policy.dn] })] }),
    counter: { attribute: 'passwordRetryCount', read: ([value = '0']) => Number(value) },
    lock: { attribute: 'accountUnlockTime', read: ([value = '1970']) => !value.startsWith('1970') },
    tellsLock: true,
  };
}

function samba(): Place {
  const window = [String(BigInt(WINDOW - 1) * -10_000_000n)]; // ours has to be longer
  const dnOf = (person: Person): string => `CN=${person},OU=people,${DOMAIN_BASE}`;
  const accounts = PEOPLE.map((person) => ({
    dn: dnOf(person),
    attributes: {
      objectClass: ['user'],
      sAMAccountName: [person],
      userPrincipalName: [`${person}@corp.example.test`],
      userAccountControl: ['512'],
      unicodePwd: [unicodePwd(PASSWORD)],
    },
  }));
  const policy = {
    dn: DOMAIN_BASE,
    attributes: { lockoutThreshold: [String(THRESHOLD)], lockoutDuration: window, lockOutObservationWindow: window },
  };
  return {
    name: 'Samba',
    server: 'samba',
    kind: 'active-directory',
    dnOf,
    windowSeconds: WINDOW,
    start: () => startSamba({ population: { entries: [domainUnit('people', DOMAIN_BASE), ...accounts], changes: [policy], raw: [] } }),
    counter: { attribute: 'badPwdCount', read: ([value = '0']) => Number(value) },
    lock: { attribute: 'lockoutTime', read: ([value = '0']) => value !== '0' },
    tellsLock: true,
  };
}

export const OPENLDAP = openldap('OpenLDAP with an interval', WINDOW, { pwdFailureCountInterval: [String(WINDOW - 1)] });

export const PLACES: readonly Place[] = [OPENLDAP, openldap('OpenLDAP without one', 0, {}), place389ds(), samba()];
