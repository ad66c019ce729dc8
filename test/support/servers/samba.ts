import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type CertificateFiles, writeCertificate } from './certificate.ts';
import { freeAddress, run, Sandbox } from './sandbox.ts';
import type { Credentials, DirectoryEntry, StartedDirectory } from './server.ts';

const BASE = 'DC=corp,DC=example,DC=test';
const SERVER_NAME = 'dc1.corp.example.test';
const PORTS = { ldap: 389, ldaps: 636, globalCatalog: 3268, globalCatalogTls: 3269 } as const; // Samba's are fixed
const ADMINISTRATOR: Credentials = { dn: `CN=Administrator,CN=Users,${BASE}`, password: 'Adm1n-P@ssw0rd' };
export const SAMBA_SERVICE: Credentials = { dn: `CN=ldap-auth,OU=services,${BASE}`, password: 'service-P@ssw0rd' };

/** What a domain is filled with; see populate-domain.py. */
export type Population = {
  readonly entries: readonly DirectoryEntry[];
  readonly changes?: readonly DirectoryEntry[];
  readonly raw?: readonly DirectoryEntry[];
  /** DNs of entries that the service account may not read. */
  readonly hidden?: readonly string[];
  /** Access that is given at a DN, as an ACE in SDDL with `SERVICE` for the service account. */
  readonly granted?: readonly { readonly dn: string; readonly ace: string }[];
};

export type SambaOptions = {
  readonly population?: Population;
  /** `allowed`: simple binds without TLS; Samba's default is strongerAuthRequired (8). */
  readonly plaintext?: 'allowed' | 'refused';
};

export type StartedDomain = StartedDirectory & {
  /** The global catalog over TLS: the whole forest below the empty base. */
  readonly globalCatalogUrl: string;
};

/** An Active Directory domain controller of one's own, LDAP alone, at a loopback address of its own. */
export async function startSamba(options: SambaOptions = {}): Promise<StartedDomain> {
  const sandbox = new Sandbox('samba');
  const address = await freeAddress(Object.values(PORTS));
  const certificate = await writeCertificate(sandbox, address, SERVER_NAME);
  writeFileSync(sandbox.path('smb.conf'), smbConf(sandbox, address, certificate, options));
  await unpackDomain(sandbox, options.population ?? { entries: [] });
  const args = ['-F', '--no-process-group', '--debug-stdout', '-s', sandbox.path('smb.conf')];
  await sandbox.serve({ file: '/usr/sbin/samba', args, env: NO_FSYNC }, address, Object.values(PORTS));
  return describeServer(sandbox, address, certificate);
}

function describeServer(sandbox: Sandbox, address: string, certificate: CertificateFiles): StartedDomain {
  const secureUrl = `ldaps://${address}:${String(PORTS.ldaps)}`;
  return {
    name: 'samba',
    url: `ldap://${address}:${String(PORTS.ldap)}`,
    secureUrl,
    globalCatalogUrl: `ldaps://${address}:${String(PORTS.globalCatalogTls)}`,
    ca: certificate.caPem,
    serverName: SERVER_NAME,
    environment: {
      LDAP_URL: secureUrl,
      LDAP_TLS_CA: certificate.caPem,
      LDAP_DIRECTORY: 'active-directory',
      LDAP_BIND_DN: SAMBA_SERVICE.dn,
      LDAP_BIND_PASSWORD: SAMBA_SERVICE.password,
      LDAP_BASE_DN: BASE,
    },
    administrator: ADMINISTRATOR,
    stop: () => sandbox.destroy(),
  };
}

const NO_FSYNC = { TDB_NO_FSYNC: '1' } as const; // thrown away anyway; provisioning takes a third of the time
const CACHE = join(import.meta.dirname, '../../../.cache/samba');
const POPULATE = join(import.meta.dirname, 'populate-domain.py');

const NORMAL_ACCOUNT = '512';

