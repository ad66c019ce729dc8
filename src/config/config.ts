import { type ConfigProblem, type Environment, EnvironmentReader } from './environment.ts';
import { type GateSettings, readGate } from './gate.ts';
import { longestFloorMs } from '../core/disclosure.ts';
import { holdsPassword } from './password-attributes.ts';
import { Secret } from '../core/secret.ts';
import { VARIABLES } from './variables.ts';

export type DirectoryKind = 'openldap' | 'active-directory' | '389ds';

/** How the connection to a server is protected before anything but StartTLS is sent. */
export type Transport = 'tls' | 'starttls' | 'plain';

export type Server = {
  /** `scheme://host:port`, for logs. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly transport: Transport;
};

/** A setting that is given in the environment, or lies in SSM Parameter Store or Secrets Manager under a name that is given. */
export type StoredSetting =
  | { readonly kind: 'given'; readonly value: Secret }
  | { readonly kind: 'parameter'; readonly name: string }
  | { readonly kind: 'secret'; readonly id: string };

export type TlsSettings = {
  /** PEM text, the path of a PEM file, or an SSM parameter; undefined: the system's roots. */
  readonly ca: { readonly kind: 'given'; readonly pem: string } | { readonly kind: 'parameter'; readonly name: string } | undefined;
  /** The name that the certificate must bear; undefined: the host of the URL. */
  readonly servername: string | undefined;
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  /** PEM text or path, both or neither; the key may be in Secrets Manager. */
  readonly client: { readonly cert: string; readonly key: StoredSetting } | undefined;
};

export type GroupSettings = {
  /** DNs; the user must be in one of them. Empty: no requirement. */
  readonly required: readonly string[];
  readonly returned: boolean;
  readonly nested: boolean;
};

/** Bind as the service account, search the user, bind as the entry found. */
export type SearchAndBind = {
  readonly kind: 'search-and-bind';
  readonly bindDn: string;
  readonly bindPassword: StoredSetting;
  /** Empty: the whole tree, for a global catalog. */
  readonly baseDn: string;
  /** RFC 4515 text with `{username}`; parsed by `directory/filter.ts`. */
  readonly userFilter: string;
  readonly scope: 'sub' | 'one';
  readonly netbiosDomain: string | undefined;
  readonly attributes: readonly string[];
  readonly groups: GroupSettings;
};

/** Bind as a DN or principal name made from the typed name. */
export type DirectBind = { readonly kind: 'direct-bind'; readonly template: string };

export type Config = {
  readonly servers: readonly Server[];
  readonly tls: TlsSettings;
  readonly directory: DirectoryKind;
  readonly lookup: SearchAndBind | DirectBind;
  readonly connectTimeoutMs: number;
  readonly deadlineMs: number;
  readonly disclosure: 'distinct' | 'uniform';
  readonly uniformFloorMs: number;
  /** Undefined: there is no gate. */
  readonly gate: GateSettings | undefined;
  readonly logLevel: LogLevel;
};

export type LogLevel = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'SILENT';

export type ConfigResult = { readonly config: Config; readonly problems: readonly ConfigProblem[] };

/**
 * The filter for each kind of directory. AD: `sAMAccountType=805306368` is SAM_NORMAL_USER_ACCOUNT, indexed, and leaves
 * out krbtgt's kin, computers and trust accounts. OpenLDAP: RFC 2307 accounts are often `account` + `posixAccount`, no person.
 */
export const DEFAULT_USER_FILTER: Readonly<Record<DirectoryKind, string>> = {
  openldap: '(&(|(objectClass=person)(objectClass=posixAccount))(uid={username}))',
  '389ds': '(&(objectClass=person)(uid={username}))',
  'active-directory': '(&(sAMAccountType=805306368)(|(sAMAccountName={username})(userPrincipalName={username})))',
};

/**
 * The environment as a configuration, and every problem with it at once, by variable, without a value. Where there is a
 * problem the configuration holds a default or nothing, so that the rest can be checked as well; it must not be used.
 * Checked here: each variable by itself and all of them together. Checked where they are understood (`wiring.ts`): PEM
 * text, the filter, the template.
 */
export function readConfig(environment: Environment): ConfigResult {
  const reader = new EnvironmentReader(environment);
  refuseStrangers(reader, environment);
  const directory = reader.choice('LDAP_DIRECTORY', ['openldap', 'active-directory', '389ds'], 'openldap');
  const config = {
    servers: readServers(reader),
    tls: readTls(reader),
    directory,
    lookup: readLookup(reader, directory),
    connectTimeoutMs: reader.integer('LDAP_CONNECT_TIMEOUT_MS', 2000, { min: 10, max: 25_000 }),
    deadlineMs: reader.integer('LDAP_DEADLINE_MS', 8000, { min: 50, max: 25_000 }), // API Gateway gives up at 29 s
    disclosure: reader.choice('AUTH_DISCLOSURE', ['distinct', 'uniform'], 'distinct'),
    uniformFloorMs: reader.integer('AUTH_UNIFORM_FLOOR_MS', 500, { min: 0, max: 25_000 }),
    gate: readGate(reader),
    logLevel: reader.choice('LOG_LEVEL', ['DEBUG', 'INFO', 'WARN', 'ERROR', 'SILENT'], 'INFO'),
  };
  if (config.disclosure === 'uniform' && longestFloorMs(config.uniformFloorMs) > config.deadlineMs) {
    reader.refuse(
      'AUTH_UNIFORM_FLOOR_MS',
      'a time that fits into LDAP_DEADLINE_MS, with a tenth of it on top: the deadline would cut it short',
    );
  }
  return { config, problems: reader.problems };
}

function refuseStrangers(reader: EnvironmentReader, environment: Environment): void {
  for (const variable of Object.keys(environment).toSorted()) {
    if (!/^(LDAP|AUTH)_/i.test(variable) || Object.hasOwn(VARIABLES, variable)) continue;
    if (reader.has(variable)) reader.refuse(variable, 'no such setting (a typing error?)');
  }
}

function readServers(reader: EnvironmentReader): Server[] {
  const text = reader.text('LDAP_URL');
  const startTls = reader.flag('LDAP_STARTTLS', 'false');
  const allowPlaintext = reader.flag('LDAP_ALLOW_PLAINTEXT', 'false');
  const urls = (text ?? '').split(/[\s,]+/).filter((url) => url !== '');
  const servers = urls.map((url) => parseServer(url, startTls ? 'starttls' : 'plain'));
  const known = servers.filter((server) => server !== undefined);
  if (urls.length === 0 || known.length < urls.length) {
    reader.refuse(
      'LDAP_URL',
      'one or more URLs like ldaps://host or ldap://host:389, separated by spaces or commas, without path or credentials',
    );
  }
  if (new Set(known.map(({ transport }) => transport === 'plain')).size > 1) {
    reader.refuse('LDAP_URL', 'no ldap:// in clear text beside ldaps://: who can disturb the TLS connection would be sent the passwords');
  }
  if (!allowPlaintext && known.some((server) => server.transport === 'plain')) {
    reader.refuse('LDAP_ALLOW_PLAINTEXT', 'true, if ldap:// without LDAP_STARTTLS is really meant: it sends passwords in clear text');
  }
  return known;
}

const DEFAULT_PORT = { 'ldaps:': 636, 'ldap:': 389 } as const;

function parseServer(text: string, ldapTransport: 'starttls' | 'plain'): Server | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'ldap:' && url.protocol !== 'ldaps:')) return undefined;
  const extras = url.username + url.password + url.search + url.hash + url.pathname.replace(/^\/$/, '');
  if (extras !== '' || url.hostname === '' || url.hostname.includes('%') || url.port === '0') return undefined;
  const port = url.port === '' ? DEFAULT_PORT[url.protocol] : Number(url.port);
  const host = url.hostname.toLowerCase();
  return {
    name: `${url.protocol}//${host}:${String(port)}`,
    host: host.replace(/^\[(.*)\]$/, '$1'), // IPv6 without its brackets
    port,
    transport: url.protocol === 'ldaps:' ? 'tls' : ldapTransport,
  };
}

