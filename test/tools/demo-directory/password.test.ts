import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { hashPassword, verifyPassword } from '../../../tools/demo-directory/password.ts';

function verify(stored: string, password: string): boolean {
  return verifyPassword(Buffer.from(stored), Buffer.from(password));
}

// The other schemes are asked of everybody in test/contract/people.ts.
test.each([
  ['clear text', 'secret', 'secret'],
  ['SHA', '{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=', 'secret'],
  ['SHA in small letters', '{sha}5en6G6MezRroT3XKqkdPOmY/BfQ=', 'secret'],
  ['MD5', '{MD5}Xr4ilOzQ4PCOq3aQ0qbuaQ==', 'secret'],
  ['SSHA', hashPassword('secret'), 'secret'],
  ['PBKDF2 (passlib documentation)', '{PBKDF2}1212$OB.dtnSEXZK8U5cgxU/GYQ$y5LKPOplRmok7CZp/aqVDVg8zGI', 'password'],
])('%s is that password and no other', (_scheme, stored, password) => {
  expect(verify(stored, password)).toBe(true);
  for (const wrong of ['', `${password} `, ` ${password}`, password.toUpperCase(), password.slice(1), `\0${password}`]) {
    expect([wrong, verify(stored, wrong)]).toEqual([wrong, false]);
  }
});

test.each([
  ...['{CRYPT}x', '{SASL}alice@example.org', '{SSHA}', '{SHA}', '{PBKDF2}', '{PBKDF2}0$AA$AA', '{ARGON2}', '{ARGON2}$argon2id$', '{x}y'],
])('%s is no password, not even itself', (stored) => {
  for (const password of [stored, '', stored.replace(/^\{.*\}/, '')]) expect(verify(stored, password)).toBe(false);
});

test('any password is itself and no other', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (one, other) => {
      expect(verify(hashPassword(one), other)).toBe(Buffer.from(one).equals(Buffer.from(other)));
      expect(verify(hashPassword(one), one)).toBe(true);
    }),
  );
});
