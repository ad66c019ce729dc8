import { describe, expect, test } from '@jest/globals';

import { readHistory } from '../../bench/history.ts';
import { renderPlot } from '../../bench/plot.ts';

const run = readHistory().at(-1);
const svg = run === undefined ? '' : renderPlot(run);

const texts = [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text ?? '');

/** The classes of the bars; the swatches of the legend are the narrow ones at the left. */
const rectangles = [...svg.matchAll(/<rect class="(\w+)" x="([\d.]+)"/g)].map(([, kind, x]) => ({ kind: kind ?? '', x: Number(x) }));
const legend = rectangles.filter(({ x }) => x < 50).map(({ kind }) => kind);

describe('the picture of the benchmark', () => {
  test('has a legend for each colour of a bar, and no row in it without a bar', () => {
    const bars = rectangles.filter(({ x }) => x >= 50).map(({ kind }) => kind);
    expect(bars.length).toBeGreaterThan(10);
    expect(new Set(bars)).toEqual(new Set(legend));
    expect(new Set(legend).size).toBe(legend.length);
  });

  test.each(['page', 'service', 'floor', 'peer', 'noDelay', 'kept'])(
    'has a colour of %s for a light background and one for a dark',
    (kind) => {
      const [light = '', dark = ''] = svg.split('@media (prefers-color-scheme: dark)');
      const colourIn = (style: string): string | undefined => new RegExp(`\\.${kind} { fill: (#\\w+);`).exec(style)?.[1];
      expect(colourIn(light)).toMatch(/^#/);
      expect(colourIn(dark)).toMatch(/^#/);
      expect(colourIn(dark)).not.toBe(colourIn(light));
    },
  );

  test('shows this service over TLS and without, and says what was measured, where and when', () => {
    expect(texts.filter((text) => text === 'this service')).toHaveLength(2);
    expect(texts.at(-1)).toMatch(/^Median of warm logins: .* commit [0-9a-f]{7}, \d{4}-\d\d-\d\d\.$/);
  });

  test('has no word that a reader of this repository alone cannot know', () => {
    expect(texts.filter((text) => /\bseed\b|\barticle\b|our key share|no delay/.test(text))).toEqual([]);
  });
});
