import { execFile } from 'node:child_process';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'ldapts';

import { decodeRequest } from '../../tools/demo-directory/message.ts';
import { measure } from '../../tools/demo-directory/ber.ts';
import { FaultyDirectory, type FaultyOptions, type Plan } from '../support/faults/directory.ts';
import type { Payload, Step } from '../support/faults/fault.ts';
import { OPENLDAP_SERVICE } from '../support/servers/openldap.ts';
import { toldBy, TRUTH } from './expectation.ts';
import type { Transport } from './rows/row.ts';
import { goodServer } from './run-row.ts';
import { BASE, PASSWORDS, PEOPLE, SECRETS, SERVICE_PASSWORD, serviceFor, type Stage, startStage, WRONG_PASSWORD } from './stage.ts';

/**
 * Each hazard of plain ldapts that the design excludes, done to plain ldapts first: a test that could not fail would prove
 * nothing. What a client makes of bytes that arrive in clear around StartTLS is shown of our service alone, in the matrix.
 */

let stage: Stage;
const started: FaultyDirectory[] = [];
const clients: Client[] = [];

beforeAll(async () => {
  stage = await startStage();
});

afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.close()));
  // Its unbind can reject, or wait for ever, once its server has gone.
  for (const client of clients.splice(0)) void client.unbind().catch(() => undefined);
});

afterAll(() => stage.openldap.stop());

async function start(transport: Transport, plan?: Plan, others: Partial<FaultyOptions> = {}): Promise<FaultyDirectory> {
  const server = await FaultyDirectory.start({ ...goodServer(stage, transport), ...others }, plan);
  started.push(server);
  return server;
}

function plainClient(url: string): Client {
  const client = new Client({ url, timeout: 2000, connectTimeout: 2000 });
  clients.push(client);
  return client;
}

const ALICE = `uid=alice,${PEOPLE}`;

/** Resolves when the client has heard that its connection is gone. */
async function disconnected(client: Client): Promise<void> {
  while (client.isConnected) await nextTurn();
}

/** What became of a promise. */
async function outcomeOf(work: Promise<unknown>): Promise<'fulfilled' | 'rejected'> {
  const [settled] = await Promise.allSettled([work]);
  return settled.status;
}

/** Whether it is still unsettled when our own patience ends. */
async function isPendingAfter(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(true), ms);
  });
  const settled = work.then(
    () => false,
    () => false,
  );
  const isPending = await Promise.race([settled, patience]);
  clearTimeout(timer);
  return isPending;
}

function sending(step: Step, payload: Payload): Plan {
  return { step, action: { kind: 'send', payload, then: 'hang' } };
}

describe('an idle connection is reset', () => {
  /** As 389 Directory Server and many an OpenLDAP answer a search in nobody's name. */
  const nobodySeesAnything: Plan = {
    step: 'search',
    when: 'request',
    whom: 'anonymous',
    action: { kind: 'send', payload: { kind: 'result', code: 0 }, then: 'hang' },
  };
  const search = { scope: 'sub', filter: '(uid=alice)' } as const;

  test('plain ldapts connects anew, searches as nobody, and finds nobody', async () => {
    const server = await start('ldap', nobodySeesAnything);
    const client = plainClient(server.url);
    await client.bind(OPENLDAP_SERVICE.dn, SERVICE_PASSWORD);
    expect((await client.search(BASE, search)).searchEntries).toHaveLength(1);
    server.resetAll();
    await disconnected(client);
    expect((await client.search(BASE, search)).searchEntries).toEqual([]);
    expect(server.journal.opened).toBe(2);
  });

  test('this service has none, and the next request finds the user', async () => {
    const server = await start('ldap', nobodySeesAnything);
    const ask = serviceFor(stage, 'ldap', [server.url]);
    expect(toldBy(await ask('alice', PASSWORDS.alice))).toEqual(TRUTH.right);
    expect(await server.connectionsLeft()).toBe(0);
    server.resetAll();
    expect(toldBy(await ask('alice', PASSWORDS.alice))).toEqual(TRUTH.right);
  });

  test('in the middle of a request this service dials no second time', async () => {
    const server = await start('ldap', {
      step: 'service bind',
      action: { kind: 'send', payload: { kind: 'result', code: 0 }, then: 'close' },
    });
    const ask = serviceFor(stage, 'ldap', [server.url]);
    expect(toldBy(await ask('alice', PASSWORDS.alice))).toMatchObject({ reason: 'directory-unreachable', attempted: false });
    expect(server.journal.opened).toBe(1);
    expect(server.journal.count('search')).toBeLessThanOrEqual(1);
  });
});

