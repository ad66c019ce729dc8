/**
 * Installs the Debian packages named as arguments without starting any service. Run as root, under a lock, by
 * `install.ts`; by hand: `node test/support/servers/install-cli.ts slapd ldap-utils`.
 */
import { spawnSync } from 'node:child_process';

import { withoutServices } from './policy.ts';

function apt(...args: readonly string[]): number {
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'l', NODE_OPTIONS: '' };
  const options = ['-q', '-y', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Options::=--force-confold'];
  return spawnSync('apt-get', [...options, ...args], { stdio: 'inherit', env: environment }).status ?? 1;
}

function install(packages: readonly string[]): number {
  return apt('install', '--no-install-recommends', ...packages);
}

/** A release may lack one: the others are installed all the same, and the tests that need it are reported as not run. */
function isKnown(name: string): boolean {
  return spawnSync('apt-cache', ['show', name], { stdio: 'ignore' }).status === 0;
}

const packages = process.argv.slice(2);
// Package lists may be missing (container images) or stale (404): then, and only then, they are fetched.
process.exitCode = withoutServices(() =>
  install(packages) === 0 || (apt('update') === 0 && install(packages.filter(isKnown)) === 0) ? 0 : 1,
);
