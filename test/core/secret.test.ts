import { Console } from 'node:console';
import { PassThrough } from 'node:stream';
import { format, inspect } from 'node:util';

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { Secret } from '../../src/core/secret.ts';

function printed(...things: readonly unknown[]): string {
  const stream = new PassThrough();
  new Console(stream).log(...things);
  return String(stream.read());
}

const WAYS_OUT: readonly (readonly [string, (secret: Secret) => string, string])[] = [
  ['String', (secret) => String(secret), '[secret]'],
  ['a template literal', (secret) => String.raw`<${secret}>`, '<[secret]>'],
  ['join', (secret) => [secret, secret].join('+'), '[secret]+[secret]'],
  ['JSON', (secret) => JSON.stringify(secret), '"[secret]"'],
  ['JSON of what holds it', (secret) => JSON.stringify({ login: { password: secret } }), '{"login":{"password":"[secret]"}}'],
  ['inspect', (secret) => inspect(secret), '[secret]'],
  ['inspect with everything shown', (secret) => inspect(secret, { showHidden: true, depth: null, customInspect: true }), '[secret]'],
  ['inspect of what holds it', (secret) => inspect({ password: secret }), '{ password: [secret] }'],
  ['format %s', (secret) => format('%s', secret), '[secret]'],
  ['format %o', (secret) => format('%o', secret), '[secret]'],
  ['format %j', (secret) => format('%j', secret), '"[secret]"'],
  ['console.log', (secret) => printed('password', secret), 'password [secret]\n'],
  ['Object.entries', (secret) => JSON.stringify(Object.entries(secret)), '[]'],
  ['a copy of its properties', (secret) => JSON.stringify({ ...(secret as object) }), '{}'],
];

describe('a secret', () => {
  test.each(WAYS_OUT)('is not printed by %s', (_way, print, expected) => {
    expect(print(new Secret('Passw0rd!'))).toBe(expected);
  });

  test('is not printed as the cause of an error', () => {
    const error = new Error('no', { cause: new Secret('Passw0rd!') });
    expect(inspect(error)).toContain('[cause]: [secret]');
    expect(inspect(error)).not.toContain('Passw0rd!');
  });

  test('is not printed without the custom inspection', () => {
    expect(inspect(new Secret('Passw0rd!'), { customInspect: false, showHidden: true })).not.toContain('Passw0rd!');
  });

  test('reveals exactly what was put in, and never prints it, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 4 }), (suffix) => {
        const value = `hidden:${suffix}`;
        const secret = new Secret(value);
        expect(secret.reveal()).toBe(value);
        for (const [, print, expected] of WAYS_OUT) expect(print(secret)).toBe(expected);
      }),
    );
  });

  test('tells whether it has a form', () => {
    expect(['cn=x', 'Passw0rd!'].map((value) => new Secret(value).hasForm(/=/))).toEqual([true, false]);
  });

  test.each([
    ['a', 'a', true],
    ['a', 'A', false],
    ['é', 'e\u0301', false],
    ['', '', true],
  ])('%j equals %j: %s', (one, other, expected) => {
    expect(new Secret(one).equals(new Secret(other))).toBe(expected);
  });
});
