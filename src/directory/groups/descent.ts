import { canonicalDn } from '../names/dn.ts';
import { allOf } from '../names/filter.ts';
import { textsOf, valuesOf } from '../entry.ts';
import { GroupEntries } from './entries.ts';
import {
  kindsOf,
  loginNamesOf,
  MEMBER_KINDS,
  type MemberKind,
  memberFilter,
  provablyAbsent,
  provablyWithout,
} from './member-attributes.ts';
import { readGroupEntry } from './search.ts';
import { type GroupQuestion, type Known, known, type Unknown, unknown } from './question.ts';
import type { SearchEntry } from '../../ldap/message.ts';

/**
 * Whether the user is in a required group, through groups in groups, as the groups themselves tell: every entry that is
 * named as a member must be shown, and groups among them are followed once. For OpenLDAP and 389 Directory Server, on a
 * connection that is bound as the service account. A fault of the server is a ServerFailure.
 */
export async function descend(question: GroupQuestion, bases: readonly string[]): Promise<Known<boolean>> {
  const { conversation, user, required } = question;
  const loginNames = loginNamesOf(question);
  const filter = memberFilter([user.dn], loginNames);
  for (const group of required) if ((await readGroupEntry(conversation, group, filter)) !== undefined) return known(true);
  const entries = new GroupEntries(conversation, bases);
  const seen = new Set<string>();
  let next = unseen(required, seen);
  for (let isTop = true; next.length > 0; isTop = false) {
    const shown = await entries.read(next, ['objectClass', ...MEMBER_KINDS]);
    if (!shown.known) return shown;
    if (isTop && shown.value.some((entry) => MEMBER_KINDS.every((kind) => valuesOf(entry, kind).length === 0)))
      return unknown('a required group shows no members');
    for (const entry of shown.value) {
      // The server's own spelling, as in the search for the user: no comparison of ours decides.
      const held = entry.dn === user.dn ? known(true) : holdsName(entry, loginNames);
      if (held !== undefined) return held;
    }
    const hidden = (await whatIsHidden(shown.value, entries)) ?? (isTop ? await isPersonHidden(shown.value, entries, question) : undefined);
    if (hidden !== undefined) return hidden;
    next = unseen(shown.value.flatMap(membersIn), seen);
  }
  return known(false);
}

function membersIn(entry: SearchEntry): readonly string[] {
  // Name And Optional UID (RFC 4517, 3.3.21): `cn=x,dc=y#'01'B`.
  const unique = textsOf(entry, 'uniqueMember').map((name) => name.replace(/#'[01]*'B$/, ''));
  return [...textsOf(entry, 'member'), ...textsOf(entry, 'roleOccupant'), ...unique];
}

/** Those that were not seen before, each once. They are seen now. */
function unseen(dns: readonly string[], seen: Set<string>): readonly string[] {
  return dns.filter((dn) => {
    const before = seen.size;
    seen.add(canonicalDn(dn));
    return seen.size > before;
  });
}

/** In, where an entry names the person by a login name; undefined where it does not. */
function holdsName(entry: SearchEntry, loginNames: readonly string[]): Known<true> | Unknown | undefined {
  const names = textsOf(entry, 'memberUid');
  if (names.length === 0) return undefined;
  if (loginNames.length === 0) return unknown('the login name of the entry cannot be read, and a group holds login names');
  if (loginNames.some((name) => names.includes(name))) return known(true);
  const folded = new Set(names.map((name) => name.trim().toLowerCase()));
  const isNear = loginNames.some((name) => folded.has(name.trim().toLowerCase()));
  return isNear ? unknown('a group holds the login name in another spelling') : undefined;
}

/** Unknown, where a group may hold members that are not shown. A kind that is not shown must be provably absent. */
async function whatIsHidden(shown: readonly SearchEntry[], entries: GroupEntries): Promise<Unknown | undefined> {
  const doubtful = new Map<MemberKind, string[]>();
  for (const entry of shown) {
    const kinds = kindsOf(entry);
    if (kinds === undefined) return unknown('a member does not show its object classes');
    for (const kind of kinds) if (valuesOf(entry, kind).length === 0) doubtful.set(kind, [...(doubtful.get(kind) ?? []), entry.dn]);
  }
  for (const [kind, dns] of doubtful) {
    const absent = await entries.read(dns, ['1.1'], provablyAbsent(kind));
    if (!absent.known) return absent;
  }
  return undefined;
}

/** Unknown, where a required group that shows members may hold the person as one of those that it does not show. */
async function isPersonHidden(shown: readonly SearchEntry[], entries: GroupEntries, question: GroupQuestion): Promise<Unknown | undefined> {
  for (const kind of MEMBER_KINDS) {
    const groups = shown.filter((entry) => valuesOf(entry, kind).length > 0).map(({ dn }) => dn);
    const without = await entries.read(groups, ['1.1'], allOf(provablyWithout(kind, question.user, loginNamesOf(question))));
    if (!without.known) return without;
  }
  return undefined;
}
