import type { DirectoryKind } from '../core/config.ts';
import { foldDn, isAtOrBelow } from './dn.ts';
import { type Failure, protocolError, resultFailure } from './failure.ts';
import type { LdapResult, SearchEntry } from './message.ts';

/** What the search for a name turned out to be. */
export type Found =
  | { readonly kind: 'entry'; readonly entry: SearchEntry }
  /** No entry matches, as far as this service account can see. */
  | { readonly kind: 'none' }
  | { readonly kind: 'ambiguous' }
  | { readonly kind: 'failed'; readonly failure: Failure };

export type Searched = {
  readonly entries: readonly SearchEntry[];
  readonly references: readonly string[];
  /** Undefined: there were more entries than asked for. */
  readonly result: LdapResult | undefined;
};

const SIZE_LIMIT_EXCEEDED = 4;

/**
 * Exactly one entry, or none, or more than one. A search that ended in anything but success says nothing, with one
 * exception: a size limit that was exceeded after an entry proves that there are several. A reference means that part of
 * the tree lies elsewhere and was not searched (RFC 4511, 4.5.3): then nobody knows that there is none.
 */
export const understandUserSearch = (searched: Searched, where: { readonly kind: DirectoryKind; readonly baseDn: string }): Found => {
  const [entry, ...others] = searched.entries;
  const { result } = searched;
  if (others.length > 0 || result === undefined) return { kind: 'ambiguous' };
  if (result.code === SIZE_LIMIT_EXCEEDED && entry !== undefined) return { kind: 'ambiguous' };
  if (result.code !== 0) return { kind: 'failed', failure: resultFailure('search', result) };
  if (entry !== undefined) {
    if (entry.dn === '') return { kind: 'failed', failure: protocolError('search: an entry without a name') }; // its bind would be anonymous
    return { kind: 'entry', entry };
  }
  const unsearched = searched.references.filter((uri) => where.kind !== 'active-directory' || !isOwnPartition(uri, where.baseDn));
  return unsearched.length === 0 ? { kind: 'none' } : { kind: 'failed', failure: protocolError('search: references to other servers') };
};

/**
 * Active Directory answers a search of a whole domain with references to its application and configuration partitions, in
 * which there are no users (MS-ADTS 3.1.1.1.5). Only those, and only of the domain or forest that was searched.
 */
const isOwnPartition = (uri: string, baseDn: string): boolean => {
  const dn = dnOfUrl(uri);
  const root = /^(?:cn=configuration|dc=domaindnszones|dc=forestdnszones),(dc=[^,]+(?:,dc=[^,]+)*)$/.exec(dn)?.[1];
  return root !== undefined && isAtOrBelow(baseDn, root);
};

const dnOfUrl = (uri: string): string => {
  try {
    return foldDn(decodeURIComponent(new URL(uri).pathname.slice(1)));
  } catch {
    return '';
  }
};

/** The values of an attribute, without regard to the case of its name. `cn;lang-de` is another one. */
export const valuesOf = (entry: SearchEntry, name: string): readonly Buffer[] => {
  const wanted = name.toLowerCase();
  const found: Buffer[] = [];
  for (const { description, values } of entry.attributes) {
    if (description.toLowerCase() === wanted) for (const value of values) found.push(value); // a spread of 100,000 arguments is an exception
  }
  return found;
};

/** Values that are looked at for the one in the RDN. */
const MOST_NAMES = 100;

/**
 * The login name as the directory spells it; undefined where none can be read. An entry may have several (`uid: alice`,
 * `uid: asmith`); the one in its RDN is taken, or the first, so that the same entry always has the same name, whatever was
 * typed.
 */
export const loginNameOf = (entry: SearchEntry, attributes: readonly string[]): string | undefined => {
  for (const attribute of attributes) {
    const names = valuesOf(entry, attribute)
      .slice(0, MOST_NAMES)
      .map((value) => value.toString('utf8'));
    if (names.length > 0) return names.length === 1 ? names[0] : (nameInRdn(entry.dn, attribute, names) ?? names[0]);
  }
  return undefined;
};

const nameInRdn = (dn: string, attribute: string, names: readonly string[]): string | undefined => {
  const rdn = rdnOf(dn);
  return rdn.attribute === attribute.toLowerCase() ? names.find((name) => name.toLowerCase() === rdn.value) : undefined;
};

/** The first RDN's attribute and value, in lower case. */
const rdnOf = (dn: string): { readonly attribute: string | undefined; readonly value: string } => {
  const match = /^([A-Za-z][A-Za-z0-9-]*)\s*=\s*((?:\\.|[^\\,+])*)/su.exec(dn);
  return { attribute: match?.[1]?.toLowerCase(), value: unescapeDnValue(match?.[2] ?? '').toLowerCase() };
};

/** RFC 4514, 2.4: `\2c` and `\,` are a comma; consecutive hex pairs are the bytes of one character. */
export const unescapeDnValue = (text: string): string =>
  text.replace(/((?:\\[0-9a-f]{2})+)|\\(.)/gisu, (_escape, pairs: string | undefined, character: string | undefined) =>
    pairs === undefined ? (character ?? '') : Buffer.from(pairs.replaceAll('\\', ''), 'hex').toString('utf8'),
  );
