import type { Outcome } from '../core/outcome.ts';
import type { SearchAndBind } from '../config/config.ts';
import { authenticate } from '../directory/authenticate.ts';
import { usernameOf } from '../directory/entry.ts';
import { detailOf, type Failure } from '../ldap/failure.ts';
import { type GroupQuestion, type Groups, type Known as Membership, ServerFailure } from '../directory/groups/question.ts';
import { proveMembership, readGroups } from '../directory/groups/read-groups.ts';
import { enter } from '../directory/service/enter.ts';
import { readEntry } from '../directory/read-entry.ts';
import { findUser, type Place, placesFor } from '../directory/user-search.ts';
import { readAccountState, STATE_ATTRIBUTES } from './account-state.ts';
import { type Check, check, conversationOf, type Facts, type Finding, type Visit } from './check.ts';
import { withFreshConnection } from './checks-connection.ts';
import { groupFault, searchHint } from './checks-directory.ts';
import { lookElsewhere } from './look-elsewhere.ts';
import type { RootDse } from './root-dse.ts';
import { accountVariable, quoted, shown, shownBase } from './words.ts';

const NAMELESS =
  'LDAP_USERNAME_ATTRIBUTE: the entry does not show this attribute to LDAP_BIND_DN: authorizer and forward auth let nobody in without a user name';

const ALIAS =
  'LDAP_USER_FILTER: the entry is an alias, and aliases are not followed: nobody of that name can log in; let the filter leave aliases out, or LDAP_BASE_DN be where the entries themselves are';

const userCheck = check({
  id: 'user',
  title: 'user',
  needs: ['identity', 'search', 'connection', 'bound', 'seen'],
  run: async ({ identity, search, connection, bound, username, root }, visit) => {
    if (username === undefined) return { status: 'skip', found: 'nobody was named' };
    const places = placesFor(search, username);
    if (places === undefined)
      return { status: 'fail', hint: `LDAP_NETBIOS_DOMAIN: ${quoted(username)} is not of that domain, so an unknown user` };
    const conversation = conversationOf(connection, visit);
    const result = await findUser(search, places, conversation, bound.isOwnEntry);
    switch (result.kind) {
      case 'entry': {
        const spelling = usernameOf(result.entry, search.wanted.username);
        if (spelling === undefined) return { status: 'fail', found: shown(result.entry.dn), hint: NAMELESS };
        return { status: 'pass', found: `${shown(spelling)} is ${shown(result.entry.dn)}`, learned: { entry: result.entry } };
      }
      case 'none':
        return {
          status: 'fail',
          found: quoted(username),
          hint: noneHint(search.settings, root, await lookElsewhere({ search, conversation, root }, username)),
        };
      case 'ambiguous':
        return {
          status: 'fail',
          found: quoted(username),
          hint: ambiguousHint(search.settings, await listMatches({ identity, search, connection }, places, visit)),
        };
      case 'alias':
        return { status: 'fail', found: quoted(username), hint: ALIAS };
      case 'failed':
        return { status: 'fail', found: quoted(username), hint: searchHint(result.failure, visit.config) };
    }
  },
});

function place({ bases, scope }: SearchAndBind): string {
  return `${scope === 'one' ? 'directly ' : ''}below ${bases.map((base) => shownBase(base, quoted)).join(' or ')}`;
}

/** What would find the user comes first; without it, where was looked. */
function noneHint(settings: SearchAndBind, root: RootDse | undefined, elsewhere: readonly string[]): string {
  if (elsewhere.length > 0) return elsewhere.join('\n');
  const contexts =
    root === undefined || root.userContexts.length === 0
      ? ''
      : `, and nobody below ${root.userContexts.join(' or ')} has this account name, principal name or mail address`;
  return `LDAP_USER_FILTER: no entry ${place(settings)} (LDAP_BASE_DN, LDAP_USER_SCOPE) matches ${shown(settings.userFilter)}${contexts}, as far as ${accountVariable(settings)} may see`;
}

