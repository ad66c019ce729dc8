import { Deadline, pause } from '../../src/core/deadline.ts';
import type { BindEnd } from '../../src/gate/allowance.ts';
import { makeTable } from '../../src/gate/aws.ts';
import { withPass } from '../../src/gate/pass.ts';
import type { Gate } from '../../src/gate/take.ts';
import { WaitingLine } from '../../src/gate/waiting-line.ts';
import { watchTable } from '../../src/gate/watched-table.ts';

/**
 * A process of its own, as a function that is warm: `burst.ts <attempts> <end> <binds last ms>` sends so many logins of one entry
 * through the gate at the same moment and prints what became of them. `dies`: it ends between the reservation and the release.
 */
const [attempts = '1', end = 'refused', lastsMs = '5'] = process.argv.slice(2);
const gate: Gate = {
  counter: 'passwordRetryCount',
  rules: { limit: 4, windowSeconds: 60, success: 'clears' },
  table: watchTable(Promise.resolve(makeTable('ldap-auth-gate'))),
  line: new WaitingLine(4),
  disclosure: 'distinct',
  clock: () => Date.now() + Number(process.env['GATE_TEST_LATER_MS'] ?? 0),
  pause,
};

function endOf(text: string): BindEnd {
  return text === 'accepted' ? 'accepted' : 'refused';
}
let sent = 0;
const entry = { dn: 'uid=alice,dc=example,dc=org', attributes: [] };
const ends = await Promise.all(
  Array.from({ length: Number(attempts) }, () =>
    withPass(gate, { entry, readAgain: () => Promise.resolve({ ok: true, entry }) }, Deadline.in(60_000), async () => {
      sent += 1;
      if (end === 'dies') process.kill(process.pid, 'SIGKILL');
      await pause(Number(lastsMs));
      return { end: endOf(end), value: undefined };
    }),
  ),
);
const tables = ends.map((one) => ('report' in one ? one.report.table : one.kind));
const told = {
  sent,
  throttled: ends.filter(({ kind }) => kind === 'throttled').length,
  unavailable: tables.filter((one) => one !== 'answered').length,
};
process.stdout.write(`${JSON.stringify(told)}\n`, () => {
  process.exit(); // the kept connections would hold it for a while
});
