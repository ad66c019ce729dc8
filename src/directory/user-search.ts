import type { Told } from '../config/config.ts';
import type { DirectoryTraits } from '../config/directory-kinds.ts';
import type { Conversation, UserSearch, WantedAttributes } from './conversation.ts';
import { ALIAS_ATTRIBUTES, type Found, understandUserSearch } from './entry.ts';
import { type LoginName, understandName } from './names/login-name.ts';
import { proveSight, rememberWitness, type Sight } from './service/proof.ts';

/** A base, and the name as it is looked for below it: what a domain is called depends on the base. */
export type Place = { readonly base: string; readonly name: LoginName };

/** Where a typed name is looked for; undefined: it is of another domain, and so nobody's here. */
export function placesFor({ bases }: Pick<UserSearch, 'bases'>, typed: string): readonly Place[] | undefined {
  const names = bases.map((base) => ({ base: base.dn, name: understandName(typed, base.names) }));
  const places = names.flatMap(({ base, name }) => (name === undefined ? [] : [{ base, name }]));
  return places.length < bases.length ? undefined : places;
}

/**
 * The one entry that the name leads to, below all bases together. That a base holds nobody of the name is claimed only where
 * this connection was shown people below that base: an entry found elsewhere may not be the only one.
 */
export async function findUser(
  search: UserSearch,
  places: readonly Place[],
  conversation: Conversation,
  isOwnEntry: Sight['isOwnEntry'],
): Promise<Found> {
  const sought = places.map((place) => ({ ...place, sight: sightOf(search, place.base, isOwnEntry) }));
  const look = conversation.proof === 'before any search' ? findUniform : find;
  return await conversation.trace.during('search', () => look(search, sought, conversation));
}

/** What proves that people can be seen below this base. */
export function sightOf({ settings, kind, filter, witnesses }: UserSearch, base: string, isOwnEntry: Sight['isOwnEntry']): Sight {
  return { base, scope: settings.scope, kind, filter, isOwnEntry, witnesses };
}

type Sought = Place & { readonly sight: Sight };

/** Under `uniform` a search is heard to its end, for the references behind the second entry: so many are enough for one name. */
const MOST_OF_ONE_NAME = 100;

/** A base at a time; a second entry ends it, and the connection with it. */
async function find(search: UserSearch, sought: readonly Sought[], conversation: Conversation): Promise<Found> {
  const found: Found[] = [];
  for (const place of sought) {
    const here = await findAt(search, place, conversation);
    if (here.kind === 'failed' || here.kind === 'ambiguous') return here;
    found.push(here);
  }
  const all = together(found);
  if (all.kind !== 'entry' && all.kind !== 'none') return all;
  const failure = await proveEach(
    sought.filter((_, index) => found[index]?.kind === 'none'),
    conversation,
  );
  return failure ?? all;
}

/** The same operations for every name, whatever is found where. */
async function findUniform(search: UserSearch, sought: readonly Sought[], conversation: Conversation): Promise<Found> {
  const failure = await proveEach(sought, conversation);
  if (failure !== undefined) return failure;
  const found: Found[] = [];
  for (const place of sought) found.push(await findAt(search, place, conversation));
  return together(found);
}

async function proveEach(
  sought: readonly Sought[],
  { session, slice }: Conversation,
): Promise<Extract<Found, { kind: 'failed' }> | undefined> {
  for (const { sight } of sought) {
    const failure = await proveSight(session, sight, slice);
    if (failure !== undefined) return { kind: 'failed', failure };
  }
  return undefined;
}

async function findAt(search: UserSearch, { base, name, sight }: Sought, { session, slice, proof }: Conversation): Promise<Found> {
  const { settings, kind, filter, wanted } = search;
  const isUniform = proof === 'before any search';
  const reply = await session.search(
    {
      base,
      scope: settings.scope,
      filter: filter.forName(name),
      attributes: wanted.all,
      ...(isUniform ? { mostEntries: 2, sizeLimit: MOST_OF_ONE_NAME } : { mostEntries: 1 }), // a second one proves ambiguity
    },
    slice,
  );
  if (!reply.ok) return { kind: 'failed', failure: reply.failure };
  const found = understandUserSearch(reply, { kind, baseDn: base, referenceSpoils: isUniform ? 'every name' : 'none' });
  if (found.kind === 'entry') rememberWitness(found.entry, sight);
  return found;
}

/**
 * What was found below each base as one answer. Bases may overlap: an entry that a server shows twice has the same DN twice,
 * letter by letter. Other spellings are not compared here: then it is ambiguous.
 */
function together(found: readonly Found[]): Found {
  const spoilt = found.find(({ kind }) => kind === 'failed') ?? found.find(({ kind }) => kind === 'ambiguous');
  if (spoilt !== undefined) return spoilt;
  const [first, ...others] = found.filter(({ kind }) => kind !== 'none');
  if (first === undefined) return { kind: 'none' };
  return others.every((other) => isSame(first, other)) ? first : { kind: 'ambiguous' };
}

function isSame(one: Found, other: Found): boolean {
  if (one.kind !== 'entry' || other.kind !== 'entry') return one.kind === other.kind; // an alias is nobody, be it one or two
  return one.entry.dn === other.entry.dn;
}

/** What a search has to ask for with these settings. `counters`: what the gate needs. */
export function wantedAttributes(
  kind: DirectoryTraits,
  { usernameAttribute, attributes, groups }: Told,
  counters: readonly string[] = [],
): WantedAttributes {
  const own = [usernameAttribute, kind.id.attribute];
  const ofGroups = groups.asked ? kind.groupAttributes : [];
  const named = groups.returned || (groups.asked && groups.lookup === 'memberOf') ? ['memberOf'] : []; // tells of groups that the service account cannot see
  const ofEntry = [...ALIAS_ATTRIBUTES, ...kind.ownEntryAttributes]; // what kind of entry, and whose
  return { username: usernameAttribute, id: kind.id, all: [...own, ...attributes, ...ofGroups, ...named, ...counters, ...ofEntry] };
}
