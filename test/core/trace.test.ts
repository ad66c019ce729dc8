import { describe, expect, test } from '@jest/globals';

import { Trace } from '../../src/core/trace.ts';

describe('a trace', () => {
  test('begins with nothing', () => {
    expect(new Trace()).toMatchObject({ steps: [], skipped: [], operations: 0, connections: 0, slowerThanFloor: false });
  });

  test('passes on what a step gives, and notes its time', async () => {
    const trace = new Trace();
    expect(await trace.time('search', () => Promise.resolve(7))).toBe(7);
    expect(trace.steps).toEqual([{ step: 'search', ms: expect.any(Number) }]);
  });

  test('passes on what a step throws, and notes its time all the same', async () => {
    const trace = new Trace();
    const failing = trace.time('connect', () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(trace.steps.map(({ step }) => step)).toEqual(['connect']);
  });
});
