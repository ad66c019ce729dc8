import { canonicalDn, dnKey, firstRdnOf, parentOf } from '../names/dn.ts';
import { type Known, known, unknown } from './question.ts';

/** Whether two texts are one DN; undefined where nobody can tell without the schema: `cn=a` and `commonName=a`. */
export function isSameDn(one: string, other: string): boolean | undefined {
  if (canonicalDn(one) === canonicalDn(other)) return true;
  return dnKey(one, 'values') === dnKey(other, 'values') ? undefined : false;
}

/** Whether a DN lies directly below another one; undefined as in `isSameDn`. */
export function isDirectlyBelow(dn: string, place: string): boolean | undefined {
  if (canonicalDn(parentOf(dn)) === canonicalDn(place)) return true;
  return dnKey(dn, 'values', 1) === dnKey(place, 'values') ? undefined : false;
}

/**
 * The groups directly below a place, by the values of their RDNs; the others are left out. Unknown where a name would say too
 * little: of several parts, that of two groups, or of another attribute than `cn`. `cn=staff` and `ou=staff` can be there both,
 * with different members.
 */
export function namesBelow(dns: readonly string[], place: string): Known<readonly string[]> {
  const names = new Map<string, string>();
  for (const dn of dns) {
    const isBelow = isDirectlyBelow(dn, place);
    if (isBelow === false) continue;
    const [part, ...others] = firstRdnOf(dn);
    if (isBelow === undefined) return unknown('a group may or may not lie directly below LDAP_GROUP_BASE_DN');
    if (part === undefined || others.length > 0) return unknown('a group below LDAP_GROUP_BASE_DN has a name of several parts');
    if (!/^(?:cn|commonname|2\.5\.4\.3)$/i.test(part.attribute)) return unknown('a group below LDAP_GROUP_BASE_DN is not named by its cn');
    if (names.has(part.value.toLowerCase())) return unknown('two groups below LDAP_GROUP_BASE_DN have one name');
    names.set(part.value.toLowerCase(), part.value);
  }
  return known([...names.values()]);
}
