import { toldBy, type TimeClass, timeClassOf } from './expectation.ts';
import type { Observation } from './trial.ts';

/** How the document tells each class: words, not milliseconds, which would be others in every run. */
const WORDS: Readonly<Record<TimeClass, string>> = {
  'at once': 'at once',
  'connect time-out': 'at the connect time-out',
  slice: "at the end of the server's slice",
  deadline: 'at the deadline',
};

const HEAD = ['Fault', 'Step', 'Over', 'Reason', 'HTTP', 'Attempted', 'Retry-After', 'Answered'];

const PREFACE = `# Fault matrix

For reviewers. **This is a proof, not reading**: look up one fault here, or rely on this summary. In no row did a fault between the service and a
directory become a yes or a no.

The table says what \`POST /auth\` answers when something goes wrong between the service and the directory. \`test/faults/matrix.test.ts\` makes it
from the answers that it gets. It uses a real OpenLDAP behind a proxy that causes each fault. Do not edit the table; \`UPDATE_DOCS=1 npx jest
test/faults/matrix\` writes it again. The test runs every row with the right and with a wrong password over each of its transports, and the
answer is the same. "The true answer" is what the directory itself says: such a fault does no harm.

- **Attempted**: the user's bind had been sent, so it may have counted in the directory. Such an answer never says when to retry.
- **Answered**: _at once_ means that no time limit had to pass. The _connect time-out_ is \`LDAP_CONNECT_TIMEOUT_MS\`. The _deadline_ is
  \`LDAP_DEADLINE_MS\`. The server's _slice_ is its share of the deadline, without the time that is reserved for the user's bind.
- The service has one server here, so the fault of that server is the answer. With several servers, the service goes on to the next one in
  every row that is not attempted, except for a refused service account and an ambiguous user.
`;

/** The document for these observations; all of them of one row say the same. */
export function renderMatrix(observations: readonly Observation[]): string {
  const lines = new Map<string, { readonly cells: readonly string[]; readonly over: Set<string> }>();
  for (const observation of observations) {
    const cells = cellsOf(observation);
    const key = cells.join('|');
    const line = lines.get(key) ?? { cells, over: new Set() };
    line.over.add(observation.transport);
    lines.set(key, line);
  }
  const rows = [...lines.values()].map(({ cells, over }) => [...cells.slice(0, 2), [...over].join(', '), ...cells.slice(2)]);
  return `${PREFACE}\n${renderTable([HEAD, ...rows])}\n`;
}

function cellsOf({ row, transport, answer }: Observation): readonly string[] {
  const told = toldBy(answer);
  const common = [row.fault, row.step];
  const answered = WORDS[timeClassOf(row, transport)];
  if (told.status !== 5) return [...common, 'the true answer', '', '', '', answered];
  return [...common, `\`${told.reason}\``, String(told.http), told.attempted ? 'yes' : 'no', told.retryAfter ? 'yes' : 'no', answered];
}

function renderTable(rows: readonly (readonly string[])[]): string {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[], filler: string): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width, filler)).join(' | ')} |`;
  const [head = [], ...others] = rows.map((row) => line(row, ' '));
  return [head, line([], '-'), ...others].join('\n');
}
