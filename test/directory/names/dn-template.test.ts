import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { escapeDnValue, parseDnTemplate } from '../../../src/directory/names/dn-template.ts';

const TEMPLATE = 'uid={username},ou=people,dc=example,dc=org';

function boundAs(template: string, username: string): unknown {
  const parsed = parseDnTemplate(template);
  return parsed.ok ? parsed.template(username) : parsed.expected;
}

/** RFC 4514, 3, strictly: the RDNs as type and value bytes, or undefined where the text is no DN. */
function parseDn(text: string): readonly (readonly [string, string])[] | undefined {
  const rdns = text.split(/(?<!(?:^|[^\\])(?:\\\\)*\\)[,+]/).map((rdn) => /^([a-z][a-z0-9-]*)=(.*)$/isu.exec(rdn));
  const pairs = rdns.map((match) => {
    const [type, value] = [match?.[1], match?.[2]];
    if (type === undefined || value === undefined || /["+,;<>\0]/.test(value.replaceAll(/\\(?:[0-9a-f]{2}|.)/gis, ''))) return undefined;
    if (/^[ #]/.test(value) || /(?:^|[^\\])(?:\\\\)* $/.test(value)) return undefined;
    return [type, unescape(value)] as const;
  });
  return pairs.every((pair) => pair !== undefined) ? pairs : undefined;
}

function unescape(value: string): string {
  const parts = value.match(/\\[0-9a-f]{2}|\\.|[^\\]+/gis) ?? [];
  const bytes = parts.map((part) =>
    /^\\[0-9a-f]{2}$/i.test(part) ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part.replace(/^\\/, '')),
  );
  return Buffer.concat(bytes).toString('utf8');
}

describe('a value inside a DN', () => {
  test.each([
    ['alice', 'alice'],
    ['Smith, J', String.raw`Smith\2c J`],
    ['a+b=c', String.raw`a\2bb\3dc`],
    ['"q"<>;', String.raw`\22q\22\3c\3e\3b`],
    [String.raw`a\b`, String.raw`a\5cb`],
    ['#1', String.raw`\231`],
    ['a#1', 'a#1'],
    [' a', String.raw`\20a`],
    ['a ', String.raw`a\20`],
    ['a b', 'a b'],
    ['   ', String.raw`\20\20\20`],
    [' ', String.raw`\20`],
    ['a\0', String.raw`a\00`],
    ['jörg 张伟 😀', 'jörg 张伟 😀'],
  ])('%j is written %s', (value, expected) => {
    expect(escapeDnValue(value)).toBe(expected);
  });
});

describe('a template', () => {
  test.each([
    [TEMPLATE, 'alice', 'uid=alice,ou=people,dc=example,dc=org'],
    [TEMPLATE, 'alice,ou=admins', String.raw`uid=alice\2cou\3dadmins,ou=people,dc=example,dc=org`],
    [TEMPLATE, '$&$1', 'uid=$&$1,ou=people,dc=example,dc=org'],
    [TEMPLATE, '{username}', 'uid={username},ou=people,dc=example,dc=org'],
    ['cn={username}+uid={username},dc=x', 'a', 'cn=a+uid=a,dc=x'],
    ['0.9.2342.19200300.100.1.1={username},dc=x', 'a', '0.9.2342.19200300.100.1.1=a,dc=x'],
    ['uid=x-{username}-y , dc=x', 'a b', 'uid=x-a b-y , dc=x'],
    [String.raw`uid={username},ou=a\,b,dc=x`, 'a', String.raw`uid=a,ou=a\,b,dc=x`],
  ])('%s makes of %s', (template, username, dn) => {
    expect(boundAs(template, username)).toEqual({ ok: true, name: dn, dn });
  });

  test('makes a DN that reads back as exactly the name, whatever it is', () => {
    const names = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.string({ unit: fc.constantFrom(...Array.from(' #,+"\\<>;=a2c\né😀')), minLength: 1 }),
    );
    fc.assert(
      fc.property(names, (username) => {
        const bound = boundAs(TEMPLATE, username);
        const { dn } = bound as { dn: string };
        expect(parseDn(dn)).toEqual([
          ['uid', username],
          ['ou', 'people'],
          ['dc', 'example'],
          ['dc', 'org'],
        ]);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ...['{username}', ' {username}', '{username},dc=x', 'dc=x', 'uid=alice,dc=x', '{username}=a,dc=x'],
    ...['uid={username},', ',uid={username}', 'uid={username},dc', 'uid={username},dc=', 'uid={username},=x'],
    ...['uid="{username}",dc=x', 'uid=#{username},dc=x', 'uid={username};dc=x', 'uid={username}<,dc=x'],
    String.raw`uid=\{username},dc=x`, // with "2cou" behind it the backslash would begin an escape
    String.raw`uid=\2{username},dc=x`,
    ...['{username}@', '{username}@-x', '{username}@corp.example.com,dc=x', 'x{username}@corp.example.com', '{username}@{username}'],
    String.raw`CORP\{username},dc=x`,
    String.raw`CORP\\{username}`,
    String.raw`CORP\x{username}`,
    String.raw`A\CORP\{username}`,
    String.raw`\{username}`,
    String.raw`-\{username}`,
    String.raw`CORP\{username}@x`,
    String.raw`{username}\{username}`,
  ])('%s is none', (template) => {
    expect(boundAs(template, 'alice')).toBe(
      String.raw`a DN like uid={username},ou=people,dc=example,dc=org, or {username}@domain, or DOMAIN\{username}`,
    );
  });
});

describe('a template for principal names', () => {
  test.each([
    ['{username}@corp.example.com', 'alice', 'alice@corp.example.com'],
    ['{username}@CORP', ' al ice ', ' al ice @CORP'],
    ['{username}@x', 'jörg,dc=x', 'jörg,dc=x@x'],
    [String.raw`CORP\{username}`, 'alice', String.raw`CORP\alice`],
    [String.raw`MY-CORP.1\{username}`, '$&', String.raw`MY-CORP.1\$&`],
  ])('%s makes of %j', (template, username, name) => {
    expect(boundAs(template, username)).toEqual({ ok: true, name, dn: undefined });
  });

  test.each(['alice@other.example.com', '@', String.raw`OTHER\alice`, 'corp.example.com/alice', 'a/b'])(
    '%s would be another kind of name',
    (username) => {
      for (const template of ['{username}@corp.example.com', String.raw`CORP\{username}`])
        expect(boundAs(template, username)).toEqual({ ok: false, problem: { field: 'username', expected: 'a name without @, \\ or /' } });
    },
  );
});
