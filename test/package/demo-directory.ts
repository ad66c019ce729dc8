import { Authority } from '../../tools/demo-directory/certificates.ts';
import { startDirectory } from '../../tools/demo-directory/server.ts';
import { BASE_DN, demoEntries, SERVICE_DN } from '../../tools/demo-directory/people.ts';

/** The demo people in an embedded directory over ldaps, as long as `use` runs; it gets the contract's variables for it. */
export async function withDemoDirectory<T>(use: (variables: Readonly<Record<string, string>>) => Promise<T>): Promise<T> {
  const authority = await Authority.create('package test');
  const certificate = await authority.issue({ commonName: 'localhost', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] });
  const directory = await startDirectory({ entries: demoEntries('service password'), certificate });
  try {
    return await use({
      LDAP_URL: directory.secureUrl,
      LDAP_TLS_CA: authority.pem,
      LDAP_BIND_DN: SERVICE_DN,
      LDAP_BIND_PASSWORD: 'service password',
      LDAP_BASE_DN: BASE_DN,
    });
  } finally {
    await directory.close();
  }
}
