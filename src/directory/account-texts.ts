import type { AccountState } from '../core/outcome.ts';

/** What the answer to a bind says of the account, where it says anything. */
export type Told = 'wrong-password' | 'user-not-found' | AccountState;

/** A text tells a state only beside its own result code, and only as a whole: a server may echo a typed name. */
type Row = { readonly code: number; readonly text: RegExp; readonly state: AccountState };

/** Servers that tell the state of an account in words. A text that is not here says nothing. */
export const ACCOUNT_TEXTS: readonly Row[] = [
  // Each with its source. 389DS, run
  {
    code: 19,
    text: /^Exceed password retry limit(?:\. (?:Please try later|Contact system administrator to reset)\.)?$/,
    state: 'account-locked',
  },
  { code: 19, text: /^Account inactivity limit exceeded\. Contact system administrator to reset\.$/, state: 'account-locked' },
  // 389DS, run: a temporary password beyond its limits
  { code: 19, text: /^TPR checking\. Contact system administrator$/, state: 'password-expired' },
  // 389DS, run
  { code: 53, text: /^Account inactivated(?:\. Contact system administrator\.)?$/, state: 'account-disabled' },
  // FreeIPA, ipa_lockout.c
  { code: 53, text: /^Too many failed logins\.$/, state: 'account-locked' },
  { code: 53, text: /^Entry permanently locked\.$/, state: 'account-locked' },
  // FreeIPA, ipa_pwd_extop
  { code: 53, text: /^Account \(Kerberos principal\) is expired$/, state: 'account-expired' },
  // eDirectory, TID 10067240
  { code: 53, text: /^NDS error: .+ \(-197\)$/, state: 'account-locked' },
  { code: 53, text: /^NDS error: .+ \(-218\)$/, state: 'logon-not-permitted' },
  // eDirectory, TID 10067240: expired or disabled
  { code: 53, text: /^NDS error: .+ \(-220\)$/, state: 'account-expired' },
  // eDirectory, TID 10067240
  { code: 49, text: /^NDS error: .+ \(-222\)$/, state: 'password-expired' },
  // Oracle Internet Directory, error messages
  { code: 53, text: /^Password Policy Error :9001: GSL_\w+/, state: 'account-locked' },
  { code: 49, text: /^Password Policy Error :9000: GSL_\w+/, state: 'password-expired' },
  // IBM Directory Server, third-party code
  { code: 53, text: /^Error, Account is locked$/, state: 'account-locked' },
  { code: 49, text: /^Error, Password has expired$/, state: 'password-expired' },
  // Oracle DSEE; 389DS beside its control
  { code: 49, text: /^password expired!$/, state: 'password-expired' },
  // ApacheDS, run; the idle time: its AuthenticationInterceptor
  {
    code: 49,
    text: /^INVALID_CREDENTIALS: Bind failed: (?:account (?:was permanently locked|locked due to the max idle time of the password was exceeded)|password end time reached, will be locked till administrator activates it)$/,
    state: 'account-locked',
  },
  { code: 49, text: /^INVALID_CREDENTIALS: Bind failed: password expired(?: and max grace logins were used)?$/, state: 'password-expired' },
  // OpenDJ 517
  { code: 49, text: /^Rejecting a bind request because the account has been administratively disabled$/, state: 'account-disabled' },
  // OpenDJ 518
  {
    code: 49,
    text: /^Rejecting a bind request because the account has been locked due to too many failed authentication attempts$/,
    state: 'account-locked',
  },
  // OpenDJ 519
  {
    code: 49,
    text: /^Rejecting a bind request because the account has been locked after the user's password was not changed in a timely manner after an administrative reset$/,
    state: 'account-locked',
  },
  // OpenDJ 520
  {
    code: 49,
    text: /^Rejecting a bind request because the account has been locked after remaining idle for too long$/,
    state: 'account-locked',
  },
  // OpenDJ 521
  { code: 49, text: /^Rejecting a bind request because that user's password is expired$/, state: 'password-expired' },
  // OpenDJ 531
  { code: 49, text: /^Rejecting a bind request because the account has expired$/, state: 'account-expired' },
];

/**
 * Sub-codes in the diagnostic message of Active Directory's 49 (Win32 error codes; MS-ERREF 2.2). Those for expired,
 * disabled and must-change come with the right password only.
 */
const ACTIVE_DIRECTORY_SUBCODE: ReadonlyMap<number, Told> = new Map([
  [0x525, 'user-not-found'], // ERROR_NO_SUCH_USER
  [0x52e, 'wrong-password'], // ERROR_LOGON_FAILURE
  [0x52f, 'logon-not-permitted'], // ERROR_ACCOUNT_RESTRICTION
  [0x530, 'logon-not-permitted'], // ERROR_INVALID_LOGON_HOURS
  [0x531, 'logon-not-permitted'], // ERROR_INVALID_WORKSTATION
  [0x532, 'password-expired'], // ERROR_PASSWORD_EXPIRED
  [0x533, 'account-disabled'], // ERROR_ACCOUNT_DISABLED
  [0x569, 'logon-not-permitted'], // ERROR_LOGON_TYPE_NOT_GRANTED
  [0x701, 'account-expired'], // ERROR_ACCOUNT_EXPIRED
  [0x773, 'password-must-change'], // ERROR_PASSWORD_MUST_CHANGE
  [0x775, 'account-locked'], // ERROR_ACCOUNT_LOCKED_OUT
  [0x2030, 'user-not-found'], // ERROR_DS_NO_SUCH_OBJECT: AD LDS
]);

const ACTIVE_DIRECTORY_TEXT = /^[0-9a-f]{8}: LdapErr: DSID-\w+, comment: AcceptSecurityContext error, data ([0-9a-f]{1,8})(?:, v\w*)?$/i;

/** A text as a whole: servers put a NUL, a newline or blanks behind it. One expression takes time with the square of their number. */
function trimmed(diagnostic: string): string {
  let end = diagnostic.length;
  while (/[\0\s]/.test(diagnostic.charAt(end - 1))) end -= 1;
  return diagnostic.slice(0, end);
}

/**
 * The state that the words of a refused bind tell; undefined where they tell none that is known. `typedName`: of a bind under a
 * name that a caller typed. A text that holds that name may be the caller's own words, so it tells nothing.
 */
export function stateInText(code: number, diagnostic: string, typedName: string | undefined): AccountState | undefined {
  const text = trimmed(diagnostic);
  if (typedName !== undefined && text.toLowerCase().includes(typedName.toLowerCase())) return undefined;
  return ACCOUNT_TEXTS.find((row) => row.code === code && row.text.test(text))?.state;
}

/** What the 49 of Active Directory says. `none`: the text is of another kind of server. */
export type Subcode =
  | { readonly kind: 'known'; readonly told: Told }
  /** A code that speaks of the server, or no code where there should be one. `text`: hexadecimal digits, or undefined. */
  | { readonly kind: 'unknown'; readonly text: string | undefined }
  | { readonly kind: 'none' };

/**
 * Whether a 49 says that no entry has the DN that was bound. ApacheDS (2.0.0.AM26, run) says it of each DN that names nothing, and
 * of an RDN with several values where the entry is there, under the very DN that it has just shown.
 */
export function deniesEntry(diagnostic: string): boolean {
  return diagnostic.startsWith('INVALID_CREDENTIALS: Bind failed: Attempt to lookup non-existant entry: ');
}

/** The shortest typed name that could hold a sub-code with what stands before it. Shorter ones stand in Microsoft's words by chance. */
const FORGED_LENGTH = 'data '.length;

export function subcodeIn(diagnostic: string, typedName: string | undefined): Subcode {
  const text = trimmed(diagnostic);
  if (!/LdapErr|AcceptSecurityContext/.test(text)) return { kind: 'none' };
  const digits = ACTIVE_DIRECTORY_TEXT.exec(text)?.[1]?.toLowerCase();
  const isEcho = typedName !== undefined && typedName.length >= FORGED_LENGTH && text.toLowerCase().includes(typedName.toLowerCase());
  if (digits === undefined || isEcho) return { kind: 'unknown', text: undefined };
  const told = ACTIVE_DIRECTORY_SUBCODE.get(Number.parseInt(digits, 16));
  return told === undefined ? { kind: 'unknown', text: digits } : { kind: 'known', told };
}
