import type { DirectoryKind, SearchAndBind } from '../core/config.ts';
import { OWN_ENTRY_ATTRIBUTES } from './bound-account.ts';
import type { Conversation, UserSearch, WantedAttributes } from './conversation.ts';
import { type Found, understandUserSearch } from './entry.ts';
import type { LoginName } from './login-name.ts';
import { PRIMARY_GROUP_ATTRIBUTES } from './primary-group.ts';
import { proveSight } from './proof.ts';

/** The one entry that the name leads to. *None* is claimed only where the service account has been seen to see. */
export const findUser = async (search: UserSearch, name: LoginName, conversation: Conversation): Promise<Found> => {
  const found = await find(search, name, conversation);
  conversation.trace.took('search');
  return found;
};

const find = async (search: UserSearch, name: LoginName, conversation: Conversation): Promise<Found> => {
  const { settings, kind, filter, wanted, sightings } = search;
  const { session, server, slice } = conversation;
  if (conversation.proof === 'before any search' && !sightings.isFresh(server.name)) {
    const failure = await proveSight(session, settings.baseDn, slice);
    if (failure !== undefined) return { kind: 'failed', failure };
  }
  const reply = await session.search(
    {
      base: settings.baseDn,
      scope: settings.scope,
      filter: filter.forName(name),
      attributes: wanted.all,
      mostEntries: 1, // a second one proves ambiguity
    },
    slice,
  );
  if (!reply.ok) return { kind: 'failed', failure: reply.failure };
  const found = understandUserSearch(reply, { kind, baseDn: settings.baseDn });
  if (found.kind === 'entry') sightings.note(server.name);
  if (found.kind !== 'none' || sightings.isFresh(server.name) || conversation.proof === 'before any search') return found;
  const failure = await proveSight(session, settings.baseDn, slice);
  return failure === undefined ? found : { kind: 'failed', failure };
};

/** What a search has to ask for with these settings. `nameAttributes`: those that the filter compares with the name. */
export const wantedAttributes = (
  kind: DirectoryKind,
  nameAttributes: readonly string[],
  { attributes, groups }: Pick<SearchAndBind, 'attributes' | 'groups'>,
): WantedAttributes => {
  const own = kind === 'active-directory' ? ['sAMAccountName', 'uid'] : ['uid', 'sAMAccountName'];
  const login = [...own, ...nameAttributes.filter((name) => name !== '' && !own.some((known) => known.toLowerCase() === name))];
  const ofGroups = groups.required.length > 0 || groups.returned ? GROUP_ATTRIBUTES[kind] : [];
  return { login, all: [...new Set([...login, ...attributes, ...ofGroups, ...OWN_ENTRY_ATTRIBUTES[kind]])] };
};

const GROUP_ATTRIBUTES: Readonly<Record<DirectoryKind, readonly string[]>> = {
  openldap: [],
  '389ds': [],
  'active-directory': PRIMARY_GROUP_ATTRIBUTES,
};
