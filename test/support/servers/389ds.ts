import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';

import { type CertificateFiles, writeCertificate } from './certificate.ts';
import { toLdif } from './ldif.ts';
import { freeAddress, run, Sandbox } from './sandbox.ts';
import type { Credentials, DirectoryEntry, StartedDirectory } from './server.ts';
import { store } from './stored-password.ts';

const BASE = 'dc=example,dc=org';
const PORTS = { ldap: 3389, ldaps: 3636 } as const;
const SERVER_NAME = '389ds.example.org';
const ADMINISTRATOR: Credentials = { dn: 'cn=Directory Manager', password: 'admin-P@ssw0rd' };
export const DS389_SERVICE: Credentials = { dn: `cn=ldap-auth,ou=services,${BASE}`, password: 'service-P@ssw0rd' };

export type Ds389Options = {
  /** Imported before the server starts; operational attributes may be given. */
  readonly entries?: readonly DirectoryEntry[];
  /** Added through the running server, as an administrator would: the plugins (memberOf) see them. */
  readonly added?: readonly DirectoryEntry[];
  /** `refused`: a simple bind without TLS is answered with confidentialityRequired (13). */
  readonly plaintext?: 'allowed' | 'refused';
  /** `accepted`: the dangerous server, on which a DN with an empty password is a success. */
  readonly unauthenticatedBind?: 'refused' | 'accepted';
  /** More attributes of cn=config, such as password policy. */
  readonly config?: Readonly<Record<string, string>>;
};

/**
 * A 389 Directory Server of one's own. Its configuration is made from the template that dscreate uses; dscreate itself
 * wants systemd, system users and paths.
 */
export async function start389ds(options: Ds389Options = {}): Promise<StartedDirectory> {
  const sandbox = new Sandbox('389ds');
  const address = await freeAddress(Object.values(PORTS));
  const certificate = await writeCertificate(sandbox, address, SERVER_NAME);
  for (const folder of FOLDERS) mkdirSync(sandbox.path(folder), { recursive: true });
  for (const file of ['certmap.conf', 'slapd-collations.conf']) copyFileSync(`/etc/dirsrv/config/${file}`, sandbox.path('config', file));
  copyFileSync('/etc/dirsrv/schema/99user.ldif', sandbox.path('config/schema/99user.ldif'));
  writeFileSync(sandbox.path('config/dse.ldif'), configuration(sandbox, address, options));
  await Promise.all([makeKeyDatabase(sandbox, certificate), load(sandbox, options.entries ?? [])]);
  const args = ['-D', sandbox.path('config'), '-i', sandbox.path('run/pid'), '-d', '0'];
  await sandbox.serve({ file: '/usr/sbin/ns-slapd', args }, address, Object.values(PORTS));
  const started = describeServer(sandbox, address, certificate);
  await addEntries(started, certificate, options.added ?? []);
  return started;
}

function describeServer(sandbox: Sandbox, address: string, certificate: CertificateFiles): StartedDirectory {
  const secureUrl = `ldaps://${address}:${String(PORTS.ldaps)}`;
  return {
    name: '389ds',
    url: `ldap://${address}:${String(PORTS.ldap)}`,
    secureUrl,
    ca: certificate.caPem,
    serverName: SERVER_NAME,
    environment: {
      LDAP_URL: secureUrl,
      LDAP_TLS_CA: certificate.caPem,
      LDAP_DIRECTORY: '389ds',
      LDAP_BIND_DN: DS389_SERVICE.dn,
      LDAP_BIND_PASSWORD: DS389_SERVICE.password,
      LDAP_BASE_DN: BASE,
    },
    administrator: ADMINISTRATOR,
    stop: () => sandbox.destroy(),
  };
}

const FOLDERS = ['config/schema', 'lock', 'tmp', 'ldif', 'bak', 'run', 'log', 'db', 'certificates'] as const;

async function load(sandbox: Sandbox, entries: readonly DirectoryEntry[]): Promise<void> {
  const file = sandbox.path('entries.ldif');
  writeFileSync(file, toLdif([...ROOT_ENTRIES, ...entries]));
  await run({ file: '/usr/sbin/ns-slapd', args: ['ldif2db', '-D', sandbox.path('config'), '-n', 'userRoot', '-i', file] });
}

async function addEntries(server: StartedDirectory, certificate: CertificateFiles, entries: readonly DirectoryEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const args = ['-x', '-H', server.secureUrl, '-D', ADMINISTRATOR.dn, '-w', ADMINISTRATOR.password];
  await run({ file: '/usr/bin/ldapadd', args, input: toLdif(entries), env: { LDAPTLS_CACERT: certificate.ca } });
}

