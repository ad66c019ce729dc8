import { Authority } from '../../tools/demo-directory/certificates.ts';
import { startDirectory } from '../../tools/demo-directory/server.ts';
import type { DirectoryEntry, StartedDirectory } from '../support/servers/server.ts';
import { describeContract } from './contract-suite.ts';
import { peopleEntries } from './entries.ts';
import { directMembers, givenIdentities, membersOf } from './members.ts';

const BASE = 'dc=example,dc=org';
const SERVICE = { dn: `cn=ldap-auth,ou=services,${BASE}`, password: 'service-P@ssw0rd' } as const;
const SERVER_NAME = 'embedded.example.org';

const PEOPLE = peopleEntries(BASE, 'embedded').map(({ dn, attributes }, index) => ({
  dn,
  attributes: { ...attributes, entryUUID: [`00000000-0000-4000-8000-${String(index).padStart(12, '0')}`] },
}));

const ENTRIES: readonly DirectoryEntry[] = [
  { dn: BASE, attributes: { objectClass: ['dcObject', 'organization'], dc: ['example'], o: ['Example'] } },
  { dn: `ou=services,${BASE}`, attributes: { objectClass: ['organizationalUnit'], ou: ['services'] } },
  {
    dn: SERVICE.dn,
    attributes: { objectClass: ['organizationalRole', 'simpleSecurityObject'], cn: ['ldap-auth'], userPassword: [SERVICE.password] },
  },
  ...PEOPLE,
];

async function start(): Promise<StartedDirectory> {
  const authority = await Authority.create('Throwaway test authority');
  const certificate = await authority.issue({ commonName: SERVER_NAME, dnsNames: [SERVER_NAME], ipAddresses: ['127.0.0.1'] });
  const directory = await startDirectory({ entries: ENTRIES, certificate });
  const { url, secureUrl } = directory;
  return {
    name: 'embedded',
    url,
    secureUrl,
    ca: authority.pem,
    serverName: SERVER_NAME,
    environment: {
      LDAP_URL: secureUrl,
      LDAP_TLS_CA: authority.pem,
      LDAP_DIRECTORY: 'openldap',
      LDAP_BIND_DN: SERVICE.dn,
      LDAP_BIND_PASSWORD: SERVICE.password,
      LDAP_BASE_DN: BASE,
    },
    administrator: SERVICE,
    stop: () => directory.close(),
  };
}

describeContract('embedded', start, {
  members: membersOf('embedded'),
  identities: givenIdentities(PEOPLE),
  spellings: [
    { typed: ' alice ', means: 'a plain name' },
    { typed: 'ａｌｉｃｅ', means: 'a plain name' },
    { typed: 'andr\u00e9', means: 'a decomposed accent' },
    { typed: 'rene\u0301e', means: 'a composed accent' },
    { typed: 'leading', means: 'a space in front' },
    { typed: 'trailing', means: 'a space at the end' },
    { typed: 'ADA LOVELACE', means: 'spaces inside' },
    { typed: 'renee', means: 'nobody' },
    { typed: 'twins@example.org', means: 'nobody' },
  ],
  mailFilter: '(&(objectClass=person)(mail={username}))',
  transport: { plaintext: 'taken' },
  directBind: { template: `uid={username},ou=people,${BASE}`, makes: 'DNs', escapes: 'of the entry', members: directMembers('embedded') },
});
