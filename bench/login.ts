import type { BenchDirectory } from './directory.ts';
import { type Link, startLink } from './link.ts';
import { announce, printTable, progress } from './print.ts';
import type { Mode, Transport } from './setting.ts';
import { median, percentile, sum } from './statistics.ts';
import type { TurnResult } from './worker.ts';
import { Worker } from './workers.ts';

type Contestant = {
  readonly name: string;
  readonly module: string;
  /** Opens a connection for each login and knows direct bind too. */
  readonly modes: readonly Mode[];
  /** Default: all. */
  readonly transports?: readonly Transport[];
  readonly execArgv?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
};

const BOTH: readonly Mode[] = ['search-and-bind', 'direct-bind'];
const SEARCH: readonly Mode[] = ['search-and-bind'];
const NO_DELAY = ['--import', `${import.meta.dirname}/candidates/no-delay.mjs`];

const CONTESTANTS: readonly Contestant[] = [
  { name: 'floor', module: 'floor.ts', modes: BOTH },
  { name: 'floor, our key share', module: 'floor-x25519.ts', modes: BOTH, transports: ['ldaps'] },
  { name: 'this service', module: 'service.ts', modes: BOTH },
  { name: 'this service, silent', module: 'service.ts', modes: BOTH, environment: { LOG_LEVEL: 'SILENT' } },
  { name: 'bare middy + ldapts', module: 'middy-ldapts.ts', modes: SEARCH },
  { name: 'ldap-authentication', module: 'ldap-authentication.mjs', modes: BOTH },
  { name: 'ldapauth-fork', module: 'ldapauth-fork.mjs', modes: SEARCH },
  { name: 'ldapauth-fork, no delay', module: 'ldapauth-fork.mjs', modes: SEARCH, execArgv: NO_DELAY },
  { name: 'ldapauth-fork, kept open', module: 'ldapauth-fork-kept.mjs', modes: SEARCH },
  { name: 'passport-ldapauth', module: 'passport-ldapauth.mjs', modes: SEARCH },
  { name: 'passport-ldapauth, no delay', module: 'passport-ldapauth.mjs', modes: SEARCH, execArgv: NO_DELAY },
  { name: "the seed's program", module: 'seed.mjs', modes: SEARCH },
  { name: "the seed's program, no delay", module: 'seed.mjs', modes: SEARCH, execArgv: NO_DELAY },
];

export type LoginFigures = {
  readonly name: string;
  readonly logins: number;
  readonly p50: number;
  readonly p95: number;
  readonly cpu: number;
  /** Against the floor in the same rounds: the median over the rounds of each round's ratio. */
  readonly p50Ratio: number;
  readonly cpuRatio: number;
};

export type Scenario = {
  readonly transport: Transport;
  readonly mode: Mode;
  /** Milliseconds that a wire takes in each direction; absent on loopback. TCP's own handshake is not delayed. */
  readonly linkMs?: number;
  readonly figures: readonly LoginFigures[];
};

export type LoginOptions = { readonly rounds: number; readonly logins: number; readonly bundles: string };

const SCENARIOS = [
  { transport: 'ldaps', mode: 'search-and-bind' },
  { transport: 'plain', mode: 'search-and-bind' },
  { transport: 'ldaps', mode: 'direct-bind' },
  { transport: 'plain', mode: 'direct-bind' },
  { transport: 'ldaps', mode: 'search-and-bind', linkMs: 0.5 },
  { transport: 'ldaps', mode: 'search-and-bind', linkMs: 5 },
] as const satisfies readonly Omit<Scenario, 'figures'>[];

/** Over a link only those are measured that one compares there: it takes its time, whatever the program does. */
const OVER_A_LINK: ReadonlySet<string> = new Set([
  'floor',
  'this service',
  'bare middy + ldapts',
  'ldap-authentication',
  'passport-ldapauth, no delay',
]);

/** A slow one takes no more than this in each of its turns, so that all of them fit into a few minutes. */
const TURN_MS = 250;

/**
 * V8 optimizes what has been called three thousand times, and is through with a login after 11,000 of them. Told to do it after
 * three hundred calls it is after 1,750, with the same code in the end: warm is what a process is for the rest of its life. It is
 * told so for every candidate.
 */
const SOON_OPTIMIZED = '--invocation-count-for-turbofan=300';
const WARM_UP = { first: 5000, logins: 2000, ms: 4000 } as const;

/** All candidates against one directory, in turn, over and over. */
export async function measureLogins(directory: BenchDirectory, options: LoginOptions): Promise<readonly Scenario[]> {
  const scenarios: Scenario[] = [];
  for (const scenario of SCENARIOS) {
    const { transport, mode, linkMs } = { linkMs: undefined, ...scenario };
    announce(`logins: ${transport}, ${mode}${linkMs === undefined ? '' : `, over a link of ${String(linkMs)} ms in each direction`}`);
    const figures = await measureScenario(directory, { transport, mode, linkMs }, options);
    scenarios.push({ ...scenario, figures });
    printScenario(figures);
  }
  return scenarios;
}

