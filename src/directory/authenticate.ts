import type { Config, Server } from '../core/config.ts';
import type { Deadline } from '../core/deadline.ts';
import type { Identity, LoginRequest, Outcome } from '../core/outcome.ts';
import type { Trace } from '../core/trace.ts';
import { formatAttributes, readAttributes } from './attributes.ts';
import { connectTo } from './connect.ts';
import type { Conversation, UserSearch } from './conversation.ts';
import type { DnTemplate } from './dn-template.ts';
import { loginNameOf } from './entry.ts';
import { askAddresses, type Attempt, askInTurn } from './failover.ts';
import { type Failure, protocolError } from './failure.ts';
import type { Groups } from './group-question.ts';
import { readGroups } from './groups.ts';
import { type LoginName, understandName } from './login-name.ts';
import type { PenaltyBox } from './penalty-box.ts';
import { PASSWORD_POLICY } from './policy.ts';
import { bindService } from './service-bind.ts';
import type { Credential } from './service-credentials.ts';
import { Session } from './session.ts';
import type { TlsIdentitySource } from './tls-identity.ts';
import { bindUser, type Decided } from './user-bind.ts';
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
    ? bindDirectly(directory, lookup.template, login, deadline, trace)
    : searchAndBind(directory, lookup.search, login, deadline, trace));
};

/** What must come from a store did not come, or cannot be used. */
const withoutSecret = (why: 'unavailable' | 'resting' | 'empty' | 'misconfigured', failure: Failure, trace: Trace): Outcome => {
  trace.detail = why === 'resting' ? `${failure.detail} (not tried again yet)` : failure.detail;
  if (why === 'empty' || why === 'misconfigured') return { kind: 'out-of-order', reason: 'misconfigured' };
  return { kind: 'indeterminate', reason: failure.reason, attempted: false };
};

const searchAndBind = async (
  directory: Directory,
  search: UserSearch,
  login: LoginRequest,
  deadline: Deadline,
  trace: Trace,
): Promise<Outcome> => {
  const name = understandName(login.username, search.names);
  if (name === undefined) return { kind: 'invalid', reason: 'user-not-found' };
  const usable = await search.credentials.usable(deadline);
  if (!usable.ok) return withoutSecret(usable.why, usable.failure, trace);
  return await askInTurn(directory.config.servers, directory.box, deadline, trace, (server, slice) =>
    withConversation(directory, server, slice, deadline, trace, (conversation) => askServer(search, name, login, conversation)),
  );
};

/** Bind as the service account, search the user, read what is to be read, bind as the user. */
const askServer = async (search: UserSearch, name: LoginName, login: LoginRequest, conversation: Conversation): Promise<Attempt> => {
  const service = await bindService(search, conversation);
  if (service.kind === 'fault') return { kind: 'failed', failure: service.failure };
  if (service.kind === 'refused') {
    conversation.trace.detail = service.failure.detail; // no other server: it would count the refusal too
    return answer({ kind: 'indeterminate', reason: service.failure.reason, attempted: false });
  }
  const bound = await search.boundAccounts.learn(service.credential, conversation);
  if (!bound.ok) return { kind: 'failed', failure: bound.failure };
  const found = await findUser(search, name, conversation);
  if (found.kind === 'failed') return found;
  if (found.kind === 'none') return answer({ kind: 'invalid', reason: 'user-not-found' });
  if (found.kind === 'ambiguous') return answer({ kind: 'indeterminate', reason: 'ambiguous-user', attempted: false });
  const user = found.entry;
  conversation.trace.entryDn = user.dn;
  const username = loginNameOf(user, search.wanted.login);
  if (username === undefined) return { kind: 'failed', failure: NAMELESS }; // callers key on it: another kind of name is none
  const attributes = await readAttributes(conversation, user, search.settings.attributes);
  if (!attributes.ok) return { kind: 'failed', failure: attributes.failure };
  const read = await readGroups({ search, user, conversation });
  if (!read.ok) return { kind: 'failed', failure: read.failure };
  const identity = { dn: user.dn, username, ...formatAttributes(attributes.values) };
  const decideAll: Decide = (verdict) => decide(verdict, identity, read.groups);
  return bound.account.isOwnEntry(user)
    ? await bindOwnEntry(service.credential, conversation, user.dn, login, decideAll)
    : await bindUser(conversation, user.dn, login, decideAll);
};