describe('the StartTLS handshake fails', () => {
  const reset: Plan = { step: 'handshake after starttls', action: { kind: 'reset' } };
  const expired = (): Partial<FaultyOptions> => ({ certificate: stage.certificates.of.expired });

  test('plain ldapts sends the next bind in clear', async () => {
    const server = await start('starttls', undefined, expired());
    const client = plainClient(server.url);
    expect(await outcomeOf(client.startTLS({ ca: stage.certificates.ca }))).toBe('rejected');
    await disconnected(client);
    await outcomeOf(client.bind(OPENLDAP_SERVICE.dn, SERVICE_PASSWORD));
    expect(server.journal.inClear).toContain('service bind');
    expect(server.journal.bytesInClear(SECRETS)).toBe(Buffer.byteLength(SERVICE_PASSWORD));
  });

  test.each([
    ['is refused for its certificate', undefined, expired, 'directory-tls-failure'],
    ['is reset', reset, () => ({}), 'directory-unreachable'],
  ])('this service sends nothing at all when it %s', async (_name, plan, options, reason) => {
    const server = await start('starttls', plan, options());
    const ask = serviceFor(stage, 'starttls', [server.url]);
    for (let request = 0; request < 3; request += 1) {
      expect(toldBy(await ask('alice', PASSWORDS.alice))).toMatchObject({ reason, attempted: false });
    }
    expect(server.journal.inClear).toEqual(['starttls']);
    expect(server.journal.bytesInClear(SECRETS)).toBe(0);
  });
});

describe('a StartTLS certificate is for localhost, and the host is an address', () => {
  const options = (): Partial<FaultyOptions> => ({ certificate: stage.certificates.of['for localhost only'] });

  test('plain ldapts accepts it', async () => {
    const client = plainClient((await start('starttls', undefined, options())).url);
    expect(await outcomeOf(client.startTLS({ ca: stage.certificates.ca }))).toBe('fulfilled');
  });

  test('this service does not', async () => {
    const server = await start('starttls', undefined, options());
    const ask = serviceFor(stage, 'starttls', [server.url]);
    expect(toldBy(await ask('alice', PASSWORDS.alice))).toMatchObject({ reason: 'directory-tls-failure' });
  });
});

describe.each<[string, Payload]>([
  ['a bind response without content', { kind: 'hollow', hex: '' }],
  ['the end of a search', { kind: 'result', as: 'done', code: 0 }],
])('a bind is answered with %s', (_name, payload) => {
  test('plain ldapts takes it for success, whatever the password', async () => {
    const client = plainClient((await start('ldap', sending('service bind', payload))).url);
    expect(await outcomeOf(client.bind(ALICE, WRONG_PASSWORD))).toBe('fulfilled');
  });

  test.each<Step>(['service bind', 'user bind'])('this service answers that it does not know, at the %s', async (step) => {
    const server = await start('ldap', sending(step, payload));
    const ask = serviceFor(stage, 'ldap', [server.url]);
    const told = toldBy(await ask('alice', WRONG_PASSWORD));
    expect(told).toMatchObject({ status: 5, reason: 'directory-protocol-error', attempted: step === 'user bind' });
  });
});

describe('a bind name is that of a SASL mechanism', () => {
  /** How the first request on the last connection authenticates. */
  const methodsOf = (server: FaultyDirectory): readonly string[] => {
    const bytes = Buffer.concat(server.journal.connections.flatMap(({ wire }) => wire));
    const methods: string[] = [];
    for (let offset = 0; offset < bytes.length;) {
      const extent = measure(bytes, offset);
      if (typeof extent === 'string') throw new Error('not a message');
      const operation = decodeRequest(bytes.subarray(offset, extent.end))?.operation;
      if (operation?.kind === 'bind') methods.push(operation.simple === undefined ? 'sasl' : `simple bind as ${operation.name}`);
      offset = extent.end;
    }
    return methods;
  };

  test('plain ldapts starts a SASL bind', async () => {
    const server = await start('ldap', sending('service bind', { kind: 'result', code: 0 }));
    await outcomeOf(plainClient(server.url).bind('EXTERNAL', WRONG_PASSWORD));
    expect(methodsOf(server)).toEqual(['sasl']);
  });

  test('this service binds by that very name', async () => {
    const entry: Payload = {
      kind: 'series',
      of: [
        { kind: 'entry', dn: 'EXTERNAL' },
        { kind: 'result', code: 0 },
      ],
    };
    const server = await start('ldap', { step: 'search', action: { kind: 'send', payload: entry, then: 'resume' } });
    const ask = serviceFor(stage, 'ldap', [server.url]);
    expect(toldBy(await ask('alice', WRONG_PASSWORD))).toMatchObject({ status: 5, attempted: true });
    expect(methodsOf(server)).toEqual([`simple bind as ${OPENLDAP_SERVICE.dn}`, 'simple bind as EXTERNAL']);
  });
});

