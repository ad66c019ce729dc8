import type { Conversation } from '../conversation.ts';
import { canonicalDn, isAtOrBelow, outermost, parentOf } from '../names/dn.ts';
import { textsOf } from '../entry.ts';
import { type Failure, protocolError } from '../../ldap/failure.ts';
import { GroupEntries } from './entries.ts';
import { HAS_MEMBERS, kindsOf, loginNamesOf, memberFilter, provesAbsence } from './member-attributes.ts';
import { isDirectlyBelow } from './group-names.ts';
import { heard, isTrueOf, searchGroups } from './search.ts';
import { readEntry } from '../read-entry.ts';
import { type GroupQuestion, type Groups, type Known, known, MOST_GROUPS, type Unproved, unknown } from './question.ts';
import type { SearchEntry } from '../../ldap/message.ts';
import { anyEntry } from '../names/filter.ts';

/** How far up groups in groups are followed, in steps and in searches. */
const MOST_LEVELS = 10;
const MOST_SEARCHES = 40;
/** Members named in one filter. */
const MEMBERS_AT_ONCE = 50;

/**
 * OpenLDAP and 389 Directory Server, before the user's bind. `memberOf` is never believed when it says no: it misses groups
 * made before its overlay. Where groups in groups count, *out* is proved after the bind (group-descent.ts).
 */
export async function readMemberGroups(question: GroupQuestion): Promise<Groups> {
  const { required } = question;
  const { returned, nested } = question.search.settings.groups;
  const climbed = returned || nested ? await climb(question) : undefined;
  return {
    isMember: required.length === 0 ? known(true) : nested ? metOn(climbed, required) : await isDirectMember(question, required),
    returned: returned && climbed !== undefined ? await listWhole(question, climbed) : undefined,
  };
}

/** Groups that hold the user, directly or, where nesting counts, through others. */
type Climbed = {
  readonly found: ReadonlyMap<string, SearchEntry>;
  readonly bases: readonly string[];
  /** Whether the naming contexts, or the one place of groups that is asked for, were searched from their tops. */
  readonly isFromTop: boolean;
  /** Why there may be more. */
  readonly missing: Failure | undefined;
};

function metOn(climbed: Climbed | undefined, required: readonly string[]): Known<boolean> | Unproved {
  const isMet = required.some((group) => climbed?.found.has(canonicalDn(group)));
  return isMet ? known(true) : { known: 'after the bind', bases: climbed?.bases ?? [] };
}

async function isDirectMember(question: GroupQuestion, required: readonly string[]): Promise<Known<boolean>> {
  const filter = memberFilter([question.user.dn], loginNamesOf(question));
  const answers: Known<boolean>[] = [];
  for (const [index, group] of required.entries()) {
    const held = await isTrueOf(question.conversation, group, filter);
    if (held.known && held.value) return held;
    answers.push(held.known ? await provesAbsence(question, group, index + 1) : held);
  }
  return answers.find((answer) => !answer.known) ?? known(false);
}

/** Each group is looked up once, so that a circle ends. */
async function climb(question: GroupQuestion): Promise<Climbed> {
  const { required } = question;
  const { nested, returned, baseDn } = question.search.settings.groups;
  const isNarrow = baseDn !== undefined && !nested; // others need not be seen
  const places = isNarrow ? { bases: [baseDn], isFromTop: true } : await groupBases(question);
  const { bases } = places;
  const found = new Map<string, SearchEntry>();
  const wanted = new Set(returned ? [] : required.map(canonicalDn)); // a list of groups needs them all
  let missing: Failure | undefined;
  let frontier: readonly string[] = [question.user.dn];
  let searches = 0;
  for (let level = 0; frontier.length > 0 && (nested || level === 0); level += 1) {
    if (level === MOST_LEVELS) return { found, ...places, missing: protocolError('groups', 'nested too deeply') };
    const next: string[] = [];
    for (const filter of chunks(frontier).map((some) => memberFilter(some, level === 0 ? loginNamesOf(question) : []))) {
      for (const base of bases) {
        searches += 1;
        if (searches > MOST_SEARCHES) return { found, ...places, missing: protocolError('groups', 'nested too widely') };
        const groups = await searchGroups(question.conversation, {
          base,
          scope: isNarrow ? 'one' : 'sub',
          filter,
          attributes: returned ? ['memberOf'] : ['1.1'],
        });
        missing ??= groups.missing;
        for (const entry of groups.entries) {
          const dn = canonicalDn(entry.dn);
          if (!found.has(dn)) next.push(entry.dn);
          found.set(dn, entry);
        }
      }
    }
    if (found.size > MOST_GROUPS) missing ??= protocolError('groups', 'more than can be listed');
    if (missing !== undefined || [...wanted].some((dn) => found.has(dn))) break;
    frontier = next;
  }
  return { found, ...places, missing };
}

