import type { Config } from '../config/config.ts';
import { BerCursor, MalformedBer, TAG } from '../ldap/ber.ts';
import type { ResponseControl } from '../ldap/message.ts';

/** draft-behera-ldap-password-policy-11, 6.1 and 6.2: asked for by OID, answered with warning and error. */
export const PASSWORD_POLICY = '1.3.6.1.4.1.42.2.27.8.5.1';
/** draft-vchu-ldap-pwd-policy-00, 4: sent by 389 Directory Server and its kin without being asked. */
const NETSCAPE_PASSWORD_EXPIRED = '2.16.840.1.113730.3.4.4';
const NETSCAPE_PASSWORD_EXPIRING = '2.16.840.1.113730.3.4.5';

/** The OIDs of what is sent with every bind, non-critical and without a value. */
export function bindControls({ passwordPolicy }: Pick<Config, 'passwordPolicy'>): readonly string[] {
  return passwordPolicy ? [PASSWORD_POLICY] : [];
}

/** What the controls of a bind response say of the password. */
export type PolicyReport = {
  readonly secondsToExpiration?: number;
  readonly graceLogins?: number;
  readonly error?: number;
  /**
   * Netscape's "password expired", and no grace logins told: with success, only a change of password is permitted; with 49,
   * it is too late. 389 Directory Server sends it with grace logins too, and those let the user in.
   */
  readonly mustChange: boolean;
  /** A policy response is there and cannot be read: what it reports could be an obstacle. */
  readonly unreadable: boolean;
};

const NOTHING_REPORTED: PolicyReport = { mustChange: false, unreadable: false };

export function readPolicy(controls: readonly ResponseControl[]): PolicyReport {
  const report = readNetscape(controls);
  const [behera, ...others] = controls.filter((control) => control.type === PASSWORD_POLICY);
  if (behera === undefined) return report;
  if (others.length > 0) return { ...report, unreadable: true }; // which of them speaks of the account?
  if (behera.value === undefined || isEmptySequence(behera.value)) return report;
  try {
    const decoded = decodeBehera(behera.value);
    return { ...report, ...decoded, mustChange: report.mustChange && decoded.graceLogins === undefined };
  } catch (error) {
    if (error instanceof MalformedBer) return { ...report, unreadable: true };
    throw error;
  }
}

/** There is a policy, and it has nothing to say: what most people's binds are answered with. */
function isEmptySequence(value: Buffer): boolean {
  return value.length === 2 && value[0] === TAG.sequence && value[1] === 0;
}

function readNetscape(controls: readonly ResponseControl[]): PolicyReport {
  const expiring = controls.find((control) => control.type === NETSCAPE_PASSWORD_EXPIRING)?.value?.toString('latin1') ?? '';
  const mustChange = controls.some((control) => control.type === NETSCAPE_PASSWORD_EXPIRED);
  if (expiring === '' && !mustChange) return NOTHING_REPORTED;
  const seconds = /^\d{1,10}$/.test(expiring) ? { secondsToExpiration: Number(expiring) } : {};
  return { ...seconds, mustChange, unreadable: false };
}

const WARNING = 0xa0;
const FIRST = 0x80; // timeBeforeExpiration inside the warning
const SECOND = 0x81; // graceAuthNsRemaining inside the warning, error outside of it

function decodeBehera(value: Buffer): Pick<PolicyReport, 'secondsToExpiration' | 'graceLogins' | 'error'> {
  const outer = new BerCursor(value);
  const sequence = outer.enter(TAG.sequence);
  outer.finish();
  const warning = sequence.nextTag === WARNING ? decodeWarning(sequence.enter(WARNING)) : {};
  const error = sequence.nextTag === SECOND ? { error: sequence.unsigned(SECOND) } : {};
  sequence.finish();
  return { ...warning, ...error };
}

function decodeWarning(warning: BerCursor): Pick<PolicyReport, 'secondsToExpiration' | 'graceLogins'> {
  const decoded = warning.nextTag === FIRST ? { secondsToExpiration: warning.unsigned(FIRST) } : { graceLogins: warning.unsigned(SECOND) };
  warning.finish();
  return decoded;
}
