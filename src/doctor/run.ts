import { type Clock, wallClock } from '../core/clock.ts';
import type { Config, Server } from '../config/config.ts';
import type { ConfigProblem, Environment } from '../config/environment.ts';
import type { Deadline } from '../core/deadline.ts';
import { Trace } from '../core/trace.ts';
import { isDn } from '../directory/names/dn.ts';
import type { Parts } from '../wiring.ts';
import { type Check, check, fail, type Finding, type Known, pass, type Row, skip } from './check.ts';
import { BIND_CHECKS } from './checks-bind.ts';
import { CONNECTION_CHECKS, DISCOVERY_CHECK } from './checks-connection.ts';
import { directoryChecks } from './checks-directory.ts';
import { GATE_CHECKS, TABLE_CHECK } from './checks-gate.ts';
import { storedChecks } from './checks-stored.ts';
import { USER_CHECKS } from './checks-user.ts';
import { VERSION } from './version.ts';
import { notADn } from './words.ts';

/** What `npm run doctor -- --json` prints and the function `doctor` returns. */
export type Report = {
  /** No check failed. Skipped ones do not count. */
  readonly ok: boolean;
  readonly version: string;
  readonly checks: readonly Row[];
};

/** `sdk`: the variables that AWS's SDK reads; without them the way to a store is not looked at by itself. `last`: one more check, after all others. */
export type Question = { readonly username?: string; readonly sdk?: Environment; readonly last?: Check };

/** Hears of every row as it comes. */
export type Progress = {
  readonly started: (row: Pick<Row, 'id' | 'title'>) => void;
  readonly ended: (row: Row, learned: Known) => void;
};

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
  const { config } = parts;
  const run: Run = { parts, deadline, progress, clock, rows: [] };
  let known = knownOf(parts, question);
  for (const one of [configurationCheck, ...storedChecks(config)]) known = await runCheck(run, one, known);
  if (config.gate !== undefined) await runCheck(run, TABLE_CHECK, known);
  if (config.discovery !== undefined) known = await runCheck(run, DISCOVERY_CHECK, known);
  const servers = known.discovered ?? config.servers;
  for (const [index, server] of servers.entries()) {
    const suffix = index === 0 ? '' : `-${String(index + 1)}`;
    await visit(run, server, known, servers.length === 1 ? UNNAMED : { prefix: `${server.name}: `, suffix });
  }
  if (question.last !== undefined) await runCheck(run, question.last, known);
  return { ok: run.rows.every(({ status }) => status !== 'fail'), version: VERSION, checks: run.rows };
}

/** A run, and its rows so far. */
type Run = { readonly parts: Parts; readonly deadline: Deadline; readonly progress: Progress; readonly clock: Clock; readonly rows: Row[] };

/** With several servers a title says which; the first one's ids are as with one server, the second one's end in `-2`. */
type Naming = { readonly prefix: string; readonly suffix: string };
const UNNAMED: Naming = { prefix: '', suffix: '' };

/** One server from its name to its users; its connection is closed whatever happens. */
async function visit(run: Run, server: Server, known: Known, naming: Naming): Promise<void> {
  const { config } = run.parts;
  const ofGate = config.gate === undefined ? [] : GATE_CHECKS;
  let facts: Known = { ...known, server };
  try {
    for (const one of [...CONNECTION_CHECKS, ...BIND_CHECKS, ...directoryChecks(config), ...USER_CHECKS, ...ofGate])
      facts = await runCheck(run, one, facts, naming);
  } finally {
    await facts.connection?.session.close();
  }
}

/** Runs one check, tells the row, and returns what is known then. */
async function runCheck(run: Run, one: Check, known: Known, { prefix, suffix } = UNNAMED): Promise<Known> {
  const id = one.id + suffix;
  const title = prefix + one.title;
  run.progress.started({ id, title });
  const startedAt = performance.now();
  const { status, found, hint, learned = {} } = await find(run, one, known);
  const ms = Math.round(performance.now() - startedAt);
  const row: Row = { id, title: found === undefined ? title : `${title}: ${found}`, status, ms, ...(hint === undefined ? {} : { hint }) };
  run.rows.push(row);
  run.progress.ended(row, learned);
  const isLost = status === 'fail' && known.connection?.session.isUsable === false;
  return { ...known, ...learned, ...(isLost ? { lost: 'told' } : {}) };
}

async function find({ parts, deadline, clock, rows }: Run, one: Check, known: Known): Promise<Finding> {
  if (deadline.expired) return rows.some(({ hint }) => hint === NO_TIME) ? skip() : fail(NO_TIME);
  const { config, problems } = parts;
  try {
    return await one.run(known, { config, problems, deadline: deadline.slice(config.deadlineMs), clock, trace: new Trace() });
  } catch (error) {
    // Its message may hold anything: only its kind is told.
    return fail(`the doctor itself failed (${error instanceof Error ? error.name : 'unknown'}); please report this`);
  }
}

const NO_TIME = 'LDAP_DEADLINE_MS: no time was left for this and what follows; lower it, or raise the time-out of the function doctor';

/** Variables without which nothing may be sent to anybody. With other problems the doctor still looks, and proposes values. */
const FOR_CONNECTING = /^LDAP_(?:URL|STARTTLS|ALLOW_PLAINTEXT|TLS_.*|CONNECT_TIMEOUT_MS|DEADLINE_MS)$/;

function knownOf({ problems, identity, directory }: Parts, { username, sdk }: Question): Known {
  const mayConnect = !problems.some(({ variable }) => FOR_CONNECTING.test(variable));
  const search = directory?.lookup.kind === 'search-and-bind' ? directory.lookup.search : undefined;
  return { identities: mayConnect ? identity : undefined, directory, search, username, sdk };
}

const configurationCheck = check({
  id: 'configuration',
  title: 'configuration',
  needs: [],
  run: (_known, { config, problems }) =>
    problems.length === 0
      ? pass(`${config.directory}, ${config.lookup.kind}, ${namesOf(config)}`)
      : fail(problems.map((problem) => problemHint(problem, config))),
});

function namesOf({ servers, discovery }: Config): string {
  return discovery === undefined ? servers.map(({ name }) => name).join(' ') : `SRV records of ${discovery.name}`;
}

/** A problem is also logged, without values; here what was written is named where it cannot be a password. */
function problemHint({ variable, expected }: ConfigProblem, config: Config): string {
  if (variable === 'LDAP_ALLOW_PLAINTEXT') return clearText(config);
  const bases = variable === 'LDAP_BASE_DN' && config.lookup.kind === 'search-and-bind' ? config.lookup.bases : [];
  const wrong = bases.find((base) => base !== '' && !isDn(base));
  return `${variable}: ${wrong === undefined ? `expected ${expected}` : notADn(wrong, config.directory)}`;
}

/** What to do comes before what can be done. */
function clearText({ servers, discovery }: Config): string {
  const urls = servers.map(({ name }) => name.replace(/^ldap:(.*):\d+$/, 'ldaps:$1')).join(' ');
  return `LDAP_URL: ldap:// alone would send passwords in clear text. Try first LDAP_URL=${discovery === undefined ? `${urls} (with the port, if it is not 636)` : `ldaps+srv://${discovery.name}`}. If the doctor finds no TLS there, put LDAP_URL back and set LDAP_STARTTLS=true. Do not set LDAP_ALLOW_PLAINTEXT=true: everybody on the network could read the passwords`;
}
