import type { DirectoryTraits } from '../config/directory-kinds.ts';
import { resultFailure, type Step } from '../ldap/failure.ts';
import type { LdapResult, SearchEntry } from '../ldap/message.ts';
import type { SearchFor } from '../ldap/requests.ts';
import { readAllValues } from './attributes.ts';
import type { Conversation, WantedAttributes } from './conversation.ts';
import { textsOf, valuesOf } from './entry.ts';
import { ServerFailure } from './groups/question.ts';
import { isGlobalCatalog, primaryGroupSid, sidOf } from './groups/tokens.ts';
import { firstRdnOf } from './names/dn.ts';
import { anyEntry, domainUserOf, equal } from './names/filter.ts';
import { formatSid } from './names/security-id.ts';

/** Who was bound, as far as the directory tells the user. */
export type BoundUser = {
  readonly entry: SearchEntry | undefined;
  /** Active Directory: the SIDs of the user and of all groups, as the server computed them for this bind. */
  readonly sids: ReadonlySet<string> | undefined;
};

/** Under which name a direct bind was accepted. */
export type AcceptedName = {
  readonly typed: string;
  readonly name: string;
  /** Undefined: the name is no DN. */
  readonly dn: string | undefined;
};

const NOBODY: BoundUser = { entry: undefined, sids: undefined };

/**
 * Asks, on a connection that a user has just bound, who that was, and reads the entry with the user's own rights. What the
 * directory refuses to show is absent; a fault is a ServerFailure. Two round trips.
 */
export async function readBoundUser(
  kind: DirectoryTraits,
  accepted: AcceptedName,
  wanted: WantedAttributes,
  conversation: Conversation,
): Promise<BoundUser> {
  return await conversation.trace.during('search', () => QUESTION[kind.whoIsBound](accepted, wanted, conversation));
}

type Question = (accepted: AcceptedName, wanted: WantedAttributes, conversation: Conversation) => Promise<BoundUser>;

/** "Who am I?" (RFC 4532). Where a server does not answer it with a DN, the DN that was bound names the entry. */
const askWhoIAm: Question = async (accepted, wanted, conversation) => {
  const { session, slice } = conversation;
  const { dn: bound } = accepted;
  const reply = await session.whoAmI(slice);
  if (!reply.ok) throw new ServerFailure(reply.failure);
  const answered = isAnswer('who am I', reply.result) ? reply.identity : undefined;
  if (/^(?:dn:\s*)?$/iu.test(answered ?? 'none')) return NOBODY; // anonymous, whatever was bound
  const dn = /^dn:\s*(\S.*)$/isu.exec(answered ?? '')?.[1] ?? bound; // 389 Directory Server puts a blank after the colon
  if (dn === undefined) return NOBODY;
  const attributes = [...wanted.all, ...firstRdnOf(dn).map(({ attribute }) => attribute)];
  const entry = await readOne(conversation, { base: dn, scope: 'base', filter: anyEntry, attributes });
  const isStored = entry !== undefined && isNamedAsHeld(entry) && !isTypedBehind(accepted);
  return { entry: entry === undefined || isStored ? entry : await readAsStored(entry, wanted, conversation), sids: undefined };
};

/** A base, or an identifier, is one entry; a server that sends more does not tell which one is the user. */
async function readOne(conversation: Conversation, search: Omit<SearchFor, 'mostEntries'>): Promise<SearchEntry | undefined> {
  const [entry, ...others] = await read(conversation, { ...search, mostEntries: 2 });
  return others.length === 0 ? entry : undefined;
}

/** The values of an RDN are values of its entry (X.501, 9.3): one that the entry does not show may be spelled as it was asked for. */
function isNamedAsHeld(entry: SearchEntry): boolean {
  return firstRdnOf(entry.dn).every(({ attribute, value }) => textsOf(entry, attribute).includes(value));
}

/** A template with the name in another part of the DN than the first: no value of the entry says how it is spelled. */
function isTypedBehind({ typed, dn }: AcceptedName): boolean {
  return dn !== undefined && !firstRdnOf(dn).some(({ value }) => value.includes(typed));
}

