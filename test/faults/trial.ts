import { type Answer, type Ask } from '../support/ask.ts';
import { startFaulty } from '../support/faults/directory.ts';
import { LIMITS, type Password, timeClassOf } from './expectation.ts';
import { type BadServer, noSuchName, type Row, type Transport } from './rows/row.ts';
import { goodServer, PASSWORDS, SECRETS, serviceFor, type Stage, WRONG_PASSWORD } from './stage.ts';

/** One row, over one transport, with one password. */
export type Trial = { readonly row: Row; readonly transport: Transport; readonly password: Password };

/** An answer of a server that is in order, and the goodbyes that it heard. */
export type Next = { readonly answer: Answer; readonly unbinds: number };

export type Observation = Trial & {
  readonly answer: Answer;
  readonly ms: number;
  /** User binds that reached the faulty server. */
  readonly userBinds: number;
  readonly connectionsLeft: number;
  readonly inClear: readonly string[];
  readonly secretBytesInClear: number;
  /** What the same warm service answers when nothing is wrong any more; a function where that takes until the account has rested. */
  readonly next: Next | (() => Promise<Next>);
};

function typed({ password }: Trial): string {
  return password === 'right' ? PASSWORDS.alice : WRONG_PASSWORD;
}

export async function runTrial(stage: Stage, trial: Trial): Promise<Observation> {
  const { row, transport } = trial;
  const server = await row.serve(stage, transport);
  try {
    const { deadlineMs, connectMs } = LIMITS[timeClassOf(row, transport)];
    const limits = { LDAP_DEADLINE_MS: String(deadlineMs), LDAP_CONNECT_TIMEOUT_MS: String(connectMs) };
    const ask = serviceFor(stage, transport, [server.url], { ...limits, ...row.environment });
    const startedAt = performance.now();
    const answer = await ask(row.step === 'proof' ? 'nobody' : 'alice', typed(trial));
    const ms = performance.now() - startedAt;
    const { directory } = server;
    const observed = {
      ...{ ...trial, answer, ms, userBinds: directory?.count('user bind') ?? 0 },
      connectionsLeft: (await directory?.connectionsLeft()) ?? 0,
      inClear: directory?.inClear() ?? [],
      secretBytesInClear: directory?.bytesInClear(SECRETS) ?? 0,
    };
    return { ...observed, next: await askAgain(stage, trial, server, ask, answer) };
  } finally {
    await server.close();
  }
}

/** The same warm service once more: its server is in order by now, on the same port. */
async function askAgain(stage: Stage, trial: Trial, server: BadServer, ask: Ask, answer: Answer): Promise<Observation['next']> {
  if (trial.row.serve === noSuchName) return { answer: await ask('alice', PASSWORDS.alice), unbinds: 0 };
  await server.close();
  const again = async (): Promise<Next> => {
    const good = await startFaulty({ ...goodServer(stage, trial.transport), port: server.port });
    try {
      const next = await patiently(() => ask('alice', typed(trial)));
      await good.connectionsLeft();
      return { answer: next, unbinds: Math.min(1, good.count('unbind')) }; // one for each time that it was asked
    } finally {
      await good.close();
    }
  };
  const isResting = answer.body['reason'] === 'directory-refused-service-account' && trial.row.step === 'service bind';
  return isResting ? again : await again();
}

/** On a machine that is busy elsewhere, the matrix's short deadline can pass without anybody's fault. */
async function patiently(ask: () => Promise<Answer>): Promise<Answer> {
  let answer = await ask();
  for (let more = 3; more > 0 && answer.body['reason'] === 'directory-timeout'; more -= 1) answer = await ask();
  return answer;
}
