import { jsonIn } from '../core/anything.ts';
import { type Applications, dnsIn, readApplications } from './applications.ts';
import { DIRECTORY_KINDS, type DirectoryKind } from './directory-kinds.ts';
import { type ConfigProblem, type Environment, EnvironmentReader } from './environment.ts';
import { type GateSettings, readGate } from './gate.ts';
import { longestFloorMs } from '../core/disclosure.ts';
import { holdsPassword } from './password-attributes.ts';
import { Secret } from '../core/secret.ts';
import { readAccount, readBases, type SearchAccount, type StoredSetting } from './search-settings.ts';
import { readUsernameAttribute } from './username-attribute.ts';
import { type Discovery, readServers, type Server } from './servers.ts';
import { type SettingName, SETTINGS } from './settings.ts';

export type { DirectoryKind, Discovery, SearchAccount, Server, StoredSetting };

export type TlsSettings = {
  /** PEM text, the path of a PEM file, or an SSM parameter; undefined: the system's roots. */
  readonly ca: { readonly kind: 'given'; readonly pem: string } | { readonly kind: 'parameter'; readonly name: string } | undefined;
  /** The name that the certificate must bear; undefined: the host of the URL. */
  readonly servername: string | undefined;
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  /** PEM text or path, both or neither; the key may be in Secrets Manager. */
  readonly client: { readonly cert: string; readonly key: StoredSetting } | undefined;
};

/** How groups are read. Which of them are required depends on the call: see Config. */
export type GroupSettings = {
  /** Some call requires a group, or groups are returned: what tells of them is asked with the entry. */
  readonly asked: boolean;
  readonly returned: boolean;
  /** Where it is given, only groups directly below this entry are returned, by their names. */
  readonly baseDn: string | undefined;
  readonly nested: boolean;
  /** Whether each group is asked for its members, or the entry's own `memberOf` is believed. */
  readonly lookup: 'group' | 'memberOf';
};

/** What a valid answer tells of a user, beside the DN and the identifier. */
export type Told = {
  /** The attribute that is returned as `user.username`. */
  readonly usernameAttribute: string;
  readonly attributes: readonly string[];
  readonly groups: GroupSettings;
};

/** Bind as the service account, if there is one, search the user, bind as the entry found. */
export type SearchAndBind = Told & {
  readonly kind: 'search-and-bind';
  readonly account: SearchAccount;
  /** One or more, all of which are searched. Empty text: the whole tree, for a global catalog. */
  readonly bases: readonly string[];
  /** RFC 4515 text with `{username}`; parsed by `directory/filter.ts`. */
  readonly userFilter: string;
  readonly scope: 'sub' | 'one';
  readonly netbiosDomain: string | undefined;
};

/** Bind as a DN or principal name made from the typed name, and read with the user's own rights. */
export type DirectBind = Told & { readonly kind: 'direct-bind'; readonly template: string };

export type Config = {
  /** Empty where DNS tells them. */
  readonly servers: readonly Server[];
  /** Undefined: LDAP_URL names the servers. */
  readonly discovery: Discovery | undefined;
  readonly tls: TlsSettings;
  readonly directory: DirectoryKind;
  readonly lookup: SearchAndBind | DirectBind;
  /** DNs; who logs in without an application must be in one of them. Empty: no requirement. */
  readonly requiredGroups: readonly string[];
  readonly applications: Applications;
  readonly connectTimeoutMs: number;
  readonly deadlineMs: number;
  /** Whether a bind asks for the password policy response. */
  readonly passwordPolicy: boolean;
  readonly disclosure: 'distinct' | 'uniform';
  readonly uniformFloorMs: number;
  /** Undefined: there is no gate. */
  readonly gate: GateSettings | undefined;
  readonly logLevel: LogLevel;
};

export type LogLevel = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'SILENT';

export type ConfigResult = { readonly config: Config; readonly problems: readonly ConfigProblem[] };

/**
 * The environment as a configuration, and every problem with it at once, by variable, without a value. Where there is a
 * problem the configuration holds a default or nothing, so that the rest can be checked as well; it must not be used.
 * Checked here: each variable by itself and all of them together. Checked where they are understood (`wiring.ts`): PEM
 * text, the filter, the template.
 */
