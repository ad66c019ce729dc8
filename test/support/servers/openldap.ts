import { mkdirSync, writeFileSync } from 'node:fs';

import { type CertificateFiles, writeCertificate } from './certificate.ts';
import { toLdif } from './ldif.ts';
import { freeAddress, run, Sandbox } from './sandbox.ts';
import type { Credentials, DirectoryEntry, StartedDirectory } from './server.ts';

const BASE = 'dc=example,dc=org';
const PORTS = { ldap: 3389, ldaps: 3636 } as const; // above 1024: slapd needs no root
const SERVER_NAME = 'openldap.example.org';

export const OPENLDAP_SERVICE: Credentials = { dn: `cn=ldap-auth,ou=services,${BASE}`, password: 'service-P@ssw0rd' };
const ADMINISTRATOR: Credentials = { dn: `cn=admin,${BASE}`, password: 'admin-P@ssw0rd' };

export type OpenldapOptions = {
  /** Loaded before the server starts: no overlay (memberOf, ppolicy) sees them, operational attributes may be given. */
  readonly entries?: readonly DirectoryEntry[];
  /** Added through the running server, as an administrator would: the overlays see them. */
  readonly added?: readonly DirectoryEntry[];
  /** The server's own limit of entries for a search. */
  readonly sizeLimit?: number;
  /** `refused`: a simple bind without TLS is answered with confidentialityRequired (13). */
  readonly plaintext?: 'allowed' | 'refused';
  readonly idleTimeoutSeconds?: number;
  /** `accepted`: the dangerous server, on which a DN with an empty password is a success. */
  readonly unauthenticatedBind?: 'refused' | 'accepted';
  /** Whether ppolicy says that an account is locked (ppolicy_use_lockout), or answers a bare 49. */
  readonly lockout?: 'told' | 'concealed';
  /** Access clauses that come before the usual ones: the first that fits decides. */
  readonly access?: readonly string[];
  /** More slapd.conf lines for the frontend. */
  readonly directives?: readonly string[];
};

/** A slapd of one's own: mdb, memberOf, ppolicy, every password scheme that Debian ships, cn=Monitor for the administrator. */
export async function startOpenldap(options: OpenldapOptions = {}): Promise<StartedDirectory> {
  const sandbox = new Sandbox('openldap');
  const address = await freeAddress([PORTS.ldap, PORTS.ldaps]);
  const certificate = await writeCertificate(sandbox, address, SERVER_NAME);
  const urls = { url: `ldap://${address}:${String(PORTS.ldap)}`, secureUrl: `ldaps://${address}:${String(PORTS.ldaps)}` };
  await load(sandbox, certificate, options);
  const args = ['-d', '0', '-f', sandbox.path('slapd.conf'), '-h', `${urls.url} ${urls.secureUrl}`];
  await sandbox.serve({ file: '/usr/sbin/slapd', args }, address, Object.values(PORTS));
  const started = describeServer(sandbox, certificate, urls);
  await addEntries(started, certificate, options.added ?? []);
  return started;
}

function describeServer(
  sandbox: Sandbox,
  certificate: CertificateFiles,
  urls: { readonly url: string; readonly secureUrl: string },
): StartedDirectory {
  return {
    name: 'openldap',
    ...urls,
    ca: certificate.caPem,
    serverName: SERVER_NAME,
    environment: {
      LDAP_URL: urls.secureUrl,
      LDAP_TLS_CA: certificate.caPem,
      LDAP_DIRECTORY: 'openldap',
      LDAP_BIND_DN: OPENLDAP_SERVICE.dn,
      LDAP_BIND_PASSWORD: OPENLDAP_SERVICE.password,
      LDAP_BASE_DN: BASE,
    },
    administrator: ADMINISTRATOR,
    stop: () => sandbox.destroy(),
  };
}

async function load(sandbox: Sandbox, certificate: CertificateFiles, options: OpenldapOptions): Promise<void> {
  mkdirSync(sandbox.path('data'));
  writeFileSync(sandbox.path('slapd.conf'), slapdConf(sandbox, certificate, options));
  writeFileSync(sandbox.path('entries.ldif'), toLdif([...ROOT_ENTRIES, ...(options.entries ?? [])]));
  const args = ['-q', '-f', sandbox.path('slapd.conf'), '-b', BASE, '-l', sandbox.path('entries.ldif')];
  await run({ file: '/usr/sbin/slapadd', args });
}