type Decide = Parameters<typeof bindUser>[3];

/**
 * The entry is the service account's own: a wrong password for it would count towards its lockout. The configured one is sent
 * in the place of any other, which takes the same time and the same round trips and is no failure. Whatever comes of it, the
 * typed one was wrong.
 */
const bindOwnEntry = async (
  { password, account }: Credential,
  conversation: Conversation,
  dn: string,
  login: LoginRequest,
  decideAll: Decide,
): Promise<Attempt> => {
  const { refusal } = account; // of another request, since this one was bound with it
  if (refusal !== undefined) return answer({ kind: 'indeterminate', reason: refusal.reason, attempted: false });
  if (login.password.equals(password)) return await bindUser(conversation, dn, login, decideAll);
  conversation.trace.detail = 'user bind: as the service account itself, with its own password in the place of the typed one';
  return await bindUser(conversation, dn, { ...login, password }, () => ({ kind: 'invalid', reason: 'wrong-password' }));
};

const NAMELESS: Failure = { reason: 'directory-refused-service-account', detail: 'search: the login name of the entry cannot be read' };

/** What the user's bind means, together with what was read before it. */
const decide = (verdict: Decided, identity: Identity, groups: Groups): ReturnType<Decide> => {
  if (verdict.kind === 'refused') {
    if (verdict.reason !== 'user-not-found') return { kind: 'invalid', reason: verdict.reason };
    return { kind: 'unknown', failure: protocolError('bind: no such user, of an entry just found') };
  }
  const { isMember, returned } = groups;
  if (!isMember.known) return { kind: 'unknown', failure: isMember.failure };
  if (!isMember.value) return { kind: 'invalid', reason: 'not-in-required-group' };
  if (returned?.known === false) return { kind: 'unknown', failure: returned.failure };
  return { kind: 'valid', identity: { ...identity, ...(returned === undefined ? {} : { groups: returned.value }), ...remaining(verdict) } };
};

/** Without a search: the directory does not tell an unknown name from a wrong password, so neither do we. */
const bindDirectly = async (
  directory: Directory,
  template: DnTemplate,
  login: LoginRequest,
  deadline: Deadline,
  trace: Trace,
): Promise<Outcome> => {
  const bindName = template(login.username);
  if (!bindName.ok) return { kind: 'malformed', reason: 'malformed-request', problems: [bindName.problem] };
  const identity = { username: login.username, ...(bindName.dn === undefined ? {} : { dn: bindName.dn }) };
  return await askInTurn(directory.config.servers, directory.box, deadline, trace, (server, slice) =>
    withConversation(directory, server, slice, deadline, trace, (conversation) =>
      bindUser(conversation, bindName.name, login, (verdict) => {
        if (verdict.kind === 'accepted') {
          trace.entryDn = bindName.name; // only now: until then it is a typed name that may be nobody's
          return { kind: 'valid', identity: { ...identity, ...remaining(verdict) } };
        }
        return { kind: 'invalid', reason: verdict.reason === 'user-not-found' ? 'wrong-password' : verdict.reason };
      }),
    ),
  );
};

/** A connection to the server, at one of its addresses after the other until one answers. */
const withConversation = async (
  { identity, config, box }: Directory,
  server: Server,
  slice: Deadline,
  deadline: Deadline,
  trace: Trace,
  use: (conversation: Conversation) => Promise<Attempt>,
): Promise<Attempt> => {
  const made = await identity.current(slice);
  if (!made.ok) return { kind: 'failed', failure: made.failure };
  // Active Directory says it all in its sub-codes and knows no password policy control.
  const bindControls = config.directory === 'active-directory' ? [] : [PASSWORD_POLICY];
  const proof = config.disclosure === 'uniform' ? 'before any search' : 'before a no';
  return await askAddresses(server, box, slice, async (address, share) => {
    const connecting = share.slice(config.connectTimeoutMs);
    trace.begin();
    const connected = await connectTo(server, address, made.identity, connecting, trace);
    trace.took('connect');
    if (!connected.ok) return { kind: 'failed', failure: connected.failure };
    return await withSession(new Session(connected, trace), trace, (session) =>
      use({ server, endpoint: `${address} ${String(server.port)}`, session, slice: share, deadline, trace, proof, bindControls }),
    );
  });
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
