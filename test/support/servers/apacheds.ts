import { mkdirSync, readFileSync } from 'node:fs';

import { readZip } from '../../package/zip-reader.ts';
import { type CertificateFiles, writeCertificate } from './certificate.ts';
import { toLdif } from './ldif.ts';
import { freeAddress, run, Sandbox } from './sandbox.ts';
import type { Credentials, DirectoryEntry, StartedDirectory } from './server.ts';

const BASE = 'dc=example,dc=org';
const PORTS = { ldap: 3389, ldaps: 3636 } as const;
const SERVER_NAME = 'apacheds.example.org';
const ADMINISTRATOR: Credentials = { dn: 'uid=admin,ou=system', password: 'secret' }; // as it is shipped
export const APACHEDS_SERVICE: Credentials = { dn: `cn=ldap-auth,ou=services,${BASE}`, password: 'service-P@ssw0rd' };

export type ApachedsOptions = {
  /** Added through the running server. */
  readonly entries?: readonly DirectoryEntry[];
  /** As it is shipped, everybody may read everything; where there are rules, nobody but by them. */
  readonly access?: {
    readonly rules: readonly string[];
    /** The part of the tree that they are about (RFC 3672, 2.1.2); all of it unless said otherwise. */
    readonly subtree?: string;
  };
  /** More password policies, by name: an entry chooses one with `pwdPolicySubentry`. What is not said is as in the default one. */
  readonly policies?: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

/** Where an entry's `pwdPolicySubentry` finds one of `policies`. */
export function policyDn(name: string): string {
  return `ads-pwdId=${name},${POLICIES}`;
}

const POLICIES = 'ou=passwordPolicies,ads-interceptorId=authenticationInterceptor,ou=interceptors,ads-directoryServiceId=default,ou=config';

/** One `prescriptiveACI`: what these users may do with entries and with all that is not a password. */
export function accessRule(tag: string, users: string, precedence = 10, grants = 'grantRead, grantReturnDN, grantBrowse'): string {
  const permission = `{ protectedItems { entry, allUserAttributeTypesAndValues }, grantsAndDenials { ${grants} } }`;
  const rule = `itemOrUserFirst userFirst: { userClasses ${users}, userPermissions { ${permission} } }`;
  return `{ identificationTag "${tag}", precedence ${String(precedence)}, authenticationLevel none, ${rule} }`;
}

/** An ApacheDS of one's own, with the configuration that it is shipped with; a JVM that is quick to start. */
export async function startApacheds(options: ApachedsOptions = {}): Promise<StartedDirectory> {
  const sandbox = new Sandbox('apacheds');
  const address = await freeAddress(Object.values(PORTS));
  const certificate = await writeCertificate(sandbox, address, SERVER_NAME);
  for (const folder of ['conf', 'log', 'run', 'cache', 'partitions']) mkdirSync(sandbox.path(folder));
  sandbox.write('conf/log4j.properties', LOGGING);
  await makeKeyStore(sandbox, certificate);
  sandbox.write('conf/config.ldif', configure(await shippedConfiguration(), sandbox, address, options));
  await sandbox.serve({ file: '/usr/bin/java', args: javaArguments(sandbox) }, address, Object.values(PORTS));
  const started = describeServer(sandbox, address, certificate);
  const input = toLdif([...ROOT_ENTRIES, ...(options.entries ?? [])]) + accessChanges(options.access);
  const args = ['-a', '-x', '-H', started.secureUrl, '-D', ADMINISTRATOR.dn, '-w', ADMINISTRATOR.password];
  await run({ file: '/usr/bin/ldapmodify', args, input, env: { LDAPTLS_CACERT: certificate.ca } });
  return started;
}

function describeServer(sandbox: Sandbox, address: string, certificate: CertificateFiles): StartedDirectory {
  const secureUrl = `ldaps://${address}:${String(PORTS.ldaps)}`;
  return {
    name: 'apacheds',
    url: `ldap://${address}:${String(PORTS.ldap)}`,
    secureUrl,
    ca: certificate.caPem,
    serverName: SERVER_NAME,
    environment: {
      LDAP_URL: secureUrl,
      LDAP_TLS_CA: certificate.caPem,
      LDAP_DIRECTORY: 'openldap',
      LDAP_BIND_DN: APACHEDS_SERVICE.dn,
      LDAP_BIND_PASSWORD: APACHEDS_SERVICE.password,
      LDAP_BASE_DN: BASE,
    },
    administrator: ADMINISTRATOR,
    stop: () => sandbox.destroy(),
  };
}

const LOGGING = `log4j.rootCategory=ERROR, stdout
log4j.appender.stdout=org.apache.log4j.ConsoleAppender
log4j.appender.stdout.layout=org.apache.log4j.PatternLayout
log4j.appender.stdout.layout.ConversionPattern=%p [%c] - %m%n
`;

/** What Debian's folder of jars lacks follows it. */
const CLASS_PATH = [
  '/usr/share/apacheds/lib/*',
  ...['caffeine', 'commons-codec', 'commons-collections4', 'commons-lang3'].map((name) => `/usr/share/java/${name}.jar`),
].join(':');

function javaArguments(sandbox: Sandbox): readonly string[] {
  return [
    ...['--add-opens', 'java.base/java.lang=ALL-UNNAMED'],
    ...['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xmx256m'],
    `-Dlog4j.configuration=file:${sandbox.path('conf/log4j.properties')}`,
    `-Dapacheds.log.dir=${sandbox.path('log')}`,
    ...['-cp', CLASS_PATH, 'org.apache.directory.server.UberjarMain', sandbox.folder],
  ];
}

async function makeKeyStore(sandbox: Sandbox, certificate: CertificateFiles): Promise<void> {
  const args = ['pkcs12', '-export', '-inkey', certificate.key, '-in', certificate.cert, '-out', sandbox.path('server.p12')];
  await run({ file: '/usr/bin/openssl', args: [...args, '-passout', 'pass:transit'] });
}

/** The server itself begins with it where it has none. Not /etc/apacheds: a service that is started there takes it away. */
async function shippedConfiguration(): Promise<string> {
  const jar = await readZip(readFileSync('/usr/share/java/apacheds-server-config.jar'));
  const shipped = jar.find(({ name }) => name === 'config.ldif');
  if (shipped === undefined) throw new Error('ApacheDS ships no config.ldif');
  return shipped.content.toString('utf8');
}

function configure(shipped: string, sandbox: Sandbox, address: string, { access, policies = {} }: ApachedsOptions): string {
  const context = Buffer.from(`dn: ${BASE}\nobjectClass: top\nobjectClass: domain\ndc: example\n\n`).toString('base64');
  const tls = `ads-keystoreFile: ${sandbox.path('server.p12')}\nads-certificatePassword: transit`;
  const changes: readonly (readonly [pattern: string, replacement: string])[] = [
    ['dc=example,dc=com', BASE],
    ['^ads-contextentry:: .*\n(?: .*\n)*', `ads-contextentry:: ${context}\n`],
    ['^ads-systemport: 10389$', `ads-systemport: ${String(PORTS.ldap)}`],
    ['^ads-systemport: 10636$', `ads-systemport: ${String(PORTS.ldaps)}`],
    ['^ads-transportaddress: .*$', `ads-transportaddress: ${address}`],
    ['^ads-searchBaseDN: .*$', `ads-searchBaseDN: ${BASE}\n${tls}`],
    ['^ads-partitionsynconwrite: .*$', 'ads-partitionsynconwrite: FALSE'], // thrown away anyway
    ['^ads-pwdLockout: .*$', 'ads-pwdLockout: FALSE'], // the suites send wrong passwords by the hundred
    ['^ads-dsaccesscontrolenabled: .*$', `ads-dsaccesscontrolenabled: ${access === undefined ? 'FALSE' : 'TRUE'}`],
  ];
  const configuration = changes.reduce((text, [pattern, replacement]) => replaceEach(text, pattern, replacement), shipped);
  return [configuration, ...Object.entries(policies).map(([name, lines]) => policyEntry(configuration, name, lines))].join('\n');
}

function policyEntry(configuration: string, name: string, lines: Readonly<Record<string, string>>): string {
  const [standard] = new RegExp(`^dn: ${policyDn('default')}\\n(?:.+\\n)+`, 'm').exec(configuration) ?? [];
  if (standard === undefined) throw new Error("ApacheDS's configuration has no password policy");
  const all = { dn: policyDn(name), 'ads-pwdId': name, ...lines };
  return Object.entries(all).reduce((text, [key, value]) => replaceEach(text, `^${key}: .*$`, `${key}: ${value}`), standard);
}

function replaceEach(text: string, pattern: string, replacement: string): string {
  const expression = new RegExp(pattern, 'gm');
  if (!expression.test(text)) throw new Error(`ApacheDS's configuration has no ${pattern}`);
  return text.replace(expression, () => replacement);
}

/** The suffix becomes a place with rules of its own, and holds them. */
function accessChanges(access: ApachedsOptions['access']): string {
  if (access === undefined) return '';
  const { rules, subtree = '{}' } = access;
  const place = `dn: ${BASE}\nchangetype: modify\nadd: administrativeRole\nadministrativeRole: accessControlSpecificArea\n`;
  const attributes = { objectClass: ['subentry', 'accessControlSubentry'], cn: ['rules'], subtreeSpecification: [subtree] };
  return `\n${place}\n${toLdif([{ dn: `cn=rules,${BASE}`, attributes: { ...attributes, prescriptiveACI: rules } }])}`;
}

const ROOT_ENTRIES: readonly DirectoryEntry[] = [
  { dn: `ou=services,${BASE}`, attributes: { objectClass: ['organizationalUnit'], ou: ['services'] } },
  {
    dn: APACHEDS_SERVICE.dn,
    attributes: {
      objectClass: ['organizationalRole', 'simpleSecurityObject'],
      cn: ['ldap-auth'],
      userPassword: [APACHEDS_SERVICE.password],
    },
  },
];
