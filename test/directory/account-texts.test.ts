import { describe, expect, test } from '@jest/globals';

import { ACCOUNT_TEXTS, stateInText } from '../../src/directory/account-texts.ts';
import { understandBind, understandTypedBind } from '../../src/directory/verdict.ts';
import { SAID } from './said.ts';

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

test('every row of the table has a text here, with its source, and its anchor', () => {
  expect(SAID.filter(([, , , source]) => source === '')).toEqual([]);
  for (const [ofCode, ofText] of ACCOUNT_TEXTS) {
    expect(SAID.filter(([code, text]) => code === ofCode && ofText.test(text)).length).toBeGreaterThan(0);
    expect(ofText.source.startsWith('^')).toBe(true);
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
