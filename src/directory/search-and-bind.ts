import type { LoginRequest, Outcome } from '../core/outcome.ts';
import { type Attributes, formatAttributes, readAttributes } from './attributes.ts';
import { type Call, type Plan, withoutSecret } from './call.ts';
import { counterAttributes } from '../gate/failure-count.ts';
import type { Gate } from '../gate/pass.ts';
import type { Conversation, UserSearch } from './conversation.ts';
import { type Found, loginNameOf } from './entry.ts';
import { answerWithoutBind, bindThroughGate, gatedUser } from './gated-bind.ts';
import { protocolError } from '../ldap/failure.ts';
import { type GroupQuestion, type Groups, type Known, ServerFailure, type Unproved } from './groups/question.ts';
import { proveMembership, readGroups } from './groups/read-groups.ts';
import { type LoginName, understandName } from './names/login-name.ts';
import { bindService } from './service/bind.ts';
import type { Credential } from './service/credentials.ts';
import type { Attempt } from './turns.ts';
import { bindUser, type Decide, type Decided, type Decision, remaining } from './user-bind.ts';
import { findUser } from './user-search.ts';

/** A name in another NetBIOS domain is nobody's here; without a usable password of the service account no server is asked. */
export async function planSearchAndBind(search: UserSearch, gate: Gate | undefined, { login, deadline, trace }: Call): Promise<Plan> {
  const name = understandName(login.username, search.names);
  if (name === undefined) return { kind: 'decided', outcome: { kind: 'invalid', reason: 'user-not-found' } };
  const usable = await search.credentials.usable(deadline);
  if (!usable.ok) return { kind: 'decided', outcome: withoutSecret(usable.why, usable.failure, trace) };
  return { kind: 'ask', ask: (conversation) => askServer({ search, gate, name, login }, conversation) };
}

type Asked = { readonly search: UserSearch; readonly gate: Gate | undefined; readonly name: LoginName; readonly login: LoginRequest };

/** Bind as the service account, search the user, read what is to be read, bind as the user. */
async function askServer({ search, gate, name, login }: Asked, conversation: Conversation): Promise<Attempt> {
  const { trace } = conversation;
  const service = await bindService(search, conversation);
  if (service.kind === 'fault') return { kind: 'failed', failure: service.failure };
  if (service.kind === 'refused') {
    trace.detail = service.failure.detail; // no other server: it would count the refusal too
    return answer({ kind: 'indeterminate', reason: service.failure.reason, attempted: false });
  }
  const bound = await search.boundAccounts.learn(service.credential, conversation);
  if (!bound.ok) return { kind: 'failed', failure: bound.failure };
  const found = await findUser(search, name, conversation, bound.account.isOwnEntry);
  if (found.kind === 'failed') return found;
  if (found.kind !== 'entry') {
    if (found.kind === 'alias') trace.detail = 'search: the entry is an alias';
    return await answerWithoutBind(gate, login.username, conversation, () => answer(NO_ENTRY[found.kind]));
  }
  const user = found.entry;
  trace.entryDn = user.dn;
  const facts = await readFacts({ search, user, conversation });
  if (facts.kind === 'failed') return facts;
  const decideByFacts: Decide = (verdict) => decide(verdict, facts);
  if (bound.account.isOwnEntry(user)) {
    const bindOwn = (): Promise<Attempt> => bindOwnEntry(service.credential, conversation, user.dn, login, decideByFacts);
    return await answerWithoutBind(gate, login.username, conversation, bindOwn); // no wrong password is sent: the gate need not decide
  }
  return await bindThroughGate(gate, gatedUser(user, counterAttributes(search.kind), conversation), conversation, () =>
    bindUser(conversation, user.dn, login, decideByFacts),
  );
}

/** What is told of a name that leads to no entry that somebody could bind as. */
const NO_ENTRY = {
  none: { kind: 'invalid', reason: 'user-not-found' },
  ambiguous: { kind: 'indeterminate', reason: 'ambiguous-user', attempted: false },
  alias: { kind: 'indeterminate', reason: 'directory-protocol-error', attempted: false, ofOneEntry: true },
} as const satisfies Readonly<Record<Exclude<Found['kind'], 'entry' | 'failed'>, Outcome>>;

function answer(outcome: Outcome): Attempt {
  return { kind: 'answer', outcome };
}

/** What was read about one entry before its bind. What of it is unknown shows itself only to the right password. */
type Facts = {
  readonly kind: 'read';
  readonly question: GroupQuestion;
  /** Absent where the entry does not tell it. */
  readonly username: string | undefined;
  readonly attributes: Attributes;
  readonly groups: Groups;
};

/** A fault of the server is one before the user's bind: the next server may be asked. */
async function readFacts(question: GroupQuestion): Promise<Facts | Extract<Attempt, { readonly kind: 'failed' }>> {
  const { search, user, conversation } = question;
  try {
    return {
      kind: 'read',
      question,
      username: loginNameOf(user, search.wanted.login),
      attributes: await readAttributes(conversation, user, search.settings.attributes),
      groups: await readGroups(question),
    };
  } catch (error) {
    if (error instanceof ServerFailure) return { kind: 'failed', failure: error.failure };
    throw error;
  }
}

/**
 * The entry is the service account's own: a wrong password for it would count towards its lockout. The configured one is sent
 * in the place of any other, which takes the same time and the same round trips and is no failure. Whatever comes of it, the
 * typed one was wrong.
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
  return (await bindUser(conversation, dn, { ...login, password }, () => ({ kind: 'invalid', reason: 'wrong-password' }))).value;
}

/** What the user's bind means, together with what was read before it and, for a proof, is read after it. */
async function decide(verdict: Decided, { question, username, attributes, groups }: Facts): Promise<Decision> {
  if (verdict.kind === 'refused') {
    if (verdict.reason !== 'user-not-found') return { kind: 'invalid', reason: verdict.reason };
    return { kind: 'unknown', failure: protocolError('bind: no such user, of an entry just found') };
  }
  const { returned } = groups;
  const isMember = groups.isMember.known === 'after the bind' ? await proveAsService(question, groups.isMember) : groups.isMember;
  if ('kind' in isMember) return isMember;
  if (!isMember.known) return { kind: 'unknown', failure: isMember.failure };
  if (!isMember.value) return { kind: 'invalid', reason: 'not-in-required-group' };
  if (!attributes.known) return { kind: 'unknown', failure: attributes.failure };
  if (returned?.known === false) return { kind: 'unknown', failure: returned.failure };
  const identity = {
    dn: question.user.dn,
    ...(username === undefined ? {} : { username }),
    ...formatAttributes(attributes.value),
    ...(returned === undefined ? {} : { groups: returned.value }),
    ...remaining(verdict),
  };
  return { kind: 'valid', identity };
}

/**
 * The proof of membership, after the user's bind: the connection is bound as the service account once more, and only then
 * is anything read.
 */
async function proveAsService(
  question: GroupQuestion,
  unproved: Unproved,
): Promise<Known<boolean> | Extract<Decision, { readonly kind: 'failed' | 'unknown' }>> {
  const conversation = { ...question.conversation, slice: question.conversation.deadline };
  const bound = await bindService(question.search, conversation);
  if (bound.kind !== 'accepted') return { kind: bound.kind === 'fault' ? 'failed' : 'unknown', failure: bound.failure };
  try {
    return await proveMembership({ ...question, conversation }, unproved);
  } catch (error) {
    if (error instanceof ServerFailure) return { kind: 'failed', failure: error.failure };
    throw error;
  }
}
