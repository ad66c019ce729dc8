import { describe, expect, test } from '@jest/globals';

import { Sightings } from '../../src/directory/sightings.ts';

describe('a sighting', () => {
  test.each([
    [0, true],
    [59_999, true],
    [60_000, false],
    [-1, false], // the clock was set back
  ])('is fresh after %d ms: %s', (passed, expected) => {
    let now = 1_000_000;
    const sightings = new Sightings(() => now);
    sightings.note('ldaps://a:636');
    now += passed;
    expect(sightings.isFresh('ldaps://a:636')).toBe(expected);
  });

  test('says nothing of another server', () => {
    const sightings = new Sightings(() => 0);
    sightings.note('ldaps://a:636');
    expect(['ldaps://b:636', 'ldaps://a:637', ''].filter((name) => sightings.isFresh(name))).toEqual([]);
  });
});
