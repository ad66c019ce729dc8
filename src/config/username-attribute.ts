import type { EnvironmentReader } from './environment.ts';
import { holdsPassword } from './password-attributes.ts';

/** LDAP_USERNAME_ATTRIBUTE: the attribute that is returned as `user.username`. */
export function readUsernameAttribute(reader: EnvironmentReader, byDefault: string): string {
  const name = reader.text('LDAP_USERNAME_ATTRIBUTE');
  if (name === undefined) return byDefault;
  if (holdsPassword(name)) reader.refuse('LDAP_USERNAME_ATTRIBUTE', 'no attribute that holds a password, a hash or a key');
  else if (!/^[A-Za-z][A-Za-z0-9-]*$/.test(name)) reader.refuse('LDAP_USERNAME_ATTRIBUTE', 'one attribute name (no *, no OID, no option)');
  return name;
}
