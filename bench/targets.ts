import type { ColdFigures } from './cold.ts';
import type { GateFigures } from './gate.ts';
import type { LoginFigures, Scenario } from './login.ts';
import type { MemoryFigures } from './memory.ts';
import type { NameFigures, SilentFigures } from './network.ts';
import { printTable } from './print.ts';
import type { ScaleFigures } from './scale.ts';
import type { Transport } from './setting.ts';

/** What a run measured; a part of it that was not asked for is not there. */
export type Figures = {
  readonly logins?: readonly Scenario[];
  readonly cold?: readonly ColdFigures[];
  readonly scale?: readonly ScaleFigures[];
  readonly memory?: readonly MemoryFigures[];
  readonly gate?: readonly GateFigures[];
  readonly silent?: readonly SilentFigures[];
  readonly names?: NameFigures;
};

type Target = { readonly what: string; readonly atMost?: number; readonly atLeast?: number; readonly measured: number | undefined };

const MB = 1_000_000;

function figuresOf({ logins }: Figures, transport: Transport, linkMs?: number): readonly LoginFigures[] {
  const isMeant = (scenario: Scenario): boolean =>
    scenario.transport === transport && scenario.mode === 'search-and-bind' && scenario.linkMs === linkMs;
  return logins?.find(isMeant)?.figures ?? [];
}

function named<Row extends { readonly name: string }>(rows: readonly Row[] | undefined, name: string): Row | undefined {
  return rows?.find((row) => row.name === name);
}

/** Of the peers that open a connection for each login, whether mended or not. */
const PEERS = /^(?:ldap-authentication|ldapauth-fork|passport-ldapauth|the seed's program)(?:, no delay)?$/;

function fasterThanPeers(rows: readonly LoginFigures[]): number | undefined {
  const own = named(rows, 'this service');
  const peers = rows.filter(({ name }) => PEERS.test(name)).map(({ p50Ratio }) => p50Ratio);
  return own === undefined ? undefined : Math.min(...peers) / own.p50Ratio;
}

function difference(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one - other;
}

function targetsOf(figures: Figures): readonly Target[] {
  const [secure, plain, linked] = [figuresOf(figures, 'ldaps'), figuresOf(figures, 'plain'), figuresOf(figures, 'ldaps', 0.5)];
  const [own, bare] = [named(figures.cold, 'this service'), named(figures.cold, 'bare middy + ldapts')];
  const memory = figures.memory?.filter(({ name }) => name === 'this service') ?? [];
  const [early, late] = [memory[0], memory.at(-1)];
  const [answering, silent] = figures.silent ?? [];
  return [
    { what: 'ldaps: p50 × floor', atMost: 1.1, measured: named(secure, 'this service')?.p50Ratio },
    { what: 'ldaps: times faster than the fastest peer', atLeast: 1, measured: fasterThanPeers(secure) },
    { what: 'plain: times faster than the fastest peer', atLeast: 0.95, measured: fasterThanPeers(plain) },
    { what: 'ldaps over a link of 1 ms: p50 × floor', atMost: 1.03, measured: named(linked, 'this service')?.p50Ratio },
    { what: 'ldaps over a link of 1 ms: times faster than the fastest peer', atLeast: 1.6, measured: fasterThanPeers(linked) },
    {
      what: 'cold import, ms above bare middy + ldapts, bundled the ordinary way',
      atMost: 0,
      measured: difference(own?.importMs, bare?.importMs),
    },
    { what: 'JavaScript, bytes deflated', atMost: 46_000, measured: own?.deflated },
    { what: 'first request, ms above a warm one', atMost: 15, measured: difference(own?.firstMs, own?.warmMs) },
    {
      what: 'first of two servers silent: ms more of a first login',
      atMost: 300,
      measured: difference(silent?.firstMs, answering?.firstMs),
    },
    { what: 'first of two servers silent: ms more of a warm login', atMost: 0.5, measured: difference(silent?.warmMs, answering?.warmMs) },
    { what: 'DNS packets of 1,000 logins by name', atMost: 2, measured: figures.names?.packets },
    { what: 'heap, MB grown from login 1,000 to 20,000', atMost: 1, measured: difference(late?.heapUsed, early?.heapUsed) },
    { what: 'RSS, MB grown from login 1,000 to 20,000', atMost: 8, measured: difference(late?.rss, early?.rss) },
  ].map((target) => (target.what.includes(', MB') ? { ...target, measured: inMegabytes(target.measured) } : target));
}

function inMegabytes(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : bytes / MB;
}

/** What is asked for beside what was measured. Direct bind is reported, and not judged. */
export function printTargets(figures: Figures): void {
  const rows = targetsOf(figures).flatMap(({ what, atMost, atLeast, measured }) => {
    if (measured === undefined || Number.isNaN(measured)) return [];
    const isMet = measured <= (atMost ?? Infinity) && measured >= (atLeast ?? -Infinity);
    const bound = atMost === undefined ? `at least ${String(atLeast)}` : `at most ${String(atMost)}`;
    return [[what, bound, measured > 1000 ? measured.toFixed(0) : measured.toFixed(2), isMet ? 'met' : 'missed']];
  });
  if (rows.length > 0) printTable(['target', 'bound', 'measured', ''], rows);
}
