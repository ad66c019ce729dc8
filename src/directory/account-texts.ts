import type { AccountState } from '../core/outcome.ts';

/** What the answer to a bind says of the account, where it says anything. */
export type Told = 'wrong-password' | 'user-not-found' | AccountState;

/** A text tells a state only beside its own result code, and only as a whole: a server may echo a typed name. */
type Row = readonly [code: number, text: RegExp, state: AccountState];

/** OpenDJ, core.properties 517 to 531, where return-bind-error-messages is on. */
function openDj(words: string, state: AccountState): Row {
  return [49, new RegExp(`^Rejecting a bind request because ${words}$`), state];
}

/** ApacheDS (2.0.0.AM26). It tells them in its policy response as well. */
function apacheDs(words: string, state: AccountState): Row {
  return [49, new RegExp(`^INVALID_CREDENTIALS: Bind failed: ${words}$`), state];
}

/** Servers that tell the state of an account in words. A text that is not here says nothing. */
export const ACCOUNT_TEXTS: readonly Row[] = [
  // 389DS and its Account Policy plugin, before the password is looked at; the third: a temporary password beyond its limits
  [19, /^Exceed password retry limit(?:\. (?:Please try later|Contact system administrator to reset)\.)?$/, 'account-locked'],
  [19, /^Account inactivity limit exceeded\. Contact system administrator to reset\.$/, 'account-locked'],
  [19, /^TPR checking\. Contact system administrator$/, 'password-expired'],
  [53, /^Account inactivated(?:\. Contact system administrator\.)?$/, 'account-disabled'],
  // FreeIPA: ipa_lockout.c, ipa_pwd_extop
  [53, /^Too many failed logins\.$/, 'account-locked'],
  [53, /^Entry permanently locked\.$/, 'account-locked'],
  [53, /^Account \(Kerberos principal\) is expired$/, 'account-expired'],
  // eDirectory, TID 10067240; -220: expired or disabled
  [53, /^NDS error: .+ \(-197\)$/, 'account-locked'],
  [53, /^NDS error: .+ \(-218\)$/, 'logon-not-permitted'],
  [53, /^NDS error: .+ \(-220\)$/, 'account-expired'],
  [49, /^NDS error: .+ \(-222\)$/, 'password-expired'],
  // Oracle Internet Directory, error messages
  [53, /^Password Policy Error :9001: GSL_\w+/, 'account-locked'],
  [49, /^Password Policy Error :9000: GSL_\w+/, 'password-expired'],
  // IBM Directory Server, as code of others reads it
  [53, /^Error, Account is locked$/, 'account-locked'],
  [49, /^Error, Password has expired$/, 'password-expired'],
  // Oracle DSEE; 389DS beside its control
  [49, /^password expired!$/, 'password-expired'],
  // AuthenticationInterceptor has the third, and the words in brackets
  apacheDs('account was permanently locked', 'account-locked'),
  apacheDs('password end time reached, will be locked till administrator activates it', 'account-locked'),
  apacheDs('account locked due to the max idle time of the password was exceeded', 'account-locked'),
  apacheDs('password expired(?: and max grace logins were used)?', 'password-expired'),
  openDj('the account has been administratively disabled', 'account-disabled'),
  openDj('the account has been locked due to too many failed authentication attempts', 'account-locked'),
  openDj(
    "the account has been locked after the user's password was not changed in a timely manner after an administrative reset",
    'account-locked',
  ),
  openDj('the account has been locked after remaining idle for too long', 'account-locked'),
  openDj("that user's password is expired", 'password-expired'),
  openDj('the account has expired', 'account-expired'),
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
  return ACCOUNT_TEXTS.find(([ofCode, ofText]) => ofCode === code && ofText.test(text))?.[2];
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
