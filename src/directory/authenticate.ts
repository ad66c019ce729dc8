import type { Config, SearchAndBind, Server } from '../core/config.ts';
import type { Deadline } from '../core/deadline.ts';
import type { Identity, LoginRequest, Outcome } from '../core/outcome.ts';
import type { Trace } from '../core/trace.ts';
import { connect, type TlsIdentity } from './connect.ts';
import type { DnTemplate } from './dn-template.ts';
import { type Found, loginNameOf, understandUserSearch } from './entry.ts';
import { type Attempt, askInTurn } from './failover.ts';
import { type BindVerdict, type Failure, protocolError, understandBind } from './failure.ts';
import type { UserFilter } from './filter.ts';
import { type LoginName, type NameForms, understandName } from './login-name.ts';
import type { SearchEntry } from './message.ts';
import type { PenaltyBox } from './penalty-box.ts';
import { PASSWORD_POLICY, readPolicy } from './policy.ts';
import { proveSight } from './proof.ts';
import type { ServiceAccount, ServiceBind } from './service-account.ts';
import { Session } from './session.ts';
import type { Sightings } from './sightings.ts';

/** How a name becomes something to bind as. */
export type Lookup =
  | {
      readonly kind: 'search-and-bind';
      readonly settings: SearchAndBind;
      readonly filter: UserFilter;
      readonly names: NameForms;
      readonly account: ServiceAccount;
      readonly sightings: Sightings;
    }
  | { readonly kind: 'direct-bind'; readonly template: DnTemplate };

/** A directory that can be asked, and what this process remembers of it from one request to the next. */
export type Directory = {
  readonly config: Config;
  readonly identity: TlsIdentity;
  readonly lookup: Lookup;
  readonly box: PenaltyBox;
};

/**
 * Are this name and password valid? One fresh connection to the server that answers, at most one bind as the user, never
 * repeated, all within the deadline. Never rejects for anything that a directory or a network does.
 */
export const authenticate = (directory: Directory, login: LoginRequest, deadline: Deadline, trace: Trace): Promise<Outcome> =>
  directory.lookup.kind === 'direct-bind'
    ? bindDirectly(directory, directory.lookup, login, deadline, trace)
    : searchAndBind(directory, directory.lookup, login, deadline, trace);

type Searching = Extract<Lookup, { readonly kind: 'search-and-bind' }>;

const searchAndBind = async (
  directory: Directory,
  lookup: Searching,
  login: LoginRequest,
  deadline: Deadline,
  trace: Trace,
): Promise<Outcome> => {
  const name = understandName(login.username, lookup.names);
  if (name === undefined) return { kind: 'invalid', reason: 'user-not-found' };
  const resting = lookup.account.refusal;
  if (resting !== undefined) {
    trace.detail = `${resting.detail} (not tried again yet)`;
    return { kind: 'indeterminate', reason: resting.reason, attempted: false };
  }
  return await askInTurn(directory.config.servers, directory.box, deadline, trace, (server, slice) =>
    withSession(directory, server, slice, trace, async (session) => {
      const bound = await bindService(directory, lookup, session, slice, trace);
      if (bound.kind === 'refused') return indeterminate(bound.failure); // the next server would count it too
      if (bound.kind === 'fault') return { kind: 'failed', failure: bound.failure };
      const found = await find(directory, lookup, server, session, name, slice, trace);
      switch (found.kind) {
        case 'failed':
          return found;
        case 'none':
          return { kind: 'answer', outcome: { kind: 'invalid', reason: 'user-not-found' } };
        case 'ambiguous':
          return { kind: 'answer', outcome: { kind: 'indeterminate', reason: 'ambiguous-user', attempted: false } };
        case 'entry':
          return await bindEntry(directory, lookup, session, found.entry, login, deadline, trace);
      }
    }),
  );
};

const bindDirectly = async (
  directory: Directory,
  lookup: Extract<Lookup, { readonly kind: 'direct-bind' }>,
  login: LoginRequest,
  deadline: Deadline,
  trace: Trace,
): Promise<Outcome> => {
  const bindName = lookup.template(login.username);
  if (!bindName.ok) return { kind: 'malformed', reason: 'malformed-request', problems: [bindName.problem] };
  return await askInTurn(directory.config.servers, directory.box, deadline, trace, (server, slice) =>
    withSession(directory, server, slice, trace, async (session) => {
      const identity = { username: login.username, ...(bindName.dn === undefined ? {} : { dn: bindName.dn }) };
      return await bindUser(directory, session, bindName.name, login, deadline, trace, (verdict) =>
        verdict.kind === 'accepted'
          ? { kind: 'valid', identity: { ...identity, ...remaining(verdict) } }
          : // The directory does not tell which of the two it was: 525 is for strangers' names too.
            { kind: 'invalid', reason: verdict.reason === 'user-not-found' ? 'wrong-password' : verdict.reason },
      );
    }),
  );
};

/** Opens, lends and, whatever happened, closes one connection. */
const withSession = async (
  directory: Directory,
  server: Server,
  slice: Deadline,
  trace: Trace,
  use: (session: Session) => Promise<Attempt>,
): Promise<Attempt> => {
  const { identity, config } = directory;
  const connected = await trace.time('connect', () => connect(server, identity, config.connectTimeoutMs, slice, trace));
  if (!connected.ok) return { kind: 'failed', failure: connected.failure };
  const session = new Session(connected.socket, trace);
  try {
    return await use(session);
  } finally {
    await trace.time('close', () => session.close());
  }
};

