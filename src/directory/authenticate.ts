import type { Config } from '../config/config.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Gatekeeper } from '../gate/gatekeeper.ts';
import type { AddressBook } from '../ldap/addresses.ts';
import type { Dialled } from '../ldap/dial.ts';
import type { ServerBook } from '../ldap/discovery.ts';
import { type Attempt, type Call, unknownFor, withoutSecret } from './call.ts';
import { secure, type TlsIdentity } from '../ldap/connect.ts';
import type { Conversation, UserSearch } from './conversation.ts';
import { type Direct, planDirectBind } from './direct-bind.ts';
import type { PenaltyBox } from './penalty-box.ts';
import { bindControls } from './policy.ts';
import { planSearchAndBind } from './search-and-bind.ts';
import { Session } from '../ldap/session.ts';
import type { TlsIdentitySource } from '../ldap/tls-identity.ts';
import { Turns } from './turns.ts';

/** How a name becomes something to bind as. */
export type Lookup =
  { readonly kind: 'search-and-bind'; readonly search: UserSearch } | { readonly kind: 'direct-bind'; readonly direct: Direct };

/** A directory that can be asked, and what this process remembers of it from one request to the next. */
export type Directory = {
  readonly config: Config;
  readonly identity: TlsIdentitySource;
  readonly lookup: Lookup;
  readonly box: PenaltyBox;
  readonly book: AddressBook;
  /** Undefined: LDAP_URL names the servers. */
  readonly discovered: Promise<ServerBook> | undefined;
  /** Undefined: there is none, or the caller is outside of it, as the doctor is. */
  readonly gate: Promise<Gatekeeper> | undefined;
};

/**
 * Are this name and password valid? One fresh connection to the server that answers, at most one bind as the user, never
 * repeated, all within the deadline. Never rejects for anything that a directory or a network does.
 */
export async function authenticate(directory: Directory, call: Call): Promise<Outcome> {
  const { config, lookup, identity, box, book, discovered, gate } = directory;
  const { deadline, trace } = call;
  const secured = await identity.current(deadline);
  if (!secured.ok) return withoutSecret(secured.why, secured.failure, trace);
  const plan =
    lookup.kind === 'direct-bind' ? planDirectBind(lookup.direct, gate, call) : await planSearchAndBind(lookup.search, gate, call);
  if (plan.kind === 'decided') return plan.outcome;
  const located = discovered && (await trace.during('connect', async () => (await discovered).servers(box, deadline)));
  if (located?.ok === false) return unknownFor(located.failure, trace, 'not attempted');
  const servers = located?.list ?? config.servers;
  const turns = new Turns({ servers, box, book, connectTimeoutMs: config.connectTimeoutMs, deadline, trace });
  for await (const turn of turns) {
    const attempt = await askAt(turn, secured.identity, config, call, plan.ask);
    turns.ended(turn, attempt);
    if (attempt.kind === 'answer') return attempt.outcome;
    if (attempt.kind === 'failed-after-bind') return unknownFor(attempt.failure, trace, 'attempted'); // nobody else may be asked
  }
  return unknownFor(turns.failure, trace, 'not attempted');
}

/** TLS, and a session over it that is closed whatever happens. */
async function askAt(
  { server, address, socket, connecting, slice }: Dialled,
  secured: TlsIdentity,
  config: Config,
  { deadline, trace }: Call,
  ask: (conversation: Conversation) => Promise<Attempt>,
): Promise<Attempt> {
  const connected = await trace.during('connect', () => secure(socket, server, secured, connecting, trace));
  if (!connected.ok) return { kind: 'failed', failure: connected.failure };
  const session = new Session(connected.socket, trace);
  try {
    return await ask({
      server,
      endpoint: `${address} ${String(server.port)}`,
      session,
      slice,
      deadline,
      trace,
      proof: config.disclosure === 'uniform' ? 'before any search' : 'before a no',
      bindControls: bindControls(config),
    });
  } finally {
    await trace.during('close', () => session.close());
  }
}
