import { describe, expect, test } from '@jest/globals';

import { availability, type RealServer, thisMachine } from '../support/servers/install.ts';

/**
 * Describes the tests of a real server; where it cannot be run they show up as one that was not run, with the command
 * that would get it. Under CI that is a failure.
 */
export function describeWhere(server: RealServer, tests: () => void): void {
  const state = availability(server);
  if (state.kind === 'available') {
    tests();
    return;
  }
  const sentence = `not run: ${state.command}`;
  describe(server, () => {
    if (thisMachine().ci === 'desk') {
      test.todo(sentence);
      return;
    }
    test(sentence, () => {
      expect(state).toEqual({ kind: 'available' });
    });
  });
}
