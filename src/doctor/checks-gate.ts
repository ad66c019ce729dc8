import type { DirectoryKind } from '../config/config.ts';
import type { GateSettings } from '../config/gate.ts';
import { DIRECTORY_KINDS } from '../config/directory-kinds.ts';
import { countOf } from '../gate/failure-count.ts';
import { type Check, check, conversationOf, fail, pass, skip } from './check.ts';
import { type LockoutPolicy, readLockoutPolicies } from './lockout-policy.ts';
import { shown } from './words.ts';

const HOW_TO_SEE: Readonly<Record<DirectoryKind, string>> = {
  'active-directory': 'compare them yourself: net accounts /domain, and each fine-grained policy (Get-ADFineGrainedPasswordPolicy)',
  openldap: 'compare them yourself with pwdMaxFailure and pwdFailureCountInterval of the policies (ppolicy_default is not told)',
  '389ds': 'compare them yourself: dsconf INSTANCE pwpolicy get, and localpwp get for each local policy',
};

/** The settings against what the directory lets us read of its lockout. */
const policyCheck = check({
  id: 'gate',
  title: 'gate',
  needs: ['search', 'connection', 'bound'],
  run: async ({ search, connection, entry }, visit) => {
    const { gate, directory } = visit.config;
    if (gate === undefined) return skip();
    const policies = await readLockoutPolicies(directory, search.settings.bases, entry, conversationOf(connection, visit));
    const found = `${String(gate.failures)} failures, ${gate.windowSeconds === 0 ? 'never forgotten' : `${String(gate.windowSeconds)} s`}`;
    if (policies.length === 0)
      return { ...skip(found), hint: `AUTH_GATE_FAILURES: no lockout policy can be read; ${HOW_TO_SEE[directory]}` };
    const problems = policies.flatMap((policy) => problemsWith(policy, gate, directory));
    if (problems.length > 0) return fail(problems, found);
    const locks = policies.map(({ threshold }) => threshold).filter((threshold) => threshold > 0);
    return pass(`${found}; ${locks.length === 0 ? 'what can be read never locks' : `locked after ${locks.join(', ')}`}`);
  },
});

/** Active Directory's count begins anew only after more than its window; the others forget at its end. */
function problemsWith(policy: LockoutPolicy, { failures, windowSeconds }: GateSettings, directory: DirectoryKind): readonly string[] {
  const { threshold } = policy;
  if (threshold === 0) return [];
  const dn = shown(policy.dn);
  const least = policy.windowSeconds + (directory === 'active-directory' ? 1 : 0);
  const isShort = windowSeconds > 0 && (policy.windowSeconds === 0 || windowSeconds < least);
  const most =
    threshold === 1
      ? `AUTH_GATE_FAILURES: ${dn} locks with the first failure; no gate can be below that`
      : `AUTH_GATE_FAILURES: ${String(threshold - 1)} or less, half of it if you can: ${dn} locks with failure number ${String(threshold)}`;
  const longer =
    policy.windowSeconds === 0
      ? `AUTH_GATE_WINDOW_SECONDS: 0: in ${dn} failures never age`
      : `AUTH_GATE_WINDOW_SECONDS: ${String(least)} or more, or 0: ${dn} remembers a failure for ${String(policy.windowSeconds)} s`;
  return [...(failures < threshold ? [] : [most]), ...(isShort ? [longer] : [])];
}

const GRANT: Readonly<Record<DirectoryKind, string>> = {
  'active-directory':
    'directory: LDAP_BIND_DN may not read badPwdCount and badPasswordTime, or this is a global catalog: failures elsewhere are not seen; grant both for users (dsacls "DC=…" /I:S /G "DOMAIN\\account:RP;badPwdCount;user" "DOMAIN\\account:RP;badPasswordTime;user")',
  openldap:
    'directory: nobody has failed, or LDAP_BIND_DN may not read pwdFailureTime; grant it (olcAccess: to attrs=pwdFailureTime by dn.exact=… read)',
  '389ds':
    'directory: nobody has failed, or LDAP_BIND_DN may not read passwordRetryCount and retryCountResetTime; grant them (aci: targetattr="passwordRetryCount || retryCountResetTime || accountUnlockTime")',
};

/** The directory's own counter of the user that was named. Active Directory writes a 0 when it makes an account; the others write none. */
const countCheck = check({
  id: 'gate-count',
  title: 'gate count',
  needs: ['connection', 'entry'],
  run: ({ entry }, { config: { directory, gate }, clock }) => {
    if (gate === undefined) return skip();
    const count = countOf(DIRECTORY_KINDS[directory].failureCounter, entry, { nowMs: clock(), windowSeconds: gate.windowSeconds });
    if (count.kind === 'told') return pass(`${String(count.failures)} failures`);
    if (count.why === 'malformed') return fail(`LDAP_DIRECTORY: the counter is not one of ${directory}`, 'not understood');
    return { status: directory === 'active-directory' ? 'fail' : 'skip', found: 'there is none', hint: GRANT[directory] };
  },
});

/** Read only: nothing is counted. */
export const TABLE_CHECK = check({
  id: 'gate-table',
  title: 'gate table',
  needs: [],
  run: async (_known, { config: { gate }, deadline }) => {
    if (gate?.table === undefined) return skip('AUTH_GATE_TABLE is not set: only attempts one after another are bounded');
    const { makeTable } = await import('../gate/aws.ts');
    const read = await makeTable(gate.table).read('doctor', deadline);
    if (read.kind === 'answered') return pass(gate.table);
    const why = read.kind === 'throttled' ? 'it is asked too often' : read.detail;
    const hint = `AUTH_GATE_TABLE: it could not be asked (${why}); check its name and region, the function's permission (dynamodb:GetItem and UpdateItem) and, in a private subnet, the gateway endpoint for DynamoDB`;
    return fail(hint, gate.table);
  },
});

/** Where there is a gate. */
export const GATE_CHECKS: readonly Check[] = [policyCheck, countCheck];
