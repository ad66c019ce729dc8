import { expect, test } from '@jest/globals';

import type { BindVerdict } from '../../src/directory/verdict.ts';
import { endOfVerdict } from '../../src/directory/user-bind.ts';

const ROWS: readonly (readonly [BindVerdict, string])[] = [
  [{ kind: 'accepted' }, 'accepted'],
  [{ kind: 'refused', reason: 'wrong-password' }, 'refused'],
  [{ kind: 'refused', reason: 'user-not-found' }, 'unknown'],
  [{ kind: 'refused', reason: 'account-locked' }, 'state'],
  [{ kind: 'refused', reason: 'account-disabled' }, 'state'],
  [{ kind: 'refused', reason: 'account-expired' }, 'state'],
  [{ kind: 'refused', reason: 'password-expired' }, 'state'],
  [{ kind: 'refused', reason: 'password-must-change' }, 'state'],
  [{ kind: 'refused', reason: 'logon-not-permitted' }, 'state'],
  [{ kind: 'fault', failure: { reason: 'directory-busy', step: 'bind', cause: { kind: 'result', code: 51 } } }, 'unknown'],
];

test.each(ROWS)('%j ends %s', (verdict, end) => {
  expect(endOfVerdict(verdict)).toBe(end);
});
