import type { SearchAndBind } from '../../config/config.ts';
import type { DirectoryTraits } from '../../config/directory-kinds.ts';
import type { Deadline } from '../../core/deadline.ts';
import { foldDn } from '../names/dn.ts';
import { ALIAS_ATTRIBUTES, isAlias, valuesOf } from '../entry.ts';
import { type Cause, type Failure, resultFailure } from '../../ldap/failure.ts';
import { allOf, present, type UserFilter } from '../names/filter.ts';
import type { LdapResult, SearchEntry } from '../../ldap/message.ts';
import { formatSid } from '../names/security-id.ts';
import { readEntry } from '../read-entry.ts';
import type { SearchFor } from '../../ldap/requests.ts';
import type { Session } from '../../ldap/session.ts';

/** One base, and what an entry below it must be to prove that people there are shown to the bound account. */
export type Sight = {
  readonly base: string;
  readonly scope: SearchAndBind['scope'];
  readonly kind: DirectoryTraits;
  readonly filter: UserFilter;
  /** Most servers show an account itself, whatever it may see of others. */
  readonly isOwnEntry: (entry: SearchEntry) => boolean;
  /** For each base the entry that proved sight last. Changed here. */
  readonly witnesses: Map<string, string>;
};

function unproved(cause: Cause): Failure {
  return { reason: 'directory-refused-service-account', step: 'proof', cause };
}

const NOBODY_SHOWN = unproved({ kind: 'nobody shown' });

const BASE_IS_ALIAS: Failure = { reason: 'directory-protocol-error', step: 'proof', cause: { kind: 'alias' } };

/**
 * Undefined if, on this connection, the bound account was shown somebody below the base, so that finding nobody of a name
 * means something: an entry that the user filter finds with presence in place of the name, with a value of an attribute that
 * the name is compared with, and not the account's own. 389 Directory Server answers an account without rights "success, no
 * entries", for a base that does not exist as well. What was shown earlier, or by another server, proves nothing: rights are
 * taken away, replicas are rebuilt.
 *
 * Sends one search; two where the entry that proved it last has gone; one more where a base without people may be an alias.
 */
export async function proveSight(session: Session, sight: Sight, deadline: Deadline): Promise<Failure | undefined> {
  const { base, scope, kind, filter, witnesses } = sight;
  if (filter.forAnybody === undefined) return unproved({ kind: 'hidden', what: 'the user filter compares the name with no attribute' });
  const wanted = { filter: filter.forAnybody, attributes: shownBy(sight) };
  const witness = witnesses.get(base);
  if (witness !== undefined) {
    const read = await readEntry(session, { ...wanted, dn: witness }, deadline);
    if (!read.ok) return read.failure;
    if (read.entries.some((entry) => isProof(entry, sight))) return undefined;
  }
  const reply = await session.search({ ...wanted, base, scope, ...kind.proof }, deadline);
  if (!reply.ok) return reply.failure;
  const proof = reply.entries.find((entry) => isProof(entry, sight)); // whatever the result: entries were shown
  if (proof === undefined) return await whyUnproved(session, base, reply.result, deadline);
  witnesses.set(base, proof.dn);
  return undefined;
}

export type ShownResult = { readonly ok: true; readonly isShown: boolean } | { readonly ok: false; readonly failure: Failure };

/**
 * Whether, on this connection, an entry that proves sight shows an attribute too. A server that computes the attribute may not
 * find entries by it: then a few others are looked at. Sends one search where whoever showed it last still does; at most three.
 */
