import type { AccountState } from '../../src/core/outcome.ts';
import type { Population } from '../support/servers/samba.ts';
import type { DirectoryEntry } from '../support/servers/server.ts';
import { store } from '../support/servers/stored-password.ts';
import { domainUnit, unicodePwd } from './domain.ts';
import { personAt, unitEntry } from './entries.ts';

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
  const names = { cn: [row.state], sn: [row.state] };
  return personAt(`ou=states,${base}`, row.login, store(STATE_PASSWORD, 'SSHA'), { ...names, ...attributes });
}

/** slapo-ppolicy(5): the policies of the rows below, under `ou=states`. */
const OPENLDAP_POLICIES: Readonly<Record<string, Attributes>> = {
  ageing: { pwdMaxAge: [String(DAY_SECONDS)] },
  grace: { pwdMaxAge: [String(DAY_SECONDS)], pwdGraceAuthNLimit: ['1000'] },
  warning: { pwdMaxAge: [String(2 * DAY_SECONDS)], pwdExpireWarning: [String(1.9 * DAY_SECONDS)] },
  reset: { pwdMustChange: ['TRUE'] },
  failures: { pwdLockout: ['TRUE'], pwdMaxFailure: ['3'] },
};

type Answers = readonly [right: StateRow['right'], wrong?: StateRow['wrong'], tells?: StateRow['tells']];

/** A wrong password is a wrong password unless said otherwise. */
function row(state: string, login: string, [right, wrong = 'wrong-password', tells]: Answers): StateRow {
  return { state, login, right, wrong, ...(tells === undefined ? {} : { tells }) };
}

/** The same, and what makes the state in the entry. */
function given(state: string, login: string, answers: Answers, attributes: Attributes): Given<Attributes> {
  return { ...row(state, login, answers), attributes };
}

function policyDn(name: string, base: string): string {
  return `cn=${name},ou=states,${base}`;
}

function openldapStates(base: string): readonly Given<Attributes>[] {
  return [
    given('locked', 'st.locked', ['account-locked', 'account-locked'], {
      pwdPolicySubentry: [policyDn('failures', base)],
      pwdAccountLockedTime: ['000001010000Z'],
    }), // "until an administrator…"
    given('account expired', 'st.ended', ['account-locked', 'account-locked'], { pwdEndTime: [PAST] }),
    given('account not yet valid', 'st.early', ['account-locked', 'account-locked'], { pwdStartTime: [FUTURE] }),
    given('password expired', 'st.expired', ['password-expired'], {
      pwdPolicySubentry: [policyDn('ageing', base)],
      pwdChangedTime: [PAST],
    }),
    given('must change', 'st.reset', ['password-must-change'], { pwdPolicySubentry: [policyDn('reset', base)], pwdReset: ['TRUE'] }),
    given('grace logins left', 'st.grace', ['authenticated', 'wrong-password', 'graceLoginsRemaining'], {
      pwdPolicySubentry: [policyDn('grace', base)],
      pwdChangedTime: [PAST],
    }),
    given('about to expire', 'st.warning', ['authenticated', 'wrong-password', 'passwordExpiresInSeconds'], {
      pwdPolicySubentry: [policyDn('warning', base)],
      pwdChangedTime: [daysFromNow(-1)],
    }),
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
    given('disabled', 'st.inactive', ['account-disabled', 'account-disabled'], { nsAccountLock: ['true'] }),
    given('locked', 'st.locked', ['account-locked', 'account-locked'], {
      pwdpolicysubentry: [policyDn('lockout', base)],
      passwordRetryCount: ['3'],
      accountUnlockTime: [FUTURE],
    }),
    given('password expired', 'st.expired', ['password-expired'], {
      pwdpolicysubentry: [policyDn('ageing', base)],
      passwordExpirationTime: [PAST],
    }),
    given('must change', 'st.reset', ['password-must-change'], {
      pwdpolicysubentry: [policyDn('reset', base)],
      passwordExpirationTime: [RESET_BY_ADMINISTRATOR],
    }),
    given('grace logins left', 'st.grace', ['authenticated', 'wrong-password', 'graceLoginsRemaining'], {
      pwdpolicysubentry: [policyDn('grace', base)],
      passwordExpirationTime: [PAST],
    }),
    given('about to expire', 'st.warning', ['authenticated', 'wrong-password', 'passwordExpiresInSeconds'], {
      pwdpolicysubentry: [policyDn('warning', base)],
      passwordExpirationTime: [daysFromNow(1)],
      passwordExpWarned: ['0'],
    }),
  ];
}

/** Refused before the password is looked at. */
function ds389Limits(base: string): readonly Given<Attributes>[] {
  return [
    given('inactive for too long', 'st.idle', ['account-locked', 'account-locked'], {
      acctPolicySubentry: [policyDn('inactivity', base)],
      lastLoginTime: [PAST],
    }),
    given('a temporary password used too often', 'st.temporary', ['password-expired', 'password-expired'], {
      pwdpolicysubentry: [policyDn('temporary', base)],
      pwdTPRReset: ['TRUE'],
      pwdTPRUseCount: ['3'],
    }),
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
  { ...row('disabled', 'st.disabled', ['account-disabled']), added: uac(0x2) },
  { ...row('locked', 'st.locked', ['account-locked', 'account-locked']), raw: { lockoutTime: [FILE_TIME_2020] } },
  { ...row('account expired', 'st.ended', ['account-expired']), added: { accountExpires: [FILE_TIME_2020] } },
  { ...row('password expired', 'st.expired', ['password-expired']), raw: { pwdLastSet: ['120000000000000000'] } },
  { ...row('must change', 'st.reset', ['password-must-change']), changed: { pwdLastSet: ['0'] } },
  { ...row('outside logon hours', 'st.hours', ['logon-not-permitted']), added: { logonHours: [Buffer.alloc(21)] } },
  { ...row('another workstation', 'st.station', ['logon-not-permitted']), added: { userWorkstations: ['OTHERPC'] } },
  { ...row('smart card required', 'st.card', ['wrong-password']), changed: uac(0x40000) },
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
