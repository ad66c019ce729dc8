import { describe, expect, test } from '@jest/globals';

import { ACCOUNT_TEXTS, stateInText } from '../../src/directory/account-texts.ts';
import { understandBind, understandTypedBind } from '../../src/directory/verdict.ts';

/** What each server was seen, or is documented, to say; which row of the table that is must follow from the text alone. */
const SAID: readonly (readonly [code: number, text: string, state: string])[] = [
  [19, 'Exceed password retry limit. Please try later.', 'account-locked'],
  [19, 'Exceed password retry limit. Contact system administrator to reset.', 'account-locked'],
  [19, 'Exceed password retry limit', 'account-locked'],
  [19, 'Account inactivity limit exceeded. Contact system administrator to reset.', 'account-locked'],
  [19, 'TPR checking. Contact system administrator', 'password-expired'],
  [53, 'Account inactivated. Contact system administrator.', 'account-disabled'],
  [53, 'Account inactivated', 'account-disabled'],
  [53, 'Too many failed logins.', 'account-locked'],
  [53, 'Entry permanently locked.', 'account-locked'],
  [53, 'Account (Kerberos principal) is expired', 'account-expired'],
  [53, 'NDS error: login lockout (-197)', 'account-locked'],
  [53, 'NDS error: bad login time (-218)', 'logon-not-permitted'],
  [53, 'NDS error: log account expired (-220)', 'account-expired'],
  [49, 'NDS error: password expired (-222)', 'password-expired'],
  [53, 'Password Policy Error :9001: GSL_ACCOUNTLOCKED_EXCP', 'account-locked'],
  [49, 'Password Policy Error :9000: GSL_PWDEXPIRED_EXCP :Your Password has expired. Please contact the Administrator', 'password-expired'],
  [53, 'Error, Account is locked', 'account-locked'],
  [49, 'Error, Password has expired', 'password-expired'],
  [49, 'password expired!', 'password-expired'],
  [49, 'INVALID_CREDENTIALS: Bind failed: account was permanently locked', 'account-locked'],
  [49, 'INVALID_CREDENTIALS: Bind failed: password end time reached, will be locked till administrator activates it', 'account-locked'],
  [49, 'INVALID_CREDENTIALS: Bind failed: account locked due to the max idle time of the password was exceeded', 'account-locked'],
  [49, 'INVALID_CREDENTIALS: Bind failed: password expired and max grace logins were used', 'password-expired'],
  [49, 'INVALID_CREDENTIALS: Bind failed: password expired', 'password-expired'],
  [49, 'Rejecting a bind request because the account has been administratively disabled', 'account-disabled'],
  [49, 'Rejecting a bind request because the account has been locked due to too many failed authentication attempts', 'account-locked'],
  [
    49,
    "Rejecting a bind request because the account has been locked after the user's password was not changed in a timely manner after an administrative reset",
    'account-locked',
  ],
  [49, 'Rejecting a bind request because the account has been locked after remaining idle for too long', 'account-locked'],
  [49, "Rejecting a bind request because that user's password is expired", 'password-expired'],
  [49, 'Rejecting a bind request because the account has expired', 'account-expired'],
];

const NO_POLICY = { mustChange: false, unreadable: false };
const CODES = [...Array(129).keys(), 4096].filter((code) => code !== 0);

/** As ApacheDS writes it, with the DN behind it. */
const NO_SUCH_ENTRY = 'INVALID_CREDENTIALS: Bind failed: Attempt to lookup non-existant entry: ';

/** A text that a caller could not have written: nobody is called so. */
const NOBODY = 'nobody.of.that.name';

function told(code: number, diagnostic: string, typedName?: string): string {
  const verdict =
    typedName === undefined
      ? understandBind({ code, diagnostic }, NO_POLICY)
      : understandTypedBind({ code, diagnostic }, NO_POLICY, typedName);
  return verdict.kind === 'refused' ? verdict.reason : verdict.kind;
}

/** What the code alone means of an entry that was found. */
function bare(code: number): string {
  return code === 49 ? 'wrong-password' : 'fault';
}

test('every row of the table has a text here, a source and its anchor', () => {
  for (const row of ACCOUNT_TEXTS) {
    expect(SAID.filter(([code, text]) => code === row.code && row.text.test(text)).length).toBeGreaterThan(0);
    expect(row.source).not.toBe('');
    expect(row.text.source.startsWith('^')).toBe(true);
  }
});

