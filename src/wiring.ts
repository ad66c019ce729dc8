import { wallClock } from './core/clock.ts';
import { type Config, readConfig, type SearchAccount, type SearchAndBind, type StoredSetting, type TlsSettings } from './config/config.ts';
import { DIRECTORY_KINDS, type DirectoryTraits } from './config/directory-kinds.ts';
import { Deadline } from './core/deadline.ts';
import { uniformly } from './core/disclosure.ts';
import type { ConfigProblem, Environment } from './config/environment.ts';
import type { LoginRequest, Outcome } from './core/outcome.ts';
import { holdsPassword } from './config/password-attributes.ts';
import { Secret } from './core/secret.ts';
import { type Fetch, passwordIn, StoredValue } from './secrets/stored-value.ts';
import type { Trace } from './core/trace.ts';
import { authenticate, type Directory, type Lookup } from './directory/authenticate.ts';
import type { UserSearch } from './directory/conversation.ts';
import { BoundAccounts } from './directory/service/bound-account.ts';
import { parseDnTemplate } from './directory/names/dn-template.ts';
import { isDn } from './directory/names/dn.ts';
import { parseUserFilter } from './directory/names/filter.ts';
import { dnsDomainOf } from './directory/names/login-name.ts';
import { PenaltyBox } from './directory/penalty-box.ts';
import { type PasswordSource, ServiceCredentials } from './directory/service/credentials.ts';
import type { Searcher } from './directory/service/searcher.ts';
import { TlsIdentitySource } from './ldap/tls-identity.ts';
import { wantedAttributes } from './directory/user-search.ts';
import { whatSuccessClears } from './gate/allowance.ts';
import type { Gatekeeper } from './gate/gatekeeper.ts';
import { RELEASE_MS } from './gate/table.ts';
import { AddressBook } from './ldap/addresses.ts';
import { makeRecorder, type Recorder } from './observe/record.ts';
import { makeSink } from './observe/sink.ts';

/** What a handler needs: one function that answers, and one that writes it down. */
export type Service = {
  /** `leftMs`: what the invocation has left. Never rejects for anything that a directory does. */
  readonly authenticate: (login: LoginRequest, leftMs: number, trace: Trace) => Promise<Outcome>;
  /** Whether an application is configured. A misconfigured service does not know, and says so to whoever asks it. */
  readonly serves: (application: string) => boolean;
  readonly record: Recorder;
  /** Empty, unless the service is misconfigured. */
  readonly problems: readonly ConfigProblem[];
};

/** What closing the connection and writing the answer may take after the deadline, within the invocation. */
const ANSWER_MS = 300;

/**
 * The environment as a service, once at cold start. A wrong environment is a service as well: it answers "misconfigured"
 * to everybody and logs every problem, by variable, without a value.
 */
export function wire(environment: Environment): Service {
  const { config, problems, directory } = prepare(environment);
  const record = makeRecorder(makeSink(config.logLevel, environment));
  if (directory === undefined)
    return { authenticate: () => Promise.resolve({ kind: 'out-of-order', reason: 'misconfigured' }), serves: () => true, record, problems };
  const { deadlineMs, requiredGroups, applications, disclosure, uniformFloorMs } = config;
  const guarded = { ...directory, gate: openGate(config) };
  const afterwardsMs = ANSWER_MS + (config.gate?.table === undefined ? 0 : RELEASE_MS);
  return {
    authenticate: (login, leftMs, trace) => {
      const deadline = Deadline.in(Math.min(deadlineMs, Math.max(0, leftMs - afterwardsMs)));
      const required = login.application === undefined ? requiredGroups : applications.get(login.application);
      if (required === undefined) return Promise.resolve({ kind: 'caller-refused', reason: 'no-such-endpoint' });
      const ask = (): Promise<Outcome> => authenticate(guarded, { login, required, deadline, trace });
      return disclosure === 'uniform' ? uniformly(uniformFloorMs, deadline, trace, ask) : ask();
    },
    serves: (application) => applications.has(application),
    record,
    problems,
  };
}

/** What the login is made of, as far as the environment allows, and every problem with it. The doctor looks at the parts. */
export type Parts = {
  readonly config: Config;
  readonly problems: readonly ConfigProblem[];
  /** Undefined where an authority, a certificate or a key cannot be used. */
  readonly identity: TlsIdentitySource | undefined;
  /** What a login asks; undefined while there is any problem. */
  readonly directory: Directory | undefined;
};

export function prepare(environment: Environment): Parts {
  const { config, problems: known } = readConfig(environment);
  const ofLookup: ConfigProblem[] = [];
  const ofTls: ConfigProblem[] = [];
  const lookup = makeLookup(config, ofLookup);
  const identity = makeIdentitySource(config.tls, ofTls);
  const problems = [...known, ...ofLookup, ...ofTls];
  const isWhole = lookup !== undefined && identity !== undefined && problems.length === 0;
  return {
    config,
    problems,
    identity,
    directory: isWhole
      ? {
          config,
          identity,
          lookup,
          box: new PenaltyBox(wallClock),
          book: new AddressBook(wallClock),
          discovered: discover(config),
          gate: undefined,
        }
      : undefined,
  };
}

/** Begun at cold start; a chunk of its own, which nobody else loads. */
function discover({ discovery }: Config): Directory['discovered'] {
  if (discovery === undefined) return undefined;
  return begun(import('./ldap/discovery.ts').then(({ ServerBook }) => new ServerBook(discovery, wallClock)));
}

