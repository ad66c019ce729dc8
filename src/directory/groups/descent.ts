import type { Conversation } from '../conversation.ts';
import { canonicalDn } from '../names/dn.ts';
import { valuesOf } from '../entry.ts';
import { GroupEntries } from './entries.ts';
import { kindsOf, loginNamesOf, MEMBER_KINDS, type MemberKind, memberFilter, provablyAbsent } from './member-attributes.ts';
import { readGroupEntry } from './search.ts';
import { type GroupQuestion, type Known, known, type Unknown, unknown } from './question.ts';
import type { SearchEntry } from '../../ldap/message.ts';

/**
 * Whether the user is in a required group, through groups in groups, as the groups themselves tell: every entry that is
 * named as a member must be shown, and groups among them are followed once. For OpenLDAP and 389 Directory Server, on a
 * connection that is bound as the service account. A fault of the server is a ServerFailure.
 */
export async function descend(question: GroupQuestion, bases: readonly string[]): Promise<Known<boolean>> {
  const { conversation, user, search } = question;
  const { required } = search.settings.groups;
  const loginNames = loginNamesOf(question);
  const filter = memberFilter([user.dn], loginNames);
  for (const group of required) if ((await readGroupEntry(conversation, group, filter)) !== undefined) return known(true);
  return await new Descent(conversation, bases, { dn: user.dn, loginNames }).from(required);
}

type Person = { readonly dn: string; readonly loginNames: readonly string[] };

class Descent {
  readonly #entries: GroupEntries;
  readonly #person: Person;
  readonly #seen = new Set<string>();
  #next: string[] = [];

  constructor(conversation: Conversation, bases: readonly string[], person: Person) {
    this.#entries = new GroupEntries(conversation, bases);
    this.#person = person;
  }

  async from(required: readonly string[]): Promise<Known<boolean>> {
    required.forEach((dn) => this.#add(dn));
    for (let isTop = true; this.#next.length > 0; isTop = false) {
      const dns = this.#next;
      this.#next = [];
      const shown = await this.#entries.read(dns, ['objectClass', ...MEMBER_KINDS]);
      if (!shown.known) return shown;
      if (isTop && shown.value.some((entry) => MEMBER_KINDS.every((kind) => valuesOf(entry, kind).length === 0)))
        return unknown('a required group shows no members');
      const held = this.#holds(shown.value);
      if (held !== undefined) return held;
      const hidden = await this.#hides(shown.value);
      if (hidden !== undefined) return hidden;
    }
    return known(false);
  }

  /** In, where the person is one of these or is named by one; undefined otherwise. What they name is looked at next. */
  #holds(entries: readonly SearchEntry[]): Known<true> | Unknown | undefined {
    for (const entry of entries) {
      // The server's own spelling, as in the search for the user: no comparison of ours decides.
      if (entry.dn === this.#person.dn) return known(true);
      for (const value of [...valuesOf(entry, 'member'), ...valuesOf(entry, 'roleOccupant')]) this.#add(value.toString('utf8'));
      // Name And Optional UID (RFC 4517, 3.3.21): `cn=x,dc=y#'01'B`.
      for (const value of valuesOf(entry, 'uniqueMember')) this.#add(value.toString('utf8').replace(/#'[01]*'B$/, ''));
      const named = this.#holdsName(entry);
      if (named !== undefined) return named;
    }
    return undefined;
  }

  #holdsName(entry: SearchEntry): Known<true> | Unknown | undefined {
    const names = valuesOf(entry, 'memberUid').map((value) => value.toString('utf8').trim());
    const { loginNames } = this.#person;
    if (names.length === 0) return undefined;
    if (loginNames.length === 0) return unknown('the login name of the entry cannot be read, and a group holds login names');
    if (loginNames.some((name) => names.includes(name.trim()))) return known(true);
    const folded = new Set(names.map((name) => name.toLowerCase()));
    const isNear = loginNames.some((name) => folded.has(name.trim().toLowerCase()));
    return isNear ? unknown('a group holds the login name in another case') : undefined;
  }

  /** Unknown, where a group may hold members that are not shown. A kind that is not shown must be provably absent. */
  async #hides(entries: readonly SearchEntry[]): Promise<Unknown | undefined> {
    const doubtful = new Map<MemberKind, string[]>();
    for (const entry of entries) {
      const kinds = kindsOf(entry);
      if (kinds === undefined) return unknown('a member does not show its object classes');
      for (const kind of kinds) if (valuesOf(entry, kind).length === 0) doubtful.set(kind, [...(doubtful.get(kind) ?? []), entry.dn]);
    }
    for (const [kind, dns] of doubtful) {
      const absent = await this.#entries.read(dns, ['1.1'], provablyAbsent(kind));
      if (!absent.known) return absent;
    }
    return undefined;
  }

  #add(dn: string): void {
    const key = canonicalDn(dn);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#next.push(dn);
  }
}