/**
 * ApacheDS (2.0.0.AM26, run) answers a search of base scope with the DN that it was asked for, as it was typed, and a search of
 * the subtree with the DN that it holds. The identifier leaves out what is below the entry.
 */
function readAsStored(entry: SearchEntry, wanted: WantedAttributes, conversation: Conversation): Promise<SearchEntry | undefined> {
  const [id] = valuesOf(entry, wanted.id.attribute);
  const filter = id === undefined ? anyEntry : equal(wanted.id.attribute, id);
  return readOne(conversation, { base: entry.dn, scope: 'sub', filter, attributes: wanted.all });
}

/** One account name, and principal names that are like it in other forests of the catalog. */
const MOST_OF_ONE_NAME = 20;

/**
 * The root DSE's `tokenGroups` (MS-ADTS 3.1.1.3.2) tell who is bound. The name does not: accounts of trusted domains bind here
 * too, under names that accounts of this domain have as well.
 */
const askTokenGroups: Question = async ({ typed, name, dn }, wanted, conversation) => {
  const asked = ['tokenGroups', 'defaultNamingContext'];
  const [root] = await read(conversation, { base: '', scope: 'base', filter: anyEntry, attributes: asked, mostEntries: 1 });
  const told = root === undefined ? undefined : await readAllValues(conversation.session, root, 'tokenGroups', conversation.slice);
  if (root === undefined || told?.known !== true || told.value.length === 0) return NOBODY;
  const sids = new Set(told.value.flatMap((value) => formatSid(value) ?? []));
  const domain = isGlobalCatalog(conversation) ? '' : textsOf(root, 'defaultNamingContext')[0];
  if (dn === undefined && domain === undefined) return { entry: undefined, sids };
  const place =
    dn === undefined
      ? ({ base: domain ?? '', scope: 'sub', filter: domainUserOf(typed, name) } as const)
      : ({ base: dn, scope: 'base', filter: anyEntry } as const);
  const attributes = [...wanted.all, 'primaryGroupID', 'objectSid'];
  const found = await read(conversation, { ...place, attributes, mostEntries: MOST_OF_ONE_NAME });
  const [entry, ...others] = found.filter((one) => isAmong(sids, one));
  return { entry: others.length === 0 ? entry : undefined, sids };
};

/**
 * By its SID. A migrated account's tokens also hold the SID of the account that it once was (sIDHistory), which may still be
 * there; they do not hold that account's primary group.
 */
function isAmong(sids: ReadonlySet<string>, entry: SearchEntry): boolean {
  const primary = primaryGroupSid(entry);
  return sids.has(sidOf(entry) ?? '') && (primary === undefined || sids.has(primary));
}

const QUESTION: Readonly<Record<DirectoryTraits['whoIsBound'], Question>> = { 'who am I': askWhoIAm, 'token groups': askTokenGroups };

/**
 * Results that refuse to tell, or tell that there is nothing to tell (RFC 4511, appendix A.1): protocolError (an operation that
 * the server does not know), sizeLimitExceeded, referral, noSuchObject, invalidDNSyntax, insufficientAccessRights,
 * unwillingToPerform. Any other one is a fault.
 */
const REFUSES: ReadonlySet<number> = new Set([2, 4, 10, 32, 34, 50, 53]);

function isAnswer(operation: Step, result: LdapResult): boolean {
  if (result.code !== 0 && !REFUSES.has(result.code)) throw new ServerFailure(resultFailure(operation, result));
  return result.code === 0;
}

/** The entries that are shown to the user. */
async function read({ session, slice }: Conversation, search: SearchFor): Promise<readonly SearchEntry[]> {
  const reply = await session.search({ ...search, surplus: 'heard out' }, slice);
  if (!reply.ok) throw new ServerFailure(reply.failure);
  if (reply.result !== undefined) isAnswer('search', reply.result);
  return reply.entries.slice(0, search.mostEntries);
}
