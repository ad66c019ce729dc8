import { keyOf, normaliseDn } from './dn.ts';
import { type DirectoryEntry, type Entry, makeEntry } from './entry.ts';
import type { Scope } from './message.ts';
import { findType, typeOf } from './schema.ts';

/** The entries, by their place. It never changes once it is planted. */
export class Tree {
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #types: ReadonlySet<string>;

  private constructor(entries: ReadonlyMap<string, Entry>) {
    this.#entries = entries;
    this.#types = new Set([...entries.values()].flatMap(({ attributes }) => [...attributes.keys()]));
  }

  /** Makes the tree; searches return entries in the order given. Throws on a bad entry, and on two with one DN, as slapadd does. */
  static plant(given: readonly DirectoryEntry[]): Tree {
    const groups = groupsByMember(given);
    const entries = new Map<string, Entry>();
    for (const directoryEntry of given) {
      const entry = makeEntry(directoryEntry, groups.get(keyOfDn(directoryEntry.dn)) ?? []);
      if (entries.has(keyOf(entry.path))) throw new Error(`two entries have the DN ${entry.dn}`);
      entries.set(keyOf(entry.path), entry);
    }
    return new Tree(entries);
  }

  /** The entry of a normal DN. */
  find(path: readonly string[]): Entry | undefined {
    return this.#entries.get(keyOf(path));
  }

  within(base: readonly string[], scope: Scope): readonly Entry[] {
    return [...this.#entries.values()].filter(({ path }) => {
      const depth = path.length - base.length;
      const isInScope = scope === 'sub' ? depth >= 0 : depth === (scope === 'base' ? 0 : 1);
      return isInScope && base.every((rdn, index) => path[depth + index] === rdn);
    });
  }

  /** Whether an attribute type is recognised: the schema holds it, or an entry does. */
  knows(type: string): boolean {
    return findType(type) !== undefined || this.#types.has(type);
  }

  /** The DNs of the entries that are below no other. */
  get namingContexts(): readonly string[] {
    return [...this.#entries.values()].filter(({ path }) => this.find(path.slice(1)) === undefined).map(({ dn }) => dn);
  }
}

function keyOfDn(dn: string): string {
  return keyOf(normaliseDn(dn) ?? [dn]);
}

/** What OpenLDAP's memberof overlay keeps: the groups of each member. */
function groupsByMember(given: readonly DirectoryEntry[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const { dn, attributes } of given) {
    const members = Object.entries(attributes).flatMap(([name, values]) => (typeOf(name).name === 'member' ? values : []));
    for (const key of members.map((member) => keyOfDn(member.toString()))) groups.set(key, [...(groups.get(key) ?? []), dn]);
  }
  return groups;
}
