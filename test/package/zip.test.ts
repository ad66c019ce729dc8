import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { BASE_DN } from '../../src/dev/people.ts';
import { withDemoDirectory } from './demo-directory.ts';
import { askPackagedHandler } from './invoke.ts';
import { packageService, withFolder } from './packaged.ts';
import { readZip, unpackZip } from './zip-reader.ts';

const ALICE = { username: 'alice', password: 'wonderland' };

const CONFIGURED = {
  LDAP_URL: 'ldaps://127.0.0.1:1',
  LDAP_BIND_DN: 'cn=service',
  LDAP_BIND_PASSWORD: 'password',
  LDAP_BASE_DN: 'dc=example',
};

let folder: string;
let zip: Buffer;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'zip-'));
  ({ zip } = await packageService(path.join(folder, 'service')));
  unpackZip(zip, path.join(folder, 'lambda'));
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ask = async (environment: Readonly<Record<string, string>>, ...logins: readonly (typeof ALICE)[]): Promise<readonly unknown[]> =>
  askPackagedHandler(path.join(folder, 'lambda'), environment, logins);

describe('the zip', () => {
  test('holds the bundle, its source map and certs/, and nothing else', () => {
    const certificates = readdirSync(path.resolve(import.meta.dirname, '../../certs')).filter((name) => !name.startsWith('.'));
    const names = readZip(zip).map(({ name }) => name);
    expect(names).toEqual(['auth.mjs', 'auth.mjs.map', ...certificates.toSorted().map((name) => `certs/${name}`)]);
  });

  test('is the same, byte for byte, in another folder, time zone and locale', async () => {
    await withFolder(async (other) => {
      const again = await packageService(other, [], { TZ: 'America/New_York', LC_ALL: 'tr_TR.UTF-8' });
      expect(again.zip.equals(zip)).toBe(true);
    });
  });

  test('has a source map that leads to the source without repeating it', () => {
    const map = readZip(zip).find(({ name }) => name === 'auth.mjs.map');
    const { sources, sourcesContent } = JSON.parse(String(map?.content)) as {
      readonly sources: readonly string[];
      readonly sourcesContent?: unknown;
    };
    expect(sources).toContain('../src/handlers/auth.ts');
    expect(sourcesContent).toBeUndefined();
  });

  test('imports nothing: Node’s own modules are taken when they are needed', () => {
    const bundle = readZip(zip).find(({ name }) => name === 'auth.mjs');
    expect(String(bundle?.content)).not.toMatch(/\bimport\s*[{*"'(]|\bfrom\s*["']|\brequire\(/);
  });

  test('has at most 45,000 bytes of JavaScript to load, deflated', () => {
    const end = zip.readUInt32LE(zip.length - 6);
    expect(zip.toString('utf8', end + 46, end + 54)).toBe('auth.mjs');
    expect(zip.readUInt32LE(end + 20)).toBeLessThanOrEqual(45_000);
  });
});

describe('its handler, with nothing beside it and the contract’s variables alone', () => {
  test('answers 0, 1 and 2 from a directory that it has never seen', async () => {
    const answers = await withDemoDirectory((variables) =>
      ask(variables, ALICE, { ...ALICE, username: 'nobody' }, { ...ALICE, password: 'wrong' }),
    );
    expect(answers).toEqual([
      {
        statusCode: 200,
        body: {
          status: 0,
          message: 'auth ok',
          reason: 'authenticated',
          user: { dn: `uid=alice,ou=people,${BASE_DN}`, username: 'alice' },
        },
      },
      { statusCode: 401, body: { status: 1, message: 'invalid user', reason: 'user-not-found' } },
      { statusCode: 401, body: { status: 2, message: 'invalid password', reason: 'wrong-password' } },
    ]);
  });

  test.each([
    ['nothing is configured', {}],
    ['a variable is misspelt', { ...CONFIGURED, LDAP_ULR: 'ldaps://directory.example.com' }],
    ['the URL is plain ldap://', { ...CONFIGURED, LDAP_URL: 'ldap://127.0.0.1:1' }],
  ])('answers 7, if %s', async (_, wrong) => {
    expect(await ask(wrong, ALICE)).toEqual([
      { statusCode: 500, body: { status: 7, message: 'service misconfigured', reason: 'misconfigured' } },
    ]);
  });
});
