import type { DirectoryTraits } from '../config/directory-kinds.ts';
import type { Identity } from '../core/outcome.ts';
import type { SearchEntry } from '../ldap/message.ts';
import type { WantedAttributes } from './conversation.ts';
import { usernameOf, valuesOf } from './entry.ts';
import { formatGuid } from './names/security-id.ts';

/** Who an entry is, as the directory spells it. What the entry does not tell is absent: nothing here is a typed name. */
export function identityOf(entry: SearchEntry, wanted: WantedAttributes): Pick<Identity, 'dn' | 'username' | 'id'> {
  const username = usernameOf(entry, wanted.username);
  const id = idOf(entry, wanted.id);
  return { dn: entry.dn, ...(username === undefined ? {} : { username }), ...(id === undefined ? {} : { id }) };
}

/** As the directory's own tools print it. Two values, or bytes of another form, identify nobody. */
function idOf(entry: SearchEntry, { attribute, form }: DirectoryTraits['id']): string | undefined {
  const [value, ...others] = valuesOf(entry, attribute);
  if (value === undefined || others.length > 0) return undefined;
  if (form === 'guid') return formatGuid(value);
  const text = value.toString('utf8');
  return /^[\x21-\x7e]{1,100}$/.test(text) ? text : undefined;
}