function readTls(reader: EnvironmentReader): TlsSettings {
  return {
    ca: readAuthority(reader),
    servername: reader.text('LDAP_TLS_SERVERNAME'),
    minVersion: reader.choice('LDAP_TLS_MIN_VERSION', ['TLSv1.2', 'TLSv1.3'], 'TLSv1.2'),
    client: readClientCertificate(reader),
  };
}

function readAuthority(reader: EnvironmentReader): TlsSettings['ca'] {
  const pem = reader.text('LDAP_TLS_CA');
  const name = reader.text('LDAP_TLS_CA_PARAMETER');
  if (pem !== undefined && name !== undefined) reader.refuse('LDAP_TLS_CA_PARAMETER', 'unset beside LDAP_TLS_CA');
  if (pem !== undefined) return { kind: 'given', pem };
  return name === undefined ? undefined : { kind: 'parameter', name };
}

function readClientCertificate(reader: EnvironmentReader): TlsSettings['client'] {
  const cert = reader.text('LDAP_TLS_CERT');
  const key = reader.text('LDAP_TLS_KEY');
  const id = reader.text('LDAP_TLS_KEY_SECRET');
  if (key !== undefined && id !== undefined) reader.refuse('LDAP_TLS_KEY_SECRET', 'unset beside LDAP_TLS_KEY');
  const hasKey = key !== undefined || id !== undefined;
  if (cert !== undefined && !hasKey) reader.refuse('LDAP_TLS_KEY', 'the private key of LDAP_TLS_CERT, or LDAP_TLS_KEY_SECRET');
  if (cert === undefined && hasKey) reader.refuse('LDAP_TLS_CERT', 'the certificate of LDAP_TLS_KEY or LDAP_TLS_KEY_SECRET');
  if (cert === undefined) return undefined;
  if (key !== undefined) return { cert, key: { kind: 'given', value: new Secret(key) } };
  return id === undefined ? undefined : { cert, key: { kind: 'secret', id } };
}