/** Undefined: see the problems. */
function makeIdentitySource(settings: TlsSettings, problems: ConfigProblem[]): TlsIdentitySource | undefined {
  const { ca, client } = settings;
  const stored = {
    ca: ca?.kind === 'parameter' ? new StoredValue(fetchFrom(ca), wallClock) : undefined,
    key: client?.key.kind === 'secret' ? new StoredValue(fetchFrom(client.key), wallClock) : undefined,
  };
  const source = new TlsIdentitySource(settings, stored, problems);
  return problems.length > 0 ? undefined : source;
}

function makeLookup(config: Config, problems: ConfigProblem[]): Lookup | undefined {
  const { lookup, directory } = config;
  const kind = DIRECTORY_KINDS[directory];
  const { baseDn } = lookup.groups;
  if (baseDn !== undefined && !isDn(baseDn))
    problems.push({ variable: 'LDAP_GROUP_BASE_DN', expected: 'a DN like ou=groups,dc=example,dc=org' });
  if (lookup.kind === 'search-and-bind') {
    const search = makeSearch(lookup, kind, config.gate === undefined ? [] : kind.counterAttributes, problems);
    return search === undefined ? undefined : { kind: 'search-and-bind', search };
  }
  const parsed = parseDnTemplate(lookup.template);
  if (parsed.ok)
    return { kind: 'direct-bind', direct: { kind, template: parsed.template, settings: lookup, wanted: wantedAttributes(kind, lookup) } };
  problems.push({ variable: 'LDAP_USER_DN_TEMPLATE', expected: parsed.expected });
  return undefined;
}

function makeSearch(
  settings: SearchAndBind,
  kind: DirectoryTraits,
  counters: readonly string[],
  problems: ConfigProblem[],
): UserSearch | undefined {
  const { netbiosDomain, account, bases, userFilter } = settings;
  if (!bases.every((base) => base === '' || isDn(base)))
    problems.push({ variable: 'LDAP_BASE_DN', expected: 'a DN like ou=people,dc=example,dc=org, a JSON array of DNs, or *' });
  const parsed = parseUserFilter(userFilter);
  if (!parsed.ok) {
    problems.push({ variable: 'LDAP_USER_FILTER', expected: parsed.expected });
    return undefined;
  }
  if (parsed.filter.nameAttributes.some((attribute) => holdsPassword(attribute)))
    problems.push({ variable: 'LDAP_USER_FILTER', expected: 'no comparison of the name with an attribute that holds a password' });
  return {
    settings,
    kind,
    filter: parsed.filter,
    wanted: wantedAttributes(kind, settings, counters),
    bases: bases.map((dn) => ({ dn, names: { netbiosDomain, dnsDomain: kind.domainNames ? dnsDomainOf(dn) : undefined } })),
    searcher: makeSearcher(account, kind),
    witnesses: new Map(),
  };
}

function makeSearcher(account: SearchAccount, kind: DirectoryTraits): Searcher {
  if (account.kind === 'anonymous') return account;
  return {
    kind: 'service account',
    bindDn: account.bindDn,
    boundAccounts: new BoundAccounts(kind, account.bindDn, wallClock),
    credentials: new ServiceCredentials(passwordSource(account.bindPassword), wallClock),
  };
}

function passwordSource(setting: StoredSetting): PasswordSource {
  return setting.kind === 'given'
    ? { kind: 'given', password: setting.value }
    : {
        kind: 'stored',
        value: new StoredValue(setting.kind === 'secret' ? passwordOf(fetchFrom(setting)) : fetchFrom(setting), wallClock),
      };
}

/** Secrets Manager's own kind of secret for a directory is a JSON object. */
function passwordOf(fetch: Fetch): Fetch {
  return async (deadline) => {
    const fetched = await fetch(deadline);
    return fetched.ok ? { ok: true, value: passwordIn(fetched.value) } : fetched;
  };
}

/** Begun at cold start, so that the first login does not wait for all of it: the gate is a chunk of its own, which nobody else loads. */
function openGate({ gate, directory, servers, discovery, disclosure }: Config): Promise<Gatekeeper> | undefined {
  if (gate === undefined) return undefined;
  const { failures: limit, windowSeconds, table } = gate;
  const kind = DIRECTORY_KINDS[directory];
  const rules = { limit, windowSeconds, success: whatSuccessClears(kind, discovery ? Infinity : servers.length) };
  return begun(
    import('./gate/gatekeeper.ts').then(({ makeGatekeeper }) => makeGatekeeper({ counter: kind.failureCounter, rules, table, disclosure })),
  );
}

/** A chunk that may fail to load: each login tells it, and nobody else. */
function begun<T>(opening: Promise<T>): Promise<T> {
  opening.catch(() => undefined);
  return opening;
}

/** The SDK is imported when it is first needed, and not before. */
function fetchFrom(setting: Exclude<StoredSetting, { readonly kind: 'given' }>): Fetch {
  return async (deadline) => {
    const { fetchParameter, fetchSecret } = await import('./secrets/aws.ts');
    const stored = setting.kind === 'parameter' ? await fetchParameter(setting.name, deadline) : await fetchSecret(setting.id, deadline);
    if (!stored.ok) return stored;
    return { ok: true, value: new Secret(stored.text) };
  };
}
