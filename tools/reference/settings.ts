import { VARIABLES } from '../../src/config/variables.ts';

/** One row of the table of settings in docs/reference.md. */
export type SettingRow = { readonly name: string; readonly default: string; readonly meaning: string };

type Name = keyof typeof VARIABLES;

/** What each setting does. Total: a new setting needs its sentence. */
const MEANINGS = {
  LDAP_URL: 'one or more `ldaps://` or `ldap://` URLs, separated by spaces or commas, tried in order',
  LDAP_STARTTLS: '`true`: upgrade `ldap://` to TLS before anything else is sent',
  LDAP_ALLOW_PLAINTEXT: 'must be `true` for `ldap://` without StartTLS; never beside `ldaps://` in one `LDAP_URL`',
  LDAP_TLS_CA: 'PEM text, or the path of a PEM file (files in `certs/` go into the zip); then only these authorities are trusted',
  LDAP_TLS_CA_PARAMETER: 'the same from an SSM parameter',
  LDAP_TLS_SERVERNAME: 'the name that the certificate must have',
  LDAP_TLS_MIN_VERSION: 'or `TLSv1.3`',
  LDAP_TLS_CERT: 'client certificate, PEM text or path; needs `LDAP_TLS_KEY` or `LDAP_TLS_KEY_SECRET`',
  LDAP_TLS_KEY: 'the private key of the client certificate',
  LDAP_TLS_KEY_SECRET: 'the same key from Secrets Manager',
  LDAP_DIRECTORY: 'the directory kind: `openldap`, `active-directory` or `389ds`; it chooses other defaults in this table',
  LDAP_BIND_DN: 'the service account',
  LDAP_BIND_PASSWORD: 'its password; or use one of the next two',
  LDAP_BIND_PASSWORD_PARAMETER: 'the password from an SSM SecureString',
  LDAP_BIND_PASSWORD_SECRET: 'the password from Secrets Manager: plain text, or JSON with a `password` field',
  LDAP_BASE_DN: 'where users are searched; `*` is the empty base, for the global catalog of Active Directory',
  LDAP_USER_FILTER: 'an RFC 4515 filter with `{username}` inside assertion values; [the defaults](#default-filters)',
  LDAP_USER_SCOPE: '`sub` or `one`',
  LDAP_NETBIOS_DOMAIN: 'active-directory: with `CORP`, the name `CORP\\alice` means `alice`; another domain is an unknown user',
  LDAP_USER_DN_TEMPLATE:
    'direct bind, without a service account: `uid={username},ou=people,dc=example,dc=org`, `{username}@corp.example.com` or `CORP\\{username}`; all settings of the search and the service account must be unset',
  LDAP_USER_ATTRIBUTES: 'attribute names, separated by commas, returned as `user.attributes`; never a password attribute',
  LDAP_REQUIRED_GROUPS:
    'JSON array of group DNs; the user must be in one of them. "Not in it" is said only with proof: [what the service account must read](deploy.md#2-service-account)',
  LDAP_RETURN_GROUPS: '`true`: return `groups` (DNs) with a valid answer: all of them (at most 1,000), or the answer is 503',
  LDAP_NESTED_GROUPS: 'membership through groups in groups',
  LDAP_CONNECT_TIMEOUT_MS: 'time for TCP and TLS, for each address',
  LDAP_DEADLINE_MS: 'time for the whole request; never more than the invocation has left',
  AUTH_DISCLOSURE: '`uniform`: one answer for every refusal, in the same time',
  AUTH_UNIFORM_FLOOR_MS:
    'with `uniform`, no refusal is answered sooner; set it above the slowest refusal of your directory; it and a tenth of it must fit into `LDAP_DEADLINE_MS`',
  LOG_LEVEL: '`DEBUG`, `INFO`, `WARN`, `ERROR` or `SILENT`',
} as const satisfies Record<Name, string>;

function isName(text: string): text is Name {
  return Object.hasOwn(MEANINGS, text);
}

/** Every setting of the service, in the order of its table. */
export const SETTING_ROWS: readonly SettingRow[] = Object.entries(VARIABLES).map(([name, value]) => ({
  name,
  default: value,
  meaning: isName(name) ? MEANINGS[name] : '',
}));
