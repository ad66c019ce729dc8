/**
 * Every setting of the service: the one table from which the reader and the stack's parameters follow. A variable that begins with LDAP_ or
 * AUTH_ in any case and is not here is a problem. What each means is not deployed: tools/reference/meanings.ts has a row for each.
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
  LDAP_URL: { kind: text },
  LDAP_STARTTLS: { kind: flag, default: 'false' },
  LDAP_ALLOW_PLAINTEXT: { kind: flag, default: 'false' },
  LDAP_TLS_CA: { kind: text },
  LDAP_TLS_CA_PARAMETER: { kind: text },
  LDAP_TLS_SERVERNAME: { kind: text },
  LDAP_TLS_MIN_VERSION: { kind: choice('TLSv1.2', 'TLSv1.3'), default: 'TLSv1.2' },
  LDAP_TLS_CERT: { kind: text },
  LDAP_TLS_KEY: { kind: text },
  LDAP_TLS_KEY_SECRET: { kind: text },
  LDAP_DIRECTORY: { kind: choice('openldap', 'active-directory', '389ds'), default: 'openldap' },
  LDAP_BIND_DN: { kind: text },
  LDAP_BIND_PASSWORD: { kind: text },
  LDAP_BIND_PASSWORD_PARAMETER: { kind: text },
  LDAP_BIND_PASSWORD_SECRET: { kind: text },
  LDAP_ANONYMOUS_SEARCH: { kind: flag, default: 'false' },
  LDAP_BASE_DN: { kind: text },
  LDAP_USER_FILTER: { kind: text },
  LDAP_USER_SCOPE: { kind: choice('sub', 'one'), default: 'sub' },
  LDAP_USERNAME_ATTRIBUTE: { kind: text },
  LDAP_NETBIOS_DOMAIN: { kind: text },
  LDAP_USER_DN_TEMPLATE: { kind: text },
  LDAP_USER_ATTRIBUTES: { kind: text },
  LDAP_REQUIRED_GROUPS: { kind: text },
  LDAP_RETURN_GROUPS: { kind: flag, default: 'false' },
  LDAP_GROUP_BASE_DN: { kind: text },
  LDAP_NESTED_GROUPS: { kind: flag },
  LDAP_GROUP_LOOKUP: { kind: choice('group', 'memberOf'), default: 'group' },
  LDAP_PASSWORD_POLICY: { kind: flag },
  LDAP_CONNECT_TIMEOUT_MS: { kind: integer(10, 25_000), default: '2000' },
  LDAP_DEADLINE_MS: { kind: integer(50, 25_000), default: '8000' }, // API Gateway gives up at 29 s
  AUTH_APPLICATIONS: { kind: text },
  AUTH_DISCLOSURE: { kind: choice('distinct', 'uniform'), default: 'distinct' },
  AUTH_UNIFORM_FLOOR_MS: { kind: integer(0, 25_000), default: '500' },
  AUTH_GATE_FAILURES: { kind: integer(1, 100) },
  AUTH_GATE_WINDOW_SECONDS: { kind: integer(0, 86_400), default: '1800' },
  AUTH_GATE_TABLE: { kind: text },
  LOG_LEVEL: { kind: choice('DEBUG', 'INFO', 'WARN', 'ERROR', 'SILENT'), default: 'INFO' },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
