import { Deadline } from '../../src/core/deadline.ts';
import { boundsOf } from '../../src/gate/allowance.ts';
import { makeTable } from '../../src/gate/aws.ts';

/**
 * A process of its own that asks the table by these calls, one after the other, and prints each answer. In jest's worker the SDK
 * does not know Node's own errors for errors (they are of another realm), and hides their codes.
 */
const table = makeTable('ldap-auth-gate');
const bounds = boundsOf({ limit: 4, windowSeconds: 1800, success: 'clears' }, 1_800_000_000_000, 0);
const change = { uncount: 1, failedAt: undefined, clearsSince: undefined };
const answers: unknown[] = [];
for (const call of process.argv.slice(2)) {
  const deadline = Deadline.in(60_000);
  answers.push(await (call === 'reserve' ? table.reserve('key', bounds, deadline) : table.release('key', { run: 1, change }, deadline)));
}
process.stdout.write(`${JSON.stringify(answers)}\n`, () => {
  process.exit(); // the kept connection would hold it for a while
});
