/**
 * Every setting of the service: the one table from which the reader, docs/reference.md, .env.example and the stack's parameters
 * follow. A variable that begins with LDAP_ or AUTH_ in any case and is not here is a problem.
 */

/** What a variable's text may be. */
export type Kind =
  | { readonly is: 'text' }
  /** `true` or `false`. */
  | { readonly is: 'flag' }
  | { readonly is: 'choice'; readonly of: readonly string[] }
  /** A whole number within these bounds, both included. */
  | { readonly is: 'integer'; readonly min: number; readonly max: number };

export type Setting = {
  readonly kind: Kind;
  /** In effect where the variable is unset. */
  readonly default?: string;
  /** What the documents say in place of a default: where there is none, or it depends on another setting. */
  readonly otherwise?: string;
  /** For whoever sets it; Markdown. */
  readonly meaning: string;
  /** A value to begin with, in .env.example. */
  readonly example?: string;
  /** Begins a group in .env.example. */
  readonly heading?: string;
};

const text = { is: 'text' } as const;
const flag = { is: 'flag' } as const;

function choice<const Of extends readonly string[]>(...of: Of): { readonly is: 'choice'; readonly of: Of } {
  return { is: 'choice', of };
}

function integer(min: number, max: number): { readonly is: 'integer'; readonly min: number; readonly max: number } {
  return { is: 'integer', min, max };
}