function ambiguousHint(settings: SearchAndBind, matches: readonly string[]): string {
  return `LDAP_USER_FILTER: two or more entries ${place(settings)} match ${shown(settings.userFilter)}${matches.length === 0 ? '' : `, ${matches.map(quoted).join(' and ')} among them`}; nobody of that name can log in: narrow the filter, or LDAP_BASE_DN`;
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
  needs: ['connection', 'bound', 'entry'],
  run: async ({ connection, entry }, visit) => {
    const { directory } = visit.config;
    const { session, slice } = conversationOf(connection, visit);
    const attributes = STATE_ATTRIBUTES[directory];
    const reply = await readEntry(session, { dn: entry.dn, attributes }, slice);
    const again = reply.ok ? reply.entries[0] : undefined;
    if (again === undefined) return { status: 'fail', hint: 'LDAP_BIND_DN: the entry was found and cannot be read again' };
    const { obstacles, notes } = readAccountState(directory, again, new Date(visit.clock()));
    const [first] = obstacles;
    if (first !== undefined)
      return { status: 'fail', found: first.replace(/:.*/, ''), hint: [...obstacles, ...notes].map(stateHint).join('\n') };
    return {
      status: 'pass',
      found: 'nothing in the way, as far as can be read',
      ...(notes.length === 0 ? {} : { hint: notes.map(stateHint).join('\n') }),
    };
  },
});

/** An account's state is changed in the directory. */
function stateHint(state: string): string {
  return `${state} (change the user's entry; no LDAP_* variable does)`;
}

/** Finds what would make the answer to every user unknown. */
const membershipCheck = check({
  id: 'membership',
  title: 'groups of the user',
  needs: ['search', 'connection', 'bound', 'entry'],
  run: async ({ search, connection, bound, entry }, visit) => {
    const { requiredGroups: required } = visit.config;
    const { returned, nested } = search.settings.groups;
    if (required.length === 0 && !returned) return { status: 'skip', found: 'none are asked for' };
    const read = await groupsOf({
      ...{ search, user: entry, required, conversation: conversationOf(connection, visit) },
      others: { search, isOwnEntry: bound.isOwnEntry },
    });
    if (read.kind === 'failed') return groupFault(read.failure);
    const { isMember, returned: list } = read;
    if (!isMember.known)
      return { status: 'fail', hint: `LDAP_REQUIRED_GROUPS: unknown (${detailOf(isMember.failure)}); see "required groups"` };
    if (list?.known === false)
      return { status: 'fail', hint: `LDAP_RETURN_GROUPS: they cannot be listed (${detailOf(list.failure)}); no login is possible` };
    const listed = list === undefined ? [] : [`${String(list.value.length)} to return`];
    if (isMember.value) return { status: 'pass', found: [...(required.length === 0 ? [] : ['in a required one']), ...listed].join(', ') };
    const hint = `LDAP_REQUIRED_GROUPS: the user is in none of them${nested ? '' : ' (groups in groups do not count: LDAP_NESTED_GROUPS=false)'}; add the user to one, or name another group`;
    return { status: 'fail', found: 'in no required one', hint };
  },
});

type GroupsRead =
  | { readonly kind: 'read'; readonly isMember: Membership<boolean>; readonly returned: Groups['returned'] }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** What a login decides after the user's bind is asked at once: this connection has no user's bind. */
async function groupsOf(question: GroupQuestion): Promise<GroupsRead> {
  try {
    const { isMember, returned } = await readGroups(question);
    return { kind: 'read', returned, isMember: isMember.known === 'after the bind' ? await proveMembership(question, isMember) : isMember };
  } catch (error) {
    if (error instanceof ServerFailure) return { kind: 'failed', failure: error.failure };
    throw error;
  }
}

export const USER_CHECKS: readonly Check[] = [userCheck, accountCheck, membershipCheck];

/** Last and once: the login itself, failover and all. It counts as a try of the user's. */
export const passwordCheck: Check = check({
  id: 'password',
  title: 'login with the password',
  needs: ['directory', 'username', 'password'],
  run: async ({ directory, username, password }, { deadline, trace }) => {
    const outcome = await authenticate(directory, {
      login: { username, password },
      required: directory.config.requiredGroups,
      deadline,
      trace,
    });
    return tellOutcome(outcome, trace.detail);
  },
});

function tellOutcome(outcome: Outcome, detail: string | undefined): Finding {
  switch (outcome.kind) {
    case 'valid':
      return {
        status: 'pass',
        found: `authenticated as ${shown(outcome.identity.username ?? outcome.identity.dn ?? 'somebody without a name')}`,
      };
    case 'invalid':
      return {
        status: 'fail',
        found: outcome.reason,
        hint: `${outcome.reason}: the directory's answer to this login, which may have counted (no LDAP_* variable changes it)`,
      };
    case 'indeterminate':
      return { status: 'fail', found: outcome.reason, hint: `LDAP_URL: unknown (${detail ?? outcome.reason}); see the rows above` };
    case 'malformed':
      return { status: 'fail', found: outcome.reason, hint: 'LDAP_USER_DN_TEMPLATE: this name cannot be put into it' };
    default:
      return { status: 'fail', found: outcome.reason };
  }
}
