import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import type { Identity } from '../../src/core/outcome.ts';
import { CHALLENGE, toForwardAuth } from '../../src/http/forward-auth.ts';
import { ANSWERS, toResponse } from '../../src/http/response.ts';
import { OUTCOMES } from './support/outcomes.ts';

function headersOf(identity: Identity): Readonly<Record<string, string>> {
  const { headers } = toForwardAuth({ kind: 'valid', identity });
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('Remote-')));
}

describe.each(OUTCOMES)('%s', (reason, outcome) => {
  const response = toForwardAuth(outcome);

  test('is told as POST tells it, but for a request that must be asked again', () => {
    const { statusCode, body, headers } = toResponse(outcome);
    expect([response.statusCode, response.body]).toEqual([ANSWERS[reason].status === 4 ? 401 : statusCode, body]);
    expect(response.headers).toMatchObject({ ...headers, 'X-Auth-Reason': reason });
  });

  test('asks for a password with a 401 and only then', () => {
    expect(response.headers['WWW-Authenticate']).toBe(response.statusCode === 401 ? CHALLENGE : undefined);
    expect(CHALLENGE).toMatch(/^Basic realm="[ -~]+", charset="UTF-8"$/);
  });

  test('says who it is only if it is valid', () => {
    expect(Object.keys(response.headers).filter((name) => name.startsWith('Remote-'))).toEqual(
      reason === 'authenticated' ? ['Remote-User'] : [],
    );
  });
});

describe('identity headers', () => {
  test.each<[string, Identity, Readonly<Record<string, string>>]>([
    ['ASCII as it is', { username: "o'hara" }, { 'Remote-User': "o'hara" }],
    ['a comma and a plus as they are', { username: 'smith, j+k' }, { 'Remote-User': 'smith, j+k' }],
    ['the identifier', { username: 'a', id: '9f1c-1' }, { 'Remote-User': 'a', 'Remote-User-Id': '9f1c-1' }],
    ['UTF-8', { username: 'jörg' }, { 'Remote-User': 'j%C3%B6rg' }],
    ['beyond the basic plane', { username: '张😀' }, { 'Remote-User': '%E5%BC%A0%F0%9F%98%80' }],
    ['the percent sign', { username: '100%' }, { 'Remote-User': '100%25' }],
    ['blanks at the ends', { username: ' a b ' }, { 'Remote-User': '%20a b%20' }],
    ['line ends', { username: 'a\r\nSet-Cookie: x' }, { 'Remote-User': 'a%0D%0ASet-Cookie: x' }],
    ['no value', { username: 'a', attributes: { mail: [], displayName: [] } }, { 'Remote-User': 'a' }],
    [
      'names and mail, the first of each, however they are spelled',
      { username: 'a', attributes: { DISPLAYNAME: ['Ä', 'B'], cn: ['C'], Mail: ['a@x.org', 'b@x.org'] } },
      { 'Remote-User': 'a', 'Remote-Name': '%C3%84', 'Remote-Email': 'a@x.org' },
    ],
    ['cn without displayName', { username: 'a', attributes: { cn: ['C'] } }, { 'Remote-User': 'a', 'Remote-Name': 'C' }],
    [
      'groups, their own commas encoded',
      { username: 'a', groups: ['cn=x,dc=y', 'cn=ü\\,z,dc=y'] },
      { 'Remote-User': 'a', 'Remote-Groups': 'cn=x%2Cdc=y,cn=%C3%BC\\%2Cz%2Cdc=y' },
    ],
    ['no group', { username: 'a', groups: [] }, { 'Remote-User': 'a' }],
    [
      'too many groups, none of them',
      { username: 'a', groups: Array.from({ length: 500 }, () => 'cn=x,dc=y,dc=z') },
      { 'Remote-User': 'a' },
    ],
  ])('%s', (_case, identity, expected) => {
    expect(headersOf(identity)).toEqual(expected);
  });

  const text = fc.string({ unit: 'binary', minLength: 1 }).filter((value) => value.isWellFormed());

  test('are visible ASCII, and percent-decoding gives back every name', () => {
    fc.assert(
      fc.property(text, fc.array(text, { minLength: 1 }), (name, groups) => {
        const headers = headersOf({ username: name, groups, attributes: { mail: [name], cn: [name] } });
        for (const value of Object.values(headers)) expect(value).toMatch(/^[!-~]([ -~]*[!-~])?$/);
        const { 'Remote-User': user = '', 'Remote-Email': mail = '', 'Remote-Name': cn = '', 'Remote-Groups': list = '' } = headers;
        expect([user, mail, cn].map(decodeURIComponent)).toEqual([name, name, name]);
        expect(list.split(',').map(decodeURIComponent)).toEqual(groups);
      }),
    );
  });
});