type Running = { readonly contestant: Contestant; readonly worker: Worker; readonly turns: TurnResult[] };

async function measureScenario(
  directory: BenchDirectory,
  { transport, mode, linkMs }: { readonly transport: Transport; readonly mode: Mode; readonly linkMs: number | undefined },
  { rounds, logins, bundles }: LoginOptions,
): Promise<readonly LoginFigures[]> {
  const direct = directory.settingFor(transport, mode, bundles);
  const { protocol, hostname: host, port } = new URL(direct.url);
  const link = linkMs === undefined ? undefined : await startLink({ host, port: Number(port) });
  const setting = link === undefined ? direct : { ...direct, url: `${protocol}//${host}:${String(link.port)}` };
  const running: Running[] = [];
  try {
    const takesPart = ({ name, modes, transports = [transport] }: Contestant): boolean =>
      modes.includes(mode) && transports.includes(transport) && (link === undefined || OVER_A_LINK.has(name));
    for (const contestant of CONTESTANTS.filter(takesPart)) {
      const execArgv = [SOON_OPTIMIZED, ...(contestant.execArgv ?? [])];
      const worker = await Worker.start({ ...contestant, execArgv, setting });
      running.push({ contestant, worker, turns: [] });
      progress(`${contestant.name}: warming up`);
      await warmUp(contestant, worker);
    }
    if (linkMs !== undefined) await link?.delay(linkMs); // not before: over a link a process would be warm after minutes only
    for (let round = 0; round < rounds; round += 1) {
      for (const { contestant, worker, turns } of rotated(running, round)) {
        progress(`round ${String(round + 1)} of ${String(rounds)}: ${contestant.name}`);
        turns.push(await worker.turn({ first: round * logins, logins, ms: TURN_MS }));
      }
    }
    for (const { contestant, worker } of link === undefined ? [] : running) await printRoundTrips(contestant.name, worker, link);
  } finally {
    await Promise.all(running.map(({ worker }) => worker.stop()));
    link?.stop();
  }
  return running.map((one) => figuresOf(one, running[0]?.turns ?? []));
}

/** What one login is on the wire, TCP's handshake left out. */
async function printRoundTrips(name: string, worker: Worker, link: Link | undefined): Promise<void> {
  if (link === undefined) return;
  const before = await link.counts();
  await worker.turn({ first: 0, logins: 10, ms: 60_000 });
  const after = await link.counts();
  const each = (after.turns - before.turns) / 20;
  announce(`${name}: ${each.toFixed(1)} round trips and ${((after.connections - before.connections) / 10).toFixed(1)} connections a login`);
}

/** Who is wrong is not measured. */
async function warmUp({ name }: Contestant, worker: Worker): Promise<void> {
  if (await worker.acceptsWrongPassword()) throw new Error(`${name} accepts a wrong password`);
  const { refused } = await worker.turn(WARM_UP);
  if (refused > 0) throw new Error(`${name} refuses people who are in the directory`);
}

/** Nobody always comes after the same one. */
function rotated(running: readonly Running[], round: number): readonly Running[] {
  const start = round % running.length;
  const order = [...running.slice(start), ...running.slice(0, start)];
  return round % 2 === 0 ? order : order.toReversed();
}

function figuresOf({ contestant, turns }: Running, floor: readonly TurnResult[]): LoginFigures {
  const refused = sum(turns.map((turn) => turn.refused));
  if (refused > 0) throw new Error(`${contestant.name} refused ${String(refused)} people who are in the directory`);
  const times = turns.flatMap(({ ms }) => ms);
  const cpuOf = (turn: TurnResult | undefined): number => (turn === undefined ? Number.NaN : turn.cpuMs / turn.ms.length);
  return {
    name: contestant.name,
    logins: times.length,
    p50: median(times),
    p95: percentile(times, 0.95),
    cpu: median(turns.map(cpuOf)),
    p50Ratio: median(turns.map(({ ms }, round) => median(ms) / median(floor[round]?.ms ?? []))),
    cpuRatio: median(turns.map((turn, round) => cpuOf(turn) / cpuOf(floor[round]))),
  };
}

function printScenario(figures: readonly LoginFigures[]): void {
  printTable(
    ['candidate', 'logins', 'p50 ms', 'p95 ms', 'CPU ms', 'p50 × floor', 'CPU × floor'],
    figures.map(({ name, logins, p50, p95, cpu, p50Ratio, cpuRatio }) => [
      name,
      String(logins),
      ...[p50, p95, cpu].map((value) => value.toFixed(2)),
      ...[p50Ratio, cpuRatio].map((value) => value.toFixed(2)),
    ]),
  );
}