export function readConfig(environment: Environment): ConfigResult {
  const reader = new EnvironmentReader(environment);
  refuseStrangers(reader, environment);
  const directory = reader.read('LDAP_DIRECTORY');
  const demands = { requiredGroups: readRequiredGroups(reader), applications: readApplications(reader) };
  const [servers, tls] = [readServers(reader), readTls(reader)];
  const lookup = readLookup(reader, directory, demands);
  const config = {
    ...servers,
    tls,
    directory,
    lookup,
    ...demands,
    connectTimeoutMs: reader.read('LDAP_CONNECT_TIMEOUT_MS'),
    deadlineMs: reader.read('LDAP_DEADLINE_MS'), // API Gateway gives up at 29 s
    passwordPolicy: reader.read('LDAP_PASSWORD_POLICY') ?? DIRECTORY_KINDS[directory].passwordPolicy,
    disclosure: reader.read('AUTH_DISCLOSURE'),
    uniformFloorMs: reader.read('AUTH_UNIFORM_FLOOR_MS'),
    gate: readGate(reader, lookup),
    logLevel: reader.read('LOG_LEVEL'),
  };
  if (config.disclosure === 'uniform' && longestFloorMs(config.uniformFloorMs) > config.deadlineMs)
    reader.refuse(
      'AUTH_UNIFORM_FLOOR_MS',
      'a time that fits into LDAP_DEADLINE_MS, with a tenth of it on top: the deadline would cut it short',
    );
  return { config, problems: reader.problems };
}

function refuseStrangers(reader: EnvironmentReader, environment: Environment): void {
  for (const variable of Object.keys(environment).toSorted()) {
    if (!/^(LDAP|AUTH)_/i.test(variable) || Object.hasOwn(SETTINGS, variable)) continue;
    if (reader.has(variable)) reader.refuse(variable, 'no such setting (a typing error?)');
  }
}

function readTls(reader: EnvironmentReader): TlsSettings {
  return {
    ca: readAuthority(reader),
    servername: reader.read('LDAP_TLS_SERVERNAME'),
    minVersion: reader.read('LDAP_TLS_MIN_VERSION'),
    client: readClientCertificate(reader),
  };
}

function readAuthority(reader: EnvironmentReader): TlsSettings['ca'] {
  const pem = reader.read('LDAP_TLS_CA');
  const name = reader.read('LDAP_TLS_CA_PARAMETER');
  if (pem !== undefined && name !== undefined) reader.refuse('LDAP_TLS_CA_PARAMETER', 'unset beside LDAP_TLS_CA');
  if (pem !== undefined) return { kind: 'given', pem };
  return name === undefined ? undefined : { kind: 'parameter', name };
}

function readClientCertificate(reader: EnvironmentReader): TlsSettings['client'] {
  const cert = reader.read('LDAP_TLS_CERT');
  const key = reader.read('LDAP_TLS_KEY');
  const id = reader.read('LDAP_TLS_KEY_SECRET');
  if (key !== undefined && id !== undefined) reader.refuse('LDAP_TLS_KEY_SECRET', 'unset beside LDAP_TLS_KEY');
  const hasKey = key !== undefined || id !== undefined;
  if (cert !== undefined && !hasKey) reader.refuse('LDAP_TLS_KEY', 'the private key of LDAP_TLS_CERT, or LDAP_TLS_KEY_SECRET');
  if (cert === undefined && hasKey) reader.refuse('LDAP_TLS_CERT', 'the certificate of LDAP_TLS_KEY or LDAP_TLS_KEY_SECRET');
  if (cert === undefined) return undefined;
  if (key !== undefined) return { cert, key: { kind: 'given', value: new Secret(key) } };
  return id === undefined ? undefined : { cert, key: { kind: 'secret', id } };
}

/** What calls require of the user. */
type Demands = Pick<Config, 'requiredGroups' | 'applications'>;

function readLookup(reader: EnvironmentReader, directory: DirectoryKind, demands: Demands): SearchAndBind | DirectBind {
  const template = reader.read('LDAP_USER_DN_TEMPLATE');
  return template === undefined ? readSearchAndBind(reader, directory, demands) : readDirectBind(reader, template, directory, demands);
}

/** What a direct bind would have to leave out: beside a template these would promise an account or a restriction that never comes. */
const NOT_WITH_TEMPLATE = [
  'LDAP_BIND_DN',
  'LDAP_BIND_PASSWORD',
  'LDAP_BIND_PASSWORD_PARAMETER',
  'LDAP_BIND_PASSWORD_SECRET',
  'LDAP_ANONYMOUS_SEARCH',
  'LDAP_BASE_DN',
  'LDAP_USER_FILTER',
  'LDAP_USER_SCOPE',
  'LDAP_NETBIOS_DOMAIN',
] as const satisfies readonly SettingName[];

