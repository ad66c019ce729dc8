import type { Config, DirectoryKind } from '../config/config.ts';
import { DIRECTORY_KINDS } from '../config/directory-kinds.ts';
import type { ConfigProblem } from '../config/environment.ts';
import type { Conversation } from '../directory/conversation.ts';
import { textsOf } from '../directory/entry.ts';
import { type Failure, protocolError, resultFailure } from '../ldap/failure.ts';
import type { SearchEntry } from '../ldap/message.ts';
import { PASSWORD_POLICY } from '../directory/policy.ts';
import { readEntry } from '../directory/read-entry.ts';
import { shown } from './words.ts';

/** What a server says about itself to everybody (RFC 4512, 5.1). */
export type RootDse = {
  readonly vendor: string;
  /** Undefined: none that we know. */
  readonly kind: DirectoryKind | undefined;
  readonly namingContexts: readonly string[];
  /** Where users may be: Active Directory's default, or all that are not the server's own affairs. */
  readonly userContexts: readonly string[];
  readonly supports: readonly string[];
};

/** Each holds OIDs of what the server can do. */
const ABILITIES = ['supportedExtension', 'supportedControl', 'supportedCapabilities'] as const;

const ATTRIBUTES = ['objectClass', 'vendorName', 'vendorVersion', 'namingContexts', 'defaultNamingContext', ...ABILITIES] as const;

export type RootRead = { readonly ok: true; readonly root: RootDse } | { readonly ok: false; readonly failure: Failure };

export async function readRootDse({ session, slice }: Conversation): Promise<RootRead> {
  const reply = await readEntry(session, { dn: '', attributes: ATTRIBUTES }, slice);
  if (!reply.ok) return { ok: false, failure: reply.failure };
  if (reply.result?.code !== 0) return { ok: false, failure: resultFailure('root DSE', reply.result) };
  const [entry] = reply.entries;
  return entry === undefined ? { ok: false, failure: protocolError('root DSE', 'no entry') } : { ok: true, root: understandRootDse(entry) };
}

export const POLICY_CONTROL = 'password policy control';

/** What an operator cares about, by OID. */
const SUPPORTS: ReadonlyMap<string, string> = new Map([
  ['1.3.6.1.4.1.1466.20037', 'StartTLS'], // supportedExtension, RFC 4511 4.14
  [PASSWORD_POLICY, POLICY_CONTROL],
  ['1.2.840.113556.1.4.319', 'paged results'], // RFC 2696
  ['1.2.840.113556.1.4.800', 'Active Directory'], // LDAP_CAP_ACTIVE_DIRECTORY_OID, MS-ADTS 3.1.1.3.4.3
  ['1.2.840.113556.1.4.1791', 'LDAP signing'], // LDAP_CAP_ACTIVE_DIRECTORY_LDAP_INTEG_OID
  ['1.2.840.113556.1.4.1851', 'AD LDS'], // LDAP_CAP_ACTIVE_DIRECTORY_ADAM_OID
]);

/** Contexts in which there are no users: configuration, schema, monitors, logs, DNS; ApacheDS has its own under `ou`. */
const SERVERS_OWN =
  /^(?:cn=(?:schema|config(?:uration)?|monitor|changelog|retro changelog|accesslog)|dc=(?:domain|forest)dnszones|o=ipaca|o=netscaperoot|ou=(?:schema|config|system)$)/i;

function understandRootDse(entry: SearchEntry): RootDse {
  const all = (name: string): readonly string[] => textsOf(entry, name).map(shown);
  const namingContexts = all('namingContexts');
  const preferred = all('defaultNamingContext');
  const { kind, vendor } = recognise(all);
  const isPreferred = kind !== undefined && DIRECTORY_KINDS[kind].userContexts === 'preferred' && preferred.length > 0;
  const userContexts = isPreferred ? preferred : namingContexts.filter((name) => !SERVERS_OWN.test(name));
  const supports = [...new Set(ABILITIES.flatMap(all).flatMap((oid) => SUPPORTS.get(oid) ?? []))];
  return { vendor, kind, namingContexts, userContexts, supports };
}

function recognise(all: (name: string) => readonly string[]): Pick<RootDse, 'kind' | 'vendor'> {
  const told = [...new Set([...all('vendorName'), ...all('vendorVersion')])].join(' ');
  if (all('supportedCapabilities').includes('1.2.840.113556.1.4.800'))
    return { kind: 'active-directory', vendor: told === '' ? 'Active Directory' : `Active Directory (${told})` };
  if (/389[ -]/.test(told)) return { kind: '389ds', vendor: told };
  if (all('vendorName').includes('Apache Software Foundation')) return { kind: 'openldap', vendor: `ApacheDS (${told})` }; // no settings of its own
  if (all('objectClass').includes('OpenLDAProotDSE')) return { kind: 'openldap', vendor: told === '' ? 'OpenLDAP' : told };
  return { kind: undefined, vendor: told === '' ? 'an unknown vendor' : told };
}

/** Settings that fit this server better than what is there, a line each. */
export function proposals(root: RootDse, config: Config, problems: readonly ConfigProblem[]): readonly string[] {
  return [
    ...(root.kind === undefined || root.kind === config.directory
      ? []
      : [`LDAP_DIRECTORY: this server is ${root.vendor}, not ${config.directory}; set LDAP_DIRECTORY=${root.kind}`]),
    ...(problems.some(({ variable }) => variable === 'LDAP_BASE_DN') ? [`LDAP_BASE_DN: ${setBase(root)}`] : []),
  ];
}

/** What LDAP_BASE_DN may be on this server. */
export function setBase(root: RootDse | undefined): string {
  return root === undefined || root.userContexts.length === 0
    ? 'set LDAP_BASE_DN to the DN below which the users are (the server does not tell its naming contexts)'
    : `set ${root.userContexts.map((context) => `LDAP_BASE_DN=${context}`).join(' or ')}, or a place below`;
}
