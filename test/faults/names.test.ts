import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { rdnOf } from '../contract/dn.ts';
import { type Ask, makeService } from '../support/ask.ts';
import { startOpenldap } from '../support/servers/openldap.ts';
import type { DirectoryEntry, StartedDirectory } from '../support/servers/server.ts';
import { BASE, PEOPLE } from './stage.ts';

/** Any name matches itself alone: asked of a real OpenLDAP, in which every name below has an entry and a password of its own. */

const NAMES = [
  ...['alice', 'ali*e', '*', 'a(b)c', ')(uid=*', '(|(uid=alice))', 'back\\slash', '\\2a', '\\', 'comma,name', 'alice,ou=people'],
  ...['plus+uid=alice', '#hash', '"quoted"', 'semi;<angle>', 'equals=', 'two  spaces', 'ünïcödé', '张伟', '🦊', '{username}', '%s'],
] as const;

function passwordOf(name: string): string {
  return `Password of ${name}`;
}

function entryOf(name: string, index: number): DirectoryEntry {
  return {
    dn: `${rdnOf('uid', name)},${PEOPLE}`,
    attributes: {
      objectClass: ['inetOrgPerson'],
      uid: [name],
      cn: [`person ${String(index)}`],
      sn: ['x'],
      userPassword: [passwordOf(name)],
    },
  };
}

let openldap: StartedDirectory;
let search: Ask;
let template: Ask;

beforeAll(async () => {
  const people = { dn: PEOPLE, attributes: { objectClass: ['organizationalUnit'], ou: ['people'] } };
  openldap = await startOpenldap({ entries: [people, ...NAMES.map(entryOf)] });
  search = makeService(openldap.environment);
  const { LDAP_URL = '', LDAP_TLS_CA = '' } = openldap.environment;
  template = makeService({ LDAP_URL, LDAP_TLS_CA, LDAP_USER_DN_TEMPLATE: `uid={username},${PEOPLE}` });
});

afterAll(() => openldap.stop());

/** Names that are made of those in the directory and of everything that means something in a filter or a DN. */
const PIECES = [
  ...NAMES,
  ...['*', '(', ')', '\\', '\\2a', '\\5c', '|', '&', '!', '=', '~=', '>=', ':=', ':dn:=', '(uid=', '))(|(uid=*', ')(objectClass=*'],
  ...[',', '+', ';', '"', '<', '>', '#', ' ', '\\,', '\\2c', '\\00', '%00'],
  ...['#616c696365', `,${PEOPLE}`, `,${BASE}`, 'uid=alice', 'cn=', '/', '@'],
];

const anyName = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
    fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join('')),
    fc
      .tuple(fc.constantFrom(...NAMES), fc.constantFrom(...PIECES), fc.nat(40))
      .map(([name, piece, at]) => Array.from<string>(name).toSpliced(at, 0, piece).join('')),
  )
  .filter((name) => name.isWellFormed() && !/[\p{Cc}\uFFFD]/u.test(name) && [...name].length <= 256); // others are malformed

/** What RFC 4518 makes equal, as far as it can happen here: case, compatibility forms, spaces, characters without a look. */
function prepared(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu, '')
    .replace(/\s+/gu, ' ')
    .trim();
}

function ownerOf(name: string): string | undefined {
  return NAMES.find((known) => prepared(known) === prepared(name));
}

describe('by a search', () => {
  test.each(NAMES)('%j is found, and nobody else', async (name) => {
    const { http, body } = await search(name, passwordOf(name));
    expect({ http, user: body['user'] }).toEqual({
      http: 200,
      user: { dn: expect.stringContaining(`,${PEOPLE}`), username: name, id: expect.any(String) },
    });
    expect((await search(name, passwordOf('somebody else'))).body['status']).toBe(2);
  });

  test('any other name is that of nobody', async () => {
    await fc.assert(
      fc.asyncProperty(anyName, fc.constantFrom(...NAMES), async (name, other) => {
        const { body } = await search(name, passwordOf(other));
        const owner = ownerOf(name);
        expect(body['status']).toBe(owner === undefined ? 1 : owner === other ? 0 : 2);
      }),
      { numRuns: 1500 },
    );
  });
});

describe('by a DN template', () => {
  test.each(NAMES)('%j is that entry', async (name) => {
    expect((await template(name, passwordOf(name))).http).toBe(200);
    expect((await template(name, passwordOf('somebody else'))).body['reason']).toBe('wrong-password');
  });

  test('any other name is that of nobody', async () => {
    await fc.assert(
      fc.asyncProperty(anyName, fc.constantFrom(...NAMES), async (name, other) => {
        const { body } = await template(name, passwordOf(other));
        expect(body['status']).toBe(ownerOf(name) === other ? 0 : 2);
      }),
      { numRuns: 1500 },
    );
  });
});