function readLookup(reader: EnvironmentReader, directory: DirectoryKind): SearchAndBind | DirectBind {
  const template = reader.text('LDAP_USER_DN_TEMPLATE');
  return template === undefined ? readSearchAndBind(reader, directory) : readDirectBind(reader, template);
}

/** What a direct bind would have to leave out: beside a template these would promise an account, a restriction or an answer that never comes. */
const NOT_WITH_TEMPLATE = [
  'LDAP_BIND_DN',
  'LDAP_BIND_PASSWORD',
  'LDAP_BIND_PASSWORD_PARAMETER',
  'LDAP_BIND_PASSWORD_SECRET',
  'LDAP_BASE_DN',
  'LDAP_USER_FILTER',
  'LDAP_USER_SCOPE',
  'LDAP_NETBIOS_DOMAIN',
  'LDAP_USER_ATTRIBUTES',
  'LDAP_REQUIRED_GROUPS',
  'LDAP_RETURN_GROUPS',
  'LDAP_NESTED_GROUPS',
] as const satisfies readonly (keyof typeof VARIABLES)[];

function readDirectBind(reader: EnvironmentReader, template: string): DirectBind {
  for (const variable of NOT_WITH_TEMPLATE) {
    if (reader.has(variable)) reader.refuse(variable, 'unset beside LDAP_USER_DN_TEMPLATE: a direct bind searches nothing');
  }
  return { kind: 'direct-bind', template };
}

function readSearchAndBind(reader: EnvironmentReader, directory: DirectoryKind): SearchAndBind {
  const netbiosDomain = reader.text('LDAP_NETBIOS_DOMAIN');
  if (netbiosDomain !== undefined && directory !== 'active-directory') {
    reader.refuse('LDAP_NETBIOS_DOMAIN', 'unset, or LDAP_DIRECTORY=active-directory');
  }
  const baseDn = required(reader, 'LDAP_BASE_DN', 'the DN under which users are searched');
  return {
    kind: 'search-and-bind',
    bindDn: required(reader, 'LDAP_BIND_DN', 'the DN of the service account, or LDAP_USER_DN_TEMPLATE'),
    bindPassword: readBindPassword(reader),
    baseDn: baseDn === '*' ? '' : baseDn,
    userFilter: reader.text('LDAP_USER_FILTER') ?? DEFAULT_USER_FILTER[directory],
    scope: reader.choice('LDAP_USER_SCOPE', ['sub', 'one'], 'sub'),
    netbiosDomain,
    attributes: readAttributes(reader),
    groups: {
      required: readRequiredGroups(reader),
      returned: reader.flag('LDAP_RETURN_GROUPS', 'false'),
      nested: reader.flag('LDAP_NESTED_GROUPS', directory === 'active-directory' ? 'true' : 'false'),
    },
  };
}

function required(reader: EnvironmentReader, variable: keyof typeof VARIABLES, expected: string): string {
  const value = reader.text(variable);
  if (value === undefined) reader.refuse(variable, expected);
  return value ?? '';
}

function readBindPassword(reader: EnvironmentReader): StoredSetting {
  const variables = ['LDAP_BIND_PASSWORD', 'LDAP_BIND_PASSWORD_PARAMETER', 'LDAP_BIND_PASSWORD_SECRET'] as const;
  const given = variables.filter((variable) => reader.has(variable));
  for (const variable of given.slice(1)) reader.refuse(variable, `unset beside ${given[0] ?? ''}`);
  const name = reader.text('LDAP_BIND_PASSWORD_PARAMETER');
  if (name !== undefined) return { kind: 'parameter', name };
  const id = reader.text('LDAP_BIND_PASSWORD_SECRET');
  if (id !== undefined) return { kind: 'secret', id };
  const expected = 'the password of LDAP_BIND_DN (an empty one is no password), or a store to take it from';
  return { kind: 'given', value: new Secret(required(reader, 'LDAP_BIND_PASSWORD', expected)) };
}

function readAttributes(reader: EnvironmentReader): readonly string[] {
  const names = (reader.text('LDAP_USER_ATTRIBUTES') ?? '').split(',').map((name) => name.trim());
  const given = names.filter((name) => name !== '');
  if (given.some((name) => holdsPassword(name))) {
    reader.refuse('LDAP_USER_ATTRIBUTES', 'no attribute that holds a password, a hash or a key');
  } else if (given.some((name) => !/^[A-Za-z][A-Za-z0-9-]*(;[A-Za-z0-9-]+)*$/.test(name))) {
    reader.refuse('LDAP_USER_ATTRIBUTES', 'attribute names, separated by commas (no *, no OID)');
  }
  return given;
}

function readRequiredGroups(reader: EnvironmentReader): readonly string[] {
  const text = reader.text('LDAP_REQUIRED_GROUPS');
  if (text === undefined) return [];
  const groups = parseStringArray(text);
  if (groups !== undefined && groups.length > 0) return groups;
  reader.refuse('LDAP_REQUIRED_GROUPS', 'a JSON array of group DNs, like ["cn=staff,ou=groups,dc=example,dc=org"]');
  return [];
}

function parseStringArray(text: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((item) => typeof item === 'string' && item.includes('=')) ? value : undefined;
  } catch {
    return undefined;
  }
}
