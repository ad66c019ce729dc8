import type { Config, StoredSetting, TlsSettings } from '../config/config.ts';
import type { CredentialResult } from '../directory/service/credentials.ts';
import { detailOf } from '../ldap/failure.ts';
import { unusable } from '../directory/service/searcher.ts';
import { type Check, check } from './check.ts';
import { reachStore, type Store } from './store-endpoint.ts';

/** What may lie in a store, Parameter Store or Secrets Manager. Read once for all servers. */

/** What is stored, by its variable, and where. */
type Stored = { readonly variable: string; readonly store: Store };

export function storedIn({ tls, lookup }: Config): readonly Stored[] {
  const isBound = lookup.kind === 'search-and-bind' && lookup.account.kind !== 'anonymous';
  const password = isBound ? lookup.account.bindPassword.kind : 'given';
  return [
    ...(tls.ca?.kind === 'parameter' ? [{ variable: CA_VARIABLE.parameter, store: 'ssm' } as const] : []),
    ...(tls.client?.key.kind === 'secret' ? [{ variable: 'LDAP_TLS_KEY_SECRET', store: 'secretsmanager' } as const] : []),
    ...(password === 'given' ? [] : [{ variable: PASSWORD_VARIABLE[password], store: STORE[password] }]),
  ];
}

const STORE = { parameter: 'ssm', secret: 'secretsmanager' } as const;

/**
 * In a private subnet without a VPC endpoint the SDK's connections just hang, and the row of what is stored would tell a
 * time-out without its cause. Run only where something is stored.
 */
export const storeCheck = check({
  id: 'store',
  title: 'the secret store is reachable',
  needs: ['sdk'],
  run: async ({ sdk }, visit) => {
    const stored = storedIn(visit.config);
    const unreachable = new Set<Store>();
    const hints: string[] = [];
    let isTold = false;
    for (const store of new Set(stored.map((one) => one.store))) {
      const reached = await reachStore(store, sdk, visit);
      isTold ||= reached.kind !== 'no region';
      if (reached.kind !== 'unreachable') continue;
      unreachable.add(store);
      const { host, port } = reached.endpoint;
      const variables = stored.filter((one) => one.store === store).map(({ variable }) => variable);
      hints.push(
        `${variables[0] ?? ''}: there is no way to ${host} port ${String(port)} (${reached.why}); in a private subnet make the interface VPC endpoint of ${store} with private DNS, and let port 443 out of the functions' security group and into the endpoint's`,
      );
    }
    if (!isTold) return { status: 'skip', found: 'AWS_REGION is not set' };
    return {
      status: hints.length === 0 ? 'pass' : 'fail',
      ...(hints.length === 0 ? {} : { hint: hints.join('\n') }),
      learned: { unreachable },
    };
  },
});

const NO_STORE = { status: 'skip', found: 'its store cannot be reached' } as const;

const trustCheck = check({
  id: 'certificates',
  title: 'authorities and keys',
  needs: ['identities'],
  run: async ({ identities, unreachable }, { config, deadline }) => {
    const found = sourcesOf(config.tls);
    const isOut = storedIn(config).some(({ variable, store }) => variable.startsWith('LDAP_TLS_') && unreachable?.has(store));
    if (isOut) return NO_STORE;
    const made = await identities.current(deadline);
    if (made.ok) return { status: 'pass', found, learned: { identity: made.identity } };
    const detail = detailOf(made.failure); // names the variable
    return { status: 'fail', found, hint: made.why === 'unavailable' ? `${detail}; ${STORE_ADVICE}` : detail };
  },
});

const STORE_ADVICE = "check the name, the function's permission (IAM, KMS key) and, in a private subnet, the VPC endpoint";

function sourcesOf({ ca, client }: TlsSettings): string {
  const authority = ca === undefined ? "the system's roots" : CA_VARIABLE[ca.kind];
  const key = client?.key.kind === 'secret' ? 'LDAP_TLS_KEY_SECRET' : 'LDAP_TLS_KEY';
  return client === undefined ? authority : `${authority}, LDAP_TLS_CERT, ${key}`;
}

export const CA_VARIABLE: Readonly<Record<NonNullable<Config['tls']['ca']>['kind'], string>> = {
  given: 'LDAP_TLS_CA',
  parameter: 'LDAP_TLS_CA_PARAMETER',
};

/** Whether there is a password. Whether it is right, a server will tell. */
const secretCheck = check({
  id: 'secret',
  title: 'service password',
  needs: ['search'],
  run: async ({ search, unreachable }, { deadline }) => {
    const { account } = search.settings;
    if (account.kind === 'anonymous') return { status: 'skip', found: 'none (LDAP_ANONYMOUS_SEARCH)', learned: { secret: 'not needed' } };
    if (account.bindPassword.kind !== 'given' && unreachable?.has(STORE[account.bindPassword.kind])) return NO_STORE;
    const found = PASSWORD_VARIABLE[account.bindPassword.kind];
    const without = await unusable(search.searcher, deadline);
    if (without !== undefined && without.why !== 'resting')
      return { status: 'fail', found, hint: storeHint(account.bindPassword, without) };
    return { status: 'pass', found, learned: { secret: 'there' } };
  },
});

export const PASSWORD_VARIABLE: Readonly<Record<StoredSetting['kind'], string>> = {
  given: 'LDAP_BIND_PASSWORD',
  parameter: 'LDAP_BIND_PASSWORD_PARAMETER',
  secret: 'LDAP_BIND_PASSWORD_SECRET',
};

function storeHint({ kind }: StoredSetting, { why, failure }: Extract<CredentialResult, { readonly ok: false }>): string {
  const variable = PASSWORD_VARIABLE[kind];
  if (why === 'empty') return `${variable}: what is stored there is empty, or a JSON object without a "password"`;
  return `${variable}: the store did not give the password (${detailOf(failure)}); ${STORE_ADVICE}`;
}

export const STORED_CHECKS: readonly Check[] = [trustCheck, secretCheck];
