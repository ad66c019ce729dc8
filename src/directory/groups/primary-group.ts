import { valuesOf } from '../entry.ts';
import type { SearchEntry } from '../../ldap/message.ts';
import { formatSid } from '../names/security-id.ts';

/** The primary group's entry as a search base, `<SID=…>` (MS-ADTS 3.1.1.3.1.2.4); undefined where the user's entry does not tell. */
export function primaryGroupBase(user: SearchEntry): string | undefined {
  const sid = primaryGroupSid(user);
  return sid === undefined ? undefined : `<SID=${sid}>`;
}

/** The primary group's SID as text; undefined where the user's entry does not tell. */
export function primaryGroupSid(user: SearchEntry): string | undefined {
  const sid = valuesOf(user, 'objectSid')[0];
  const rid = valuesOf(user, 'primaryGroupID')[0]?.toString('utf8');
  const text = sid === undefined ? undefined : formatSid(sid);
  if (text === undefined || rid === undefined || !/^\d+$/.test(rid)) return undefined;
  return `${text.slice(0, text.lastIndexOf('-'))}-${rid}`;
}
