import type { DirectoryKind } from '../config/config.ts';
import type { Identity } from '../core/outcome.ts';
import type { SearchEntry } from '../ldap/message.ts';
import type { WantedAttributes } from './conversation.ts';
import { usernameOf, valuesOf } from './entry.ts';
import { formatGuid } from './names/security-id.ts';

/** What identifies an entry for good: it survives a rename, and no other entry ever gets it. Operational, so asked for by name. */
export const ID_ATTRIBUTE: Readonly<Record<DirectoryKind, string>> = {
  openldap: 'entryUUID', // RFC 4530
  '389ds': 'nsUniqueId', // its entryUUID is a plug-in that may be off
  'active-directory': 'objectGUID', // MS-ADTS 3.1.1.1.3
};

/** Who an entry is, as the directory spells it. What the entry does not tell is absent: nothing here is a typed name. */
export function identityOf(entry: SearchEntry, wanted: WantedAttributes): Pick<Identity, 'dn' | 'username' | 'id'> {
  const username = usernameOf(entry, wanted.username);
  const id = idOf(entry, wanted.id);
  return { dn: entry.dn, ...(username === undefined ? {} : { username }), ...(id === undefined ? {} : { id }) };
}

/** As the directory's own tools print it. Two values, or bytes of another form, identify nobody. */
function idOf(entry: SearchEntry, attribute: string): string | undefined {
  const [value, ...others] = valuesOf(entry, attribute);
  if (value === undefined || others.length > 0) return undefined;
  if (attribute === ID_ATTRIBUTE['active-directory']) return formatGuid(value);
  const text = value.toString('utf8');
  return /^[\x21-\x7e]{1,100}$/.test(text) ? text : undefined;
}