const SERVICE_ENTRIES: readonly DirectoryEntry[] = [
  { dn: `OU=services,${BASE}`, attributes: { objectClass: ['organizationalUnit'] } },
  {
    dn: SAMBA_SERVICE.dn,
    attributes: {
      objectClass: ['user'],
      sAMAccountName: ['ldap-auth'],
      userAccountControl: [NORMAL_ACCOUNT],
      unicodePwd: [Buffer.from(`"${SAMBA_SERVICE.password}"`, 'utf16le')],
    },
  },
];

/** Puts a provisioned and populated domain into the sandbox, from the cache if it was made before. */
async function unpackDomain(sandbox: Sandbox, population: Population): Promise<void> {
  const version = await run({ file: '/usr/sbin/samba', args: ['--version'] });
  const empty = await cached(`empty-${hash(version, PROVISION.join(' '))}.tar.gz`, sandbox, () => provision(sandbox));
  const input = populationInput(population);
  const full = `full-${hash(empty, input, readFileSync(POPULATE, 'utf8'))}.tar.gz`;
  await cached(full, sandbox, async () => {
    await run({ file: '/usr/bin/python3', args: [POPULATE, sandbox.path('smb.conf')], input, env: NO_FSYNC });
  });
}

/** Either unpacks an archive over the sandbox, or makes what belongs into it and packs that. */
async function cached(name: string, sandbox: Sandbox, make: () => Promise<void>): Promise<string> {
  const archive = join(CACHE, name);
  if (existsSync(archive)) {
    await run({ file: '/bin/tar', args: ['-xzf', archive, '-C', sandbox.folder] });
    return name;
  }
  await make();
  mkdirSync(CACHE, { recursive: true });
  const unfinished = `${archive}.${randomUUID()}`; // another worker may be at it too; the last one wins, with the same content
  await run({ file: '/bin/tar', args: ['-I', 'gzip -1', '-cf', unfinished, '-C', sandbox.folder, 'private', 'state'] });
  renameSync(unfinished, archive);
  return name;
}

const PROVISION: readonly string[] = [
  ...['domain', 'provision', '--realm=CORP.EXAMPLE.TEST', '--domain=CORP', '--host-name=dc1', '--host-ip=127.0.0.2', '--server-role=dc'],
  ...['--dns-backend=NONE', `--adminpass=${ADMINISTRATOR.password}`],
  ...['--option=interfaces=127.0.0.2/8', '--option=bind interfaces only=yes'],
];

async function provision(sandbox: Sandbox): Promise<void> {
  await run({ file: '/usr/bin/samba-tool', args: [...PROVISION, `--targetdir=${sandbox.folder}`], env: NO_FSYNC });
}

function hash(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16);
}

function populationInput(population: Population): string {
  return JSON.stringify({
    entries: [...SERVICE_ENTRIES, ...population.entries].map(encode),
    changes: (population.changes ?? []).map(encode),
    raw: (population.raw ?? []).map(encode),
    aces: [...(population.hidden ?? []).map((dn) => ({ dn, ace: '(D;;RPLCLORC;;;SERVICE)' })), ...(population.granted ?? [])],
    service: SAMBA_SERVICE.dn,
  });
}

function encode({ dn, attributes }: DirectoryEntry): object {
  return {
    dn,
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([name, values]) => [name, values.map((value) => Buffer.from(value).toString('base64'))]),
    ),
  };
}

function smbConf(sandbox: Sandbox, address: string, certificate: CertificateFiles, options: SambaOptions): string {
  return `[global]
netbios name = DC1
workgroup = CORP
realm = CORP.EXAMPLE.TEST
server role = active directory domain controller
server services = ldap
dns update command = /bin/true
interfaces = ${address}/8
bind interfaces only = yes
private dir = ${sandbox.path('private')}
state directory = ${sandbox.path('state')}
lock directory = ${sandbox.path('lock')}
cache directory = ${sandbox.path('cache')}
pid directory = ${sandbox.path('pid')}
ncalrpc dir = ${sandbox.path('ncalrpc')}
binddns dir = ${sandbox.path('bind-dns')}
tls enabled = yes
tls cafile = ${certificate.ca}
tls certfile = ${certificate.cert}
tls keyfile = ${certificate.key}
ldap server require strong auth = ${options.plaintext === 'allowed' ? 'no' : 'yes'}
`;
}
