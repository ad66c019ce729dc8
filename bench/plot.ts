import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { ROOT } from './bundles.ts';
import { type Accepted, readHistory } from './history.ts';
import { type Bar, barsOf, type Kind } from './plot-bars.ts';
import type { Transport } from './setting.ts';

const [WIDTH, LABELS, BARS, ROW] = [900, 262, 400, 24] as const;

/** The axis is logarithmic, in milliseconds: the slow ones are fifty times as slow as the fast ones. */
const [LEAST_MS, MOST_MS] = [0.25, 128] as const;
const TICKS_MS = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128] as const;

/** Each colour twice: for a light background and for a dark one. */
const STYLE = `
text { fill: #1f2328; font: 13px system-ui, sans-serif; paint-order: stroke; stroke: #ffffff; stroke-width: 4px; }
.page { fill: #ffffff; }
.small { fill: #57606a; font-size: 11px; }
.head { font-weight: 600; font-size: 15px; }
.strong { font-weight: 600; }
.grid { stroke: #d0d7de; stroke-width: 1; }
.service { fill: #0969da; }
.floor { fill: #6e7781; }
.peer { fill: #f4b183; }
.noDelay { fill: #bc4c00; }
.kept { fill: #8250df; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; stroke: #0d1117; }
.page { fill: #0d1117; }
.small { fill: #9198a1; }
.grid { stroke: #30363d; }
.service { fill: #58a6ff; }
.floor { fill: #8b949e; }
.peer { fill: #7d4a1e; }
.noDelay { fill: #f0883e; }
.kept { fill: #bc8cff; }
}
`;

const LEGEND: readonly (readonly [Kind, string])[] = [
  ['service', 'this service: one connection for each login, every answer checked'],
  ['floor', 'floor: the same messages as ready-made bytes, nothing checked: the least that a login over a new connection takes'],
  ['peer', 'other programs as they are, one connection for each login'],
  ['noDelay', 'the same program when its sockets do not wait for acknowledgements (TCP_NODELAY)'],
  ['kept', 'one connection that stays open for all logins, which this service never does'],
];

const TITLES: Readonly<Record<Transport, string>> = { ldaps: 'Over TLS (ldaps)', plain: 'Without TLS' };

/** The last accepted run as a picture: this service, its peers and the floor. The same run gives the same bytes. */
export function renderPlot(run: Accepted): string {
  let top = 36;
  const parts: string[] = [
    text(12, top - 12, 'Milliseconds of one login: shorter is better, and each line is twice the one before it', 'head'),
  ];
  for (const [kind, meaning] of LEGEND) {
    parts.push(rectangle(kind, 14, top, 14), text(36, top + 12, meaning, ''));
    top += 20;
  }
  for (const transport of ['ldaps', 'plain'] as const) {
    const bars = barsOf(run.logins ?? [], transport);
    parts.push(...panel(transport, bars, top + 14));
    top += 14 + 34 + bars.length * ROW + 10;
  }
  const source = `Median of warm logins: search and bind, OpenLDAP with 10,000 people on the same machine. Node ${run.node.slice(1)}, ${run.machine.split(',')[0] ?? ''}, commit ${run.commit}, ${run.at.slice(0, 10)}.`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(WIDTH)} ${String(top + 30)}" role="img" aria-labelledby="title">`,
    `<title id="title">Milliseconds of one login: this service, other programs and the floor</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="page" width="100%" height="100%"/>`,
    ...parts,
    text(14, top + 16, source, 'small'),
    '</svg>',
    '',
  ].join('\n');
}

function panel(transport: Transport, bars: readonly Bar[], top: number): readonly string[] {
  const [first, last] = [top + 34, top + 34 + bars.length * ROW];
  return [
    text(14, top + 18, TITLES[transport], 'head'),
    ...TICKS_MS.flatMap((ms) => tick(ms, first, last)),
    ...bars.flatMap((bar, index) => row(bar, first + index * ROW)),
  ];
}

function tick(ms: number, from: number, to: number): readonly string[] {
  const x = String(LABELS + lengthOf(ms));
  return [
    `<line class="grid" x1="${x}" x2="${x}" y1="${String(from - 4)}" y2="${String(to)}"/>`,
    text(LABELS + lengthOf(ms), from - 9, ms === MOST_MS ? `${String(ms)} ms` : String(ms), 'small', 'middle'),
  ];
}

function row({ label, kind, ms, floors, noDelayMs }: Bar, top: number): readonly string[] {
  const isWorthShowing = noDelayMs !== undefined && noDelayMs < 0.8 * ms; // less is the noise of the measurement
  const told = `${ms.toFixed(2)} ms, ${floors.toFixed(floors < 10 ? 2 : 0)} × floor`;
  const emphasis = kind === 'service' ? 'strong' : '';
  return [
    text(LABELS - 8, top + 15, label, emphasis, 'end'),
    rectangle(kind, LABELS, top + 3, lengthOf(ms)),
    ...(isWorthShowing ? [rectangle('noDelay', LABELS, top + 3, lengthOf(noDelayMs))] : []),
    text(LABELS + lengthOf(ms) + 6, top + 15, told, emphasis),
  ];
}

function lengthOf(ms: number): number {
  return Math.round((10 * BARS * Math.log(ms / LEAST_MS)) / Math.log(MOST_MS / LEAST_MS)) / 10;
}

function rectangle(kind: Kind, x: number, y: number, width: number): string {
  return `<rect class="${kind}" x="${String(x)}" y="${String(y)}" width="${width.toFixed(1)}" height="${String(ROW - 8)}" rx="2"/>`;
}

function text(x: number, y: number, content: string, style: string, anchor = 'start'): string {
  const attributes = `${style === '' ? '' : ` class="${style}"`}${anchor === 'start' ? '' : ` text-anchor="${anchor}"`}`;
  return `<text x="${String(Math.round(x))}" y="${String(y)}"${attributes}>${content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>`;
}

/** docs/bench.svg, from the last line of history.jsonl that has logins in it. */
export function writePlot(): void {
  const run = readHistory().findLast(({ logins }) => logins !== undefined);
  if (run === undefined) throw new Error('no accepted run yet: npm run bench -- --accept');
  writeFileSync(path.join(ROOT, 'docs/bench.svg'), renderPlot(run));
}
