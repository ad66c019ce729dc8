import { Writable } from 'node:stream';

import { describe, expect, test } from '@jest/globals';

import type { Row } from '../../../src/doctor/check.ts';
import { makeRenderer, terminalOn } from '../../../tools/doctor/render.ts';

const ROWS: readonly Row[] = [
  { id: 'configuration', title: 'configuration: openldap', status: 'pass', ms: 0 },
  { id: 'tcp', title: 'TCP: 10.0.0.1 port 636', status: 'pass', ms: 12 },
  { id: 'tls', title: 'TLS: ldaps', status: 'fail', ms: 1234, hint: 'LDAP_TLS_CA: is signed by "Corp Root CA"\nno variable in this line' },
  { id: 'bind', title: 'service bind', status: 'skip', ms: 0 },
];

function row(id: string, status: Row['status'], hint?: string): Row {
  return { id, title: id, status, ms: 1, ...(hint === undefined ? {} : { hint }) };
}

type Fake = Writable & { readonly isTTY: boolean; readonly columns: number; readonly getColorDepth: () => number; readonly text: string };

function stream(isTTY: boolean, depth: number, columns = 200): Fake {
  const written: string[] = [];
  const writable = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => {
      written.push(chunk);
      done();
    },
  });
  return Object.defineProperties(writable, {
    isTTY: { value: isTTY },
    columns: { value: columns },
    getColorDepth: { value: () => depth },
    text: { get: () => written.join('') },
  }) as Fake;
}

/** Says 100, then 1400: a run of 1300 ms. */
function stopwatch(): () => number {
  const times = [100, 1400];
  return () => times.shift() ?? 0;
}

function render(on: Fake, rows: readonly Row[] = ROWS, term = 'xterm-256color', username?: string): string {
  const renderer = makeRenderer(terminalOn(on, term), stopwatch());
  for (const row of rows) {
    renderer.started({ id: row.id, title: row.title.replace(/:.*/, '') });
    renderer.ended(row, {});
  }
  renderer.finished({ ok: false, version: '1.2.3', checks: rows }, username);
  return on.text;
}

const PLAIN = `  ✓     0 ms  configuration: openldap
  ✓    12 ms  TCP: 10.0.0.1 port 636
  ✗  1234 ms  TLS: ldaps
              LDAP_TLS_CA: is signed by "Corp Root CA"
              no variable in this line
  –           skipped: service bind

  1 failed, 2 passed, 1 skipped, in 1300 ms (ldap-auth 1.2.3)
  Next: do what the row with ✗ says about LDAP_TLS_CA, then run the doctor again.
`;

