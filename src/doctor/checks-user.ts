import type { SearchAndBind } from '../config/config.ts';
import { usernameOf } from '../directory/entry.ts';
import { detailOf } from '../ldap/failure.ts';
import { anyEntry } from '../directory/names/filter.ts';
import { readProvenGroups } from '../directory/groups/read-groups.ts';
import { enter } from '../directory/service/bind.ts';
import { readEntry } from '../directory/read-entry.ts';
import type { SearchEntry } from '../ldap/message.ts';
import { findUser, type Place, placesFor } from '../directory/user-search.ts';
import { readAccountState, STATE_ATTRIBUTES } from './account-state.ts';
import { type Check, check, conversationOf, fail, type Facts, pass, skip, type Visit } from './check.ts';
import { withFreshConnection } from './checks-connection.ts';
import { searchHint, unlessFault } from './checks-directory.ts';
import { lookElsewhere } from './nobody-found.ts';
import type { RootDse } from './root-dse.ts';
import { accountVariable, quoted, shown, shownBase } from './words.ts';

const NAMELESS =
  'LDAP_USERNAME_ATTRIBUTE: the entry does not show this attribute to LDAP_BIND_DN: authorizer and forward auth let nobody in without a user name';

const ALIAS =
  'LDAP_USER_FILTER: the entry is an alias, and aliases are not followed: nobody of that name can log in; let the filter leave aliases out, or LDAP_BASE_DN be where the entries themselves are';

const userCheck = check({
  id: 'user',
  title: 'user',
  needs: ['identity', 'search', 'connection', 'bound', 'seenBases'],
  run: async ({ identity, search, connection, bound, seenBases, username, root }, visit) => {
    if (!search.settings.bases.every((base) => seenBases.includes(base))) return skip();
    if (username === undefined) return skip('nobody was named');
    const places = placesFor(search, username);
    const found = quoted(username);
    if (places === undefined) return fail(`LDAP_NETBIOS_DOMAIN: ${found} is not of that domain, so an unknown user`);
    const conversation = conversationOf(connection, visit);
    const result = await findUser(search, places, conversation, bound.isOwnEntry);
    switch (result.kind) {
      case 'entry': {
        const { entry } = result;
        const spelling = usernameOf(entry, search.wanted.username);
        if (spelling === undefined) return fail(NAMELESS, shown(entry.dn));
        return pass(`${shown(spelling)} is ${shown(entry.dn)}`, { entry }, unseenHints(search.settings, entry));
      }
      case 'none':
        return fail(noneHint(search.settings, root, await lookElsewhere({ search, conversation, root }, username)), found);
      case 'ambiguous':
        return fail(ambiguousHint(search.settings, await listMatches({ identity, search, connection }, places, visit)), found);
      case 'alias':
        return fail(ALIAS, found);
      case 'failed':
        return fail(searchHint(result.failure, visit.config), found);
    }
  },
});

/** What is not there is left out of the answer, whether the entry has none, hides it, or the name is misspelt. A range has an option behind its name. */
function unseenHints({ attributes }: SearchAndBind, entry: SearchEntry): readonly string[] {
  const seen = new Set(entry.attributes.map(({ description }) => description.replace(/;.*/s, '').toLowerCase()));
  const unseen = attributes.filter((name) => !seen.has(name.toLowerCase()));
  if (unseen.length === 0) return [];
  return [
    `LDAP_USER_ATTRIBUTES: the entry shows no ${unseen.join(', ')}: it has none, or LDAP_BIND_DN may not read it, or the name is misspelt; the answer leaves it out`,
  ];
}

function place({ bases, scope }: SearchAndBind): string {
  return `${scope === 'one' ? 'directly ' : ''}below ${bases.map((base) => shownBase(base, quoted)).join(' or ')}`;
}

/** What would find the user comes first; without it, where was looked. */
function noneHint(settings: SearchAndBind, root: RootDse | undefined, elsewhere: readonly string[]): string {
  if (elsewhere.length > 0) return elsewhere.join('\n');
  const contexts = (root?.userContexts ?? []).join(' or ');
  const others = contexts === '' ? '' : `, and nobody below ${contexts} has this account name, principal name or mail address`;
  const none = `no entry ${place(settings)} (LDAP_BASE_DN, LDAP_USER_SCOPE) matches ${shown(settings.userFilter)}${others}, as far as ${accountVariable(settings)} may see`;
  return contexts === '' ? `LDAP_USER_FILTER: ${none}` : `--user: ${none}; check the spelling`;
}

