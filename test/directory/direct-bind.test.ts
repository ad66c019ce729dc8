import { afterEach, describe, expect, test } from '@jest/globals';

import type { Operation } from '../../tools/demo-directory/message.ts';
import { makeAuth } from '../../src/handlers/auth.ts';
import { wire } from '../../src/wiring.ts';
import { lambdaContext, makeService, postAuth } from '../support/ask.ts';
import { entryOf, identityMessage, resultMessage } from '../support/faults/messages.ts';
import { bindResult, type Reply, type ScriptedDirectory, startScripted } from '../support/scripted-directory.ts';

let directory: ScriptedDirectory | undefined;

afterEach(async () => {
  await directory?.close();
});

type Attributes = Readonly<Record<string, readonly (string | Buffer)[]>>;
type Shown = readonly (readonly [dn: string, attributes: Attributes])[];
type Search = Extract<Operation, { readonly kind: 'search' }>;
type Play = (search: Search) => Reply;

/** What a search shows, and its result. */
function shows(entries: Shown, code = 0): Reply {
  return (id) => [...entries.map(([dn, attributes]) => entryOf(id, dn, attributes)), resultMessage(id, 'done', code)];
}

const NOTHING = shows([]);
const HANGS_UP: Reply = (id) => [resultMessage(id, 'bind', 0)]; // an answer that nobody asked for: the session is over

async function ask(variables: Readonly<Record<string, string>>, play: Play, extended?: Reply, typed = 'alice') {
  await directory?.close();
  directory = await startScripted((operation) => (operation.kind === 'search' ? play(operation) : bindResult(0)), extended);
  const { body } = await makeService({ LDAP_URL: directory.url, LDAP_ALLOW_PLAINTEXT: 'true', ...variables })(typed, 'a password');
  return body;
}

const VALID = { status: 0, message: 'auth ok', reason: 'authenticated' };

