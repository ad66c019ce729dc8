import { describe, expect, test } from '@jest/globals';

import { EnvironmentReader } from '../../src/config/environment.ts';

describe('reading the environment', () => {
  test.each<[string, string | undefined, string | undefined]>([
    ['set', 'value', 'value'],
    ['empty, which is unset', '', undefined],
    ['unset', undefined, undefined],
    ['a blank, which is a value', ' ', ' '],
  ])('a text that is %s', (_case, given, expected) => {
    const reader = new EnvironmentReader({ LDAP_TLS_SERVERNAME: given });
    expect([reader.read('LDAP_TLS_SERVERNAME'), reader.has('LDAP_TLS_SERVERNAME'), reader.problems]).toEqual([
      expected,
      expected !== undefined,
      [],
    ]);
  });

  test.each<[string | undefined, string, boolean]>([
    [undefined, 'distinct', true],
    ['', 'distinct', true],
    ['uniform', 'uniform', true],
    ['distinct', 'distinct', true],
    ['UNIFORM', 'distinct', false],
    [' uniform', 'distinct', false],
    ['blue', 'distinct', false],
  ])('a choice of %j is %s', (given, expected, good) => {
    const reader = new EnvironmentReader({ AUTH_DISCLOSURE: given });
    expect(reader.read('AUTH_DISCLOSURE')).toBe(expected);
    expect(reader.problems).toEqual(good ? [] : [{ variable: 'AUTH_DISCLOSURE', expected: 'one of distinct, uniform' }]);
  });

  test.each<[string | undefined, boolean, boolean]>([
    [undefined, false, true],
    ['true', true, true],
    ['false', false, true],
    ['yes', false, false],
    ['TRUE', false, false],
    ['1', false, false],
  ])('a flag of %j, by default false, is %s', (given, expected, good) => {
    const reader = new EnvironmentReader({ LDAP_STARTTLS: given });
    expect(reader.read('LDAP_STARTTLS')).toBe(expected);
    expect(reader.problems).toEqual(good ? [] : [{ variable: 'LDAP_STARTTLS', expected: 'one of true, false' }]);
  });

  test.each<[string | undefined, number, boolean]>([
    [undefined, 2000, true],
    ['', 2000, true],
    ['10', 10, true],
    ['25000', 25_000, true],
    ['0010', 10, true],
    ['9', 2000, false],
    ['25001', 2000, false],
    ['-20', 2000, false],
    ['+20', 2000, false],
    ['20.5', 2000, false],
    ['2e1', 2000, false],
    ['0x20', 2000, false],
    [' 20', 2000, false],
    ['20ms', 2000, false],
    ['٢٠', 2000, false],
    ['1000000000000000000020', 2000, false],
  ])('a whole number of %j from 10 to 25000 is %d', (given, expected, good) => {
    const reader = new EnvironmentReader({ LDAP_CONNECT_TIMEOUT_MS: given });
    expect(reader.read('LDAP_CONNECT_TIMEOUT_MS')).toBe(expected);
    expect(reader.problems).toEqual(good ? [] : [{ variable: 'LDAP_CONNECT_TIMEOUT_MS', expected: 'a whole number from 10 to 25000' }]);
  });

  test('problems are kept in the order in which they were found', () => {
    const reader = new EnvironmentReader({ LDAP_STARTTLS: 'x', LDAP_ALLOW_PLAINTEXT: 'y' });
    reader.read('LDAP_ALLOW_PLAINTEXT');
    reader.read('LDAP_STARTTLS');
    reader.refuse('LDAP_URL', 'something');
    expect(reader.problems.map(({ variable }) => variable)).toEqual(['LDAP_ALLOW_PLAINTEXT', 'LDAP_STARTTLS', 'LDAP_URL']);
  });
});
