import { policyDn } from '../support/servers/apacheds.ts';
import type { DirectoryEntry } from '../support/servers/server.ts';
import { unitEntry } from './entries.ts';
import { DAY_SECONDS, daysFromNow, FUTURE, type Given, PAST, stateEntry } from './states.ts';

type Attributes = DirectoryEntry['attributes'];

/** For ApacheDS's `policies`: what each says differently from the default one. */
export const APACHEDS_POLICIES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  failures: { 'ads-pwdLockout': 'TRUE' },
  ageing: { 'ads-pwdMaxAge': String(DAY_SECONDS), 'ads-pwdGraceAuthNLimit': '0' },
  grace: { 'ads-pwdMaxAge': String(DAY_SECONDS), 'ads-pwdGraceAuthNLimit': '1000' },
  warning: { 'ads-pwdMaxAge': String(2 * DAY_SECONDS), 'ads-pwdExpireWarning': String(1.9 * DAY_SECONDS) },
  reset: { 'ads-pwdMustChange': 'TRUE' },
};

/** It looks at the password first: what hinders an account is told with the right one only. */
export const APACHEDS_STATES: readonly Given<Attributes>[] = [
  {
    ...{ state: 'locked', login: 'st.locked', right: 'account-locked', wrong: 'wrong-password' },
    attributes: { pwdPolicySubentry: [policyDn('failures')], pwdAccountLockedTime: ['000001010000Z'] },
  },
  {
    ...{ state: 'account expired', login: 'st.ended', right: 'account-locked', wrong: 'wrong-password' },
    attributes: { pwdPolicySubentry: [policyDn('failures')], pwdEndTime: [PAST] },
  },
  {
    ...{ state: 'account not yet valid', login: 'st.early', right: 'account-locked', wrong: 'wrong-password' },
    attributes: { pwdPolicySubentry: [policyDn('failures')], pwdStartTime: [FUTURE] },
  },
  {
    ...{ state: 'password expired', login: 'st.expired', right: 'password-expired', wrong: 'wrong-password' },
    attributes: { pwdPolicySubentry: [policyDn('ageing')], pwdChangedTime: [PAST] },
  },
  {
    ...{ state: 'must change', login: 'st.reset', right: 'password-must-change', wrong: 'wrong-password' },
    attributes: { pwdPolicySubentry: [policyDn('reset')], pwdReset: ['TRUE'] },
  },
  {
    ...{ state: 'grace logins left', login: 'st.grace', right: 'authenticated', wrong: 'wrong-password', tells: 'graceLoginsRemaining' },
    attributes: { pwdPolicySubentry: [policyDn('grace')], pwdChangedTime: [PAST] },
  },
  {
    ...{
      state: 'about to expire',
      login: 'st.warning',
      right: 'authenticated',
      wrong: 'wrong-password',
      tells: 'passwordExpiresInSeconds',
    },
    attributes: { pwdPolicySubentry: [policyDn('warning')], pwdChangedTime: [daysFromNow(-1)] },
  },
];

export function apachedsStateEntries(base: string): readonly DirectoryEntry[] {
  return [unitEntry('states', base), ...APACHEDS_STATES.map((row) => stateEntry(row, base, row.attributes))];
}