export const SETTINGS = {
  LDAP_URL: {
    heading: 'Where to ask',
    kind: text,
    otherwise: 'required',
    meaning:
      'one or more `ldaps://` or `ldap://` URLs, separated by spaces or commas, tried in order; or `ldaps+srv://domain` ([SRV records](directories.md#srv-records))',
    example: 'ldaps://dc1.corp.example.com',
  },
  LDAP_STARTTLS: {
    kind: flag,
    default: 'false',
    meaning: '`true`: upgrade `ldap://` to TLS before anything else is sent',
  },
  LDAP_ALLOW_PLAINTEXT: {
    kind: flag,
    default: 'false',
    meaning: 'must be `true` for `ldap://` without StartTLS; never beside `ldaps://` in one `LDAP_URL`',
  },
  LDAP_TLS_CA: {
    heading: 'TLS: certificates are always checked',
    kind: text,
    otherwise: 'system roots',
    meaning: 'PEM text, or the path of a PEM file (files in `certs/` go into the zip); then only these authorities are trusted',
  },
  LDAP_TLS_CA_PARAMETER: {
    kind: text,
    otherwise: 'none',
    meaning: 'the name of an SSM parameter with that PEM text',
  },
  LDAP_TLS_SERVERNAME: {
    kind: text,
    otherwise: 'host of the URL',
    meaning: 'the name that the certificate must have',
  },
  LDAP_TLS_MIN_VERSION: {
    kind: choice('TLSv1.2', 'TLSv1.3'),
    default: 'TLSv1.2',
    meaning: 'the oldest version that is accepted: `TLSv1.2` or `TLSv1.3`',
  },
  LDAP_TLS_CERT: {
    kind: text,
    otherwise: 'none',
    meaning: 'client certificate, PEM text or path; needs `LDAP_TLS_KEY` or `LDAP_TLS_KEY_SECRET`',
  },
  LDAP_TLS_KEY: {
    kind: text,
    otherwise: 'none',
    meaning: 'the private key of the client certificate',
  },
  LDAP_TLS_KEY_SECRET: {
    kind: text,
    otherwise: 'none',
    meaning: 'the name of a secret in Secrets Manager with that key',
  },
  LDAP_DIRECTORY: {
    heading: 'The service account, and where users are',
    kind: choice('openldap', 'active-directory', '389ds'),
    default: 'openldap',
    meaning: 'the directory kind: `openldap`, `active-directory` or `389ds`; it chooses other defaults in this table',
    example: 'active-directory',
  },
  LDAP_BIND_DN: {
    kind: text,
    otherwise: 'required unless direct bind or anonymous',
    meaning: 'the service account: a DN, or on Active Directory `name@domain` or `DOMAIN\\name`',
    example: 'CN=svc-auth,OU=Service,DC=corp,DC=example,DC=com',
  },
  LDAP_BIND_PASSWORD: {
    kind: text,
    otherwise: 'required unless direct bind, anonymous or stored',
    meaning: 'the password of the service account; in a deployment use one of the next two',
  },
  LDAP_BIND_PASSWORD_PARAMETER: {
    kind: text,
    otherwise: 'none',
    meaning: 'the name of an SSM SecureString with the password',
  },
  LDAP_BIND_PASSWORD_SECRET: {
    kind: text,
    otherwise: 'none',
    meaning: 'the name of a secret in Secrets Manager with the password: plain text, or JSON with a field `password`',
  },
  LDAP_ANONYMOUS_SEARCH: {
    kind: flag,
    default: 'false',
    meaning: '`true`: search without a service account; `LDAP_BIND_DN` and its password must be unset',
  },
  LDAP_BASE_DN: {
    kind: text,
    otherwise: 'required unless direct bind',
    meaning:
      'the entry below which users are: one DN, or a JSON array of DNs. With several, a name below two of them is ambiguous, and the service account must be able to see a user below each. `*` is the empty base, for the global catalog of Active Directory',
    example: 'DC=corp,DC=example,DC=com',
  },
  LDAP_USER_FILTER: {
    kind: text,
    otherwise: 'by directory',
    meaning: 'an RFC 4515 filter with `{username}` inside assertion values; see [Default filters](#default-filters)',
  },
  LDAP_USER_SCOPE: {
    kind: choice('sub', 'one'),
    default: 'sub',
    meaning: '`sub`: users at any depth below the base; `one`: only directly below it',
  },
  LDAP_USERNAME_ATTRIBUTE: {
    kind: text,
    otherwise: 'by directory',
    meaning:
      'the attribute that is returned as `user.username`: `sAMAccountName` for active-directory, else `uid`; never a password attribute',
  },
  LDAP_NETBIOS_DOMAIN: {
    kind: text,
    otherwise: 'none',
    meaning:
      'only for active-directory: with `CORP`, people may type `CORP\\alice` for `alice`; a name with another domain is an unknown user',
  },
  LDAP_USER_DN_TEMPLATE: {
    kind: text,
    otherwise: 'none',
    meaning:
      'direct bind, without a service account: `uid={username},ou=people,dc=example,dc=org`, `{username}@corp.example.com` or `CORP\\{username}`; all settings of the search and the service account must be unset',
  },
  LDAP_USER_ATTRIBUTES: {
    heading: 'What a valid answer tells, and who is let in',
    kind: text,
    otherwise: 'none',
    meaning: 'attribute names, separated by commas, returned as `user.attributes`; never a password attribute',
  },
  LDAP_REQUIRED_GROUPS: {
    kind: text,
    otherwise: 'none',
    meaning:
      'JSON array of group DNs; the user must be in one of them. The service says "not in it" only with a proof: [what the service account must read](deploy.md#2-service-account)',
  },
  LDAP_RETURN_GROUPS: {
    kind: flag,
    default: 'false',
    meaning: '`true`: return `groups` (DNs) with a valid answer: all of them (at most 1,000), or the answer is 503',
  },
  LDAP_GROUP_BASE_DN: {
    kind: text,
    otherwise: 'none',
    meaning: 'return only the groups directly below this entry, by their names (`cn`); needs `LDAP_RETURN_GROUPS`',
  },
  LDAP_NESTED_GROUPS: {
    kind: flag,
    otherwise: 'true for active-directory',
    meaning: '`true`: members of groups in a group count as its members',
  },
  LDAP_GROUP_LOOKUP: {
    kind: choice('group', 'memberOf'),
    default: 'group',
    meaning:
      '`group`: the service reads the members of each group; `memberOf`: it trusts the `memberOf` of the entry, for servers that compute it (LLDAP, authentik, JumpCloud, Okta). Not with nested groups, not on active-directory',
  },
  LDAP_PASSWORD_POLICY: {
    kind: flag,
    otherwise: 'false for active-directory, else true',
    meaning: '`true`: ask for the password policy response with each bind; `false`: for servers that cannot read the control',
  },
  LDAP_CONNECT_TIMEOUT_MS: {
    heading: 'Time, in milliseconds',
    kind: integer(10, 25_000),
    default: '2000',
    meaning: 'time for TCP and TLS, for each address',
  },
  LDAP_DEADLINE_MS: {
    kind: integer(50, 25_000), // API Gateway gives up at 29 s
    default: '8000',
    meaning: 'time for the whole request; never more than the invocation has left',
  },
  AUTH_APPLICATIONS: {
    heading: 'What callers ask and learn',
    kind: text,
    otherwise: 'none',
    meaning:
      'JSON object, or the path of a JSON file: for each application an array of group DNs, which `/auth/{application}` requires in place of `LDAP_REQUIRED_GROUPS`',
  },
  AUTH_DISCLOSURE: {
    kind: choice('distinct', 'uniform'),
    default: 'distinct',
    meaning: '`uniform`: one answer for every refusal, in the same time',
  },
  AUTH_UNIFORM_FLOOR_MS: {
    kind: integer(0, 25_000),
    default: '500',
    meaning:
      'with `uniform`, a refusal takes at least so long; set it above the slowest refusal of your directory. 1.1 times its value must fit into `LDAP_DEADLINE_MS`',
  },
  AUTH_GATE_FAILURES: {
    heading: 'The gate: wrong passwords that do not lock an account (docs/gate.md)',
    kind: integer(1, 100),
    otherwise: 'none',
    meaning:
      'after so many failures in a row of one user, the service sends no bind for this user; set it below the lockout threshold of the directory, to [half of it](gate.md#the-three-settings) if you can',
  },
  AUTH_GATE_WINDOW_SECONDS: {
    kind: integer(0, 86_400),
    default: '1800',
    meaning:
      '60 to 86400: after so many seconds without a failure the count starts again; set it longer than the window of the directory. `0`: failures never expire',
  },
  AUTH_GATE_TABLE: {
    kind: text,
    otherwise: 'none',
    meaning:
      'the name of a DynamoDB table (partition key `pk`, TTL attribute `ttl`); without it the gate does not limit attempts at the same moment, and there is no gate for a direct bind and for the base `*`',
  },
  LOG_LEVEL: {
    kind: choice('DEBUG', 'INFO', 'WARN', 'ERROR', 'SILENT'),
    default: 'INFO',
    meaning: '`DEBUG`, `INFO`, `WARN`, `ERROR` or `SILENT`',
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