describe('the printer', () => {
  test('in a file or a pipe: a line for each row, no control character', () => {
    expect(render(stream(false, 1))).toBe(PLAIN);
  });

  test('on a dumb terminal: the same', () => {
    expect(render(stream(true, 1), ROWS, 'dumb')).toBe(PLAIN);
  });

  test('on a terminal without colours: what runs is shown and replaced, in no colour', () => {
    const [first] = ROWS;
    const text = render(stream(true, 1), first === undefined ? [] : [first]);
    expect(text).toBe(
      '  …           configuration\r\u001b[2K  ✓     0 ms  configuration: openldap\n\n  all is well: 1 passed, 0 skipped, in 1300 ms (ldap-auth 1.2.3)\n' +
        '  Next: npm run doctor -- --user NAME --password asks for the password and logs in; npm run doctor -- --params prints this configuration for serverless.yml.\n',
    );
  });

  test('on a terminal with colours', () => {
    const text = render(stream(true, 24), ROWS.slice(2, 3));
    expect(text).toBe(
      [
        '\u001b[2m  …           TLS\u001b[22m',
        '\r\u001b[2K  \u001b[31m✗\u001b[39m \u001b[2m 1234 ms\u001b[22m  TLS: ldaps\n',
        '              \u001b[1mLDAP_TLS_CA\u001b[22m: is signed by "Corp Root CA"\n',
        '              no variable in this line\n',
        '\n  \u001b[31m1 failed\u001b[39m, 0 passed, 0 skipped, in 1300 ms (ldap-auth 1.2.3)\n',
        '  Next: do what the row with ✗ says about LDAP_TLS_CA, then run the doctor again.\n',
      ].join(''),
    );
  });

  test('what runs never fills the line: a terminal would go on to the next one and leave it behind', () => {
    const title = 'x'.repeat(100);
    const [live = ''] = render(stream(true, 1, 20), [{ id: 'x', title, status: 'pass', ms: 1 }]).split('\r');
    expect(live).toBe(`  …           ${'x'.repeat(5)}`);
  });

  test('is as wide as the terminal, and breaks between words; a longer word stays whole', () => {
    const hint = `LDAP_TLS_CA: one two three four five six seven ${'x'.repeat(50)} eight`;
    const rows: readonly Row[] = [
      { id: 'tls', title: 'TLS: a title that is longer than the line', status: 'fail', ms: 1, hint },
      ...['bind', 'base', 'groups of the user'].map((title) => ({ id: title, title, status: 'skip' as const, ms: 0 })),
    ];
    expect(render(stream(true, 1, 40), rows, 'dumb')).toBe(`  ✗     1 ms  TLS: a title that is
              longer than the line
              LDAP_TLS_CA: one two three
              four five six seven
              ${'x'.repeat(50)}
              eight
  –           skipped: bind; base;
              groups of the user

  1 failed, 0 passed, 3 skipped, in 1300 ms (ldap-auth 1.2.3)
  Next: do what the row with ✗ says
  about LDAP_TLS_CA, then run the doctor
  again.
`);
  });

  test('what was skipped and has a hint is a row of its own', () => {
    const rows = [row('gate', 'skip', 'AUTH_GATE_FAILURES: no lockout policy can be read'), row('groups', 'skip')];
    const [shown] = render(stream(false, 1), rows).split('\n\n');
    expect(shown).toBe(`  –     1 ms  gate
              AUTH_GATE_FAILURES: no lockout policy can be read
  –           skipped: groups`);
  });

  test.each<[string, readonly Row[], RegExp]>([
    ['a failure without a variable', [row('account', 'fail', 'account-locked: since 2020')], /Next: do what the row with ✗ says, then run/],
    [
      'several failures',
      [row('tcp', 'fail', 'LDAP_URL: a'), row('tcp-2', 'fail', 'LDAP_URL: b')],
      /Next: do what the first row with ✗ says about LDAP_URL, then run/,
    ],
    [
      'another row knows the value',
      [
        row('configuration', 'fail', 'LDAP_BASE_DN: expected a DN'),
        row('root-dse', 'pass', 'LDAP_URL: x\nLDAP_BASE_DN: set LDAP_BASE_DN=dc=a, or b'),
      ],
      /Next: set LDAP_BASE_DN=dc=a, or b, then run the doctor again\.$/m,
    ],
    [
      'the row itself has the value on a line of its own',
      [row('bind', 'fail', 'LDAP_BIND_DN: "svc" is not a DN\nLDAP_BIND_DN: set LDAP_BIND_DN to the whole DN')],
      /Next: set LDAP_BIND_DN to the whole DN, then run the doctor again\.$/m,
    ],
    [
      'a right is missing',
      [row('base', 'fail', 'directory: LDAP_BIND_DN sees no user')],
      /Next: ask the owners of the directory for what the row with ✗ says, then run/,
    ],
    [
      'another name is to be typed',
      [row('user', 'fail', '--user: no domains here; log in as "alice"')],
      /Next: npm run doctor -- --user alice; users must leave the domain out, too\.$/m,
    ],
    [
      'a name that a shell would change is to be typed',
      [row('user', 'fail', '--user: no domains here; log in as "o\'b$"')],
      /Next: npm run doctor -- --user 'o'\\''b\$'; users/,
    ],
    [
      'nobody was named',
      [row('bind', 'pass'), row('user', 'skip')],
      /Next: npm run doctor -- --user NAME, with the name of one of your users\./,
    ],
    [
      'a user was found',
      [row('bind', 'pass'), row('user-2', 'pass')],
      /Next: npm run doctor -- --user NAME --password asks for the password and logs in; .*--params/,
    ],
    ['a login was made', [row('user', 'pass'), row('password', 'pass')], /Next: npm run doctor -- --params prints this configuration/],
  ])('ends with what to do next: %s', (_case, rows, next) => {
    expect(render(stream(false, 1), rows)).toMatch(next);
  });

  test.each([
    ['alice', 'alice'],
    ['CORP\\alice', "'CORP\\alice'"],
  ])('the next command has the name that was given: %s', (name, typed) => {
    const text = render(stream(false, 1), [row('user', 'pass')], undefined, name);
    expect(text).toContain(`Next: npm run doctor -- --user ${typed} --password asks for the password and logs in`);
  });

  test('what stands in the place of a variable stands out, too', () => {
    const hints = ['directory: a', 'warning: b', '--user: c', 'LDAP_URL: d', 'other: e'];
    const text = render(stream(true, 24), [row('x', 'fail', hints.join('\n'))]);
    for (const key of ['directory', 'warning', '--user', 'LDAP_URL']) expect(text).toContain(`\u001b[1m${key}\u001b[22m: `);
    expect(text).not.toContain('\u001b[1mother');
  });

  test('a terminal that does not tell its width has 80 columns', () => {
    const title = 'x'.repeat(100);
    const [live = ''] = render(stream(true, 1, 0), [{ id: 'x', title, status: 'pass', ms: 1 }]).split('\r');
    expect(live).toHaveLength(79);
  });

  test('nothing that a directory says moves the cursor', () => {
    const text = render(stream(false, 1), [
      { id: 'x', title: 'a\u001b[2Jb', status: 'fail', ms: 1, hint: 'LDAP_URL: c\u001b]0;title\u0007d\u009b1m' },
    ]);
    expect(text.split('\n').slice(0, 2)).toEqual(['  ✗     1 ms  a�[2Jb', '              LDAP_URL: c�]0;title�d�1m']);
  });
});
