import type { AccountState } from '../../src/core/outcome.ts';
import type { Population } from '../support/servers/samba.ts';
import type { DirectoryEntry } from '../support/servers/server.ts';
import { store } from '../support/servers/stored-password.ts';
import { domainUnit, unicodePwd } from './domain.ts';
import { unitEntry } from './entries.ts';

/** What the directory says of an account, and when. */
export type StateRow = {
  readonly state: string;
  readonly login: string;
  /** The reason beside the right password, and beside a wrong one. */
  readonly right: 'authenticated' | 'wrong-password' | AccountState;
  readonly wrong: 'wrong-password' | AccountState;
  /** What a valid answer tells besides. */
  readonly tells?: 'passwordExpiresInSeconds' | 'graceLoginsRemaining';
};

/** Everybody whose state is at issue has the same one. */
export const STATE_PASSWORD = 'Passw0rd-of-a-state';

/** A state, and what makes it in the entry. */
export type Given<Attributes> = StateRow & { readonly attributes: Attributes };
type Attributes = DirectoryEntry['attributes'];

export const PAST = '20200102030405Z';
export const FUTURE = '20990102030405Z';
export const DAY_SECONDS = 86_400;

function generalizedTime(at: Date): string {
  return `${at.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
}
export function daysFromNow(days: number): string {
  return generalizedTime(new Date(Date.now() + days * DAY_SECONDS * 1000));
}

/** Somebody in a state, in a directory with uid and userPassword. */
export function stateEntry(row: StateRow, base: string, attributes: Attributes): DirectoryEntry {
  return {
    dn: `uid=${row.login},ou=states,${base}`,
    attributes: {
      objectClass: ['inetOrgPerson'],
      uid: [row.login],
      cn: [row.state],
      sn: [row.state],
      userPassword: [store(STATE_PASSWORD, 'SSHA')],
      ...attributes,
    },
  };
}

/** slapo-ppolicy(5): the policies of the rows below, under `ou=states`. */
const OPENLDAP_POLICIES: Readonly<Record<string, Attributes>> = {
  ageing: { pwdMaxAge: [String(DAY_SECONDS)] },
  grace: { pwdMaxAge: [String(DAY_SECONDS)], pwdGraceAuthNLimit: ['1000'] },
  warning: { pwdMaxAge: [String(2 * DAY_SECONDS)], pwdExpireWarning: [String(1.9 * DAY_SECONDS)] },
  reset: { pwdMustChange: ['TRUE'] },
  failures: { pwdLockout: ['TRUE'], pwdMaxFailure: ['3'] },
};

function policyDn(name: string, base: string): string {
  return `cn=${name},ou=states,${base}`;
}

function openldapStates(base: string): readonly Given<Attributes>[] {
  return [
    {
      ...{ state: 'locked', login: 'st.locked', right: 'account-locked', wrong: 'account-locked' },
      attributes: { pwdPolicySubentry: [policyDn('failures', base)], pwdAccountLockedTime: ['000001010000Z'] }, // "until an administrator…"
    },
    { state: 'account expired', login: 'st.ended', right: 'account-locked', wrong: 'account-locked', attributes: { pwdEndTime: [PAST] } },
    {
      state: 'account not yet valid',
      login: 'st.early',
      right: 'account-locked',
      wrong: 'account-locked',
      attributes: { pwdStartTime: [FUTURE] },
    },
    {
      ...{ state: 'password expired', login: 'st.expired', right: 'password-expired', wrong: 'wrong-password' },
      attributes: { pwdPolicySubentry: [policyDn('ageing', base)], pwdChangedTime: [PAST] },
    },
    {
      ...{ state: 'must change', login: 'st.reset', right: 'password-must-change', wrong: 'wrong-password' },
      attributes: { pwdPolicySubentry: [policyDn('reset', base)], pwdReset: ['TRUE'] },
    },
    {
      ...{ state: 'grace logins left', login: 'st.grace', right: 'authenticated', wrong: 'wrong-password', tells: 'graceLoginsRemaining' },
      attributes: { pwdPolicySubentry: [policyDn('grace', base)], pwdChangedTime: [PAST] },
    },
    {
      ...{
        state: 'about to expire',
        login: 'st.warning',
        right: 'authenticated',
        wrong: 'wrong-password',
        tells: 'passwordExpiresInSeconds',
      },
      attributes: { pwdPolicySubentry: [policyDn('warning', base)], pwdChangedTime: [daysFromNow(-1)] },
    },
  ];
}

/** For OpenLDAP's `entries`: operational attributes can only be loaded. */
export function openldapStateEntries(base: string): readonly DirectoryEntry[] {
  return [
    unitEntry('states', base),
    ...Object.entries(OPENLDAP_POLICIES).map(([name, attributes]) => ({
      dn: policyDn(name, base),
      attributes: { objectClass: ['organizationalRole', 'pwdPolicy'], cn: [name], pwdAttribute: ['userPassword'], ...attributes },
    })),
    ...openldapStates(base).map((row) => stateEntry(row, base, row.attributes)),
    // Locked by its third wrong password in a row, which a test sends.
    stateEntry({ state: 'soon locked', ...SOON_LOCKED }, base, { pwdPolicySubentry: [policyDn('failures', base)] }),
  ];
}

/** Valid until `failures` wrong passwords in a row; then `account-locked`, on OpenLDAP and 389DS. */
export const SOON_LOCKED = { login: 'st.soonlocked', failures: 3, right: 'authenticated', wrong: 'wrong-password' } as const;

export function openldapStateRows(base: string): readonly StateRow[] {
  return openldapStates(base);
}

const DS389_POLICIES: Readonly<Record<string, Attributes>> = {
  lockout: { passwordLockout: ['on'], passwordMaxFailure: [String(SOON_LOCKED.failures)], passwordUnlock: ['off'] },
  ageing: { passwordExp: ['on'], passwordMaxAge: [String(DAY_SECONDS)], passwordWarning: ['0'] },
  grace: { passwordExp: ['on'], passwordMaxAge: [String(DAY_SECONDS)], passwordGraceLimit: ['1000'] },
  warning: { passwordExp: ['on'], passwordMaxAge: [String(2 * DAY_SECONDS)], passwordWarning: [String(2 * DAY_SECONDS)] },
  reset: { passwordMustChange: ['on'], passwordExp: ['off'] },
  temporary: { passwordMustChange: ['on'], passwordExp: ['off'], passwordTPRMaxUse: ['2'] },
};

/** The policy of the Account Policy plugin, which is of another kind than those of passwords. */
function inactivityPolicy(base: string): DirectoryEntry {
  return {
    dn: policyDn('inactivity', base),
    attributes: {
      objectClass: ['top', 'ldapsubentry', 'extensibleObject', 'accountpolicy'],
      cn: ['inactivity'],
      accountInactivityLimit: [String(DAY_SECONDS)],
    },
  };
}

const RESET_BY_ADMINISTRATOR = '19700101000000Z'; // 389DS's mark of a password that somebody else has set

function ds389States(base: string): readonly Given<Attributes>[] {
  return [
    {
      state: 'disabled',
      login: 'st.inactive',
      right: 'account-disabled',
      wrong: 'account-disabled',
      attributes: { nsAccountLock: ['true'] },
    },
    {
      ...{ state: 'locked', login: 'st.locked', right: 'account-locked', wrong: 'account-locked' },
      attributes: { pwdpolicysubentry: [policyDn('lockout', base)], passwordRetryCount: ['3'], accountUnlockTime: [FUTURE] },
    },
    {
      ...{ state: 'password expired', login: 'st.expired', right: 'password-expired', wrong: 'wrong-password' },
      attributes: { pwdpolicysubentry: [policyDn('ageing', base)], passwordExpirationTime: [PAST] },
    },
    {
      ...{ state: 'must change', login: 'st.reset', right: 'password-must-change', wrong: 'wrong-password' },
      attributes: { pwdpolicysubentry: [policyDn('reset', base)], passwordExpirationTime: [RESET_BY_ADMINISTRATOR] },
    },
    {
      ...{ state: 'grace logins left', login: 'st.grace', right: 'authenticated', wrong: 'wrong-password', tells: 'graceLoginsRemaining' },
      attributes: { pwdpolicysubentry: [policyDn('grace', base)], passwordExpirationTime: [PAST] },
    },
    {
      ...{
        state: 'about to expire',
        login: 'st.warning',
        right: 'authenticated',
        wrong: 'wrong-password',
        tells: 'passwordExpiresInSeconds',
      },
      attributes: { pwdpolicysubentry: [policyDn('warning', base)], passwordExpirationTime: [daysFromNow(1)], passwordExpWarned: ['0'] },
    },
  ];
}

/** Refused before the password is looked at. */
function ds389Limits(base: string): readonly Given<Attributes>[] {
  return [
    {
      ...{ state: 'inactive for too long', login: 'st.idle', right: 'account-locked', wrong: 'account-locked' },
      attributes: { acctPolicySubentry: [policyDn('inactivity', base)], lastLoginTime: [PAST] },
    },
    {
      ...{ state: 'a temporary password used too often', login: 'st.temporary', right: 'password-expired', wrong: 'password-expired' },
      attributes: { pwdpolicysubentry: [policyDn('temporary', base)], pwdTPRReset: ['TRUE'], pwdTPRUseCount: ['3'] },
    },
  ];
}

export function ds389StateRows(base: string): readonly StateRow[] {
  return [...ds389States(base), ...ds389Limits(base)];
}

/** For 389DS's `entries`. */
export function ds389StateEntries(base: string): readonly DirectoryEntry[] {
  return [
    unitEntry('states', base),
    ...Object.entries(DS389_POLICIES).map(([name, attributes]) => ({
      dn: policyDn(name, base),
      attributes: { objectClass: ['top', 'ldapsubentry', 'passwordpolicy'], cn: [name], ...attributes },
    })),
    inactivityPolicy(base),
    ...[...ds389States(base), ...ds389Limits(base)].map((row) => stateEntry(row, base, row.attributes)),
    stateEntry({ state: 'soon locked', ...SOON_LOCKED }, base, { pwdpolicysubentry: [policyDn('lockout', base)] }),
  ];
}

/** Where Active Directory's attribute has to be written to. */
type DomainGiven = StateRow & { readonly added?: Attributes; readonly changed?: Attributes; readonly raw?: Attributes };

/** Windows file times: 100 ns since 1601. */
const FILE_TIME_2020 = '132223104000000000';
const FOR_EVER = '-9223372036854775808'; // until an administrator unlocks the account
const NORMAL_ACCOUNT = 0x200;

function uac(flag: number): Attributes {
  return { userAccountControl: [String(NORMAL_ACCOUNT | flag)] };
}

const DOMAIN_STATES: readonly DomainGiven[] = [
  { state: 'disabled', login: 'st.disabled', right: 'account-disabled', wrong: 'wrong-password', added: uac(0x2) },
  { state: 'locked', login: 'st.locked', right: 'account-locked', wrong: 'account-locked', raw: { lockoutTime: [FILE_TIME_2020] } },
  {
    state: 'account expired',
    login: 'st.ended',
    right: 'account-expired',
    wrong: 'wrong-password',
    added: { accountExpires: [FILE_TIME_2020] },
  },
  {
    state: 'password expired',
    login: 'st.expired',
    right: 'password-expired',
    wrong: 'wrong-password',
    raw: { pwdLastSet: ['120000000000000000'] },
  },
  { state: 'must change', login: 'st.reset', right: 'password-must-change', wrong: 'wrong-password', changed: { pwdLastSet: ['0'] } },
  {
    state: 'outside logon hours',
    login: 'st.hours',
    right: 'logon-not-permitted',
    wrong: 'wrong-password',
    added: { logonHours: [Buffer.alloc(21)] },
  },
  {
    state: 'another workstation',
    login: 'st.station',
    right: 'logon-not-permitted',
    wrong: 'wrong-password',
    added: { userWorkstations: ['OTHERPC'] },
  },
  { state: 'smart card required', login: 'st.card', right: 'wrong-password', wrong: 'wrong-password', changed: uac(0x40000) },
];

export function domainStateRows(): readonly StateRow[] {
  return DOMAIN_STATES;
}

/** For Samba's `population`. */
export function domainStates(base: string): Population {
  const dnOf = ({ login }: StateRow): string => `CN=${login},OU=states,${base}`;
  const given = (which: 'changed' | 'raw'): readonly DirectoryEntry[] =>
    DOMAIN_STATES.flatMap((row) => (row[which] === undefined ? [] : [{ dn: dnOf(row), attributes: row[which] }]));
  const users = DOMAIN_STATES.map((row) => ({
    dn: dnOf(row),
    attributes: { objectClass: ['user'], sAMAccountName: [row.login], unicodePwd: [unicodePwd(STATE_PASSWORD)], ...uac(0), ...row.added },
  }));
  const lockedForGood = { dn: base, attributes: { lockoutDuration: [FOR_EVER] } };
  return { entries: [domainUnit('states', base), ...users], changes: [lockedForGood, ...given('changed')], raw: given('raw') };
}
