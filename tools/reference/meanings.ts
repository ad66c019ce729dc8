import type { SettingName } from '../../src/config/settings.ts';

/** What the documents say of a setting. */
export type Meaning = {
  /** In place of a default: where there is none, or it depends on another setting. */
  readonly otherwise?: string;
  /** For whoever sets it; Markdown. */
  readonly meaning: string;
  /** A value to begin with, in .env.example. */
  readonly example?: string;
  /** Begins a group in .env.example. */
  readonly heading?: string;
};

/** Every setting of the service: docs/reference.md and .env.example follow. A row that is missing does not compile. */
export const MEANINGS = {
  LDAP_URL: {
    heading: 'Where to ask',
    otherwise: 'required',
    meaning:
      'one or more `ldaps://` or `ldap://` URLs, separated by spaces or commas, tried in order; or `ldaps+srv://domain` ([SRV records](directories.md#srv-records))',
    example: 'ldaps://dc1.corp.example.com',
  },
  LDAP_STARTTLS: {
    meaning: '`true`: upgrade `ldap://` to TLS before anything else is sent',
  },
  LDAP_ALLOW_PLAINTEXT: {
    meaning: 'must be `true` for `ldap://` without StartTLS; never beside `ldaps://` in one `LDAP_URL`',
  },
  LDAP_TLS_CA: {
    heading: 'TLS: certificates are always checked',
    otherwise: 'system roots',
    meaning: 'PEM text, or the path of a PEM file (files in `certs/` go into the zip); then only these authorities are trusted',
  },
  LDAP_TLS_CA_PARAMETER: {
    otherwise: 'none',
    meaning: 'the name of an SSM parameter with that PEM text',
  },
  LDAP_TLS_SERVERNAME: {
    otherwise: 'host of the URL',
    meaning: 'the name that the certificate must have',
  },
  LDAP_TLS_MIN_VERSION: {
    meaning: 'the oldest version that is accepted: `TLSv1.2` or `TLSv1.3`',
  },
  LDAP_TLS_CERT: {
    otherwise: 'none',
    meaning: 'client certificate, PEM text or path; needs `LDAP_TLS_KEY` or `LDAP_TLS_KEY_SECRET`',
  },
  LDAP_TLS_KEY: {
    otherwise: 'none',
    meaning: 'the private key of the client certificate',
  },
  LDAP_TLS_KEY_SECRET: {
    otherwise: 'none',
    meaning: 'the name of a secret in Secrets Manager with that key',
  },
  LDAP_DIRECTORY: {
    heading: 'The service account, and where users are',
    meaning: 'the directory kind: `openldap`, `active-directory` or `389ds`; other defaults depend on it',
    example: 'active-directory',
  },
  LDAP_BIND_DN: {
    otherwise: 'required unless direct bind or anonymous',
    meaning: 'the service account: a DN, or on Active Directory `name@domain` or `DOMAIN\\name`',
    example: 'CN=svc-auth,OU=Service,DC=corp,DC=example,DC=com',
  },
  LDAP_BIND_PASSWORD: {
    otherwise: 'required unless direct bind, anonymous or stored',
    meaning: 'the password of the service account; in a deployment use one of the next two',
  },
  LDAP_BIND_PASSWORD_PARAMETER: {
    otherwise: 'none',
    meaning: 'the name of an SSM SecureString with the password',
  },
  LDAP_BIND_PASSWORD_SECRET: {
    otherwise: 'none',
    meaning: 'the name of a secret in Secrets Manager with the password: plain text, or JSON with a field `password`',
  },
  LDAP_ANONYMOUS_SEARCH: {
    meaning: '`true`: search without a service account; `LDAP_BIND_DN` and its password must be unset',
  },
  LDAP_BASE_DN: {
    otherwise: 'required unless direct bind',
    meaning:
      'the entry below which users are: one DN, or a JSON array of DNs. With several, a name below two of them is ambiguous, and the service account must be able to see a user below each. `*` is the empty base, for the global catalog of Active Directory',
    example: 'DC=corp,DC=example,DC=com',
  },
  LDAP_USER_FILTER: {
    otherwise: 'by directory',
    meaning: 'an RFC 4515 filter with `{username}` inside assertion values; see [Default filters](#default-filters)',
  },
  LDAP_USER_SCOPE: {
    meaning: '`sub`: users at any depth below the base; `one`: only directly below it',
  },
  LDAP_USERNAME_ATTRIBUTE: {
    otherwise: 'by directory',
    meaning:
      'the attribute that is returned as `user.username`: `sAMAccountName` for active-directory, else `uid`; never a password attribute',
  },
  LDAP_NETBIOS_DOMAIN: {
    otherwise: 'none',
    meaning:
      'only for active-directory: with `CORP`, people may type `CORP\\alice` for `alice`; a name with another domain is an unknown user',
  },
  LDAP_USER_DN_TEMPLATE: {
    otherwise: 'none',
    meaning:
      'direct bind, without a service account: `uid={username},ou=people,dc=example,dc=org`, `{username}@corp.example.com` or `CORP\\{username}`; all settings of the search and the service account must be unset',
  },
  LDAP_USER_ATTRIBUTES: {
    heading: 'What a valid answer tells, and who is let in',
    otherwise: 'none',
    meaning: 'attribute names, separated by commas, returned as `user.attributes`; never a password attribute',
  },
  LDAP_REQUIRED_GROUPS: {
    otherwise: 'none',
    meaning:
      'JSON array of group DNs; the user must be in one of them. The service says "not in it" only with a proof: [what the service account must read](deploy.md#2-service-account)',
  },
  LDAP_RETURN_GROUPS: {
    meaning: '`true`: return `groups` (DNs) with a valid answer: all of them (at most 1,000), or the answer is 503',
  },
  LDAP_GROUP_BASE_DN: {
    otherwise: 'none',
    meaning: 'return only the groups directly below this entry, by their names (`cn`); needs `LDAP_RETURN_GROUPS`',
  },
  LDAP_NESTED_GROUPS: {
    otherwise: 'true for active-directory',
    meaning: '`true`: members of groups in a group count as its members',
  },
  LDAP_GROUP_LOOKUP: {
    meaning:
      '`group`: the service reads the members of each group; `memberOf`: it trusts the `memberOf` of the entry, for servers that compute it (LLDAP, authentik, JumpCloud, Okta). Not with nested groups, not on active-directory',
  },
  LDAP_PASSWORD_POLICY: {
    otherwise: 'false for active-directory, else true',
    meaning: '`true`: ask for the password policy response with each bind; `false`: for servers that cannot read the control',
  },
  LDAP_CONNECT_TIMEOUT_MS: {
    heading: 'Time, in milliseconds',
    meaning: 'time for TCP and TLS, for each address',
  },
  LDAP_DEADLINE_MS: {
    meaning: 'time for the whole request; never more than the invocation has left',
  },
  AUTH_APPLICATIONS: {
    heading: 'What callers ask and learn',
    otherwise: 'none',
    meaning:
      'JSON object, or the path of a JSON file: for each application an array of group DNs, which `/auth/{application}` requires in place of `LDAP_REQUIRED_GROUPS`',
  },
  AUTH_DISCLOSURE: {
    meaning: '`uniform`: one answer for every refusal, in the same time',
  },
  AUTH_UNIFORM_FLOOR_MS: {
    meaning:
      'with `uniform`, a refusal takes at least so long; set it above the slowest refusal of your directory. 1.1 times its value must fit into `LDAP_DEADLINE_MS`',
  },
  AUTH_GATE_FAILURES: {
    heading: 'The gate: wrong passwords that do not lock an account (docs/gate.md)',
    otherwise: 'none',
    meaning:
      'after so many failures in a row of one user, the service sends no bind for this user; set it below the lockout threshold of the directory, to [half of it](gate.md#the-three-settings) if you can',
  },
  AUTH_GATE_WINDOW_SECONDS: {
    meaning:
      '60 to 86400: after so many seconds without a failure the count starts again; set it longer than the window of the directory. `0`: failures never expire',
  },
  AUTH_GATE_TABLE: {
    otherwise: 'none',
    meaning:
      'the name of a DynamoDB table (partition key `pk`, TTL attribute `ttl`); without it the gate does not limit attempts at the same moment. A gate for a direct bind or for the base `*` needs it',
  },
  LOG_LEVEL: {
    meaning: '`DEBUG`, `INFO`, `WARN`, `ERROR` or `SILENT`',
  },
} as const satisfies Readonly<Record<SettingName, Meaning>>;