function readDirectBind(reader: EnvironmentReader, template: string, directory: DirectoryKind, demands: Demands): DirectBind {
  for (const variable of NOT_WITH_TEMPLATE) {
    if (reader.has(variable)) reader.refuse(variable, 'unset beside LDAP_USER_DN_TEMPLATE: a direct bind searches nothing');
  }
  return { kind: 'direct-bind', template, ...readTold(reader, directory, demands) };
}

function readSearchAndBind(reader: EnvironmentReader, directory: DirectoryKind, demands: Demands): SearchAndBind {
  const netbiosDomain = reader.read('LDAP_NETBIOS_DOMAIN');
  if (netbiosDomain !== undefined && !DIRECTORY_KINDS[directory].domainNames)
    reader.refuse('LDAP_NETBIOS_DOMAIN', 'unset, or LDAP_DIRECTORY=active-directory');
  const bases = readBases(reader);
  return {
    kind: 'search-and-bind',
    account: readAccount(reader),
    bases,
    userFilter: reader.read('LDAP_USER_FILTER') ?? DIRECTORY_KINDS[directory].userFilter,
    scope: reader.read('LDAP_USER_SCOPE'),
    netbiosDomain,
    ...readTold(reader, directory, demands),
  };
}

function readTold(reader: EnvironmentReader, directory: DirectoryKind, demands: Demands): Told {
  return {
    usernameAttribute: readUsernameAttribute(reader, DIRECTORY_KINDS[directory].usernameAttribute),
    attributes: readAttributes(reader),
    groups: readGroups(reader, directory, demands),
  };
}

function readGroups(reader: EnvironmentReader, directory: DirectoryKind, { requiredGroups, applications }: Demands): GroupSettings {
  const { nestedGroups, memberOfLookup } = DIRECTORY_KINDS[directory];
  const returned = reader.read('LDAP_RETURN_GROUPS');
  const groups: GroupSettings = {
    asked: returned || requiredGroups.length > 0 || applications.size > 0,
    returned,
    baseDn: reader.read('LDAP_GROUP_BASE_DN'),
    nested: reader.read('LDAP_NESTED_GROUPS') ?? nestedGroups,
    lookup: reader.read('LDAP_GROUP_LOOKUP'),
  };
  if (groups.baseDn !== undefined && !groups.returned) reader.refuse('LDAP_GROUP_BASE_DN', 'unset, or LDAP_RETURN_GROUPS=true');
  if (groups.lookup === 'memberOf' && !memberOfLookup) {
    reader.refuse('LDAP_GROUP_LOOKUP', `group for LDAP_DIRECTORY=${directory}: memberOf does not hold the primary group`);
  } else if (groups.lookup === 'memberOf' && groups.nested) {
    reader.refuse('LDAP_GROUP_LOOKUP', 'group, or LDAP_NESTED_GROUPS=false: memberOf is believed as it is, and not followed');
  }
  return groups;
}

function readAttributes(reader: EnvironmentReader): readonly string[] {
  const names = (reader.read('LDAP_USER_ATTRIBUTES') ?? '').split(',').map((name) => name.trim());
  const given = names.filter((name) => name !== '');
  if (given.some((name) => holdsPassword(name))) {
    reader.refuse('LDAP_USER_ATTRIBUTES', 'no attribute that holds a password, a hash or a key');
  } else if (given.some((name) => !/^[A-Za-z][A-Za-z0-9-]*(;[A-Za-z0-9-]+)*$/.test(name))) {
    reader.refuse('LDAP_USER_ATTRIBUTES', 'attribute names, separated by commas (no *, no OID)');
  }
  return given;
}

function readRequiredGroups(reader: EnvironmentReader): readonly string[] {
  const text = reader.read('LDAP_REQUIRED_GROUPS');
  if (text === undefined) return [];
  const groups = dnsIn(jsonIn(text));
  if (groups !== undefined) return groups;
  reader.refuse('LDAP_REQUIRED_GROUPS', 'a JSON array of group DNs, like ["cn=staff,ou=groups,dc=example,dc=org"]');
  return [];
}