export async function proveShown(session: Session, sight: Sight, attribute: string, deadline: Deadline): Promise<ShownResult> {
  const { base, scope, kind, filter, witnesses } = sight;
  if (filter.forAnybody === undefined) return { ok: true, isShown: false };
  const key = `${attribute} ${base}`;
  const anybody = { base, scope, filter: filter.forAnybody, attributes: [...shownBy(sight), attribute] } as const;
  const witness = witnesses.get(key);
  const searches: readonly SearchFor[] = [
    ...(witness === undefined ? [] : [{ ...anybody, base: witness, scope: 'base', mostEntries: 1 } as const]),
    { ...anybody, filter: allOf([filter.forAnybody, present(attribute)]), ...kind.proof },
    { ...anybody, ...SOME },
  ];
  for (const search of searches) {
    const reply = await session.search(search, deadline);
    if (!reply.ok) return { ok: false, failure: reply.failure };
    const proof = reply.entries.find((entry) => isProof(entry, sight) && valuesOf(entry, attribute).length > 0);
    if (proof === undefined) continue;
    witnesses.set(key, proof.dn);
    return { ok: true, isShown: true };
  }
  return { ok: true, isShown: false };
}

const SOME = { mostEntries: 10, sizeLimit: 20, pageSize: 10 } as const;

/** Remembers somebody whom a search for a name has found, where nobody is remembered yet. */
export function rememberWitness(entry: SearchEntry, sight: Sight): void {
  if (!sight.witnesses.has(sight.base) && isSomebodyElse(entry, sight)) sight.witnesses.set(sight.base, entry.dn);
}

/** With the alias's attributes, for a base that is one; with the SID on Active Directory, which tells who an entry is. */
function shownBy({ kind, filter }: Sight): readonly string[] {
  const names = filter.nameAttributes.filter((name) => name !== '');
  return [...names, ...ALIAS_ATTRIBUTES, ...(kind.securityIds ? ['objectSid'] : [])];
}

function isProof(entry: SearchEntry, sight: Sight): boolean {
  return isSomebodyElse(entry, sight) && showsName(entry, sight);
}

/** Anything shown beside what was asked for besides: a name is also shown as a subtype, or under another name of its type. */
function showsName(entry: SearchEntry, { filter }: Sight): boolean {
  return entry.attributes.some(({ description, values }) => {
    const name = description.toLowerCase();
    return values.length > 0 && (filter.nameAttributes.includes(name) || !BESIDES.has(name));
  });
}

const BESIDES: ReadonlySet<string> = new Set([...ALIAS_ATTRIBUTES.map((name) => name.toLowerCase()), 'objectsid', 'memberof']);

function isSomebodyElse(entry: SearchEntry, { kind, base, isOwnEntry }: Sight): boolean {
  return (
    entry.dn !== '' &&
    !isOwnEntry(entry) &&
    !(kind.securityIds && isBuiltIn(entry)) &&
    !(isAlias(entry) && foldDn(entry.dn) === foldDn(base))
  );
}

/**
 * Administrator and krbtgt (MS-DTYP 2.4.2.4: RIDs 500 and 502) have access rules of their own (AdminSDHolder): that they are
 * shown says nothing of others. Where the SID is not shown, their usual names are all that there is.
 */
export function isBuiltIn(entry: SearchEntry): boolean {
  const sid = formatSid(valuesOf(entry, 'objectSid')[0] ?? Buffer.alloc(0));
  if (sid !== undefined) return /^S-1-5-21-.*-50[02]$/.test(sid);
  return /^cn=(?:administrator|krbtgt),/.test(foldDn(entry.dn));
}

/** Results that tell of the account or the tree, and not of a server that is in trouble. */
const TELLS_OF_RIGHTS: ReadonlySet<number> = new Set([0, 4, 11, 32, 50]);

/** A base that is an alias is searched without a fault, and nothing is found below it. */
async function whyUnproved(session: Session, base: string, result: LdapResult | undefined, deadline: Deadline): Promise<Failure> {
  const code = result?.code ?? 0;
  if (!TELLS_OF_RIGHTS.has(code)) return resultFailure('proof', result);
  if (code !== 0) return unproved({ kind: 'result', code });
  if (base === '') return NOBODY_SHOWN;
  const reply = await readEntry(session, { dn: base, attributes: ALIAS_ATTRIBUTES }, deadline);
  return reply.ok && reply.entries.some(isAlias) ? BASE_IS_ALIAS : NOBODY_SHOWN;
}
