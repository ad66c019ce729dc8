import type { LoginRequest, Outcome } from '../core/outcome.ts';
import { type Attributes, readAttributes } from './attributes.ts';
import { answer, type Attempt, type Call, type Plan, withoutSecret } from './call.ts';
import type { Gatekeeper } from '../gate/gatekeeper.ts';
import type { Conversation, UserSearch } from './conversation.ts';
import { type Found } from './entry.ts';
import { answerWithoutBind, bindThroughGate, gatedUser } from './gated-bind.ts';
import { detailOf, protocolError } from '../ldap/failure.ts';
import type { SearchEntry } from '../ldap/message.ts';
import type { SearchFor } from '../ldap/requests.ts';
import { canonicalDn, dnKey } from './names/dn.ts';
import { anyOf } from './names/filter.ts';
import { type GroupQuestion, type Groups, type Known, orFault, type Unproved } from './groups/question.ts';
import { heard } from './groups/search.ts';
import { proveMembership, readGroups } from './groups/read-groups.ts';
import { identityOf } from './identity.ts';
import { readEntry } from './read-entry.ts';
import type { Credential } from './service/credentials.ts';
import { enter, enterAgain } from './service/bind.ts';
import { unusable } from './service/searcher.ts';
import { bindUser, type Decide, type Decided, type Decision } from './user-bind.ts';
import { findUser, type Place, placesFor } from './user-search.ts';
import { decideValid, type Read } from './valid.ts';

/** A name in another NetBIOS domain is nobody's here; without a usable password of the service account no server is asked. */
export async function planSearchAndBind(search: UserSearch, gate: Promise<Gatekeeper> | undefined, call: Call): Promise<Plan> {
  const places = placesFor(search, call.login.username);
  if (places === undefined) return { kind: 'decided', outcome: { kind: 'invalid', reason: 'user-not-found' } };
  const without = await unusable(search.searcher, call.deadline);
  if (without !== undefined) return { kind: 'decided', outcome: withoutSecret(without.why, without.failure, call.trace) };
  return { kind: 'ask', ask: (conversation) => askServer({ search, gate, places }, call, conversation) };
}

type Asked = { readonly search: UserSearch; readonly gate: Promise<Gatekeeper> | undefined; readonly places: readonly Place[] };

/** Bind as the service account, if there is one, search the user, read what is to be read, bind as the user. */
async function askServer({ search, gate, places }: Asked, { login, required, trace }: Call, conversation: Conversation): Promise<Attempt> {
  const service = await enter(search.searcher, conversation);
  if (service.kind === 'fault') return { kind: 'failed', failure: service.failure };
  if (service.kind === 'refused') {
    trace.detail = detailOf(service.failure); // no other server: it would count the refusal too
    return answer({ kind: 'indeterminate', reason: service.failure.reason, attempted: false });
  }
  const { account, credential } = service;
  const found = await findUser(search, places, conversation, account.isOwnEntry);
  if (found.kind === 'failed') return found;
  if (found.kind !== 'entry') {
    if (found.kind === 'alias') trace.detail = 'search: the entry is an alias';
    return await answerWithoutBind(gate, login.username, conversation, () => answer(NO_ENTRY[found.kind]));
  }
  const user = found.entry;
  trace.entryDn = user.dn;
  const facts = await readFacts({ search, user, required, conversation, others: { search, isOwnEntry: account.isOwnEntry } });
  if (facts.kind === 'failed') return facts;
  const decideByFacts: Decide = (verdict) => decide(verdict, search, facts);
  const isOwn = account.isOwnEntry(user) && (await orFault(async () => !(await isNamesake(search, user, conversation))));
  if (typeof isOwn === 'object') return isOwn;
  if (credential !== undefined && isOwn) {
    const bindOwn = (): Promise<Attempt> => bindOwnEntry(credential, conversation, user.dn, login, decideByFacts);
    return await answerWithoutBind(gate, login.username, conversation, bindOwn); // no wrong password is sent: the gate need not decide
  }
  const filter = (): SearchFor['filter'] => anyOf(places.map(({ name }) => search.filter.forName(name)));
  const guarded = gatedUser(user, filter, search.kind.counterAttributes, conversation);
  return await bindThroughGate(gate, guarded, conversation, () => bindUser(conversation, user.dn, login, decideByFacts));
}

/** What is told of a name that leads to no entry that somebody could bind as. */
const NO_ENTRY = {
  none: { kind: 'invalid', reason: 'user-not-found' },
  ambiguous: { kind: 'indeterminate', reason: 'ambiguous-user', attempted: false },
  alias: { kind: 'indeterminate', reason: 'directory-protocol-error', attempted: false, ofOneEntry: true },
} as const satisfies Readonly<Record<Exclude<Found['kind'], 'entry' | 'failed'>, Outcome>>;

