import { PassThrough, Writable } from 'node:stream';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { demoLogins } from '../../../tools/demo-directory/people.ts';
import { runCli, USAGE } from '../../../tools/doctor/cli.ts';
import { makeRenderer, terminalOn } from '../../../tools/doctor/render.ts';
import type { Renderer } from '../../../tools/doctor/render.ts';
import { VERSION } from '../../../src/doctor/version.ts';
import { type Demo, type Settings, startDemo } from '../../support/demo.ts';

let directory: Demo;

beforeAll(async () => {
  directory = await startDemo();
});
afterAll(() => directory.close());

class Paper extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}

type Result = { readonly code: number; readonly out: string; readonly error: string };

/** `typed`: at a terminal; undefined: there is none. */
async function run(args: readonly string[], changes: Settings = {}, typed?: string): Promise<Result> {
  const [stdout, stderr] = [new Paper(), new Paper()];
  const stdin = Object.assign(new PassThrough(), typed === undefined ? {} : { isTTY: true });
  if (typed !== undefined) stdin.write(typed);
  let now = 0;
  const stopwatch = (): number => (now += 7);
  const renderOn = (stream: Writable): Renderer => makeRenderer(terminalOn(stream, undefined), stopwatch);
  const code = await runCli(args, { settings: { ...directory.settings, ...changes }, stdin, stdout, stderr, renderOn });
  return { code, out: stdout.text, error: stderr.text };
}

describe('npm run doctor', () => {
  test('exit code 0 when no check failed', async () => {
    const { code, out, error } = await run(['--user', 'alice']);
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(out.replace(/^( {2}. ) *\d+ ms/gm, '$1').replace(/:\d{4,5}|port \d+/g, ':PORT'))
      .toBe(`  ✓   configuration: openldap, search-and-bind, ldaps://127.0.0.1:PORT
  ✓   authorities and keys: LDAP_TLS_CA
  ✓   service password: LDAP_BIND_PASSWORD
  ✓   DNS: 127.0.0.1 is an address
  ✓   TCP: 127.0.0.1 :PORT
  ✓   TLS: ldaps, TLSv1.3, certificate for 127.0.0.1 by "Corp Root CA", 29 days left
              warning: the server's certificate ends on ${/ends on (\S+),/.exec(out)?.[1] ?? ''}, and then no login is possible; ask the owners of the server to renew it
  ✓   service bind: cn=ldap-auth,ou=services,dc=example,dc=org
  ✓   root DSE: ldap-auth embedded directory; dc=example,dc=org; supports StartTLS, password policy control
  ✓   base: dc=example,dc=org
  ✓   user: alice is uid=alice,ou=people,dc=example,dc=org
  ✓   account state: nothing in the way, as far as can be read
  –           skipped: required groups: LDAP_REQUIRED_GROUPS is not set; groups of the user: none are asked for

  all is well, with a warning: 11 passed, 2 skipped, in 7 ms (ldap-auth ${VERSION})
  Next: npm run doctor -- --user alice --password asks for the password and logs in; npm run doctor -- --params prints this configuration for serverless.yml.
`);
  });

  test('exit code 1 when one failed', async () => {
    const { code, out } = await run([], { LDAP_BASE_DN: 'dc=nowhere' });
    expect(code).toBe(1);
    expect(out).toMatch(/✗ +\d+ ms {2}base: dc=nowhere\n {14}LDAP_BASE_DN: .*set LDAP_BASE_DN=dc=example,dc=org/);
  });

  test('--json: the contract’s shape and nothing else', async () => {
    const { code, out, error } = await run(['--json', '--user=alice']);
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      version: VERSION,
      checks: [{ id: 'configuration', status: 'pass' }, ...Array<object>(12).fill({})],
    });
  });

  test('--params: after a passing run the block alone on stdout, the rows on stderr', async () => {
    const { code, out, error } = await run(['--params']);
    expect(code).toBe(0);
    expect(out).toMatch(/^(?:# .*\n)+params:\n {2}prod:\n/);
    expect(out).not.toContain('service-P@ssw0rd');
    expect(error).toMatch(/✓ .* base: dc=example,dc=org\n/);
  });

  test('--params: after a failure there is no block', async () => {
    const { code, out, error } = await run(['--params'], { LDAP_BASE_DN: 'dc=nowhere' });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(error).toMatch(/1 failed/);
  });

  test('--help', async () => {
    expect(await run(['--help'])).toEqual({ code: 0, out: USAGE, error: '' });
  });

  test.each([
    [['--users', 'alice']],
    [['alice']],
    [['--user']],
    [['--user', '']],
    [['--user', 'a\nb']],
    [['--password=secret-on-the-command-line']],
    [['--password']],
    [['--json', '--params']],
  ])('exit code 2 for %j: nothing is done, nothing is repeated', async (args) => {
    const before = directory.counts.connections;
    const { code, out, error } = await run(args, {}, '');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(error).toContain(USAGE);
    expect(error).not.toContain('secret-on');
    expect(directory.counts.connections).toBe(before);
  });
});

describe('--password', () => {
  const [{ username, password }] = demoLogins;
  const args = ['--user', username, '--password'];

  test('is typed at a prompt, without echo, and logged in with', async () => {
    const { code, out, error } = await run(args, {}, `${password}\n`);
    expect({ code, error }).toEqual({ code: 0, error: `password of ${username}: \n` });
    expect(out).toMatch(/✓ +\d+ ms {2}login with the password: authenticated as alice\n/);
    expect(out).not.toContain(password);
  });

  test('a wrong one: the login’s reason', async () => {
    const { code, out } = await run(args, {}, 'not-this-one\n');
    expect(code).toBe(1);
    expect(out).toMatch(/✗ +\d+ ms {2}login with the password: wrong-password\n/);
    expect(out).not.toContain('not-this-one');
  });

  test.each([
    ['nothing', '\n'],
    ['Ctrl-C', 'half a pass\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('%s typed: exit code 2, and nobody is asked', async (_what, typed) => {
    const before = directory.counts.connections;
    const { code, out, error } = await run(args, {}, typed);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(error).toMatch(/nothing was typed/);
    expect(error).not.toContain('half a pass');
    expect(directory.counts.connections).toBe(before);
  });

  test('without a terminal there is no prompt: exit code 2', async () => {
    const { code, error } = await run(args);
    expect(code).toBe(2);
    expect(error).toMatch(/^doctor: --password: there is no terminal/);
  });
});
