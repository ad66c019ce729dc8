import { EqualityFilter, type Filter, OrFilter, PresenceFilter } from 'ldapts';

import type { Conversation } from './conversation.ts';
import { isAtOrBelow, parentOf } from './dn.ts';
import { valuesOf } from './entry.ts';
import { searchGroups } from './group-search.ts';
import { type GroupQuestion, type Groups, type Known, known, MOST_GROUPS, unknown } from './group-question.ts';
import { namingContextsOf } from './naming-context.ts';
import { anyEntry } from './proof.ts';

/** How far up groups in groups are followed, in steps and in searches. */
const MOST_LEVELS = 10;
const MOST_SEARCHES = 40;
/** Members named in one filter. */
const MEMBERS_AT_ONCE = 50;

/**
 * OpenLDAP and 389 Directory Server: each required group is asked itself. `memberOf` is never believed: it misses groups
 * made before its overlay.
 */
export const readMemberGroups = async (question: GroupQuestion): Promise<Groups> => {
  const { required, returned, nested } = question.search.settings.groups;
  const ancestors = returned || nested ? await listAncestors(question) : known([]);
  const isMember = required.length > 0 ? await isMemberOfOne(question, required, nested ? ancestors : known([])) : known(true);
  return { isMember, returned: returned ? ancestors : undefined };
};

const isMemberOfOne = async (
  question: GroupQuestion,
  required: readonly string[],
  ancestors: Known<readonly string[]>,
): Promise<Known<boolean>> => {
  const members = [question.user.dn, ...(ancestors.known ? ancestors.value : [])];
  const filters = chunks(members).map((some, index) => memberFilter(some, index === 0 ? loginNamesOf(question) : []));
  const answers: Known<boolean>[] = [ancestors.known ? known(false) : ancestors];
  for (const [index, group] of required.entries()) {
    const answer = await isMemberOf(question, group, filters, index + 1);
    if (answer.known && answer.value) return answer;
    answers.push(answer);
  }
  return answers.find((answer) => !answer.known) ?? known(false);
};

const isMemberOf = async (question: GroupQuestion, group: string, filters: readonly Filter[], ordinal: number): Promise<Known<boolean>> => {
  for (const filter of filters) {
    const found = await searchGroups(question.conversation, group, 'base', filter);
    if (found !== undefined && found.length > 0) return known(true);
  }
  const canBeAsked = loginNamesOf(question).length > 0 || !(await shows(question.conversation, group, HAS_LOGIN_NAMES));
  return canBeAsked && (await showsMembers(question.conversation, group))
    ? known(false)
    : unknown(`groups: required group ${String(ordinal)} is not there, or its members cannot be read`);
};

/** Whether a group is there and its members can be seen; without that nobody is "not in it". A fault is a ServerFailure. */
export const showsMembers = (conversation: Conversation, group: string): Promise<boolean> => shows(conversation, group, HAS_MEMBERS);

const shows = async (conversation: Conversation, group: string, filter: Filter): Promise<boolean> => {
  const found = await searchGroups(conversation, group, 'base', filter);
  return found !== undefined && found.length > 0;
};

/** A group that names its members by login name cannot be asked about a user whose `uid` cannot be read. */
const HAS_LOGIN_NAMES = new PresenceFilter({ attribute: 'memberUid' });

/**
 * True of a group whose members this account may see. Where access is denied the filter is undefined, and the group looks
 * like one without members.
 */
const HAS_MEMBERS = new OrFilter({
  filters: [new PresenceFilter({ attribute: 'member' }), new PresenceFilter({ attribute: 'uniqueMember' }), HAS_LOGIN_NAMES],
});

/** Groups that hold the user, and, where nesting is wanted, groups that hold those, each looked up once: a cycle ends. */
const listAncestors = async (question: GroupQuestion): Promise<Known<readonly string[]>> => {
  const levels = question.search.settings.groups.nested ? MOST_LEVELS : 1;
  const bases = await groupBases(question);
  const found = new Map<string, string>();
  let frontier: readonly string[] = [question.user.dn];
  let searches = 0;
  for (let level = 0; level < levels && frontier.length > 0; level += 1) {
    const next: string[] = [];
    for (const filter of chunks(frontier).map((some) => memberFilter(some, level === 0 ? loginNamesOf(question) : []))) {
      for (const base of bases) {
        searches += 1;
        if (searches > MOST_SEARCHES) return unknown('groups: nested too widely');
        const groups = await searchGroups(question.conversation, base, 'sub', filter);
        if (groups === undefined) return unknown('groups: the tree cannot be searched for groups');
        next.push(...groups.map(({ dn }) => dn).filter((dn) => !found.has(dn.toLowerCase())));
        for (const { dn } of groups) found.set(dn.toLowerCase(), dn);
      }
    }
    if (found.size > MOST_GROUPS) return unknown('groups: more than can be listed');
    frontier = [...new Set(next)];
  }
  const isComplete = frontier.length === 0 || levels === 1;
  return isComplete ? known([...found.values()]) : unknown('groups: nested too deeply');
};

/**
 * Where groups are looked for: the naming contexts of the users and of the required groups; where those cannot be searched
 * from their top, the users' base and the places of the required groups.
 */
const groupBases = async ({ search, conversation }: GroupQuestion): Promise<readonly string[]> => {
  const { baseDn, groups } = search.settings;
  const places = [baseDn, ...groups.required.map(parentOf)];
  const contexts = await namingContextsOf(conversation);
  const tops = contexts.filter((context) => places.some((place) => isAtOrBelow(place, context)));
  const covered = places.every((place) => tops.some((top) => isAtOrBelow(place, top)));
  const wanted = covered ? tops : places;
  for (const top of wanted) {
    if ((await searchGroups(conversation, top, 'base', anyEntry)) === undefined) return outermost(places);
  }
  return outermost(wanted);
};

const outermost = (bases: readonly string[]): readonly string[] => {
  const distinct = [...new Set(bases)];
  return distinct.filter((base) => !distinct.some((other) => other !== base && isAtOrBelow(base, other)));
};

const memberFilter = (dns: readonly string[], loginNames: readonly string[]): Filter =>
  new OrFilter({
    filters: [
      ...dns.flatMap((dn) => [
        new EqualityFilter({ attribute: 'member', value: dn }),
        new EqualityFilter({ attribute: 'uniqueMember', value: dn }),
      ]),
      ...loginNames.map((name) => new EqualityFilter({ attribute: 'memberUid', value: name })),
    ],
  });

/** `memberUid` holds login names, not DNs (RFC 2307, 3). */
const loginNamesOf = ({ user }: GroupQuestion): readonly string[] => valuesOf(user, 'uid').map((value) => value.toString('utf8'));

const chunks = (items: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(items.length / MEMBERS_AT_ONCE) }, (_, index) =>
    items.slice(index * MEMBERS_AT_ONCE, (index + 1) * MEMBERS_AT_ONCE),
  );
