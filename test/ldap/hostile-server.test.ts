import { afterEach, describe, expect, test } from '@jest/globals';

import type { Operation } from '../../tools/demo-directory/message.ts';
import { dnsDomainOf } from '../../src/directory/names/login-name.ts';
import { canonicalDn, foldDn } from '../../src/directory/names/dn.ts';
import { toForwardAuth } from '../../src/http/forward-auth.ts';
import { makeService } from '../support/ask.ts';
import { bindResult, found, type Reply, type ScriptedDirectory, startScripted } from '../support/scripted-directory.ts';
import { tlv } from './bytes.ts';

const BASE = 'dc=corp,dc=example,dc=test';

let directory: ScriptedDirectory | undefined;

afterEach(async () => {
  await directory?.close();
});

/** A server whose search is answered like this. */
async function askWith(search: Reply, more: Readonly<Record<string, string>> = {}) {
  directory = await startScripted((operation: Operation) => (operation.kind === 'search' ? search : bindResult(0)));
  const ask = makeService({
    ...{ LDAP_URL: directory.url, LDAP_ALLOW_PLAINTEXT: 'true', LDAP_DIRECTORY: 'active-directory' },
    ...{ LDAP_BIND_DN: `cn=service,${BASE}`, LDAP_BIND_PASSWORD: 'service', LDAP_BASE_DN: BASE, ...more },
  });
  return (await ask('alice', 'secret')).body;
}

describe('what a server sends ends neither the process nor the deadline', () => {
  test('one reference with 400,000 URIs', async () => {
    const reference: Reply = (id) => [
      tlv(0x30, tlv(0x02, Buffer.of(id)), tlv(0x73, Buffer.concat(Array.from({ length: 400_000 }, () => tlv(0x04))))),
      ...found([])(id), // the question who is bound is heard to its end
    ];
    expect(await askWith(reference)).toMatchObject({ status: 5, reason: 'directory-protocol-error' });
  });

  test('a reference of six hundred thousand blanks', async () => {
    const uri = `ldap://x/${'%20'.repeat(600_000)}x`;
    expect(await askWith(found([], 0, [uri]))).toMatchObject({ status: 5, reason: 'directory-protocol-error' });
  });

  test('an entry with a name of nine thousand characters', async () => {
    expect(await askWith(found([`cn=${'x'.repeat(9000)}`]))).toMatchObject({ status: 5, reason: 'directory-protocol-error' });
  });
});

/** As one expression each takes hours to years, which no time limit of a test could miss; looked into once, milliseconds. */
describe('text from a server is looked into once', () => {
  test('blanks around separators', () => {
    expect(foldDn(`dc=a${' '.repeat(4_000_000)}x`)).toHaveLength(4_000_005);
  });

  test('a DN that almost is a domain', () => {
    expect(dnsDomainOf(`${'dc= a,'.repeat(1000)}cn=x`)).toBeUndefined();
    expect(dnsDomainOf(`cn=x,${'dc= a , '.repeat(1000)}dc=b`)).toBe(`${'a.'.repeat(1000)}b`);
  });

  test('a diagnostic message of blanks', async () => {
    directory = await startScripted((operation) => bindResult(operation.kind === 'bind' ? 49 : 0, `${' '.repeat(2_000_000)}x`));
    const ask = makeService({
      ...{ LDAP_URL: directory.url, LDAP_ALLOW_PLAINTEXT: 'true', LDAP_USER_DN_TEMPLATE: 'uid={username},dc=example' },
    });
    expect((await ask('alice', 'secret')).body).toMatchObject({ status: 2 });
  });

  test('a member of a group, its name full of blanks', () => {
    const blanks = ' '.repeat(2_000_000);
    expect(canonicalDn(`cn=x${blanks}y${blanks},dc=z`)).toBe('cn="x y",dc="z"');
  });

  test('a display name of blanks', () => {
    const attributes = { displayName: [`${' '.repeat(4_000_000)}x`] };
    const { headers } = toForwardAuth({ kind: 'valid', identity: { username: 'alice', attributes } });
    expect(headers['Remote-Name']).toBeUndefined();
    const short = toForwardAuth({ kind: 'valid', identity: { username: ' a  b ', attributes: {} } });
    expect(short.headers['Remote-User']).toBe('%20a  b%20');
  });
});