describe('who was bound', () => {
  const TEMPLATE = { LDAP_USER_DN_TEMPLATE: 'uid={username},dc=x' };
  const DN = 'uid=Alice,dc=x';
  const ALICE: Play = ({ base, scope }) =>
    scope === 'base' && base === DN ? shows([[DN, { uid: ['Alice'], entryUUID: ['1-2'] }]]) : NOTHING;
  const TOLD = { dn: DN, username: 'Alice', id: '1-2' };
  const is =
    (identity: string): Reply =>
    (id) => [identityMessage(id, identity)];
  const refuses =
    (code: number): Reply =>
    (id) => [resultMessage(id, 'extended', code)];
  const typedEntry: Play = ({ base }) => (base === 'uid=alice,dc=x' ? shows([[DN, { uid: ['Alice'] }]]) : NOTHING);

  test.each<[string, Reply, Play, object]>([
    ['a DN', is(`dn:${DN}`), ALICE, TOLD],
    ['a DN with a blank before it', is(`dn: ${DN}`), ALICE, TOLD],
    ['a server that does not answer the question: the DN that was bound', refuses(2), typedEntry, { dn: DN, username: 'Alice' }],
    ['a refusal', refuses(50), typedEntry, { dn: DN, username: 'Alice' }],
    ['anonymous', is(''), typedEntry, {}],
    ['anonymous, written out', is('dn:'), typedEntry, {}],
    ['an entry that is hidden', is(`dn:${DN}`), () => NOTHING, {}],
    ['an entry that may not be read', is(`dn:${DN}`), () => shows([], 50), {}],
    ['an entry that is not there for the user', is(`dn:${DN}`), () => shows([], 32), {}],
    [
      'two entries where one was asked for',
      is(`dn:${DN}`),
      () =>
        shows([
          [DN, { uid: ['Alice'] }],
          ['uid=bob,dc=x', { uid: ['bob'] }],
        ]),
      {},
    ],
    ['an entry without readable attributes', is(`dn:${DN}`), () => shows([[DN, {}]]), { dn: DN }],
    ['two identifiers', is(`dn:${DN}`), () => shows([[DN, { uid: ['Alice'], entryUUID: ['1', '2'] }]]), { dn: DN, username: 'Alice' }],
    ['an identifier that is no text', is(`dn:${DN}`), () => shows([[DN, { entryUUID: [Buffer.from([0xff, 1])] }]]), { dn: DN }],
  ])('%s', async (_case, extended, play, user) => {
    expect(await ask(TEMPLATE, play, extended)).toEqual({ ...VALID, user });
  });

  test.each<[string, Reply, Play]>([
    ['busy, asked who it is', refuses(51), ALICE],
    ['in trouble, asked who it is', refuses(80), ALICE],
    ['busy, asked for the entry', is(`dn:${DN}`), () => shows([], 51)],
    ['out of time, asked for the entry', is(`dn:${DN}`), () => shows([], 3)],
    ['broken, asked for the entry', is(`dn:${DN}`), () => HANGS_UP],
  ])('a server that is %s: unknown, attempted', async (_case, extended, play) => {
    expect(await ask(TEMPLATE, play, extended)).toMatchObject({ status: 5, attempted: true });
  });

  describe('a server that repeats the DN by which it was asked', () => {
    const HELD = { uid: ['Alice'], entryUUID: ['1-2'] };
    /** At the entry itself under any spelling; below it by its own. */
    const repeats =
      (below: Shown): Play =>
      ({ base, scope }) =>
        scope === 'base' ? shows([[base, HELD]]) : shows(below);
    const echo = (typed: string, below: Shown, template = TEMPLATE.LDAP_USER_DN_TEMPLATE): Promise<object> =>
      ask({ LDAP_USER_DN_TEMPLATE: template }, repeats(below), is(`dn:${template.replace('{username}', typed)}`), typed);
    const searches = (): number => directory?.operations.filter(({ kind }) => kind === 'search').length ?? 0;

    test('the typed name is in no answer: the entry is asked for by its identifier', async () => {
      expect(await echo('ALICE', [[DN, HELD]])).toEqual({ ...VALID, user: TOLD });
      expect(directory?.operations.filter(({ kind }) => kind === 'search')).toMatchObject([
        { scope: 'base' },
        { scope: 'sub', base: 'uid=ALICE,dc=x' },
      ]);
    });

    test('a name as the entry holds it is not asked for twice', async () => {
      expect(await echo('Alice', [])).toEqual({ ...VALID, user: TOLD });
      expect(searches()).toBe(1);
    });

    test('a name that is not in the first part of the DN can be no value of the entry', async () => {
      const template = 'uid=Alice,ou={username},dc=x';
      expect(await echo('HOME', [['uid=Alice,ou=home,dc=x', HELD]], template)).toMatchObject({ user: { dn: 'uid=Alice,ou=home,dc=x' } });
    });

    test.each<[string, Shown]>([
      ['nobody', []],
      ['two', [[DN, HELD], ['uid=bob,dc=x', HELD]]], // prettier-ignore
    ])('where the identifier finds %s, nobody is told', async (_found, below) => {
      expect(await echo('ALICE', below)).toEqual({ ...VALID, user: {} });
    });
  });

  test('a name that nobody tells is handed on by nobody', async () => {
    await directory?.close();
    directory = await startScripted(() => bindResult(0));
    const environment = {
      LDAP_URL: directory.url,
      LDAP_ALLOW_PLAINTEXT: 'true',
      LOG_LEVEL: 'SILENT',
      LDAP_USER_DN_TEMPLATE: '{username}@x',
    };
    const auth = makeAuth(wire(environment));
    const headers = { Authorization: `Basic ${Buffer.from('alice:a password').toString('base64')}` };
    const post = await auth(postAuth({ username: 'alice', password: 'a password' }), lambdaContext());
    const get = await auth(postAuth(null, { httpMethod: 'GET', headers, multiValueHeaders: {} }), lambdaContext());
    expect([JSON.parse(post.body), JSON.parse(get.body)]).toMatchObject([
      { status: 0, user: {} },
      { status: 5, attempted: true },
    ]);
    expect(Object.keys(get.headers ?? {}).filter((name) => name.startsWith('Remote-'))).toEqual([]);
  });

  test('groups and attributes of an entry that is hidden: attributes are absent, groups are unknown', async () => {
    const hidden = (more: Readonly<Record<string, string>>): Promise<object> =>
      ask({ ...TEMPLATE, ...more }, () => NOTHING, is(`dn:${DN}`));
    expect(await hidden({ LDAP_USER_ATTRIBUTES: 'mail' })).toEqual({ ...VALID, user: {} });
    expect(await hidden({ LDAP_RETURN_GROUPS: 'true' })).toMatchObject({ status: 5, attempted: true });
    expect(await hidden({ LDAP_REQUIRED_GROUPS: '["cn=a,dc=x"]' })).toMatchObject({ status: 5, attempted: true });
  });
});

