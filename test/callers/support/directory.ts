import { Authority } from '../../../tools/demo-directory/certificates.ts';
import { hashPassword } from '../../../tools/demo-directory/password.ts';
import { type EmbeddedDirectory, startDirectory } from '../../../tools/demo-directory/server.ts';
import { BASE_DN, demoEntries, SERVICE_DN } from '../../../tools/demo-directory/people.ts';

export type TestDirectory = {
  readonly authority: Authority;
  readonly directory: EmbeddedDirectory;
  /** The contract's variables for it. */
  readonly environment: Readonly<Record<string, string>>;
};

const SERVICE_PASSWORD = 'service password';

/** Somebody whose password has colons, and whose names would break a header or a list if they were put in as they are. */
const COLIN = {
  dn: `uid=colin,ou=people,${BASE_DN}`,
  attributes: {
    objectClass: ['top', 'person', 'organizationalPerson', 'inetOrgPerson'],
    uid: ['colin'],
    cn: ['Colin 100% Çolak, Jr.'],
    sn: ['Çolak'],
    displayName: [' Colin\r\nRemote-User: alice '],
    userPassword: [hashPassword('a:b::c:')],
  },
};

/** The demo people and Colin, over ldaps. Whoever starts it closes it. */
export async function startTestDirectory(): Promise<TestDirectory> {
  const authority = await Authority.create('callers');
  const certificate = await authority.issue({ commonName: 'localhost', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] });
  const directory = await startDirectory({ entries: [...demoEntries(SERVICE_PASSWORD), COLIN], certificate });
  const environment = {
    LDAP_URL: directory.secureUrl,
    LDAP_TLS_CA: authority.pem,
    LDAP_BIND_DN: SERVICE_DN,
    LDAP_BIND_PASSWORD: SERVICE_PASSWORD,
    LDAP_BASE_DN: BASE_DN,
  };
  return { authority, directory, environment };
}