/** What was read about one entry before its bind. What of it is unknown shows itself only to the right password. */
type Facts = {
  readonly kind: 'read';
  readonly question: GroupQuestion;
  readonly identity: Read['identity'];
  readonly attributes: Attributes;
  readonly groups: Groups;
};

/** A fault of the server is one before the user's bind: the next server may be asked. */
function readFacts(
  question: GroupQuestion & { readonly search: UserSearch },
): Promise<Facts | Extract<Attempt, { readonly kind: 'failed' }>> {
  const { search, user, conversation } = question;
  return orFault(async () => ({
    kind: 'read',
    question,
    identity: identityOf(user, search.wanted),
    attributes: await readAttributes(conversation, user, search.settings.attributes),
    groups: await readGroups(question),
  }));
}

/**
 * Whether an entry that is named like LDAP_BIND_DN is another one: `cn=app` and `uid=app` can stand side by side, and a text does not
 * tell whether it says the same in another way. No only means that the directory does not tell. A fault is a ServerFailure.
 */
async function isNamesake({ searcher, wanted }: UserSearch, user: SearchEntry, { session, slice }: Conversation): Promise<boolean> {
  if (searcher.kind === 'anonymous' || canonicalDn(searcher.bindDn) === canonicalDn(user.dn)) return false;
  if (dnKey(searcher.bindDn, 'values') !== dnKey(user.dn, 'values')) return false; // who is bound told that it is this one
  const { entries } = heard(await readEntry(session, { dn: searcher.bindDn, attributes: [wanted.id.attribute] }, slice));
  const [own, other] = [...entries.slice(0, 1), user].map((entry) => identityOf(entry, wanted).id);
  return own !== undefined && other !== undefined && own !== other;
}

/**
 * The entry is the service account's own: a wrong password for it would count towards its lockout. The configured one is sent
 * in the place of any other, which takes the same time and the same round trips and is no failure. Accepted, it proves that the
 * typed one was wrong. Refused, it proves nothing: the entry is another one of such a name, or the password has just been changed.
 */
async function bindOwnEntry(
  { password, account }: Credential,
  conversation: Conversation,
  dn: string,
  login: LoginRequest,
  decideByFacts: Decide,
): Promise<Attempt> {
  const { refusal } = account; // of another request, since this one was bound with it
  if (refusal !== undefined) return answer({ kind: 'indeterminate', reason: refusal.reason, attempted: false });
  if (login.password.equals(password)) return (await bindUser(conversation, dn, login, decideByFacts)).value;
  conversation.trace.detail = 'user bind: as the service account itself, with its own password in the place of the typed one';
  return (await bindUser(conversation, dn, { ...login, password }, decideOwn)).value;
}

function decideOwn(verdict: Decided): Decision {
  if (verdict.kind === 'accepted') return { kind: 'invalid', reason: 'wrong-password' };
  return { kind: 'unknown', failure: protocolError('bind', 'refused with the password of the service account, of an entry like its own') };
}

/** What the user's bind means, together with what was read before it and, for a proof, is read after it. */
async function decide(verdict: Decided, search: UserSearch, { question, identity, attributes, groups }: Facts): Promise<Decision> {
  if (verdict.kind === 'refused') {
    if (verdict.reason !== 'user-not-found') return { kind: 'invalid', reason: verdict.reason };
    return { kind: 'unknown', failure: protocolError('bind', 'no such user, of an entry just found') };
  }
  const isMember = groups.isMember.known === 'after the bind' ? await proveAsService(search, question, groups.isMember) : groups.isMember;
  return 'kind' in isMember ? isMember : decideValid(verdict, { identity, isMember, attributes, returned: groups.returned });
}

/**
 * The proof of membership, after the user's bind: the connection is bound as the service account once more, and only then
 * is anything read.
 */
async function proveAsService(
  search: UserSearch,
  question: GroupQuestion,
  unproved: Unproved,
): Promise<Known<boolean> | Extract<Decision, { readonly kind: 'failed' | 'unknown' }>> {
  const conversation = { ...question.conversation, slice: question.conversation.deadline };
  const bound = await enterAgain(search.searcher, conversation);
  if (bound.kind !== 'accepted') return { kind: bound.kind === 'fault' ? 'failed' : 'unknown', failure: bound.failure };
  return await orFault(() => proveMembership({ ...question, conversation }, unproved));
}
