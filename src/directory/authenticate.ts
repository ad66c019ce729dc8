import type { Config } from '../core/config.ts';
import type { Deadline } from '../core/deadline.ts';
import type { Identity, LoginRequest, Outcome } from '../core/outcome.ts';
import type { Trace } from '../core/trace.ts';
import type { AddressBook } from '../ldap/addresses.ts';
import { secure, type TlsIdentity } from './connect.ts';
import { type Attributes, formatAttributes, readAttributes } from './attributes.ts';
import type { Conversation, UserSearch } from './conversation.ts';
import type { DnTemplate } from './dn-template.ts';
import { loginNameOf } from './entry.ts';
import { type Failure, protocolError } from './failure.ts';
import { type GroupQuestion, type Groups, type Known, known, ServerFailure, type Unproved, unknown } from './group-question.ts';
import { proveMembership, readGroups } from './groups.ts';
import { type LoginName, understandName } from './login-name.ts';
import type { PenaltyBox } from './penalty-box.ts';
import { PASSWORD_POLICY } from './policy.ts';
import { isEntryOf } from './proof.ts';
import { bindService } from './service-bind.ts';
import { Session } from './session.ts';
import type { TlsIdentitySource } from './tls-identity.ts';
import { type Attempt, type Turn, Turns } from './turns.ts';
import { bindTyped, bindUser, type Decided, type Decision } from './user-bind.ts';
import { findUser } from './user-search.ts';

/** How a name becomes something to bind as. */
export type Lookup =
  { readonly kind: 'search-and-bind'; readonly search: UserSearch } | { readonly kind: 'direct-bind'; readonly template: DnTemplate };

/** A directory that can be asked, and what this process remembers of it from one request to the next. */
export type Directory = {
  readonly config: Config;
  readonly identity: TlsIdentitySource;
  readonly lookup: Lookup;
  readonly box: PenaltyBox;
  readonly book: AddressBook;
};

/**
 * Are this name and password valid? One fresh connection to the server that answers, at most one bind as the user, never
 * repeated, all within the deadline. Never rejects for anything that a directory or a network does.
 */
export const authenticate = async (directory: Directory, login: LoginRequest, deadline: Deadline, trace: Trace): Promise<Outcome> => {
  const { lookup, identity } = directory;
  const made = await identity.current(deadline);
  if (!made.ok) return withoutSecret(made.why, made.failure, trace); // no server could be asked
  return await (lookup.kind === 'direct-bind'
    ? bindDirectly(directory, made.identity, lookup.template, login, deadline, trace)
    : searchAndBind(directory, made.identity, lookup.search, login, deadline, trace));
};

/** What must come from a store did not come, or cannot be used. */
const withoutSecret = (why: 'unavailable' | 'resting' | 'empty' | 'misconfigured', failure: Failure, trace: Trace): Outcome => {
  trace.detail = why === 'resting' ? `${failure.detail} (not tried again yet)` : failure.detail;
  if (why === 'empty' || why === 'misconfigured') return { kind: 'out-of-order', reason: 'misconfigured' };
  return { kind: 'indeterminate', reason: failure.reason, attempted: false };
};

const searchAndBind = async (
  directory: Directory,
  secured: TlsIdentity,
  search: UserSearch,
  login: LoginRequest,
  deadline: Deadline,
  trace: Trace,
): Promise<Outcome> => {
  const name = understandName(login.username, search.names);
  if (name === undefined) return { kind: 'invalid', reason: 'user-not-found' };
  const usable = await search.credentials.usable(deadline);
  if (!usable.ok) return withoutSecret(usable.why, usable.failure, trace);
  return await askInTurn(directory, secured, deadline, trace, (conversation) => askServer(search, name, login, conversation));
};

/** Bind as the service account, search the user, read what is to be read, bind as the user. */
const askServer = async (search: UserSearch, name: LoginName, login: LoginRequest, conversation: Conversation): Promise<Attempt> => {
  const service = await bindService(search, conversation);
  if (service.kind === 'fault') return { kind: 'failed', failure: service.failure };
  if (service.kind === 'refused') {
    conversation.trace.detail = service.failure.detail; // no other server: it would count the refusal too
    return answer({ kind: 'indeterminate', reason: service.failure.reason, attempted: false });
  }
  const found = await findUser(search, name, conversation, isEntryOf(search.settings.bindDn));
  if (found.kind === 'failed') return found;
  if (found.kind === 'none') return answer({ kind: 'invalid', reason: 'user-not-found' });
  if (found.kind === 'ambiguous') return answer({ kind: 'indeterminate', reason: 'ambiguous-user', attempted: false });
  if (found.kind === 'alias') {
    conversation.trace.detail = 'search: the entry is an alias';
    return answer({ kind: 'indeterminate', reason: 'directory-protocol-error', attempted: false, ofOneEntry: true });
  }
  const user = found.entry;
  conversation.trace.entryDn = user.dn;
  try {
    const facts = await readFacts({ search, user, conversation });
    return await bindUser(conversation, user.dn, login, (verdict) => decide(verdict, facts));
  } catch (error) {
    if (error instanceof ServerFailure) return { kind: 'failed', failure: error.failure };
    throw error;
  }
};

/** What was read about one entry before its bind. What of it is unknown shows itself only to the right password. */
type Facts = {
  readonly question: GroupQuestion;
  readonly username: Known<string>;
  readonly attributes: Attributes;
  readonly groups: Groups;
};

const readFacts = async (question: GroupQuestion): Promise<Facts> => {
  const { search, user, conversation } = question;
  const username = loginNameOf(user, search.wanted.login);
  return {
    question,
    // Callers key on it: another kind of name is none.
    username: username === undefined ? unknown('search: the login name of the entry cannot be read') : known(username),
    attributes: await readAttributes(conversation, user, search.settings.attributes),
    groups: await readGroups(question),
  };
};

