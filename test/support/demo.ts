import { Authority, type Issued } from '../../tools/demo-directory/certificates.ts';
import type { DirectoryEntry } from '../../tools/demo-directory/entry.ts';
import { BASE_DN, demoEntries, SERVICE_DN } from '../../tools/demo-directory/people.ts';
import { type DirectoryOptions, type EmbeddedDirectory, startDirectory } from '../../tools/demo-directory/server.ts';

export type Settings = Readonly<Record<string, string>>;

/** The demo company's directory over ldaps, and the settings that lead to it. */
export type Demo = EmbeddedDirectory & { readonly authority: Authority; readonly settings: Settings };

export type DemoOptions = Partial<Omit<DirectoryOptions, 'entries'>> & {
  /** Beside the demo company's. */
  readonly entries?: readonly DirectoryEntry[];
  readonly servicePassword?: string;
  /** Names in the certificate beside the address. */
  readonly dnsNames?: readonly string[];
};

export const SERVICE_PASSWORD = 'service-P@ssw0rd';

/** Whoever starts it closes it. The certificate, if none is given, is by "Corp Root CA". */
export async function startDemo({ entries = [], servicePassword = SERVICE_PASSWORD, ...more }: DemoOptions = {}): Promise<Demo> {
  const { dnsNames = [], ...options } = more;
  const authority = await Authority.create('Corp Root CA');
  const certificate: Issued =
    options.certificate ?? (await authority.issue({ commonName: 'directory', dnsNames, ipAddresses: ['127.0.0.1'] }));
  const directory = await startDirectory({ ...options, entries: [...demoEntries(servicePassword), ...entries], certificate });
  const settings = {
    LDAP_URL: directory.secureUrl,
    LDAP_TLS_CA: authority.pem,
    LDAP_BIND_DN: SERVICE_DN,
    LDAP_BIND_PASSWORD: servicePassword,
    LDAP_BASE_DN: BASE_DN,
  };
  return { ...directory, authority, settings };
}
