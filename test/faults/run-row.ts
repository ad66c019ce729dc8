import { once } from 'node:events';
import { createServer } from 'node:net';

import { type Answer, type Ask } from '../support/ask.ts';
import { DeafServer } from '../support/faults/deaf-server.ts';
import { FaultyDirectory, type FaultyOptions } from '../support/faults/directory.ts';
import { LIMITS, timeClassOf } from './expectation.ts';
import type { Row, Transport } from './rows/row.ts';
import { FRONT, PASSWORDS, SECRETS, serviceFor, type Stage, WRONG_PASSWORD } from './stage.ts';

export type Password = 'right' | 'wrong';

/** One row, over one transport, with one password. */
export type Trial = { readonly row: Row; readonly transport: Transport; readonly password: Password };

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

/** An answer of a server that is in order, and the goodbyes that it heard. */
export type Next = { readonly answer: Answer; readonly unbinds: number };

function usernameOf(row: Row): string {
  return row.step === 'proof' ? 'nobody' : 'alice';
}

export async function runTrial(stage: Stage, trial: Trial): Promise<Observation> {
  const { row, transport, password } = trial;
  const server = await startBadServer(stage, row, transport);
  try {
    const { deadlineMs, connectMs } = LIMITS[timeClassOf(row, transport)];
    const ask = serviceFor(stage, transport, [server.url], {
      LDAP_DEADLINE_MS: String(deadlineMs),
      LDAP_CONNECT_TIMEOUT_MS: String(connectMs),
      ...server.environment,
    });
    const startedAt = performance.now();
    const answer = await ask(usernameOf(row), password === 'right' ? PASSWORDS.alice : WRONG_PASSWORD);
    const ms = performance.now() - startedAt;
    const faulty = server.directory;
    const observed = {
      ...trial,
      answer,
      ms,
      userBinds: faulty?.journal.count('user bind') ?? 0,
      connectionsLeft: (await faulty?.connectionsLeft()) ?? 0,
      inClear: faulty?.journal.inClear ?? [],
      secretBytesInClear: faulty?.journal.bytesInClear(SECRETS) ?? 0,
    };
    return { ...observed, next: await askAgain(stage, trial, server, ask, answer) };
  } finally {
    await server.close();
  }
}

type BadServer = {
  readonly url: string;
  readonly port: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Undefined where nothing that listens could have seen a request. */
  readonly directory: FaultyDirectory | undefined;
  readonly close: () => Promise<void>;
};

async function startBadServer(stage: Stage, row: Row, transport: Transport): Promise<BadServer> {
  const { cause } = row;
  const scheme = transport === 'ldaps' ? 'ldaps' : 'ldap';
  const nowhere = { environment: {}, directory: undefined, close: () => Promise.resolve() };
  if (cause.kind === 'no such name') return { ...nowhere, url: `${scheme}://directory.invalid:3636`, port: 0 };
  if (cause.kind === 'refuses') {
    const port = await closedPort();
    return { ...nowhere, url: `${scheme}://127.0.0.1:${String(port)}`, port };
  }
  if (cause.kind === 'deaf') {
    const deaf = await DeafServer.start();
    return { ...nowhere, url: `${scheme}://127.0.0.1:${String(deaf.port)}`, port: deaf.port, close: () => deaf.close() };
  }
  const fault = cause.kind === 'fault' ? cause.fault : undefined;
  const directory = await FaultyDirectory.start({ ...goodServer(stage, transport), ...flawOf(stage, row) }, fault);
  const demanded = cause.kind === 'tls version' ? cause.demanded : undefined;
  const environment: Readonly<Record<string, string>> = demanded === undefined ? {} : { LDAP_TLS_MIN_VERSION: demanded };
  return { url: directory.url, port: directory.port, environment, directory, close: () => directory.close() };
}

export function goodServer(stage: Stage, transport: Transport): FaultyOptions {
  return {
    upstream: stage.upstream,
    front: FRONT[transport],
    certificate: stage.certificates.of.good,
  };
}

function flawOf(stage: Stage, { cause }: Row): Partial<FaultyOptions> {
  if (cause.kind === 'certificate') return { certificate: stage.certificates.of[cause.certificate] };
  if (cause.kind === 'tls version') return { maxVersion: cause.newest };
  return cause.kind === 'client certificate demanded' ? { clientCertificate: 'demanded' } : {};
}

/** A port that was free a moment ago and that nothing listens on. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** On a machine that is busy elsewhere, the matrix's short deadline can pass without anybody's fault. */
async function patiently(ask: () => Promise<Answer>): Promise<Answer> {
  let answer = await ask();
  for (let more = 3; more > 0 && answer.body['reason'] === 'directory-timeout'; more -= 1) answer = await ask();
  return answer;
}

/** The same warm service once more: its server is in order by now, on the same port. */
async function askAgain(stage: Stage, trial: Trial, server: BadServer, ask: Ask, answer: Answer): Promise<Observation['next']> {
  const again = async (): Promise<Next> => {
    const good = await FaultyDirectory.start({ ...goodServer(stage, trial.transport), port: server.port });
    try {
      const next = await patiently(() => ask('alice', trial.password === 'right' ? PASSWORDS.alice : WRONG_PASSWORD));
      await good.connectionsLeft();
      return { answer: next, unbinds: Math.min(1, good.journal.count('unbind')) }; // one for each time that it was asked
    } finally {
      await good.close();
    }
  };
  if (trial.row.cause.kind === 'no such name') return { answer: await ask('alice', PASSWORDS.alice), unbinds: 0 };
  await server.close();
  const isResting = answer.body['reason'] === 'directory-refused-service-account' && trial.row.step === 'service bind';
  return isResting ? again : await again();
}
