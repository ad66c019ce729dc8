import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { ROOT } from './bundles.ts';
import { type Accepted, readHistory } from './history.ts';
import type { LoginFigures } from './login.ts';
import type { Transport } from './setting.ts';

const [WIDTH, LABELS, BARS, ROW, TITLE] = [860, 210, 470, 24, 34] as const;

/** Logarithmic, from half a millisecond to 200: the slow ones are fifty times as slow as the fast ones. */
const [LEAST_MS, MOST_MS] = [0.3, 200] as const;

/** The last accepted run as a picture: us, the peers and the floor. The same run gives the same bytes. */
export const renderPlot = (run: Accepted): string => {
  const panels = (['ldaps', 'plain'] as const).map((transport) => ({ transport, rows: rowsOf(run, transport) }));
  let top = 0;
  const parts: string[] = [];
  for (const { transport, rows } of panels) {
    parts.push(...panel(transport, rows, top));
    top += TITLE + rows.length * ROW + 14;
  }
  const caption = `Median of a warm login, search and bind, OpenLDAP with 10,000 people on the same machine; logarithmic.`;
  const source = `Node ${run.node.slice(1)}, ${run.machine.split(',')[0] ?? ''}, commit ${run.commit}, ${run.at.slice(0, 10)}. × is against the floor.`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(WIDTH)} ${String(top + 44)}" font-family="system-ui, sans-serif" font-size="13">`,
    `<title>Milliseconds of a login: this service, its peers and the floor</title>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    ...parts,
    text(LABELS, top + 14, caption, 'fill="#57606a" font-size="11"'),
    text(LABELS, top + 30, source, 'fill="#57606a" font-size="11"'),
    '</svg>',
    '',
  ].join('\n');
};

const rowsOf = ({ logins }: Accepted, transport: Transport): readonly LoginFigures[] => {
  const scenario = logins?.find((one) => one.transport === transport && one.mode === 'search-and-bind');
  const shown = (scenario?.figures ?? []).filter(({ name }) => name !== 'this service, silent');
  return shown.toSorted((one, other) => one.p50 - other.p50);
};

const TITLES: Readonly<Record<Transport, string>> = { ldaps: 'ldaps', plain: 'without TLS' };

const panel = (transport: Transport, rows: readonly LoginFigures[], top: number): readonly string[] => [
  text(12, top + 22, TITLES[transport], 'font-weight="600" fill="#1f2328"'),
  ...rows.flatMap((row, index) => bar(row, top + TITLE + index * ROW)),
];

const bar = ({ name, p50, p50Ratio }: LoginFigures, top: number): readonly string[] => {
  const length = (BARS * Math.log(p50 / LEAST_MS)) / Math.log(MOST_MS / LEAST_MS);
  const weight = name === 'this service' ? ' font-weight="600"' : '';
  return [
    text(LABELS - 8, top + 15, name, `text-anchor="end" fill="#1f2328"${weight}`),
    `<rect x="${String(LABELS)}" y="${String(top + 3)}" width="${length.toFixed(1)}" height="${String(ROW - 8)}" rx="2" fill="${colourOf(name)}"/>`,
    text(LABELS + Math.round(length) + 6, top + 15, `${p50.toFixed(2)} ms, ${p50Ratio.toFixed(2)} ×`, `fill="#1f2328"${weight}`),
  ];
};

const colourOf = (name: string): string => {
  if (name === 'this service') return '#0969da';
  if (name.startsWith('floor')) return '#57606a';
  return /no delay|kept open|bare/.test(name) ? '#d8dee4' : '#f0a35e';
};

const text = (x: number, y: number, content: string, attributes: string): string =>
  `<text x="${String(x)}" y="${String(y)}" ${attributes}>${content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>`;

/** docs/bench.svg, from the last line of history.jsonl that has logins in it. */
export const writePlot = (): void => {
  const run = readHistory().findLast(({ logins }) => logins !== undefined);
  if (run === undefined) throw new Error('no accepted run yet: npm run bench -- --accept');
  writeFileSync(path.join(ROOT, 'docs/bench.svg'), renderPlot(run));
};
