import { BerCursor, MalformedBer, TAG } from './ber.ts';
import type { ResponseControl } from './message.ts';

/** draft-behera-ldap-password-policy-11, 6.1 and 6.2: asked for by OID, answered with warning and error. */
export const PASSWORD_POLICY = '1.3.6.1.4.1.42.2.27.8.5.1';
/** draft-vchu-ldap-pwd-policy-00, 4: sent by 389 Directory Server and its kin without being asked. */
const NETSCAPE_PASSWORD_EXPIRED = '2.16.840.1.113730.3.4.4';
const NETSCAPE_PASSWORD_EXPIRING = '2.16.840.1.113730.3.4.5';

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

export const readPolicy = (controls: readonly ResponseControl[]): PolicyReport => {
  const [behera, ...others] = controls.filter((control) => control.type === PASSWORD_POLICY);
  const expiring = controls.find((control) => control.type === NETSCAPE_PASSWORD_EXPIRING)?.value?.toString('latin1') ?? '';
  const mustChange = controls.some((control) => control.type === NETSCAPE_PASSWORD_EXPIRED);
  const report = {
    ...(/^\d{1,10}$/.test(expiring) ? { secondsToExpiration: Number(expiring) } : {}),
    mustChange,
    unreadable: false,
  };
  if (behera === undefined) return report;
  if (others.length > 0) return { ...report, unreadable: true }; // which of them speaks of the account?
  try {
    const decoded = decodeBehera(behera.value ?? Buffer.of(TAG.sequence, 0));
    return { ...report, ...decoded, mustChange: mustChange && decoded.graceLogins === undefined };
  } catch (error) {
    if (error instanceof MalformedBer) return { ...report, unreadable: true };
    throw error;
  }
};

const WARNING = 0xa0;
const FIRST = 0x80; // timeBeforeExpiration inside the warning
const SECOND = 0x81; // graceAuthNsRemaining inside the warning, error outside of it

const decodeBehera = (value: Buffer): Pick<PolicyReport, 'secondsToExpiration' | 'graceLogins' | 'error'> => {
  const outer = new BerCursor(value);
  const sequence = outer.enter(TAG.sequence);
  outer.finish();
  const warning = sequence.nextTag === WARNING ? decodeWarning(sequence.enter(WARNING)) : {};
  const error = sequence.nextTag === SECOND ? { error: sequence.unsigned(SECOND) } : {};
  sequence.finish();
  return { ...warning, ...error };
};

const decodeWarning = (warning: BerCursor): Pick<PolicyReport, 'secondsToExpiration' | 'graceLogins'> => {
  const decoded = warning.nextTag === FIRST ? { secondsToExpiration: warning.unsigned(FIRST) } : { graceLogins: warning.unsigned(SECOND) };
  warning.finish();
  return decoded;
};