/**
 * The groups to return, or unknown where there may be more. `memberOf` of the user and of the groups, where it is kept,
 * names groups that the service account cannot see.
 */
async function listWhole({ user, conversation, search }: GroupQuestion, climbed: Climbed): Promise<Known<readonly string[]>> {
  const { found, missing, bases, isFromTop } = climbed;
  if (missing !== undefined) return { known: false, failure: missing };
  if (!isFromTop) return unknown('where they are cannot be searched from its top, so there may be more');
  const holders = [user, ...(search.settings.groups.nested ? found.values() : [])];
  const named = new Map(holders.flatMap((entry) => textsOf(entry, 'memberOf')).map((dn) => [canonicalDn(dn), dn]));
  const { nested, baseDn } = search.settings.groups;
  const isWanted = (dn: string): boolean => nested || baseDn === undefined || isDirectlyBelow(dn, baseDn) !== false;
  const unseen = [...named].filter(([key, dn]) => !found.has(key) && isWanted(dn)).map(([, dn]) => dn);
  return (await areNoHoles(conversation, bases, unseen))
    ? known([...found.values()].map(({ dn }) => dn))
    : unknown('memberOf names a group that cannot be read');
}

/**
 * Whether all of these are where groups were looked for, are shown, and are no groups, or groups that show members (the user is
 * not among those: they would have been found).
 */
async function areNoHoles(conversation: Conversation, bases: readonly string[], dns: readonly string[]): Promise<boolean> {
  if (dns.length === 0) return true;
  if (!dns.every((dn) => bases.some((base) => isAtOrBelow(dn, base)))) return false;
  const entries = new GroupEntries(conversation, bases);
  const shown = await entries.read(dns, ['objectClass']);
  if (!shown.known || shown.value.some((entry) => kindsOf(entry) === undefined)) return false;
  const groups = shown.value.filter((entry) => kindsOf(entry)?.length !== 0).map(({ dn }) => dn);
  return (await entries.read(groups, ['1.1'], HAS_MEMBERS)).known;
}

/**
 * Where groups are looked for: the naming contexts of the users, of the required groups and of LDAP_GROUP_BASE_DN; where those
 * cannot be searched from their top, these places themselves.
 */
async function groupBases({ search, required, conversation }: GroupQuestion): Promise<Pick<Climbed, 'bases' | 'isFromTop'>> {
  const { baseDn } = search.settings.groups;
  const places = [...search.settings.bases, ...required.map(parentOf), ...(baseDn === undefined ? [] : [baseDn])];
  const { session, slice } = conversation;
  const roots = heard(await readEntry(session, { dn: '', attributes: ['namingContexts'] }, slice)).entries; // none where it does not tell
  const contexts = roots.flatMap((root) => textsOf(root, 'namingContexts'));
  const tops = contexts.filter((context) => places.some((place) => isAtOrBelow(place, context)));
  const covered = places.every((place) => tops.some((top) => isAtOrBelow(place, top)));
  const belowTop = { bases: outermost(places), isFromTop: false };
  if (!covered) return belowTop;
  for (const base of tops) {
    if ((await searchGroups(conversation, { base, scope: 'base', filter: anyEntry })).missing !== undefined) return belowTop;
  }
  return { bases: outermost(tops), isFromTop: true };
}

function chunks(items: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(items.length / MEMBERS_AT_ONCE) }, (_, index) =>
    items.slice(index * MEMBERS_AT_ONCE, (index + 1) * MEMBERS_AT_ONCE),
  );
}
