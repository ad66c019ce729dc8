import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A program that the tests run for real, on loopback: directories, a proxy in front of the service, a browser. */
export type RealServer = 'openldap' | 'samba' | '389ds' | 'apacheds' | 'nginx' | 'chromium';

type Requirement = {
  /** Debian's and Ubuntu's names. */
  readonly packages: readonly string[];
  /** All of them there: nothing to install. */
  readonly files: readonly string[];
  readonly rights: 'anybody' | 'root';
};

export const REQUIREMENTS: Readonly<Record<RealServer, Requirement>> = {
  openldap: {
    packages: ['slapd', 'slapd-contrib', 'ldap-utils'], // contrib: {PBKDF2} and {SSHA512}
    files: ['/usr/sbin/slapd', '/usr/lib/ldap/argon2.so', '/usr/lib/ldap/pw-pbkdf2.so', '/usr/lib/ldap/pw-sha2.so', '/usr/bin/ldapsearch'],
    rights: 'anybody',
  },
  samba: {
    packages: [
      ...['samba', 'samba-ad-dc', 'samba-ad-provision', 'samba-dsdb-modules'],
      ...['samba-vfs-modules', 'winbind', 'python3-samba', 'ldap-utils'],
    ],
    files: ['/usr/sbin/samba', '/usr/bin/samba-tool', '/usr/share/samba/setup/provision.ldif', '/usr/bin/ldapsearch'],
    rights: 'root', // its ports are below 1024 and its files carry security.* attributes
  },
  '389ds': {
    packages: ['389-ds-base', 'ldap-utils'],
    files: ['/usr/sbin/ns-slapd', '/usr/sbin/dscreate', '/usr/bin/ldapsearch'],
    rights: 'root', // dscreate insists
  },
  apacheds: {
    packages: ['apacheds', 'libapache-directory-api-java', 'libapache-directory-jdbm-java', 'libcaffeine-java', 'ldap-utils'],
    files: [
      ...['apacheds-service', 'apacheds-server-config', 'apache-directory-api-all', 'apacheds-jdbm1', 'caffeine'].map(
        (name) => `/usr/share/java/${name}.jar`,
      ),
      ...['/usr/bin/java', '/usr/bin/ldapsearch'],
    ],
    rights: 'anybody',
  },
  nginx: {
    packages: ['nginx', 'libnginx-mod-http-js'],
    files: ['/usr/sbin/nginx', '/usr/lib/nginx/modules/ngx_http_js_module.so'],
    rights: 'anybody',
  },
  chromium: {
    packages: ['chromium', 'fonts-liberation'], // without a font, nothing that is drawn can be read
    files: ['/usr/bin/chromium'],
    rights: 'anybody',
  },
};

export const REAL_SERVERS: readonly RealServer[] = ['openldap', 'samba', '389ds', 'apacheds', 'nginx', 'chromium'];

/** What decides whether packages may be installed. */
export type Machine = {
  readonly user: 'root' | 'other';
  readonly distribution: 'debian' | 'other';
  /** LDAP_AUTH_INSTALL: 1 always, 0 never. */
  readonly wish: 'always' | 'never' | 'unsaid';
  readonly ci: 'ci' | 'desk';
};

export type Decision = 'nothing-missing' | 'install' | 'not-run' | 'fail';

/** Root on Debian or Ubuntu is taken for a container or a CI machine; anybody else is only told the command. */
export function decide(machine: Machine, missing: readonly RealServer[]): Decision {
  if (missing.length === 0) return 'nothing-missing';
  const unasked = machine.user === 'root' && machine.distribution === 'debian' && machine.wish !== 'never';
  if (unasked || machine.wish === 'always') return 'install';
  return machine.ci === 'ci' ? 'fail' : 'not-run';
}

export function thisMachine(environment: Readonly<Record<string, string | undefined>> = process.env): Machine {
  return {
    user: process.getuid?.() === 0 ? 'root' : 'other',
    distribution: distributionOf(existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''),
    wish: environment['LDAP_AUTH_INSTALL'] === '1' ? 'always' : environment['LDAP_AUTH_INSTALL'] === '0' ? 'never' : 'unsaid',
    ci: environment['CI'] === 'true' ? 'ci' : 'desk',
  };
}

export function distributionOf(osRelease: string): Machine['distribution'] {
  return /^ID=["']?(debian|ubuntu)["']?$/m.test(osRelease) ? 'debian' : 'other';
}

function isMissing(server: RealServer): boolean {
  return REQUIREMENTS[server].files.some((file) => !existsSync(file));
}

function packagesOf(servers: readonly RealServer[]): readonly string[] {
  return [...new Set(servers.flatMap((server) => REQUIREMENTS[server].packages))];
}

export function commandFor(servers: readonly RealServer[]): string {
  return `apt-get install --no-install-recommends ${packagesOf(servers).join(' ')}`;
}

export type Availability = { readonly kind: 'available' } | { readonly kind: 'not-run'; readonly command: string };

/** Whether a server can be run here and now; if not, the command that would get it. */
export function availability(server: RealServer): Availability {
  if (isMissing(server)) return { kind: 'not-run', command: `sudo ${commandFor([server])}` };
  const { user } = thisMachine();
  if (REQUIREMENTS[server].rights === 'root' && user !== 'root')
    return { kind: 'not-run', command: 'sudo npm test (it can only be run by root)' };
  return { kind: 'available' };
}

/**
 * Installs what is missing where that is allowed; says so in one line. Under CI a server that is still missing is an
 * error. Never calls sudo. Safe to run from several processes at once: they take turns.
 */
export async function ensureInstalled(say: (line: string) => void): Promise<void> {
  const machine = thisMachine();
  const missing = REAL_SERVERS.filter(isMissing);
  const decision = decide(machine, missing);
  if (decision === 'install') {
    say(`Installing ${missing.join(', ')} for the tests, which takes one to three minutes (LDAP_AUTH_INSTALL=0 installs nothing):`);
    say(commandFor(missing));
    await runInTurn(packagesOf(missing));
  }
  const lacking = REAL_SERVERS.filter((server) => availability(server).kind === 'not-run');
  const lines = lacking.map((server) => describeLack(server, availability(server)));
  if (machine.ci === 'ci' && lacking.length > 0)
    throw new Error(`CI=true, and not everything that they need can be run:\n${lines.join('\n')}`);
  lines.forEach(say);
  say('All tests take five to ten minutes on two CPUs.');
}

function describeLack(server: RealServer, state: Availability): string {
  return `Tests on ${server}: ${state.kind === 'not-run' ? `not run; ${state.command}` : 'run'}`;
}

/** One installation at a time: a second one would find the first one's policy-rc.d and lose it half-way. */
function runInTurn(packages: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const lock = join(tmpdir(), 'ldap-auth-install.lock');
    const cli = join(import.meta.dirname, 'install-cli.ts');
    const child = spawn('flock', ['--timeout', '600', lock, process.execPath, cli, ...packages], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(
            `apt-get could not install ${packages.join(' ')} (as root: ${String(thisMachine().user === 'root')}):\n${output.slice(-3000)}`,
          ),
        );
    });
  });
}
