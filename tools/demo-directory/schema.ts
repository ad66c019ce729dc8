const RULES = ['caseIgnore', 'caseIgnoreIa5', 'distinguishedName', 'hidden'] as const;

/** How values of an attribute are compared. `hidden`: nobody reads it or matches against it. */
export type Rule = (typeof RULES)[number];

export type AttributeType = { readonly name: string; readonly rule: Rule };

/** Names separated by a space; several names of one type are joined with `|`, the first is the canonical one. */
const NAMES: Readonly<Record<Rule, string>> = {
  caseIgnore: [
    'objectclass|2.5.4.0 uid|userid|0.9.2342.19200300.100.1.1 cn|commonname|2.5.4.3 sn|surname|2.5.4.4 ou|2.5.4.11 o|2.5.4.10',
    'givenname|gn|2.5.4.42 displayname|2.16.840.1.113730.3.1.241 title description|2.5.4.13 employeenumber telephonenumber memberuid',
    'entryuuid pwdaccountlockedtime pwdreset vendorname supportedldapversion supportedextension supportedcontrol',
  ].join(' '),
  caseIgnoreIa5: 'mail|rfc822mailbox|0.9.2342.19200300.100.1.3 dc|domaincomponent|0.9.2342.19200300.100.1.25',
  distinguishedName: 'member|2.5.4.31 uniquemember|2.5.4.50 owner|2.5.4.32 manager memberof entrydn namingcontexts',
  hidden: 'userpassword|2.5.4.35 authpassword unicodepwd sambantpassword sambalmpassword krbprincipalkey',
};

const TYPES: ReadonlyMap<string, AttributeType> = new Map(
  RULES.flatMap((rule) =>
    NAMES[rule].split(' ').flatMap((type) => {
      const [canonical = '', ...others] = type.split('|');
      return [canonical, ...others].map((name) => [name, { name: canonical, rule }] as const);
    }),
  ),
);

/** The type that a name, alias or OID stands for; undefined if the table does not hold it. */
export function findType(name: string): AttributeType | undefined {
  return TYPES.get(name.toLowerCase().replace(/^oid\./, ''));
}

/** The type of a name; what the table does not hold is a caseIgnore attribute, so that tests need no schema. */
export function typeOf(name: string): AttributeType {
  return findType(name) ?? { name: name.toLowerCase(), rule: 'caseIgnore' };
}

/** Superior classes that an entry belongs to without naming them (RFC 4512 2.4.1, RFC 4519 3, RFC 2798). */
const SUPERIORS: Readonly<Record<string, readonly string[]>> = {
  inetorgperson: ['organizationalperson', 'person'],
  organizationalperson: ['person'],
};

/** The classes given, and those that they imply, in lower case. */
export function withSuperiors(classes: readonly string[]): readonly string[] {
  const given = classes.map((name) => name.toLowerCase());
  return [...given, ...given.flatMap((name) => SUPERIORS[name] ?? []), 'top'];
}
