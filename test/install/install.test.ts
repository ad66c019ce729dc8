import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { commandFor, type Decision, decide, distributionOf, type Machine } from '../support/servers/install.ts';
import { withoutServices } from '../support/servers/policy.ts';

describe('packages of directory servers are installed only where that is allowed', () => {
  const container: Machine = { user: 'root', distribution: 'debian', wish: 'unsaid', ci: 'desk' };
  const rows: readonly (readonly [where: string, machine: Partial<Machine>, decision: Decision])[] = [
    ['root on Debian or Ubuntu', {}, 'install'],
    ['root on Debian or Ubuntu under CI', { ci: 'ci' }, 'install'],
    ['root on Debian, with LDAP_AUTH_INSTALL=0', { wish: 'never' }, 'not-run'],
    ['root on Debian under CI, with LDAP_AUTH_INSTALL=0', { wish: 'never', ci: 'ci' }, 'fail'],
    ['root elsewhere', { distribution: 'other' }, 'not-run'],
    ['root elsewhere, with LDAP_AUTH_INSTALL=1', { distribution: 'other', wish: 'always' }, 'install'],
    ['somebody else on Debian', { user: 'other' }, 'not-run'],
    ['somebody else on Debian, with LDAP_AUTH_INSTALL=1', { user: 'other', wish: 'always' }, 'install'],
    ['somebody else under CI', { user: 'other', ci: 'ci' }, 'fail'],
  ];
  test.each(rows)('%s: %j is %s', (_where, machine, decision) => {
    expect(decide({ ...container, ...machine }, ['openldap'])).toBe(decision);
  });
  test('nothing is done, and nothing fails, when nothing is missing', () => {
    expect(decide({ ...container, user: 'other', ci: 'ci' }, [])).toBe('nothing-missing');
  });
  test.each([
    ['ID=debian\n', 'debian'],
    ['NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n', 'debian'],
    ['ID="debian"\n', 'debian'],
    ['ID=fedora\n', 'other'],
    ['ID=linuxmint\nID_LIKE="ubuntu debian"\n', 'other'],
    ['VARIANT_ID=debian\n', 'other'],
    ['', 'other'],
  ] as const)('the distribution of %j is %s', (osRelease, distribution) => {
    expect(distributionOf(osRelease)).toBe(distribution);
  });
  test('the command that would get them names each package once, and no sudo', () => {
    expect(commandFor(['openldap', '389ds'])).toBe('apt-get install --no-install-recommends slapd slapd-contrib ldap-utils 389-ds-base');
  });
});

describe('while packages are installed no service may start', () => {
  const place: { folder: string } = { folder: '' };
  const policy = (): string => join(place.folder, 'policy-rc.d');
  beforeEach(() => {
    place.folder = mkdtempSync(join(tmpdir(), 'ldap-auth-policy-'));
  });
  afterEach(() => {
    rmSync(place.folder, { recursive: true });
  });
  const write = (text: string, path = policy()): void => {
    writeFileSync(path, text);
    chmodSync(path, 0o755);
  };
  const FORBIDS = '#!/bin/sh\n# ours\nexit 101\n';
  const ALLOWS = '#!/bin/sh\nexit 0\n';

  test('a policy is there meanwhile, and gone afterwards', () => {
    expect(withoutServices(() => readFileSync(policy(), 'utf8'), policy())).toContain('exit 101');
    expect(existsSync(policy())).toBe(false);
  });
  test('it is gone after a failure too', () => {
    const failing = (): never => {
      throw new Error('apt-get failed');
    };
    expect(() => withoutServices(failing, policy())).toThrow('apt-get failed');
    expect(existsSync(policy())).toBe(false);
  });
  test('a policy that forbids already is left alone', () => {
    write(FORBIDS);
    expect(withoutServices(() => readFileSync(policy(), 'utf8'), policy())).toBe(FORBIDS);
    expect(readFileSync(policy(), 'utf8')).toBe(FORBIDS);
  });
  test('one that allows is put aside, and put back', () => {
    write(ALLOWS);
    expect(withoutServices(() => readFileSync(policy(), 'utf8'), policy())).toContain('exit 101');
    expect(readFileSync(policy(), 'utf8')).toBe(ALLOWS);
  });
  test("one that a killed run put aside is the machine's own, and comes back", () => {
    write(FORBIDS);
    write(ALLOWS, `${policy()}.before-ldap-auth`);
    withoutServices(() => undefined, policy());
    expect(readFileSync(policy(), 'utf8')).toBe(ALLOWS);
    expect(existsSync(`${policy()}.before-ldap-auth`)).toBe(false);
  });
});
