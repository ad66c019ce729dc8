import { createHash } from 'node:crypto';

import { type DistinguishedName, keyOf, normaliseDn, parseDn } from './dn.ts';
import { normalise } from './matching.ts';
import { type AttributeType, type Description, describe, typeOf, withSuperiors } from './schema.ts';

/** An entry as it is given to the directory; a text value stands for its UTF-8 bytes. */
export type DirectoryEntry = { readonly dn: string; readonly attributes: Readonly<Record<string, readonly (string | Buffer)[]>> };

/** An attribute as the directory holds it. */
export type Attribute = {
  /** As the entry spells it. */
  readonly name: string;
  readonly description: Description;
  readonly type: AttributeType;
  readonly values: readonly Buffer[];
  /** What is matched: the values in the form in which equal ones are the same string; none for a hidden attribute. */
  readonly normals: readonly string[];
};

export type Entry = {
  /** As it was given, which is as searches return it. */
  readonly dn: string;
  readonly path: readonly string[];
  readonly key: string;
  readonly attributes: readonly Attribute[];
};

/** What the directory itself knows of an entry: the groups that hold it, by DN. */
export type Membership = { readonly groups: readonly string[] };

/**
 * Makes an entry. The values of the RDN, `memberOf`, `entryDN` and `entryUUID` are added where they
 * are missing, as servers do. Throws if the DN is none or a value is not of its attribute's syntax: a fault of the caller.
 */
export function makeEntry(given: DirectoryEntry, membership: Membership): Entry {
  const name = parseDn(given.dn);
  const path = normaliseDn(given.dn);
  if (name === undefined || path === undefined || path.length === 0) throw new Error(`not the DN of an entry: ${given.dn}`);
  const attributes = Object.entries(given.attributes)
    .filter(([, values]) => values.length > 0)
    .map(([description, values]) => makeAttribute(given.dn, description, values));
  for (const addition of additions(given.dn, name, membership)) addMissing(attributes, addition);
  return { dn: given.dn, path, key: keyOf(path), attributes };
}

/** The attributes of an entry that are of this type, whatever their options. */
export function attributesOf(entry: Entry, type: string): readonly Attribute[] {
  return entry.attributes.filter((attribute) => attribute.type.name === type);
}

function makeAttribute(dn: string, description: string, given: readonly (string | Buffer)[]): Attribute {
  const described = describe(description);
  const type = typeOf(described.type);
  const values = given.map((value) => (typeof value === 'string' ? Buffer.from(value) : value));
  // An entry of a class matches its superior classes too; they are not returned unless it names them.
  const matched = type.name === 'objectclass' ? withSuperiors(given.map(String)).map((name) => Buffer.from(name)) : values;
  const normals = matched.map((value) => normalise(type.rule, value)).filter((normal) => normal !== undefined);
  if (type.rule !== 'hidden' && normals.length !== matched.length) throw new Error(`${dn}: a value of ${description} is not ${type.rule}`);
  return { name: description, description: described, type, values, normals };
}

function additions(dn: string, name: DistinguishedName, membership: Membership): readonly Attribute[] {
  return [
    ...(name[0] ?? []).map(({ type, value }) => makeAttribute(dn, type, [value])),
    makeAttribute(dn, 'memberOf', membership.groups),
    makeAttribute(dn, 'entryDN', [dn]),
    makeAttribute(dn, 'entryUUID', [uuidOf(keyOf(normaliseDn(dn) ?? []))]),
  ];
}

/** A name-based UUID (RFC 9562 5.8): the same person has the same one each time the directory is started. */
function uuidOf(key: string): string {
  const bytes = createHash('sha256').update(key).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Generated once, never twice: an entry that already has an entryUUID or entryDN keeps its own. */
const SINGLE_VALUED: ReadonlySet<string> = new Set(['entryuuid', 'entrydn']);

function addMissing(attributes: Attribute[], addition: Attribute): void {
  const index = attributes.findIndex(({ description }) => description.type === addition.type.name && description.options.length === 0);
  const held = attributes[index];
  if (held === undefined) {
    if (addition.values.length > 0) attributes.push(addition);
    return;
  }
  if (SINGLE_VALUED.has(addition.type.name)) return;
  const missing = addition.normals.flatMap((normal, at) => (held.normals.includes(normal) ? [] : [at]));
  const values = missing.flatMap((at) => addition.values[at] ?? []);
  const normals = missing.flatMap((at) => addition.normals[at] ?? []);
  attributes[index] = { ...held, values: [...held.values, ...values], normals: [...held.normals, ...normals] };
}
