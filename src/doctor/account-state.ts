import type { DirectoryKind } from '../config/config.ts';
import { textsOf, valuesOf } from '../directory/entry.ts';
import { fileTimeMs, generalizedTimeMs } from '../directory/names/times.ts';
import type { SearchEntry } from '../ldap/message.ts';
import { shown } from './words.ts';

/** What an entry tells of its account without a password. */
export type AccountState = {
  /** A login is refused, whatever the password. */
  readonly obstacles: readonly string[];
  /** A login may be refused: it depends on what cannot be read here. */
  readonly notes: readonly string[];
};

/** Operational ones must be asked for by name. */
export const STATE_ATTRIBUTES: Readonly<Record<DirectoryKind, readonly string[]>> = {
  openldap: ['pwdAccountLockedTime', 'pwdReset', 'pwdStartTime', 'pwdEndTime'],
  '389ds': ['nsAccountLock', 'accountUnlockTime', 'passwordExpirationTime'],
  'active-directory': [
    ...['userAccountControl', 'msDS-User-Account-Control-Computed', 'lockoutTime', 'accountExpires'],
    ...['pwdLastSet', 'logonHours', 'userWorkstations'],
  ],
};

export function readAccountState(kind: DirectoryKind, entry: SearchEntry, now: Date): AccountState {
  return READERS[kind](entry, now);
}

const READERS: Readonly<Record<DirectoryKind, (entry: SearchEntry, now: Date) => AccountState>> = {
  openldap: readOpenldap,
  '389ds': readDs389,
  'active-directory': readActiveDirectory,
};

/** The first value, as text. */
export function first(entry: SearchEntry, name: string): string | undefined {
  return textsOf(entry, name)[0];
}

/** The lines that are so. */
function those(...lines: readonly (string | false)[]): readonly string[] {
  return lines.filter((line) => line !== false);
}

/** slapo-ppolicy(5). */
function readOpenldap(entry: SearchEntry, now: Date): AccountState {
  const locked = first(entry, 'pwdAccountLockedTime');
  const begins = timeOf(first(entry, 'pwdStartTime'));
  const ends = timeOf(first(entry, 'pwdEndTime'));
  const obstacles = those(
    locked !== undefined && `account-locked: pwdAccountLockedTime is ${lockedSince(locked)}`,
    first(entry, 'pwdReset')?.toUpperCase() === 'TRUE' && 'password-must-change: pwdReset is TRUE',
    begins !== undefined && begins > now && `account-locked: pwdStartTime is ${begins.toISOString()}`,
    ends !== undefined && ends < now && `account-locked: pwdEndTime is ${ends.toISOString()}`,
  );
  return { obstacles, notes: [] };
}

function lockedSince(value: string): string {
  const isForGood = value === '000001010000Z';
  return isForGood ? 'for good, until an administrator unlocks it' : `${shown(value)} (until pwdLockoutDuration has passed)`;
}

/** 389DS marks a password that somebody else has set, and a lock without an end, with the epoch. */
const EPOCH = 0;

function readDs389(entry: SearchEntry, now: Date): AccountState {
  const unlocks = timeOf(first(entry, 'accountUnlockTime'));
  const expires = timeOf(first(entry, 'passwordExpirationTime'));
  const isLocked = unlocks !== undefined && (unlocks > now || unlocks.getTime() === EPOCH);
  const mustChange = expires?.getTime() === EPOCH;
  const isExpired = expires !== undefined && !mustChange && expires < now;
  return {
    obstacles: those(
      first(entry, 'nsAccountLock')?.toLowerCase() === 'true' && 'account-disabled: nsAccountLock is true',
      isLocked && `account-locked: accountUnlockTime is ${unlocks.toISOString()}`,
      mustChange && 'password-must-change: passwordExpirationTime is the mark of a reset',
    ),
    notes: those(isExpired && `the password expired on ${expires.toISOString()}; it is refused unless grace logins are left`),
  };
}

/** Flags of userAccountControl and of its computed companion (MS-ADTS 2.2.16, 3.1.1.4.5.17). */
const ACCOUNT_DISABLED = 0x2;
const LOCKED_OUT = 0x10;
const NEVER_EXPIRES = 0x10000;
const SMART_CARD_REQUIRED = 0x40000;
const PASSWORD_EXPIRED = 0x800000;

function readActiveDirectory(entry: SearchEntry, now: Date): AccountState {
  const own = first(entry, 'userAccountControl');
  if (own === undefined) return { obstacles: [], notes: ['userAccountControl cannot be read by the service account'] };
  const has = (flags: string | undefined, flag: number): boolean => (Number(flags ?? 0) & flag) !== 0;
  const computed = first(entry, 'msDS-User-Account-Control-Computed');
  const lockedAt = fileTimeOf(first(entry, 'lockoutTime'));
  const expires = fileTimeOf(first(entry, 'accountExpires'));
  const mustChange = first(entry, 'pwdLastSet') === '0' && !has(own, NEVER_EXPIRES);
  const obstacles = those(
    has(own, ACCOUNT_DISABLED) && 'account-disabled: userAccountControl has ACCOUNTDISABLE',
    has(computed, LOCKED_OUT) && `account-locked: since ${lockedAt?.toISOString() ?? 'an unknown time'}`,
    expires !== undefined && expires < now && `account-expired: accountExpires is ${expires.toISOString()}`,
    mustChange && 'password-must-change: pwdLastSet is 0',
    !mustChange && has(computed, PASSWORD_EXPIRED) && 'password-expired: by the domain’s maximum age',
    has(own, SMART_CARD_REQUIRED) && 'smart card required: every password is refused',
    isOutsideLogonHours(entry, now) && 'logon-not-permitted: logonHours excludes this hour',
  );
  const notes = those(
    computed === undefined && lockedAt !== undefined && `lockoutTime is ${lockedAt.toISOString()}: it may be locked still`,
    first(entry, 'userWorkstations') !== undefined && 'userWorkstations is set: a logon over LDAP may be refused',
  );
  return { obstacles, notes };
}

/** A bit for each hour of the week, from Sunday 0:00 UTC (MS-ADTS 2.3.8 logonHours, MS-SAMR 2.2.6.5). */
function isOutsideLogonHours(entry: SearchEntry, now: Date): boolean {
  const hours = valuesOf(entry, 'logonHours')[0];
  const hour = now.getUTCDay() * 24 + now.getUTCHours();
  return hours?.length === 21 && (hours.readUInt8(hour >> 3) & (1 << (hour & 7))) === 0;
}

/** 0 and the largest number mean never (MS-ADTS 3.1.1.1.3 accountExpires). */
function fileTimeOf(text = ''): Date | undefined {
  const ms = /^(?:0|9223372036854775807)$/.test(text) ? undefined : fileTimeMs(text);
  return ms === undefined ? undefined : new Date(ms);
}

function timeOf(text = ''): Date | undefined {
  const ms = generalizedTimeMs(text);
  return ms === undefined ? undefined : new Date(ms);
}