async function addEntries(server: StartedDirectory, certificate: CertificateFiles, entries: readonly DirectoryEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const args = ['-x', '-H', server.secureUrl, '-D', ADMINISTRATOR.dn, '-w', ADMINISTRATOR.password];
  await run({ file: '/usr/bin/ldapadd', args, input: toLdif(entries), env: { LDAPTLS_CACERT: certificate.ca } });
}

function entry(dn: string, objectClass: readonly string[], attributes: DirectoryEntry['attributes'] = {}): DirectoryEntry {
  return {
    dn,
    attributes: { objectClass, ...attributes },
  };
}

const DEFAULT_POLICY = `cn=default,ou=policies,${BASE}`;

const ROOT_ENTRIES: readonly DirectoryEntry[] = [
  entry(BASE, ['dcObject', 'organization'], { dc: ['example'], o: ['Example'] }),
  entry(`ou=services,${BASE}`, ['organizationalUnit'], { ou: ['services'] }),
  entry(OPENLDAP_SERVICE.dn, ['organizationalRole', 'simpleSecurityObject'], {
    cn: ['ldap-auth'],
    userPassword: [OPENLDAP_SERVICE.password],
  }),
  entry(`ou=policies,${BASE}`, ['organizationalUnit'], { ou: ['policies'] }),
  // No lockout by default: the suites send wrong passwords by the hundred.
  entry(DEFAULT_POLICY, ['organizationalRole', 'pwdPolicy'], { cn: ['default'], pwdAttribute: ['userPassword'], pwdLockout: ['FALSE'] }),
];

const SCHEMAS = ['core', 'cosine', 'nis', 'inetorgperson'] as const;
const MODULES = ['back_mdb', 'memberof', 'ppolicy', 'argon2', 'pw-pbkdf2', 'pw-sha2'] as const;

function slapdConf(sandbox: Sandbox, certificate: CertificateFiles, options: OpenldapOptions): string {
  return [
    ...SCHEMAS.map((schema) => `include /etc/ldap/schema/${schema}.schema`),
    'modulepath /usr/lib/ldap',
    ...MODULES.map((module) => `moduleload ${module}.so`),
    `pidfile ${sandbox.path('slapd.pid')}`,
    `TLSCACertificateFile ${certificate.ca}`,
    `TLSCertificateFile ${certificate.cert}`,
    `TLSCertificateKeyFile ${certificate.key}`,
    'threads 4',
    ...frontendDirectives(options),
    ...databaseDirectives(sandbox, options),
    'database monitor',
    `access to * by dn.exact="${ADMINISTRATOR.dn}" read by * none`,
    '',
  ].join('\n');
}

function frontendDirectives(options: OpenldapOptions): readonly string[] {
  return [
    ...(options.sizeLimit === undefined ? [] : [`sizelimit ${String(options.sizeLimit)}`]),
    ...(options.idleTimeoutSeconds === undefined ? [] : [`idletimeout ${String(options.idleTimeoutSeconds)}`]),
    ...(options.plaintext === 'refused' ? ['security simple_bind=128'] : []),
    ...(options.unauthenticatedBind === 'accepted' ? ['allow bind_anon_cred'] : []),
    ...(options.directives ?? []),
  ];
}

function databaseDirectives(sandbox: Sandbox, options: OpenldapOptions): readonly string[] {
  return [
    'database mdb',
    `suffix "${BASE}"`,
    `directory ${sandbox.path('data')}`,
    'dbnosync', // thrown away anyway
    'maxsize 104857600',
    `rootdn "${ADMINISTRATOR.dn}"`,
    `rootpw ${ADMINISTRATOR.password}`,
    'index objectClass,uid,mail,cn,member,uniqueMember,memberUid eq',
    'overlay memberof',
    'overlay ppolicy',
    `ppolicy_default "${DEFAULT_POLICY}"`,
    ...(options.lockout === 'concealed' ? [] : ['ppolicy_use_lockout']),
    // Order matters: the first clause that fits the attribute decides.
    'access to attrs=userPassword by anonymous auth by * none',
    ...(options.access ?? []),
    `access to * by dn.exact="${OPENLDAP_SERVICE.dn}" read by self read by * none`,
  ];
}
