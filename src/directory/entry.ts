import { isUtf8 } from 'node:buffer';

import type { DirectoryTraits } from '../config/directory-kinds.ts';
import { foldDn, isAtOrBelow, valuesInRdn } from './names/dn.ts';
import { elsewhere, type Failure, notReached, protocolError, resultFailure } from '../ldap/failure.ts';
import type { LdapResult, SearchEntry } from '../ldap/message.ts';

/** What the search for a name turned out to be. */
export type Found =
  | { readonly kind: 'entry'; readonly entry: SearchEntry }
  /** No entry matches, as far as this service account can see. */
  | { readonly kind: 'none' }
  | { readonly kind: 'ambiguous' }
  /** The one entry is an alias (RFC 4512, 2.6), and so nobody: it has no password, and is not followed. */
  | { readonly kind: 'alias' }
  | { readonly kind: 'failed'; readonly failure: Failure };

export type Searched = {
  readonly entries: readonly SearchEntry[];
  readonly references: readonly string[];
  /** Undefined: there were more entries than asked for. */
  readonly result: LdapResult | undefined;
};

const SIZE_LIMIT_EXCEEDED = 4;
const NO_SUCH_OBJECT = 32;

/** What the search of a tree is judged by. */
export type SearchedTree = {
  readonly kind: Pick<DirectoryTraits, 'ownPartitions'>;
  readonly baseDn: string;
  /** `every name`, under `uniform`: a reference that spoils only the unknown names would tell them from the known ones. */
  readonly referenceSpoils: 'none' | 'every name';
};

/**
 * Exactly one entry, or none, or more than one. *None* still needs the proof that the account can see (`proveSight`), all the
 * more after noSuchObject (32), which some servers answer where nobody matches. Any other result but success says nothing,
 * with one exception: a size limit that was exceeded after an entry proves that there are several. A reference means that
 * part of the tree lies elsewhere and was not searched (RFC 4511, 4.5.3): then it is unknown whether there is none. So it is where
 * the server could not ask another one behind it.
 */
export function understandUserSearch(searched: Searched, tree: SearchedTree): Found {
  const [entry, ...others] = searched.entries;
  const { result } = searched;
  const isPartElsewhere = searched.references.some((uri) => !tree.kind.ownPartitions || !isOwnPartition(uri, tree.baseDn));
  const part = result !== undefined && saysPartIsMissing(result) ? notReached('search') : isPartElsewhere ? elsewhere('search') : undefined;
  if (part !== undefined && tree.referenceSpoils === 'every name') return { kind: 'failed', failure: part };
  if (others.length > 0 || result === undefined) return { kind: 'ambiguous' };
  if (result.code === SIZE_LIMIT_EXCEEDED && entry !== undefined) return { kind: 'ambiguous' };
  if (result.code !== 0 && (result.code !== NO_SUCH_OBJECT || entry !== undefined))
    return { kind: 'failed', failure: resultFailure('search', result) };
  if (entry === undefined) return part === undefined ? { kind: 'none' } : { kind: 'failed', failure: part };
  if (entry.dn === '') return { kind: 'failed', failure: protocolError('search', 'an entry without a name') }; // its bind would be anonymous
  return isAlias(entry) ? { kind: 'alias' } : { kind: 'entry', entry };
}

/**
 * Whether a server says beside its success that it could not ask a server behind it: slapd with a part of the tree on another one (glue
 * over back-ldap or back-meta) answers so, with the entries of its own part (OpenLDAP 2.5, run).
 */
export function saysPartIsMissing({ code, diagnostic }: LdapResult): boolean {
  return code === 0 && diagnostic === "Proxy can't contact remote server";
}

/** What tells an alias. The second attribute is there for an account that may not read the first: an alias has both (RFC 4512, 2.6). */
export const ALIAS_ATTRIBUTES = ['objectClass', 'aliasedObjectName'] as const;

/** Whether an entry that was read with ALIAS_ATTRIBUTES shows that it is an alias. */
export function isAlias(entry: SearchEntry): boolean {
  return (
    valuesOf(entry, 'aliasedObjectName').length > 0 ||
    valuesOf(entry, 'objectClass').some((value) => ALIAS_CLASSES.has(value.toString('latin1').toLowerCase()))
  );
}

const ALIAS_CLASSES: ReadonlySet<string> = new Set(['alias', '2.5.6.1']); // RFC 4512, 2.6: by name or OID

/**
 * Active Directory answers a search of a whole domain with references to its application and configuration partitions, in
 * which there are no users (MS-ADTS 3.1.1.1.5). Only those, and only of the domain or forest that was searched.
 */
export function isOwnPartition(uri: string, baseDn: string): boolean {
  const dn = dnOfUrl(uri);
  const root = /^(?:cn=configuration|dc=domaindnszones|dc=forestdnszones),(dc=[^,]+(?:,dc=[^,]+)*)$/.exec(dn)?.[1];
  return root !== undefined && isAtOrBelow(baseDn, root);
}

function dnOfUrl(uri: string): string {
  try {
    return foldDn(decodeURIComponent(new URL(uri).pathname.slice(1)));
  } catch {
    return '';
  }
}

/** The values of an attribute, without regard to the case of its name. `cn;lang-de` is another one. */
export function valuesOf(entry: SearchEntry, name: string): readonly Buffer[] {
  const wanted = name.toLowerCase();
  return entry.attributes.flatMap(({ description, values }) => (description.toLowerCase() === wanted ? values : []));
}

/** The same as text. */
export function textsOf(entry: SearchEntry, name: string): readonly string[] {
  return valuesOf(entry, name).map((value) => value.toString('utf8'));
}

/**
 * The user name as the directory spells it; undefined where none can be read. An entry may have several (`uid: alice`,
 * `uid: asmith`): the one in its RDN is taken, else the least by code point, so that the same entry always has the same name,
 * whatever was typed and in whatever order the values come. What is empty or no text is nobody's name.
 */
export function usernameOf(entry: SearchEntry, attribute: string): string | undefined {
  const names = valuesOf(entry, attribute).filter((name) => name.length > 0 && isUtf8(name));
  return (names.length > 1 ? (nameInRdn(entry.dn, attribute, names) ?? least(names)) : names[0])?.toString('utf8');
}

/** The order of bytes in UTF-8 is the order of code points; that of JavaScript's strings is not. */
function least(names: readonly Buffer[]): Buffer | undefined {
  return names.toSorted((one, other) => Buffer.compare(one, other))[0];
}

/** As it stands in the RDN, else in another case. */
function nameInRdn(dn: string, attribute: string, names: readonly Buffer[]): Buffer | undefined {
  const exact = new Set(valuesInRdn(dn, attribute));
  const folded = new Set([...exact].map((value) => value.toLowerCase()));
  return (
    least(names.filter((name) => exact.has(name.toString('utf8')))) ??
    least(names.filter((name) => folded.has(name.toString('utf8').toLowerCase())))
  );
}