describe('Active Directory: the SID decides who was bound', () => {
  const OURS = 'S-1-5-21-1-2-3';
  const THEIRS = 'S-1-5-21-7-8-9';
  const GUID = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
  const NAME = { LDAP_DIRECTORY: 'active-directory', LDAP_USER_DN_TEMPLATE: String.raw`OTHER\{username}` };
  const PRINCIPAL = { LDAP_DIRECTORY: 'active-directory', LDAP_USER_DN_TEMPLATE: '{username}@corp.example.com' };
  const GROUP = 'CN=staff,DC=corp';

  function sid(text: string): Buffer {
    const [revision = 0, authority = 0, ...parts] = text.split('-').slice(1).map(Number);
    const numbers = Buffer.alloc(4 * parts.length);
    parts.forEach((part, index) => numbers.writeUInt32LE(part, 4 * index));
    return Buffer.concat([Buffer.from([revision, parts.length, 0, 0, 0, 0, 0, authority]), numbers]);
  }

  function account(rid: number, more: Attributes = {}, primaryGroup = '513'): Attributes {
    const own = { objectSid: [sid(`${OURS}-${String(rid)}`)], primaryGroupID: [primaryGroup] };
    return { sAMAccountName: ['alice'], objectGUID: [GUID], ...own, ...more };
  }

  /** A domain controller on which somebody with these SIDs is bound, and which finds these entries below the domain. */
  function domain(tokens: readonly string[], found: Shown): Play {
    return ({ base, scope }) => {
      if (base === '') return shows([['', { tokenGroups: tokens.map(sid), defaultNamingContext: ['DC=corp'] }]]);
      if (base === GROUP) return shows([[GROUP, { objectSid: [sid(`${OURS}-2000`)], groupType: ['-2147483640'] }]]);
      return scope === 'sub' && base === 'DC=corp' ? shows(found) : NOTHING;
    };
  }

  const ALICE = ['CN=Alice,DC=corp', account(1105)] as const;
  const TOLD = { dn: 'CN=Alice,DC=corp', username: 'alice', id: '33221100-5544-7766-8899-aabbccddeeff' };
  const OWN = [`${OURS}-1105`, `${OURS}-513`, 'S-1-1-0'];

  test.each<[string, readonly string[], Shown, object]>([
    ['the account that the name finds', OWN, [ALICE], TOLD],
    ['an account of a trusted domain: ours of the same name is somebody else', [`${THEIRS}-1105`, `${THEIRS}-513`], [ALICE], {}],
    ['a migrated account: what it once was is somebody else', [`${THEIRS}-5`, `${THEIRS}-513`, `${OURS}-1105`], [ALICE], {}],
    ['of two that the name finds, the one with the SID', OWN, [['CN=Other,DC=corp', account(1106)], ALICE], TOLD],
    ['two with SIDs of the session: nobody', [...OWN, `${OURS}-1106`], [['CN=Other,DC=corp', account(1106)], ALICE], {}],
    ['an entry that hides its SID', OWN, [['CN=Alice,DC=corp', { sAMAccountName: ['alice'] }]], {}],
    ['nobody found', OWN, [], {}],
    ['a session without SIDs', [], [ALICE], {}],
  ])('%s', async (_case, tokens, found, user) => {
    expect(await ask(NAME, domain(tokens, found))).toEqual({ ...VALID, user });
    await directory?.close();
    expect(await ask(PRINCIPAL, domain(tokens, found))).toEqual({ ...VALID, user });
  });

  test.each<[string, readonly string[], Shown, object]>([
    ['in, by a SID of the session', [...OWN, `${OURS}-2000`], [ALICE], { status: 0 }],
    ['out, where the SIDs are whole', OWN, [ALICE], { status: 3, reason: 'not-in-required-group' }],
    ['in, of a trusted domain', [`${THEIRS}-1105`, `${OURS}-2000`], [], { status: 0, user: {} }],
    ['not in, of a trusted domain: unknown', [`${THEIRS}-1105`], [], { status: 5, attempted: true }],
  ])('a required group: %s', async (_case, tokens, found, expected) => {
    expect(await ask({ ...NAME, LDAP_REQUIRED_GROUPS: JSON.stringify([GROUP]) }, domain(tokens, found))).toMatchObject(expected);
  });

  test('a DN is read at base scope, and is the user only by its SID', async () => {
    const template = { LDAP_DIRECTORY: 'active-directory', LDAP_USER_DN_TEMPLATE: 'CN={username},DC=corp' };
    const play =
      (tokens: readonly string[]): Play =>
      (search) =>
        search.base === 'CN=alice,DC=corp' && search.scope === 'base' ? shows([ALICE]) : domain(tokens, [])(search);
    expect(await ask(template, play(OWN))).toEqual({ ...VALID, user: TOLD });
    await directory?.close();
    expect(await ask(template, play([`${THEIRS}-1105`]))).toEqual({ ...VALID, user: {} });
  });
});
