import { keyOf, normaliseDn } from './dn.ts';
import { type DirectoryEntry, type Entry, makeEntry } from './entry.ts';
import type { Scope } from './message.ts';
import { describe, findType } from './schema.ts';

/** The entries, by their place. It never changes once it is planted. */
export class Tree {
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #types: ReadonlySet<string>;

  private constructor(entries: ReadonlyMap<string, Entry>) {
    this.#entries = entries;
    this.#types = new Set([...entries.values()].flatMap(({ attributes }) => attributes.map(({ type }) => type.name)));
  }

  /**
   * Makes the tree; searches return entries in the order given. Throws on a bad entry, on two with one DN, and on an entry
   * below another whose parent is missing, as slapadd refuses them.
   */
  static plant(given: readonly DirectoryEntry[]): Tree {
    const groups = groupsByMember(given);
    const entries = new Map<string, Entry>();
    for (const directoryEntry of given) {
      const entry = makeEntry(directoryEntry, { groups: groups.get(keyOfDn(directoryEntry.dn)) ?? [] });
      if (entries.has(entry.key)) throw new Error(`two entries have the DN ${entry.dn}`);
      entries.set(entry.key, entry);
    }
    const tree = new Tree(entries);
    for (const entry of entries.values()) {
      const [, ...parent] = entry.path;
      if (tree.find(parent) === undefined && tree.nearest(parent) !== undefined) throw new Error(`the parent of ${entry.dn} is missing`);
    }
    return tree;
  }

  /** The entry of a normal DN. */
  find(path: readonly string[]): Entry | undefined {
    return this.#entries.get(keyOf(path));
  }

  /** The entry itself or its closest ancestor that exists: `matchedDN` (RFC 4511 4.1.9). */
  nearest(path: readonly string[]): Entry | undefined {
    return path.map((_, depth) => this.find(path.slice(depth))).find((entry) => entry !== undefined);
  }

  within(base: readonly string[], scope: Scope): readonly Entry[] {
    return [...this.#entries.values()].filter(({ path }) => {
      const depth = path.length - base.length;
      return depth >= 0 && IN_SCOPE[scope](depth) && base.every((rdn, index) => path[depth + index] === rdn);
    });
  }

  /** Whether an attribute type is recognised: the schema holds it, or an entry does. */
  knows(type: string): boolean {
    return findType(type) !== undefined || this.#types.has(type);
  }

  /** The DNs of the entries that are below no other. */
  get namingContexts(): readonly string[] {
    return [...this.#entries.values()].filter(({ path }) => this.nearest(path.slice(1)) === undefined).map(({ dn }) => dn);
  }
}

const IN_SCOPE: Readonly<Record<Scope, (depth: number) => boolean>> = {
  base: (depth) => depth === 0,
  one: (depth) => depth === 1,
  sub: () => true,
};

function keyOfDn(dn: string): string {
  return keyOf(normaliseDn(dn) ?? [dn]);
}

/** What OpenLDAP's memberof overlay keeps: the groups of each member. */
function groupsByMember(given: readonly DirectoryEntry[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const { dn, attributes } of given) {
    const members = Object.entries(attributes).flatMap(([name, values]) => (describe(name).type === 'member' ? values : []));
    for (const key of members.map((member) => keyOfDn(member.toString()))) {
      groups.set(key, [...(groups.get(key) ?? []), dn]);
    }
  }
  return groups;
}
