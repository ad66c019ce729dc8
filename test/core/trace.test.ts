import { describe, expect, jest, test } from '@jest/globals';

import { Trace } from '../../src/core/trace.ts';

describe('a trace', () => {
  test('begins with nothing', () => {
    expect(new Trace()).toMatchObject({ steps: [], skipped: [], operations: 0, connections: 0, slowerThanFloor: false });
  });

  test('keeps what each step took since the one before it, in the order in which they ended', () => {
    const trace = new Trace();
    const now = jest.spyOn(performance, 'now');
    for (const moment of [100, 112.5, 140, 500, 501]) now.mockReturnValueOnce(moment);
    trace.begin();
    trace.took('connect');
    trace.took('search');
    trace.begin();
    trace.took('connect');
    now.mockRestore();
    expect(trace.steps).toEqual([
      { step: 'connect', ms: 12.5 },
      { step: 'search', ms: 27.5 },
      { step: 'connect', ms: 1 },
    ]);
  });
});
