import type { Outcome } from '../../src/core/outcome.ts';
import type { Secret } from '../../src/core/secret.ts';
import { authenticate } from '../../src/directory/authenticate.ts';
import { type Check, check, fail, type Finding, pass } from '../../src/doctor/check.ts';
import { shown } from '../../src/doctor/words.ts';

/** Last and once: the login itself, failover and all. It counts as a try of the user's. */
export function passwordCheck(username: string, password: Secret): Check {
  return check({
    id: 'password',
    title: 'login with the password',
    needs: ['directory'],
    run: async ({ directory }, { deadline, trace }) => {
      const required = directory.config.requiredGroups;
      const outcome = await authenticate(directory, { login: { username, password }, required, deadline, trace });
      return tellOutcome(outcome, trace.detail);
    },
  });
}

function tellOutcome(outcome: Outcome, detail: string | undefined): Finding {
  if (outcome.kind === 'valid')
    return pass(`authenticated as ${shown(outcome.identity.username ?? outcome.identity.dn ?? 'somebody without a name')}`);
  const { reason } = outcome;
  const counted = `${reason}: the directory's answer to this login, which may have counted (no LDAP_* variable changes it)`;
  switch (outcome.kind) {
    case 'invalid':
      return fail(counted, reason);
    case 'indeterminate':
      return fail(`LDAP_URL: unknown (${detail ?? reason}); see the rows above`, reason);
    case 'malformed':
      return fail('LDAP_USER_DN_TEMPLATE: this name cannot be put into it', reason);
    default:
      return { status: 'fail', found: reason };
  }
}
