import { spawnSync } from 'node:child_process';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Debian's packages ask this file before they start a service; 101 means "forbidden" (invoke-rc.d(8)). */
const POLICY = '/usr/sbin/policy-rc.d';
const FORBIDDEN = 101;

/**
 * Runs `action` while packages may not start services, and puts back whatever policy was there. A policy that forbids
 * already (container images have one) is left alone.
 */
export function withoutServices<T>(action: () => T, policy: string = POLICY): T {
  const aside = `${policy}.before-ldap-auth`;
  // A process that was killed half-way left ours in place and the machine's own aside.
  if (existsSync(aside)) renameSync(aside, policy);
  if (forbids(policy)) return action();
  const restore = putAside(policy, aside);
  try {
    writeFileSync(policy, `#!/bin/sh\n# Temporary, by ldap-auth's tests.\nexit ${String(FORBIDDEN)}\n`, { mode: 0o755 });
    return action();
  } finally {
    restore();
  }
}

function forbids(policy: string): boolean {
  return existsSync(policy) && spawnSync(policy, ['slapd', 'start'], { stdio: 'ignore' }).status === FORBIDDEN;
}

function putAside(policy: string, aside: string): () => void {
  if (!existsSync(policy)) {
    return () => {
      rmSync(policy, { force: true });
    };
  }
  renameSync(policy, aside);
  return () => {
    renameSync(aside, policy);
  };
}
