import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { SearchEntry } from '../../src/ldap/message.ts';
import { parseLdif } from '../support/servers/ldif.ts';
import { run } from '../support/servers/sandbox.ts';
import type { Credentials, StartedDirectory } from '../support/servers/server.ts';

/** The tools of OpenLDAP, as one who binds and as one who reads. */
export class Client {
  readonly #server: StartedDirectory;
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'gate-'));

  constructor(server: StartedDirectory) {
    this.#server = server;
    writeFileSync(path.join(this.#folder, 'ca.pem'), server.ca);
  }

  /** The result code of a bind. */
  async bind({ dn, password }: Credentials): Promise<number> {
    try {
      await this.#run('/usr/bin/ldapsearch', ['-D', dn, '-w', password, '-b', '', '-s', 'base', '1.1']); // Samba knows no "Who am I?"
      return 0;
    } catch (error) {
      return Number(/ldap_bind: .*\((\d+)\)/.exec(String(error))?.[1]);
    }
  }

  async read({ dn, password }: Credentials, target: string, attributes: readonly string[]): Promise<SearchEntry> {
    const args = ['-LLL', '-o', 'ldif-wrap=no', '-D', dn, '-w', password, '-b', target, '-s', 'base', '(objectClass=*)', ...attributes];
    const [entry] = parseLdif(await this.#run('/usr/bin/ldapsearch', args));
    const shown = [...(entry?.attributes ?? [])];
    return {
      dn: entry?.dn ?? '',
      attributes: shown.map(([description, values]) => ({ description, values: values.map((value) => Buffer.from(value)) })),
    };
  }

  close(): void {
    rmSync(this.#folder, { recursive: true });
  }

  #run(file: string, args: readonly string[]): Promise<string> {
    const env = { LDAPTLS_CACERT: path.join(this.#folder, 'ca.pem') };
    return run({ file, args: ['-x', '-H', this.#server.secureUrl, ...args], env });
  }
}
