/** How values of an attribute are compared. `hidden`: nobody reads it or matches against it. */
export type Rule =
  | 'caseIgnore'
  | 'caseIgnoreIa5'
  | 'caseExactIa5'
  | 'distinguishedName'
  | 'objectIdentifier'
  | 'integer'
  | 'boolean'
  | 'octetString'
  | 'hidden';

/** `operational`: returned only when asked for by name or with `+` (RFC 4512 3.4). */
type Usage = 'user' | 'operational';

export type AttributeType = { readonly name: string; readonly rule: Rule; readonly usage: Usage };

/** An attribute description (RFC 4512 2.5): its type by its canonical name, and its options; all in lower case. */
export type Description = { readonly type: string; readonly options: readonly string[] };

/** Names separated by a space; several names of one type are joined with `|`, the first is the canonical one. */
const ROWS: readonly (readonly [Rule, Usage, string])[] = [
  ['objectIdentifier', 'user', 'objectclass|2.5.4.0'],
  ['objectIdentifier', 'operational', 'supportedextension supportedcontrol supportedfeatures'],
  ['caseIgnore', 'user', 'uid|userid|0.9.2342.19200300.100.1.1 cn|commonname|2.5.4.3 sn|surname|2.5.4.4 ou|2.5.4.11 o|2.5.4.10'],
  [
    'caseIgnore',
    'user',
    'givenname|gn|2.5.4.42 displayname|2.16.840.1.113730.3.1.241 title initials description|2.5.4.13 l|localityname st c',
  ],
  ['caseIgnore', 'user', 'street telephonenumber employeenumber employeetype departmentnumber samaccountname userprincipalname name'],
  ['caseIgnoreIa5', 'user', 'mail|rfc822mailbox|0.9.2342.19200300.100.1.3 dc|domaincomponent|0.9.2342.19200300.100.1.25 gecos'],
  ['caseExactIa5', 'user', 'memberuid homedirectory loginshell'],
  ['distinguishedName', 'user', 'member|2.5.4.31 uniquemember|2.5.4.50 owner|2.5.4.32 manager seealso|2.5.4.34 distinguishedname'],
  ['distinguishedName', 'operational', 'memberof entrydn namingcontexts'],
  ['integer', 'user', 'uidnumber gidnumber samaccounttype useraccountcontrol primarygroupid grouptype'],
  ['integer', 'operational', 'supportedldapversion'],
  ['boolean', 'operational', 'pwdreset'],
  ['octetString', 'user', 'jpegphoto usercertificate objectsid objectguid'],
  ['caseIgnore', 'operational', 'entryuuid vendorname pwdaccountlockedtime'],
  ['hidden', 'user', 'userpassword|2.5.4.35 authpassword unicodepwd sambantpassword sambalmpassword krbprincipalkey'],
];

const TYPES: ReadonlyMap<string, AttributeType> = new Map(
  ROWS.flatMap(([rule, usage, types]) =>
    types.split(' ').flatMap((type) => {
      const names = type.split('|');
      return names.map((name) => [name, { name: names[0] ?? name, rule, usage }] as const);
    }),
  ),
);

/** The type that a name, alias or OID stands for; undefined if the table does not hold it. */
export function findType(name: string): AttributeType | undefined {
  return TYPES.get(name.toLowerCase().replace(/^oid\./, ''));
}

/** The type of a name; what the table does not hold is a caseIgnore user attribute, so that tests need no schema. */
export function typeOf(name: string): AttributeType {
  return findType(name) ?? { name: name.toLowerCase(), rule: 'caseIgnore', usage: 'user' };
}

/** Reads `cn;lang-de`. */
export function describe(description: string): Description {
  const [type = '', ...options] = description.toLowerCase().split(';');
  return { type: typeOf(type).name, options };
}

/** A description covers its own type with at least its options: `cn` covers `cn;lang-de`, never the other way (RFC 4512 2.5.2). */
export function covers(wanted: Description, held: Description): boolean {
  return wanted.type === held.type && wanted.options.every((option) => held.options.includes(option));
}

/** Superior classes that an entry belongs to without naming them (RFC 4512 2.4.1, RFC 4519 3, RFC 2798). */
const SUPERIORS: Readonly<Record<string, readonly string[]>> = {
  inetorgperson: ['organizationalPerson', 'person', 'top'],
  organizationalperson: ['person', 'top'],
  user: ['organizationalPerson', 'person', 'top'],
};

/** The classes given, and after them those that they imply. */
export function withSuperiors(classes: readonly string[]): readonly string[] {
  const held = new Map(classes.map((name) => [name.toLowerCase(), name]));
  for (const superior of classes.flatMap((name) => SUPERIORS[name.toLowerCase()] ?? ['top'])) {
    if (!held.has(superior.toLowerCase())) held.set(superior.toLowerCase(), superior);
  }
  return [...held.values()];
}
