import type { Filter } from 'ldapts';

import type { Conversation } from '../conversation.ts';
import { canonicalDn, firstRdnOf, isAtOrBelow } from '../names/dn.ts';
import { type GroupsFound, searchGroups } from './search.ts';
import { type Known, known, type Unknown, unknown } from './question.ts';
import type { SearchEntry } from '../../ldap/message.ts';
import { allOf, anyEntry, anyOf, equal } from '../names/filter.ts';

/** Searches in one proof; the contract's figure. */
const MOST_SEARCHES = 40;
/** Entries in one filter: fewer than any server's usual size limit. */
const AT_ONCE = 100;

type NameFilter = (dn: string) => Filter | undefined;

/** `entryDN` (RFC 5020): OpenLDAP and 389 Directory Server find it without an index. An account may lack the right to it. */
const byEntryDn: NameFilter = (dn) => equal('entryDN', dn);

/** The RDN's own attributes, which an account that finds people and groups may use. A value in hex is left to `base`. */
const byRdn: NameFilter = (dn) => {
  const parts = firstRdnOf(dn);
  if (parts.length === 0 || parts.some(({ attribute, value }) => !/^[A-Za-z][A-Za-z0-9-]*$/.test(attribute) || value.startsWith('#')))
    return undefined;
  return allOf(parts.map(({ attribute, value }) => equal(attribute, value)));
};

/**
 * Reads many entries by their DNs in few searches, all of them or none: one that is not shown, a reference, a result other
 * than 0 or too many searches is unknown. A fault of the server is a ServerFailure.
 */
export class GroupEntries {
  readonly #conversation: Conversation;
  readonly #bases: readonly string[];
  #searches = 0;
  /** Ways to name many entries at once that have not failed so far, the best one first. */
  #ways: readonly NameFilter[] = [byEntryDn, byRdn];

  constructor(conversation: Conversation, bases: readonly string[]) {
    this.#conversation = conversation;
    this.#bases = bases;
  }

  /** The entries of these DNs, if all of them are shown and match `also`. */
  async read(dns: readonly string[], attributes: readonly string[], also: Filter = anyEntry): Promise<Known<readonly SearchEntry[]>> {
    const read: SearchEntry[] = [];
    for (let start = 0; start < dns.length; start += AT_ONCE) {
      const some = await this.#readSome(dns.slice(start, start + AT_ONCE), attributes, also);
      if (!some.known) return some;
      for (const entry of some.value) read.push(entry);
    }
    return known(read);
  }

  async #readSome(dns: readonly string[], attributes: readonly string[], also: Filter): Promise<Known<readonly SearchEntry[]>> {
    const left = new Map(dns.map((dn) => [canonicalDn(dn), dn]));
    const read: SearchEntry[] = [];
    for (const way of this.#ways) {
      const before = left.size;
      for (const base of left.size > 1 ? this.#bases : []) {
        const names = [...left.values()].filter((dn) => isAtOrBelow(dn, base)).flatMap((dn) => way(dn) ?? []);
        if (names.length === 0) continue;
        const found = await this.#search(base, 'sub', allOf([anyOf(names), also]), attributes);
        if (!('entries' in found)) return found;
        for (const entry of found.entries) if (left.delete(canonicalDn(entry.dn))) read.push(entry);
      }
      if (before > 1 && left.size === before) this.#ways = this.#ways.filter((other) => other !== way);
    }
    for (const dn of left.values()) {
      const found = await this.#search(dn, 'base', also, attributes);
      if (!('entries' in found)) return found;
      const [entry] = found.entries;
      if (entry === undefined) return unknown('a member or a group is not shown');
      read.push(entry);
    }
    return known(read);
  }

  async #search(base: string, scope: 'base' | 'sub', filter: Filter, attributes: readonly string[]): Promise<GroupsFound | Unknown> {
    this.#searches += 1;
    if (this.#searches > MOST_SEARCHES) return unknown('more members than can be followed');
    const found = await searchGroups(this.#conversation, { base, scope, filter, attributes });
    return found.missing === undefined ? found : { known: false, failure: found.missing };
  }
}