function ambiguousHint(settings: SearchAndBind, matches: readonly string[]): string {
  const among = matches.length === 0 ? '' : `, ${matches.map(quoted).join(' and ')} among them`;
  return `LDAP_USER_FILTER: two or more entries ${place(settings)} match ${shown(settings.userFilter)}${among}; nobody of that name can log in: narrow the filter, or LDAP_BASE_DN`;
}

/** Which they are. The login stops at the second one and gives up its connection, so this is a search on another. */
async function listMatches(
  { identity, search, connection }: Pick<Facts, 'identity' | 'search' | 'connection'>,
  places: readonly Place[],
  visit: Visit,
): Promise<readonly string[]> {
  const { scope } = search.settings;
  const listed = await withFreshConnection(connection, identity, visit, async (conversation) => {
    const entered = await enter(search.searcher, conversation);
    if (entered.kind !== 'ready') return [];
    const { session, slice } = conversation;
    const dns: string[] = [];
    for (const { base, name } of places) {
      const filter = search.filter.forName(name);
      const reply = await session.search({ base, scope, filter, attributes: ['1.1'], mostEntries: MOST_LISTED }, slice);
      if (reply.ok) dns.push(...reply.entries.map(({ dn }) => dn));
    }
    return [...new Set(dns)].slice(0, MOST_LISTED);
  });
  return listed ?? [];
}

const MOST_LISTED = 3;

const accountCheck = check({
  id: 'account',
  title: 'account state',
  needs: ['search', 'connection', 'bound', 'entry'],
  run: async ({ search, connection, entry }, visit) => {
    const { directory } = visit.config;
    const { session, slice } = conversationOf(connection, visit);
    const { forAnybody: filter = anyEntry } = search.filter; // objectClass may be hidden
    const reply = await readEntry(session, { dn: entry.dn, attributes: STATE_ATTRIBUTES[directory], filter }, slice);
    const again = reply.ok ? reply.entries[0] : undefined;
    if (again === undefined) return fail('LDAP_BIND_DN: the entry was found and cannot be read again');
    const { obstacles, notes } = readAccountState(directory, again, new Date(visit.clock()));
    const lines = [...obstacles, ...notes].map((state) => `${state} (change the user's entry; no LDAP_* variable does)`);
    const [first] = obstacles;
    return first === undefined ? pass('nothing in the way, as far as can be read', {}, lines) : fail(lines, first.replace(/:.*/, ''));
  },
});

/** Finds what would make the answer to every user unknown. */
const membershipCheck = check({
  id: 'membership',
  title: 'groups of the user',
  needs: ['search', 'connection', 'bound', 'entry'],
  run: async ({ search, connection, bound, entry }, visit) => {
    const { requiredGroups: required } = visit.config;
    const { returned, nested } = search.settings.groups;
    if (required.length === 0 && !returned) return skip('none are asked for');
    const others = { search, isOwnEntry: bound.isOwnEntry };
    const question = { search, user: entry, required, conversation: conversationOf(connection, visit), others };
    return await unlessFault(async () => {
      const { isMember, returned: list } = await readProvenGroups(question);
      if (!isMember.known) return fail(`LDAP_REQUIRED_GROUPS: unknown (${detailOf(isMember.failure)}); see "required groups"`);
      if (list?.known === false) return fail(`LDAP_RETURN_GROUPS: they cannot be listed (${detailOf(list.failure)}); no login is possible`);
      const listed = list === undefined ? [] : [`${String(list.value.length)} to return`];
      if (isMember.value) return pass([...(required.length === 0 ? [] : ['in a required one']), ...listed].join(', '));
      const uncounted = nested ? '' : ' (groups in groups do not count: LDAP_NESTED_GROUPS=false)';
      const hint = `LDAP_REQUIRED_GROUPS: the user is in none of them${uncounted}; add the user to one, or name another group`;
      return fail(hint, 'in no required one');
    });
  },
});

export const USER_CHECKS: readonly Check[] = [userCheck, accountCheck, membershipCheck];
