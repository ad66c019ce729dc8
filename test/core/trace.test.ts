import { describe, expect, jest, test } from '@jest/globals';

import { Trace } from '../../src/core/trace.ts';

describe('a trace', () => {
  test('begins with nothing', () => {
    expect(new Trace()).toMatchObject({ steps: [], skipped: [], operations: 0, connections: 0, slowerThanFloor: false });
  });

  test('keeps what each step took from its own beginning on, whatever came of it, in the order in which they ended', async () => {
    const trace = new Trace();
    const now = jest.spyOn(performance, 'now');
    for (const moment of [100, 112.5, 113, 140.5, 500, 501]) now.mockReturnValueOnce(moment);
    trace.begin('connect')();
    expect(await trace.during('search', () => Promise.resolve('found'))).toBe('found');
    await expect(trace.during('connect', () => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
    now.mockRestore();
    expect(trace.steps).toEqual([
      { step: 'connect', ms: 12.5 },
      { step: 'search', ms: 27.5 },
      { step: 'connect', ms: 1 },
    ]);
  });
});
