import { type Ask, makeService } from '../support/ask.ts';
import type { FaultyOptions } from '../support/faults/directory.ts';
import type { Address } from '../support/faults/upstream.ts';
import { type Certificates, makeCertificates } from '../support/faults/wrong-certificates.ts';
import { OPENLDAP_SERVICE, startOpenldap } from '../support/servers/openldap.ts';
import type { DirectoryEntry, StartedDirectory } from '../support/servers/server.ts';
import type { Transport } from './rows/row.ts';

export const BASE = 'dc=example,dc=org';
export const PEOPLE = `ou=people,${BASE}`;

/** Each is long and odd enough to be found in a stream of bytes by accident never. */
export const PASSWORDS = { alice: 'wonder=Land/2026-alice', bob: 'wonder=Land/2026-bob' } as const;
export const WRONG_PASSWORD = 'not=The/Password-2026';
export const SERVICE_PASSWORD = OPENLDAP_SERVICE.password;

/** Everything that must never be read on the way. */
export const SECRETS: readonly string[] = [...Object.values(PASSWORDS), WRONG_PASSWORD, SERVICE_PASSWORD];

export function personEntry(uid: string, password: string): DirectoryEntry {
  const attributes = { objectClass: ['inetOrgPerson'], uid: [uid], cn: [uid], sn: [uid], userPassword: [password] };
  return { dn: `uid=${uid},${PEOPLE}`, attributes };
}

export const PEOPLE_UNIT: DirectoryEntry = { dn: PEOPLE, attributes: { objectClass: ['organizationalUnit'], ou: ['people'] } };

export const PEOPLE_ENTRIES: readonly DirectoryEntry[] = [
  PEOPLE_UNIT,
  ...Object.entries(PASSWORDS).map(([uid, password]) => personEntry(uid, password)),
];

/** What OpenLDAP's set-up brings along and the embedded directory's does not. */
export const SERVICE_ENTRIES: readonly DirectoryEntry[] = [
  { dn: BASE, attributes: { objectClass: ['dcObject', 'organization'], dc: ['example'], o: ['Example'] } },
  { dn: `ou=services,${BASE}`, attributes: { objectClass: ['organizationalUnit'], ou: ['services'] } },
  {
    dn: OPENLDAP_SERVICE.dn,
    attributes: { objectClass: ['organizationalRole', 'simpleSecurityObject'], cn: ['ldap-auth'], userPassword: [SERVICE_PASSWORD] },
  },
];

/** A real directory for the proxies to stand in front of, and certificates of every kind. */
export type Stage = { readonly openldap: StartedDirectory; readonly upstream: Address; readonly certificates: Certificates };

export async function startStage(): Promise<Stage> {
  const [openldap, certificates] = await Promise.all([startOpenldap({ entries: PEOPLE_ENTRIES }), makeCertificates()]);
  return { openldap, upstream: addressOf(openldap.url), certificates };
}

export function addressOf(url: string): Address {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

/** A faulty server without a fault. */
export function goodServer({ upstream, certificates }: Pick<Stage, 'upstream' | 'certificates'>, transport: Transport): FaultyOptions {
  const front = ({ ldaps: 'tls', starttls: 'starttls', ldap: 'plain' } as const)[transport];
  return { upstream, front, certificate: certificates.of.good };
}

type Trust = { readonly certificates: Pick<Certificates, 'ca'> };

/** The settings of a service that is to ask these servers. */
export function variablesFor({ certificates }: Trust, transport: Transport, urls: readonly string[]): Readonly<Record<string, string>> {
  return {
    LDAP_URL: urls.join(' '),
    LDAP_TLS_CA: certificates.ca,
    LDAP_BIND_DN: OPENLDAP_SERVICE.dn,
    LDAP_BIND_PASSWORD: SERVICE_PASSWORD,
    LDAP_BASE_DN: BASE,
    ...(transport === 'starttls' ? { LDAP_STARTTLS: 'true' } : {}),
    ...(transport === 'ldap' ? { LDAP_ALLOW_PLAINTEXT: 'true' } : {}),
  };
}

/** One warm process that is to ask these servers. */
export function serviceFor(
  trust: Trust,
  transport: Transport,
  urls: readonly string[],
  others: Readonly<Record<string, string>> = {},
): Ask {
  return makeService({ ...variablesFor(trust, transport, urls), ...others });
}