/** NSS reads no PEM: the key and the certificates go through PKCS#12 into a database without a password. */
async function makeKeyDatabase(sandbox: Sandbox, certificate: CertificateFiles): Promise<void> {
  const database = ['-d', `sql:${sandbox.path('certificates')}`];
  const bundle = sandbox.path('server.p12');
  const pkcs12 = ['pkcs12', '-export', '-inkey', certificate.key, '-in', certificate.cert, '-name', 'Server-Cert', '-out', bundle];
  await run({ file: '/usr/bin/openssl', args: [...pkcs12, '-passout', 'pass:transit'] });
  await run({ file: '/usr/bin/certutil', args: ['-N', ...database, '--empty-password'] });
  await run({ file: '/usr/bin/certutil', args: ['-A', ...database, '-n', 'CA', '-t', 'CT,,', '-a', '-i', certificate.ca] });
  await run({ file: '/usr/bin/pk12util', args: ['-i', bundle, ...database, '-W', 'transit'] });
}

const TEMPLATES = '/usr/share/dirsrv/data';

function configuration(sandbox: Sandbox, address: string, options: Ds389Options): string {
  const values = { ...templateValues(sandbox), ds_port: String(PORTS.ldap), fqdn: SERVER_NAME };
  const server = fill(readFileSync(`${TEMPLATES}/template-dse.ldif`, 'utf8'), values);
  const suffix = fill(readFileSync(`${TEMPLATES}/template-suffix-db.ldif`, 'utf8'), values).replace(/^#.*\n/gm, '');
  const extras = Object.entries(configAttributes(address, options)).map(([name, value]) => `${name}: ${value}\n`);
  return enableAccountPolicy(
    enableMemberOf(`${server.replace(/^cn: config\n/m, (line) => line + extras.join('')).trimEnd()}\n\n${suffix.trim()}\n`),
  );
}

function templateValues(sandbox: Sandbox): Readonly<Record<string, string>> {
  return {
    schema_dir: sandbox.path('config/schema'),
    config_dir: sandbox.path('config'),
    lock_dir: sandbox.path('lock'),
    tmp_dir: sandbox.path('tmp'),
    cert_dir: sandbox.path('certificates'),
    ldif_dir: sandbox.path('ldif'),
    bak_dir: sandbox.path('bak'),
    run_dir: sandbox.path('run'),
    inst_dir: sandbox.folder,
    log_dir: sandbox.path('log'),
    db_dir: sandbox.path('db'),
    db_home_dir: sandbox.path('db'),
    db_lib: 'bdb',
    ds_user: 'root',
    rootdn: ADMINISTRATOR.dn,
    ds_passwd: store(ADMINISTRATOR.password, 'PBKDF2-SHA512'), // clear text is refused
    ds_suffix: BASE,
    ds_bename: 'userRoot',
    ldapi_enabled: 'off',
    ldapi: sandbox.path('run/ldapi'),
    ldapi_autobind: 'off',
  };
}

function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/%([a-z_]+)%/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`389DS's template asks for ${name}, which this launcher does not know`);
    return value;
  });
}

function configAttributes(address: string, options: Ds389Options): Readonly<Record<string, string>> {
  return {
    'nsslapd-listenhost': address,
    'nsslapd-securelistenhost': address,
    'nsslapd-security': 'on',
    'nsslapd-securePort': String(PORTS.ldaps),
    'nsslapd-require-secure-binds': options.plaintext === 'refused' ? 'on' : 'off',
    'nsslapd-allow-unauthenticated-binds': options.unauthenticatedBind === 'accepted' ? 'on' : 'off',
    'nsslapd-pwpolicy-local': 'on',
    'nsslapd-enable-upgrade-hash': 'off', // or the first login would replace the scheme that is being tested
    'nsslapd-accesslog-logging-enabled': 'off',
    ...options.config,
  };
}

function enableMemberOf(dse: string): string {
  return dse.replace(/^dn: cn=MemberOf Plugin,.*(?:\n.+)*/m, (entry) =>
    entry.replace('nsslapd-pluginenabled: off', 'nsslapd-pluginenabled: on'),
  );
}

/** Account Policy: an account whose last login is too long ago is refused. Only entries with `acctPolicySubentry` have such a limit. */
function enableAccountPolicy(dse: string): string {
  return dse
    .replace(/^dn: cn=Account Policy Plugin,.*(?:\n.+)*/m, (entry) =>
      entry.replace('nsslapd-pluginEnabled: off', 'nsslapd-pluginEnabled: on'),
    )
    .replace(
      /^alwaysrecordlogin: no$/m,
      'alwaysrecordlogin: no\nstateattrname: lastLoginTime\naltstateattrname: createTimestamp\nspecattrname: acctPolicySubentry\nlimitattrname: accountInactivityLimit',
    );
}

const ROOT_ENTRIES: readonly DirectoryEntry[] = [
  {
    dn: BASE,
    attributes: {
      objectClass: ['top', 'domain'],
      dc: ['example'],
      aci: [
        `(targetattr != "userPassword")(version 3.0; acl "service"; allow (read, search, compare) userdn = "ldap:///${DS389_SERVICE.dn}";)`,
      ],
    },
  },
  { dn: `ou=services,${BASE}`, attributes: { objectClass: ['top', 'organizationalUnit'], ou: ['services'] } },
  {
    dn: DS389_SERVICE.dn,
    attributes: {
      objectClass: ['top', 'organizationalRole', 'simpleSecurityObject'],
      cn: ['ldap-auth'],
      userPassword: [DS389_SERVICE.password],
    },
  },
];