describe.each(SAID)('%d %j', (code, text, state) => {
  test(`tells ${state}, with whatever blank stands behind it`, () => {
    for (const end of ['', '\0', '\n', '\r\n', ' ', ' \n\0']) {
      expect(told(code, text + end)).toBe(state);
      expect(told(code, text + end, NOBODY)).toBe(state);
    }
  });

  test('tells nothing beside another code', () => {
    for (const other of CODES.filter((each) => each !== code)) {
      expect(stateInText(other, text, undefined)).toBe(undefined);
      expect(told(other, text)).toBe(bare(other));
    }
  });

  test('tells nothing with one character changed, lost or added, but where the row says that the words are free', () => {
    const isFree = (index: number): boolean => {
      const words = /^NDS error: (.+) \(-\d+\)$/.exec(text)?.[1];
      if (words !== undefined) return index >= 'NDS error: '.length && index < 'NDS error: '.length + words.length;
      return text.startsWith('Password Policy Error') && index > text.indexOf('GSL_') + 'GSL_'.length - 1; // only the number is read
    };
    const wholes = new Set(SAID.map(([, each]) => each)); // a sentence less, and it is another row
    for (const [index, character] of [...text].entries()) {
      if (isFree(index)) continue;
      const changed = text.slice(0, index) + (character === 'x' ? 'y' : 'x') + text.slice(index + 1);
      const added = `${text.slice(0, index)}x${text.slice(index)}`;
      const lost = text.slice(0, index) + text.slice(index + 1);
      for (const other of [changed, added, lost].filter((each) => !wholes.has(each.trim()))) {
        if (isFree(index - 1) && other === added) continue;
        if (text.startsWith('NDS') && (other === lost || other === added) && /^NDS error: .+ \(-\d+\)$/.test(other)) continue;
        expect([other, told(code, other)]).toEqual([other, bare(code)]);
      }
    }
  });

  test('tells nothing inside another text', () => {
    expect(told(code, `the server says: ${text}`)).toBe(bare(code));
    if (!text.startsWith('Password Policy Error')) expect(told(code, `${text} Really.`)).toBe(bare(code));
  });

  test('tells nothing where it holds the name that was typed', () => {
    const name = text.slice(3, 9).toUpperCase();
    expect(told(code, text, name)).toBe(bare(code));
    expect(told(code, text, text)).toBe(bare(code));
  });
});

test('a failed authentication of eDirectory, and a grace login, are what their codes say', () => {
  expect(told(49, 'NDS error: failed authentication (-669)')).toBe('wrong-password');
  expect(told(0, 'NDS error: password expired (-223)')).toBe('accepted');
});

describe('a bind under a typed name', () => {
  const ofActiveDirectory = (subcode: string): string =>
    `80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data ${subcode}, v4563`;

  test.each<[number, string, string]>([
    [32, '', 'wrong-password'],
    [34, 'invalid DN', 'wrong-password'],
    [49, '', 'wrong-password'],
    [49, ofActiveDirectory('525'), 'wrong-password'],
    [49, ofActiveDirectory('2030'), 'wrong-password'],
    [49, ofActiveDirectory('52e'), 'wrong-password'],
    [49, ofActiveDirectory('775'), 'account-locked'],
    [49, `${NO_SUCH_ENTRY}uid=e,dc=x`, 'wrong-password'],
    [49, ofActiveDirectory('54e'), 'fault'],
    [48, '', 'fault'],
    [53, '', 'fault'],
  ])('%d %s is %s, never an unknown user', (code, text, expected) => {
    expect(told(code, text, 'e')).toBe(expected);
  });

  test('that holds a sub-code tells nothing', () => {
    expect(told(49, ofActiveDirectory('775'), 'data 775')).toBe('fault');
  });

  test('AD LDS, and ApacheDS, asked for an entry that was just found', () => {
    expect(told(49, ofActiveDirectory('2030'))).toBe('user-not-found');
    expect(told(49, `${NO_SUCH_ENTRY}cn=E+uid=e,dc=x`)).toBe('user-not-found');
    expect(told(49, `The server says: ${NO_SUCH_ENTRY}cn=E+uid=e,dc=x`)).toBe('wrong-password');
    expect(told(32, `${NO_SUCH_ENTRY}cn=E+uid=e,dc=x`)).toBe('fault');
  });
});
