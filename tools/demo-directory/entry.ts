import { createHash } from 'node:crypto';

import { keyOf, normaliseDn } from './dn.ts';
import { normalise } from './matching.ts';
import { type AttributeType, typeOf, withSuperiors } from './schema.ts';

/** An entry as it is given to the directory; a text value stands for its UTF-8 bytes. */
export type DirectoryEntry = { readonly dn: string; readonly attributes: Readonly<Record<string, readonly (string | Buffer)[]>> };

/** An attribute as the directory holds it. */
export type Attribute = {
  /** As the entry spells it. */
  readonly name: string;
  readonly type: AttributeType;
  readonly values: readonly Buffer[];
  /** What is matched: the values in the form in which equal ones are the same string; none for a hidden attribute. */
  readonly normals: readonly string[];
};

export type Entry = {
  /** As it was given, which is as searches return it. */
  readonly dn: string;
  readonly path: readonly string[];
  /** By the name of their type. */
  readonly attributes: ReadonlyMap<string, Attribute>;
};

/**
 * Makes an entry; the DNs of the groups that hold it are its `memberOf`. This and `entryDN` and `entryUUID` are added where they are
 * missing, as servers do. Throws if the DN is none or a value is not of its attribute's syntax: a fault of the caller.
 */
export function makeEntry({ dn, attributes }: DirectoryEntry, groups: readonly string[]): Entry {
  const path = normaliseDn(dn);
  if (path === undefined || path.length === 0) throw new Error(`not the DN of an entry: ${dn}`);
  const own = { memberOf: groups, entryDN: [dn], entryUUID: [uuidOf(keyOf(path))] };
  const held = new Map<string, Attribute>();
  for (const [name, values] of [...Object.entries(attributes), ...Object.entries(own)]) {
    const type = typeOf(name);
    if (values.length > 0 && !held.has(type.name)) held.set(type.name, makeAttribute(dn, name, type, values));
  }
  return { dn, path, attributes: held };
}

function makeAttribute(dn: string, name: string, type: AttributeType, given: readonly (string | Buffer)[]): Attribute {
  const values = given.map((value) => Buffer.from(value));
  // An entry of a class matches its superior classes too; they are not returned unless it names them.
  const matched = type.name === 'objectclass' ? withSuperiors(given.map(String)).map((superior) => Buffer.from(superior)) : values;
  const normals = matched.map((value) => normalise(type.rule, value)).filter((normal) => normal !== undefined);
  if (type.rule !== 'hidden' && normals.length !== matched.length) throw new Error(`${dn}: a value of ${name} is not ${type.rule}`);
  return { name, type, values, normals };
}

/** A name-based UUID (RFC 9562 5.8): the same person has the same one each time the directory is started. */
function uuidOf(key: string): string {
  const bytes = createHash('sha256').update(key).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
