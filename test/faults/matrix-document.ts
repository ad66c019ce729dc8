import { toldBy, type TimeClass, timeClassOf } from './expectation.ts';
import type { Observation } from './run-row.ts';

/** How the document tells each class: words, not milliseconds, which would be others in every run. */
const WORDS: Readonly<Record<TimeClass, string>> = {
  'at once': 'at once',
  'connect time-out': 'at the connect time-out',
  slice: "at the end of the server's slice",
  deadline: 'at the deadline',
};

const HEAD = ['Fault', 'Step', 'Over', 'Reason', 'HTTP', 'Attempted', 'Retry-After', 'Answered'];

const PREFACE = `# Fault matrix

For reviewers. **This is a proof, not reading**: look up one fault, or believe the summary. No fault between the service and a directory became
a yes or a no.

The table says what \`POST /auth\` answers when something goes wrong on the way to a directory. \`test/faults/matrix.test.ts\` makes it from the
answers it got, with a real OpenLDAP behind a proxy that does each of these things. Do not edit it (\`UPDATE_DOCS=1 npx jest
test/faults/matrix\` writes it anew). Every row was run with the right and with a wrong password over each of its transports, and the
answer was the same. "The true answer" is what the directory itself says: a fault that does no harm changes nothing.

- **Attempted**: the user's bind had been sent, so it may have counted in the directory. Such an answer never says when to retry.
- **Answered**: _at once_ waits for no limit. The _connect time-out_ is \`LDAP_CONNECT_TIMEOUT_MS\`; the server's _slice_ is its share
  of the deadline less what is kept back for the user's bind; the _deadline_ is \`LDAP_DEADLINE_MS\`.
- With one server, as here, its fault is the answer. With several, every row that is not attempted moves on to the next server,
  but for a refused service account and an ambiguous user.
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
