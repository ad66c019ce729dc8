import { type Clock, wallClock } from '../core/clock.ts';
import type { Config, Server } from '../config/config.ts';
import type { ConfigProblem, Environment } from '../config/environment.ts';
import type { Deadline } from '../core/deadline.ts';
import type { Secret } from '../core/secret.ts';
import { Trace } from '../core/trace.ts';
import type { Parts } from '../wiring.ts';
import { type Check, check, type Finding, type Known, type Row, type Visit } from './check.ts';
import { BIND_CHECKS } from './checks-bind.ts';
import { CONNECTION_CHECKS, DISCOVERY_CHECK } from './checks-connection.ts';
import { directoryChecks } from './checks-directory.ts';
import { GATE_CHECKS, TABLE_CHECK } from './checks-gate.ts';
import { storeCheck, STORED_CHECKS, storedIn } from './checks-stored.ts';
import { passwordCheck, USER_CHECKS } from './checks-user.ts';
import { VERSION } from './version.ts';

/** What `npm run doctor -- --json` prints and the function `doctor` returns. */
export type Report = {
  /** No check failed. Skipped ones do not count. */
  readonly ok: boolean;
  readonly version: string;
  readonly checks: readonly Row[];
};

/** `sdk`: the variables that AWS's SDK reads; without them the way to a store is not looked at by itself. */
export type Question = { readonly username?: string; readonly password?: Secret; readonly sdk?: Environment };

/** Hears of every row as it comes. */
export type Progress = {
  readonly started: (row: Pick<Row, 'id' | 'title'>) => void;
  readonly ended: (row: Row, learned: Known) => void;
};

/** Shows a run to people. */
export type Renderer = Progress & { readonly finished: (report: Report) => void };

/**
 * Examines the configuration and every server in it, a row for each check, in order. All of it ends with the deadline, and
 * each check within LDAP_DEADLINE_MS of its own. Never rejects; never binds a password that has been refused.
 */
export async function examine(
  parts: Parts,
  question: Question,
  deadline: Deadline,
  progress: Progress,
  clock: Clock = wallClock,
): Promise<Report> {
  const run = new Run(parts, deadline, progress, clock);
  await run.check(configurationCheck, {}, UNNAMED);
  let known = knownOf(parts, question);
  if (storedIn(parts.config).length > 0) known = { ...known, ...(await run.check(storeCheck, known, UNNAMED)) };
  for (const one of STORED_CHECKS) known = { ...known, ...(await run.check(one, known, UNNAMED)) };
  if (parts.config.gate !== undefined) await run.check(TABLE_CHECK, known, UNNAMED);
  const servers =
    parts.config.discovery === undefined ? parts.config.servers : ((await run.check(DISCOVERY_CHECK, known, UNNAMED)).discovered ?? []);
  for (const [index, server] of servers.entries()) {
    const naming = servers.length === 1 ? UNNAMED : { prefix: `${server.name}: `, suffix: index === 0 ? '' : `-${String(index + 1)}` };
    await run.visit(server, known, naming);
  }
  if (question.password !== undefined) await run.check(passwordCheck, known, UNNAMED);
  return { ok: run.rows.every(({ status }) => status !== 'fail'), version: VERSION, checks: run.rows };
}

/** With several servers a title says which; the first one's ids are as with one server, the second one's end in `-2`. */
type Naming = { readonly prefix: string; readonly suffix: string };
const UNNAMED: Naming = { prefix: '', suffix: '' };

function serverChecks(config: Config): readonly Check[] {
  const ofGate = config.gate === undefined ? [] : GATE_CHECKS;
  return [...CONNECTION_CHECKS, ...BIND_CHECKS, ...directoryChecks(config), ...USER_CHECKS, ...ofGate];
}

class Run {
  readonly rows: Row[] = [];
  readonly #parts: Parts;
  readonly #deadline: Deadline;
  readonly #progress: Progress;
  readonly #clock: Clock;
  #isOutOfTime = false;