describe('a search finds two, and the size limit of the server is one', () => {
  const firstOfTwo: Payload = {
    kind: 'series',
    of: [
      { kind: 'entry', dn: ALICE },
      { kind: 'result', code: 4 },
    ],
  };

  test('plain ldapts returns the first and no error', async () => {
    const client = plainClient((await start('ldap', sending('search', firstOfTwo))).url);
    await client.bind(OPENLDAP_SERVICE.dn, SERVICE_PASSWORD);
    const found = await client.search(BASE, { scope: 'sub', filter: '(cn=*)', sizeLimit: 2 });
    expect(found.searchEntries.map(({ dn }) => dn)).toEqual([ALICE]);
  });

  test('this service binds as neither', async () => {
    const server = await start('ldap', sending('search', firstOfTwo));
    const ask = serviceFor(stage, 'ldap', [server.url]);
    expect(toldBy(await ask('alice', PASSWORDS.alice))).toMatchObject({ reason: 'ambiguous-user', attempted: false });
    expect(server.journal.count('user bind')).toBe(0);
  });
});

describe.each<[string, Plan]>([
  ['accepts and says nothing', { step: 'connect', action: { kind: 'silence' } }],
  ['answers with what is no LDAP', sending('service bind', { kind: 'text', text: 'HTTP/1.1 400 Bad Request\r\n\r\n' })],
])('a server %s', (_name, plan) => {
  test('plain ldapts as it comes waits on', async () => {
    const client = new Client({ url: (await start('ldap', plan)).url });
    clients.push(client);
    const bound = client.bind(OPENLDAP_SERVICE.dn, SERVICE_PASSWORD);
    expect(await isPendingAfter(bound, 1500)).toBe(true);
  });

  test('this service answers when its deadline has passed', async () => {
    const server = await start('ldap', plan);
    const ask = serviceFor(stage, 'ldap', [server.url], { LDAP_DEADLINE_MS: '900' });
    expect(toldBy(await ask('alice', PASSWORDS.alice))).toMatchObject({ status: 5, attempted: false });
  });
});

describe('20,000 tiny messages arrive at once', () => {
  const flood: Plan = sending('service bind', { kind: 'flood', of: { kind: 'hex', hex: '30 05 02 01 63 61 00' }, times: 20_000 });

  test('plain ldapts takes its process down', async () => {
    const server = await start('ldap', flood);
    const script = path.join(import.meta.dirname, 'tiny-messages.mjs');
    const args = [script, server.url, OPENLDAP_SERVICE.dn, SERVICE_PASSWORD];
    const { code, said } = await new Promise<{ readonly code: number | null; readonly said: string }>((resolve) => {
      const child = execFile(process.execPath, args, (_error, stdout, stderr) => resolve({ code: child.exitCode, said: stdout + stderr }));
    });
    expect(said).toContain('RangeError');
    expect(code).not.toBe(0);
  });

  test('this service answers that it does not know', async () => {
    const server = await start('ldap', flood);
    const ask = serviceFor(stage, 'ldap', [server.url]);
    expect(toldBy(await ask('alice', PASSWORDS.alice))).toMatchObject({ reason: 'directory-protocol-error', attempted: false });
  });
});

describe('an empty password', () => {
  test('is sent by plain ldapts', async () => {
    const server = await start('ldap');
    await outcomeOf(plainClient(server.url).bind(ALICE, ''));
    expect(server.journal.count('service bind')).toBe(1);
  });

  test('never leaves this service', async () => {
    const server = await start('ldap');
    const ask = serviceFor(stage, 'ldap', [server.url]);
    expect(toldBy(await ask('alice', ''))).toMatchObject({ status: 4, http: 400 });
    expect(server.journal.opened).toBe(0);
  });
});