const bindService = (directory: Directory, lookup: Searching, session: Session, slice: Deadline, trace: Trace): Promise<ServiceBind> =>
  lookup.account.bind(
    () =>
      trace.time('service bind', async (): Promise<ServiceBind> => {
        const { bindDn, bindPassword } = lookup.settings;
        const reply = await session.bind(bindDn, bindPassword, controlsFor(directory), slice);
        return reply.ok
          ? understandServiceBind(understandBind(reply.result, readPolicy(reply.controls)), reply.result.code)
          : { kind: 'fault', failure: reply.failure };
      }),
    slice,
  );

/** 48, 34 and 32 speak of the name in LDAP_BIND_DN: no server will have it. */
const REFUSED_NAMES: ReadonlySet<number> = new Set([32, 34, 48]);

const understandServiceBind = (verdict: BindVerdict, code: number): ServiceBind => {
  if (verdict.kind === 'accepted') return { kind: 'accepted' };
  const reason = 'directory-refused-service-account';
  if (verdict.kind === 'refused') return { kind: 'refused', failure: { reason, detail: `service bind: ${verdict.reason}` } };
  const isRefusal = REFUSED_NAMES.has(code) || verdict.failure.reason === reason;
  return isRefusal ? { kind: 'refused', failure: { reason, detail: `service bind: result ${String(code)}` } } : verdict;
};

const find = async (
  directory: Directory,
  lookup: Searching,
  server: Server,
  session: Session,
  name: LoginName,
  slice: Deadline,
  trace: Trace,
): Promise<Found> =>
  await trace.time('search', async () => {
    const { settings, filter, sightings } = lookup;
    const reply = await session.search(
      {
        base: settings.baseDn,
        scope: settings.scope,
        filter: filter.forName(name),
        attributes: [...new Set([...loginAttributes(directory, lookup), ...settings.attributes])],
        mostEntries: 1, // a second one proves ambiguity
      },
      slice,
    );
    if (!reply.ok) return { kind: 'failed', failure: reply.failure };
    const found = understandUserSearch(reply, { kind: directory.config.directory, baseDn: settings.baseDn });
    if (found.kind === 'entry') sightings.note(server.name);
    if (found.kind !== 'none' || sightings.isFresh(server.name)) return found;
    const failure = await proveSight(session, settings.baseDn, slice);
    if (failure === undefined) sightings.note(server.name);
    return failure === undefined ? found : { kind: 'failed', failure };
  });

/** From the bind on, the connection acts as the user, or as nobody: everything that is to be read has been read. */
const bindEntry = async (
  directory: Directory,
  lookup: Searching,
  session: Session,
  entry: SearchEntry,
  login: LoginRequest,
  deadline: Deadline,
  trace: Trace,
): Promise<Attempt> => {
  trace.entryDn = entry.dn;
  const identity: Identity = { dn: entry.dn, username: loginNameOf(entry, loginAttributes(directory, lookup)) };
  return await bindUser(directory, session, entry.dn, login, deadline, trace, (verdict) => {
    if (verdict.kind === 'accepted') return { kind: 'valid', identity: { ...identity, ...remaining(verdict) } };
    if (verdict.reason !== 'user-not-found') return { kind: 'invalid', reason: verdict.reason };
    return protocolError('bind: no such user, of an entry just found');
  });
};

const bindUser = async (
  directory: Directory,
  session: Session,
  name: string,
  login: LoginRequest,
  deadline: Deadline,
  trace: Trace,
  decide: (verdict: Exclude<BindVerdict, { readonly kind: 'fault' }>) => Outcome | Failure,
): Promise<Attempt> => {
  const reply = await trace.time('user bind', () => session.bind(name, login.password, controlsFor(directory), deadline));
  if (!reply.ok) return reply.sent ? indeterminateAfterBind(reply.failure) : { kind: 'failed', failure: reply.failure };
  const verdict = understandBind(reply.result, readPolicy(reply.controls));
  if (verdict.kind === 'fault') return indeterminateAfterBind(verdict.failure);
  const decided = decide(verdict);
  return 'kind' in decided ? { kind: 'answer', outcome: decided } : indeterminateAfterBind(decided);
};

const remaining = (verdict: Extract<BindVerdict, { readonly kind: 'accepted' }>): Partial<Identity> => {
  const { kind: _, ...told } = verdict;
  return told;
};

const indeterminate = (failure: Failure): Attempt => ({
  kind: 'answer',
  outcome: { kind: 'indeterminate', reason: failure.reason, attempted: false },
});

/** The user's bind may have counted: no other server is asked, and nobody is told to try again. */
const indeterminateAfterBind = (failure: Failure): Attempt => ({
  kind: 'answer',
  outcome: { kind: 'indeterminate', reason: failure.reason, attempted: true },
  failure,
});

/** Active Directory says it all in its sub-codes and knows no password policy control. */
const controlsFor = (directory: Directory): readonly string[] =>
  directory.config.directory === 'active-directory' ? [] : [PASSWORD_POLICY];

const loginAttributes = (directory: Directory, lookup: Searching): readonly string[] => {
  const own = directory.config.directory === 'active-directory' ? ['sAMAccountName', 'uid'] : ['uid', 'sAMAccountName'];
  return [...own, ...lookup.filter.nameAttributes.filter((name) => name !== '' && !own.some((known) => known.toLowerCase() === name))];
};
