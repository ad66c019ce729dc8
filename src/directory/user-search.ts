import type { DirectoryKind, SearchAndBind } from '../config/config.ts';
import { OWN_ENTRY_ATTRIBUTES } from './service/bound-account.ts';
import type { Conversation, UserSearch, WantedAttributes } from './conversation.ts';
import { ALIAS_ATTRIBUTES, type Found, understandUserSearch } from './entry.ts';
import type { LoginName } from './names/login-name.ts';
import { PRIMARY_GROUP_ATTRIBUTES } from './groups/primary-group.ts';
import { proveSight, rememberWitness, type Sight } from './service/proof.ts';

/** The one entry that the name leads to. *None* is claimed only where the service account has proved that it can see people. */
export async function findUser(
  search: UserSearch,
  name: LoginName,
  conversation: Conversation,
  isOwnEntry: Sight['isOwnEntry'],
): Promise<Found> {
  const found = await find(search, name, conversation, sightOf(search, isOwnEntry));
  conversation.trace.took('search');
  return found;
}

/** What proves that people can be seen where this search looks for them. */
export function sightOf({ settings, kind, filter, witnesses }: UserSearch, isOwnEntry: Sight['isOwnEntry']): Sight {
  return { base: settings.baseDn, scope: settings.scope, kind, filter, isOwnEntry, witnesses };
}

/** Under `uniform` a search is heard to its end, for the references behind the second entry: so many are enough for one name. */
const MOST_OF_ONE_NAME = 100;

async function find(search: UserSearch, name: LoginName, { session, slice, proof }: Conversation, sight: Sight): Promise<Found> {
  const { settings, kind, filter, wanted } = search;
  const isUniform = proof === 'before any search';
  if (isUniform) {
    const failure = await proveSight(session, sight, slice);
    if (failure !== undefined) return { kind: 'failed', failure };
  }
  const reply = await session.search(
    {
      base: settings.baseDn,
      scope: settings.scope,
      filter: filter.forName(name),
      attributes: wanted.all,
      ...(isUniform ? { mostEntries: 2, sizeLimit: MOST_OF_ONE_NAME } : { mostEntries: 1 }), // a second one proves ambiguity
    },
    slice,
  );
  if (!reply.ok) return { kind: 'failed', failure: reply.failure };
  const found = understandUserSearch(reply, {
    kind,
    baseDn: settings.baseDn,
    referenceSpoils: isUniform ? 'every name' : 'none',
  });
  if (found.kind === 'entry') rememberWitness(found.entry, sight);
  if (found.kind !== 'none' || isUniform) return found;
  const failure = await proveSight(session, sight, slice);
  return failure === undefined ? found : { kind: 'failed', failure };
}

/** What a search has to ask for with these settings. `nameAttributes`: those that the filter compares with the name; `counters`: for the gate. */
export function wantedAttributes(
  kind: DirectoryKind,
  nameAttributes: readonly string[],
  { attributes, groups }: Pick<SearchAndBind, 'attributes' | 'groups'>,
  counters: readonly string[],
): WantedAttributes {
  const own = kind === 'active-directory' ? ['sAMAccountName', 'uid'] : ['uid', 'sAMAccountName'];
  const login = [...own, ...nameAttributes.filter((name) => name !== '' && !own.some((known) => known.toLowerCase() === name))];
  const ofGroups = groups.required.length > 0 || groups.returned ? GROUP_ATTRIBUTES[kind] : [];
  const named = groups.returned ? ['memberOf'] : []; // tells of groups that the service account cannot see
  const others = [...login, ...attributes, ...ofGroups, ...named, ...counters];
  const ofEntry = [...ALIAS_ATTRIBUTES, ...OWN_ENTRY_ATTRIBUTES[kind]]; // what kind of entry, and whose
  const missing = ofEntry.filter((name) => !others.some((other) => other.toLowerCase() === name.toLowerCase()));
  return { login, all: [...new Set([...others, ...missing])] };
}

const GROUP_ATTRIBUTES: Readonly<Record<DirectoryKind, readonly string[]>> = {
  openldap: [],
  '389ds': [],
  'active-directory': PRIMARY_GROUP_ATTRIBUTES,
};
