import type { Config, StoredSetting, TlsSettings } from '../config/config.ts';
import type { CredentialResult } from '../directory/service/credentials.ts';
import { detailOf } from '../ldap/failure.ts';
import { unusable } from '../directory/service/searcher.ts';
import { type Check, check } from './check.ts';

/** What may lie in a store, Parameter Store or Secrets Manager. Read once for all servers. */

const trustCheck = check({
  id: 'certificates',
  title: 'authorities and keys',
  needs: ['identities'],
  run: async ({ identities }, { config, deadline }) => {
    const found = sourcesOf(config.tls);
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
  run: async ({ search }, { deadline }) => {
    const { account } = search.settings;
    if (account.kind === 'anonymous') return { status: 'skip', found: 'none (LDAP_ANONYMOUS_SEARCH)', learned: { secret: 'not needed' } };
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
