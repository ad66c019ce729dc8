import { readdirSync, readFileSync } from 'node:fs';

import { unitEntry } from '../test/contract/entries.ts';
import { OPENLDAP_SERVICE, startOpenldap } from '../test/support/servers/openldap.ts';
import { run } from '../test/support/servers/sandbox.ts';
import type { DirectoryEntry, StartedDirectory } from '../test/support/servers/server.ts';
import { store } from '../test/support/servers/stored-password.ts';
import { type Mode, PEOPLE, personOf, type Setting, type Transport } from './setting.ts';

const BASE = 'dc=example,dc=org';

/** A real OpenLDAP with 10,000 people, each with a salted SHA-1 password as slappasswd makes it. */
export type BenchDirectory = {
  readonly settingFor: (transport: Transport, mode: Mode, bundles: string) => Setting;
  /** Milliseconds of CPU that slapd has used. */
  readonly cpuMs: () => number;
  readonly counts: () => Promise<DirectoryCounts>;
  readonly stop: () => Promise<void>;
};

/** What cn=Monitor has counted since the start. */
export type DirectoryCounts = { readonly connections: number; readonly binds: number; readonly searches: number; readonly unbinds: number };

export async function startDirectory(): Promise<BenchDirectory> {
  const people = Array.from({ length: PEOPLE }, (_, number) => personEntry(number));
  const started = await startOpenldap({ entries: [unitEntry('people', BASE), ...people] });
  const pid = slapdOf(started);
  return {
    settingFor: (transport, mode, bundles) => ({
      transport,
      mode,
      bundles,
      url: transport === 'ldaps' ? started.secureUrl : started.url,
      ca: started.ca,
      bindDn: OPENLDAP_SERVICE.dn,
      bindPassword: OPENLDAP_SERVICE.password,
      base: BASE,
    }),
    cpuMs: () => cpuMsOf(pid),
    counts: () => readCounts(started),
    stop: started.stop,
  };
}

function personEntry(number: number): DirectoryEntry {
  const { username, password, dn } = personOf(number);
  return {
    dn,
    attributes: {
      objectClass: ['inetOrgPerson'],
      uid: [username],
      cn: [`Person ${String(number)}`],
      sn: [`Number ${String(number)}`],
      mail: [`${username}@example.org`],
      userPassword: [store(password, 'SSHA')],
    },
  };
}

/** The process that listens on this directory's address. */
function slapdOf({ secureUrl }: StartedDirectory): number {
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'latin1');
      if (command.includes('slapd\0') && command.includes(secureUrl)) return Number(name);
    } catch {
      // it has ended since
    }
  }
  throw new Error('slapd is not among the processes');
}

const TICK_MS = 10; // sysconf(_SC_CLK_TCK) is 100 on every Linux

function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${String(pid)}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS; // utime and stime, proc(5)
}

async function readCounts({ url, administrator }: StartedDirectory): Promise<DirectoryCounts> {
  const bind = ['-x', '-H', url, '-D', administrator.dn, '-w', administrator.password];
  const args = [...bind, '-LLL', '-b', 'cn=Monitor', '(objectClass=*)', 'monitorCounter', 'monitorOpInitiated'];
  const said = await run({ file: '/usr/bin/ldapsearch', args });
  const of = (entry: string, attribute: string): number => Number(new RegExp(`dn: ${entry}\\n${attribute}: (\\d+)`).exec(said)?.[1]);
  return {
    connections: of('cn=Total,cn=Connections,cn=Monitor', 'monitorCounter'),
    binds: of('cn=Bind,cn=Operations,cn=Monitor', 'monitorOpInitiated'),
    searches: of('cn=Search,cn=Operations,cn=Monitor', 'monitorOpInitiated'),
    unbinds: of('cn=Unbind,cn=Operations,cn=Monitor', 'monitorOpInitiated'),
  };
}
