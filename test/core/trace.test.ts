import { describe, expect, jest, test } from '@jest/globals';

import { Trace } from '../../src/core/trace.ts';

describe('a trace', () => {
  test('begins with nothing', () => {
    expect(new Trace()).toMatchObject({ steps: [], skipped: [], operations: 0, connections: 0, slowerThanFloor: false });
  });

  test('keeps what each step took, in the order in which they ended', () => {
    const trace = new Trace();
    const now = jest.spyOn(performance, 'now').mockReturnValueOnce(112.5).mockReturnValueOnce(140);
    trace.took('connect', 100);
    trace.took('search', 130);
    now.mockRestore();
    expect(trace.steps).toEqual([
      { step: 'connect', ms: 12.5 },
      { step: 'search', ms: 10 },
    ]);
  });
});