/** What the user's bind means, together with what was read before it and, for a proof, is read after it. */
const decide = async (verdict: Decided, { question, username, attributes, groups }: Facts): Promise<Decision> => {
  if (verdict.kind === 'refused') {
    if (verdict.reason !== 'user-not-found') return { kind: 'invalid', reason: verdict.reason };
    return { kind: 'unknown', failure: protocolError('bind: no such user, of an entry just found') };
  }
  const { returned } = groups;
  const isMember = groups.isMember.known === 'after the bind' ? await proveAsService(question, groups.isMember) : groups.isMember;
  if ('kind' in isMember) return isMember;
  if (!isMember.known) return { kind: 'unknown', failure: isMember.failure };
  if (!isMember.value) return { kind: 'invalid', reason: 'not-in-required-group' };
  if (!username.known) return { kind: 'unknown', failure: username.failure };
  if (!attributes.known) return { kind: 'unknown', failure: attributes.failure };
  if (returned?.known === false) return { kind: 'unknown', failure: returned.failure };
  const identity = { dn: question.user.dn, username: username.value, ...formatAttributes(attributes.value), ...remaining(verdict) };
  return { kind: 'valid', identity: { ...identity, ...(returned === undefined ? {} : { groups: returned.value }) } };
};

/**
 * The proof of membership, after the user's bind: the connection is bound as the service account once more, and only then
 * is anything read.
 */
const proveAsService = async (
  question: GroupQuestion,
  unproved: Unproved,
): Promise<Known<boolean> | Extract<Decision, { kind: 'failed' | 'unknown' }>> => {
  const conversation = { ...question.conversation, slice: question.conversation.deadline };
  const bound = await bindService(question.search, conversation);
  if (bound.kind !== 'accepted') return { kind: bound.kind === 'fault' ? 'failed' : 'unknown', failure: bound.failure };
  try {
    return await proveMembership({ ...question, conversation }, unproved);
  } catch (error) {
    if (error instanceof ServerFailure) return { kind: 'failed', failure: error.failure };
    throw error;
  }
};

/** Without a search: the directory does not tell an unknown name from a wrong password, so neither do we. */
const bindDirectly = async (
  directory: Directory,
  secured: TlsIdentity,
  template: DnTemplate,
  login: LoginRequest,
  deadline: Deadline,
  trace: Trace,
): Promise<Outcome> => {
  const bindName = template(login.username);
  if (!bindName.ok) return { kind: 'malformed', reason: 'malformed-request', problems: [bindName.problem] };
  const identity = { username: login.username, ...(bindName.dn === undefined ? {} : { dn: bindName.dn }) };
  return await askInTurn(directory, secured, deadline, trace, (conversation) =>
    bindTyped(conversation, bindName.name, login, (verdict) => {
      if (verdict.kind === 'accepted') {
        trace.entryDn = bindName.name; // only now: until then it is a typed name that may be nobody's
        return { kind: 'valid', identity: { ...identity, ...remaining(verdict) } };
      }
      return { kind: 'invalid', reason: verdict.reason };
    }),
  );
};

/** The servers in turn, until one answers. After the user's bind was sent no other one is asked. */
const askInTurn = async (
  directory: Directory,
  secured: TlsIdentity,
  deadline: Deadline,
  trace: Trace,
  ask: (conversation: Conversation) => Promise<Attempt>,
): Promise<Outcome> => {
  const { config, box, book } = directory;
  trace.begin();
  const turns = new Turns({ servers: config.servers, box, book, connectTimeoutMs: config.connectTimeoutMs, deadline, trace });
  for await (const turn of turns) {
    const attempt = await askAt(directory, turn, secured, deadline, trace, ask);
    turns.ended(turn, attempt);
    if (attempt.kind === 'answer') return attempt.outcome;
    if (attempt.kind === 'failed-after-bind') return indeterminate(attempt.failure, trace, 'attempted');
    trace.begin();
  }
  return indeterminate(turns.failure, trace, 'not attempted');
};

const indeterminate = (failure: Failure, trace: Trace, bind: 'attempted' | 'not attempted'): Outcome => {
  trace.detail = failure.detail;
  return { kind: 'indeterminate', reason: failure.reason, attempted: bind === 'attempted' };
};

/** TLS, and a conversation over it. */
const askAt = async (
  { config }: Directory,
  turn: Turn,
  secured: TlsIdentity,
  deadline: Deadline,
  trace: Trace,
  ask: (conversation: Conversation) => Promise<Attempt>,
): Promise<Attempt> => {
  // Active Directory says it all in its sub-codes and knows no password policy control.
  const bindControls = config.directory === 'active-directory' ? [] : [PASSWORD_POLICY];
  const proof = config.disclosure === 'uniform' ? 'before any search' : 'before a no';
  const { server, slice } = turn;
  const connected = await secure(turn.socket, server, secured, turn.connecting, trace);
  trace.took('connect');
  if (!connected.ok) return { kind: 'failed', failure: connected.failure };
  return await withSession(new Session(connected.socket, trace), trace, (session) =>
    ask({ server, session, slice, deadline, trace, proof, bindControls }),
  );
};

/** Lends a session and, whatever happened, closes it. */
const withSession = async (session: Session, trace: Trace, use: (session: Session) => Promise<Attempt>): Promise<Attempt> => {
  try {
    return await use(session);
  } finally {
    await session.close();
    trace.took('close');
  }
};

const answer = (outcome: Outcome): Attempt => ({ kind: 'answer', outcome });

const remaining = ({ kind: _, ...told }: Extract<Decided, { readonly kind: 'accepted' }>): Partial<Identity> => told;