  constructor(parts: Parts, deadline: Deadline, progress: Progress, clock: Clock) {
    this.#parts = parts;
    this.#deadline = deadline;
    this.#progress = progress;
    this.#clock = clock;
  }

  /** One server from its name to its users; its connection is closed whatever happens. */
  async visit(server: Server, known: Known, naming: Naming): Promise<void> {
    let facts: Known = { ...known, server };
    try {
      for (const one of serverChecks(this.#parts.config)) facts = { ...facts, ...(await this.check(one, facts, naming)) };
    } finally {
      await facts.connection?.session.close();
    }
  }

  /** Runs one check, tells the row, and returns what was learned. */
  async check(one: Check, known: Known, { prefix, suffix }: Naming): Promise<Known> {
    const id = one.id + suffix;
    const title = prefix + one.title;
    this.#progress.started({ id, title });
    const startedAt = performance.now();
    const { status, found, hint, learned } = await this.#find(one, known);
    const ms = Math.round(performance.now() - startedAt);
    const row: Row = { id, title: found === undefined ? title : `${title}: ${found}`, status, ms, ...(hint === undefined ? {} : { hint }) };
    this.rows.push(row);
    this.#progress.ended(row, learned ?? {});
    return learned ?? {};
  }

  async #find(one: Check, known: Known): Promise<Finding> {
    if (this.#deadline.expired) {
      const isFirst = !this.#isOutOfTime;
      this.#isOutOfTime = true;
      return isFirst ? { status: 'fail', hint: NO_TIME } : { status: 'skip' };
    }
    try {
      return await one.run(known, this.#visitNow());
    } catch (error) {
      // Its message may hold anything: only its kind is told.
      return { status: 'fail', hint: `the doctor itself failed (${error instanceof Error ? error.name : 'unknown'}); please report this` };
    }
  }

  #visitNow(): Visit {
    const { config, problems } = this.#parts;
    return { config, problems, deadline: this.#deadline.slice(config.deadlineMs), clock: this.#clock, trace: new Trace() };
  }
}

const NO_TIME = 'LDAP_DEADLINE_MS: no time was left for this and what follows; lower it, or raise the time-out of the function doctor';

/** Variables without which nothing may be sent to anybody. With other problems the doctor still looks, and proposes values. */
const FOR_CONNECTING = /^LDAP_(?:URL|STARTTLS|ALLOW_PLAINTEXT|TLS_.*|CONNECT_TIMEOUT_MS|DEADLINE_MS)$/;

function knownOf({ problems, identity, directory }: Parts, { username, password, sdk }: Question): Known {
  const mayConnect = identity !== undefined && !problems.some(({ variable }) => FOR_CONNECTING.test(variable));
  return {
    ...(mayConnect ? { identities: identity } : {}),
    ...(directory === undefined ? {} : { directory }),
    ...(directory?.lookup.kind === 'search-and-bind' ? { search: directory.lookup.search } : {}),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(sdk === undefined ? {} : { sdk }),
  };
}

const configurationCheck = check({
  id: 'configuration',
  title: 'configuration',
  needs: [],
  run: (_known, { config, problems }) =>
    problems.length === 0
      ? { status: 'pass', found: `${config.directory}, ${config.lookup.kind}, ${namesOf(config)}` }
      : { status: 'fail', hint: problems.map(problemHint).join('\n') },
});

function namesOf({ servers, discovery }: Config): string {
  return discovery === undefined ? servers.map(({ name }) => name).join(' ') : `SRV records of ${discovery.name}`;
}

function problemHint({ variable, expected }: ConfigProblem): string {
  return variable === 'LDAP_ALLOW_PLAINTEXT' ? CLEAR_TEXT : `${variable}: expected ${expected}`;
}

/** What to do comes before what can be done. */
const CLEAR_TEXT =
  'LDAP_URL: ldap:// alone would send passwords in clear text; use ldaps:// in LDAP_URL, or set LDAP_STARTTLS=true (only a network that nobody can listen to allows LDAP_ALLOW_PLAINTEXT=true)';
