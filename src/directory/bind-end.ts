import type { BindEnd } from '../gate/allowance.ts';
import type { BindVerdict } from './verdict.ts';

type Refused = Extract<BindVerdict, { readonly kind: 'refused' }>['reason'];

/**
 * No directory counts a bind that it refused for the account's state. A state that hides a wrong password (OpenLDAP's lock) is
 * not counted either while it lasts.
 */
const END_OF_REFUSAL = {
  'wrong-password': 'refused',
  'user-not-found': 'unknown', // of an entry that was just found
  'account-locked': 'state',
  'account-disabled': 'state',
  'account-expired': 'state',
  'password-expired': 'state',
  'password-must-change': 'state',
  'logon-not-permitted': 'state',
} as const satisfies Readonly<Record<Refused, BindEnd>>;

/** What an answered bind means for the gate. A bind that was sent and not answered is `unknown`; one that was not sent, `not sent`. */
export function endOfVerdict(verdict: BindVerdict): BindEnd {
  if (verdict.kind === 'accepted') return 'accepted'; // whatever the groups say afterwards
  return verdict.kind === 'fault' ? 'unknown' : END_OF_REFUSAL[verdict.reason];
}
