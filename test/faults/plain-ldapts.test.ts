import { execFile } from 'node:child_process';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { afterEach, describe, expect, test } from '@jest/globals';
import { Client } from 'ldapts';

import { measure } from '../../tools/demo-directory/ber.ts';
import { decodeRequest } from '../../tools/demo-directory/message.ts';
import { bytes, entry, flood, hollow, type Payload, reset, result, send, series, silence, text } from '../support/faults/actions.ts';
import type { Step } from '../support/faults/conversation.ts';
import type { FaultyDirectory, Plan } from '../support/faults/directory.ts';
import { OPENLDAP_SERVICE } from '../support/servers/openldap.ts';
import { TRUTH } from './expectation.ts';
import { setStage } from './setting.ts';
import { BASE, PEOPLE, SECRETS, SERVICE_PASSWORD, WRONG_PASSWORD } from './stage.ts';

/**
 * Each hazard of plain ldapts that the design excludes, done to plain ldapts first: a test that could not fail would prove
 * nothing. What a client makes of bytes that arrive in clear around StartTLS is shown of our service alone, in the matrix.
 */

const clients: Client[] = [];

afterEach(() => {
  // Its unbind can reject, or wait for ever, once its server has gone.
  for (const client of clients.splice(0)) void client.unbind().catch(() => undefined);
});

const { stage, start, serviceAt, over } = setStage('ldap');
const starttls = over('starttls');

function plainClient({ url }: FaultyDirectory, timeout = 2000): Client {
  const client = new Client({ url, timeout, connectTimeout: 2000 });
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

function sending(step: Step, payload: Payload): Plan {
  return { step, action: send(payload) };
}

describe('an idle connection is reset', () => {
  /** As 389 Directory Server and many an OpenLDAP answer a search in nobody's name. */
  const nobodySeesAnything: Plan = { step: 'search', when: 'request', whom: 'anonymous', action: send(result(0)) };
  const search = { scope: 'sub', filter: '(uid=alice)' } as const;

  test('plain ldapts connects anew, searches as nobody, and finds nobody', async () => {
    const server = await start(nobodySeesAnything);
    const client = plainClient(server);
    await client.bind(OPENLDAP_SERVICE.dn, SERVICE_PASSWORD);
    expect((await client.search(BASE, search)).searchEntries).toHaveLength(1);
    server.resetAll();
    await disconnected(client);
    expect((await client.search(BASE, search)).searchEntries).toEqual([]);
    expect(server.opened()).toBe(2);
  });

  test('this service has none, and the next request finds the user', async () => {
    const server = await start(nobodySeesAnything);
    const login = serviceAt([server]);
    expect(await login()).toEqual(TRUTH.right);
    expect(await server.connectionsLeft()).toBe(0);
    server.resetAll();
    expect(await login()).toEqual(TRUTH.right);
  });

  test('in the middle of a request this service dials no second time', async () => {
    const server = await start({ step: 'service bind', action: send(result(0), 'close') });
    expect(await serviceAt([server])()).toMatchObject({ reason: 'directory-unreachable', attempted: false });
    expect(server.opened()).toBe(1);
    expect(server.count('search')).toBeLessThanOrEqual(1);
  });
});

describe('the StartTLS handshake fails', () => {
  const expired = (): object => ({ certificate: stage().certificates.of.expired });

  test('plain ldapts sends the next bind in clear', async () => {
    const server = await starttls.start(undefined, expired());
    const client = plainClient(server);
    expect(await outcomeOf(client.startTLS({ ca: stage().certificates.ca }))).toBe('rejected');
    await disconnected(client);
    await outcomeOf(client.bind(OPENLDAP_SERVICE.dn, SERVICE_PASSWORD));
    expect(server.inClear()).toContain('service bind');
    expect(server.bytesInClear(SECRETS)).toBe(Buffer.byteLength(SERVICE_PASSWORD));
  });

  test.each<[string, Plan, () => object, string]>([
    ['is refused for its certificate', undefined, expired, 'directory-tls-failure'],
    ['is reset', { step: 'handshake after starttls', action: reset }, () => ({}), 'directory-unreachable'],
  ])('this service sends nothing at all when it %s', async (_name, plan, options, reason) => {
    const server = await starttls.start(plan, options());
    const login = starttls.serviceAt([server]);
    for (let request = 0; request < 3; request += 1) expect(await login()).toMatchObject({ reason, attempted: false });
    expect(server.inClear()).toEqual(['starttls']);
    expect(server.bytesInClear(SECRETS)).toBe(0);
  });
});

describe('a StartTLS certificate is for localhost, and the host is an address', () => {
  const startLocal = (): Promise<FaultyDirectory> =>
    starttls.start(undefined, { certificate: stage().certificates.of['for localhost only'] });

  test('plain ldapts accepts it', async () => {
    const client = plainClient(await startLocal());
    expect(await outcomeOf(client.startTLS({ ca: stage().certificates.ca }))).toBe('fulfilled');
  });

  test('this service does not', async () => {
    expect(await starttls.serviceAt([await startLocal()])()).toMatchObject({ reason: 'directory-tls-failure' });
  });
});

describe.each<[string, Payload]>([
  ['a bind response without content', hollow('')],
  ['the end of a search', result(0, { as: 'done' })],
])('a bind is answered with %s', (_name, payload) => {
  test('plain ldapts takes it for success, whatever the password', async () => {
    const client = plainClient(await start(sending('service bind', payload)));
    expect(await outcomeOf(client.bind(ALICE, WRONG_PASSWORD))).toBe('fulfilled');
  });

  test.each<Step>(['service bind', 'user bind'])('this service answers that it does not know, at the %s', async (step) => {
    const told = await serviceAt([await start(sending(step, payload))])(WRONG_PASSWORD);
    expect(told).toMatchObject({ status: 5, reason: 'directory-protocol-error', attempted: step === 'user bind' });
  });
});

describe('a bind name is that of a SASL mechanism', () => {
  /** How the requests on all connections authenticate. */
  const methodsOf = ({ connections }: FaultyDirectory): readonly string[] => {
    const sent = Buffer.concat(connections.flatMap(({ wire }) => wire));
    const methods: string[] = [];
    for (let offset = 0; offset < sent.length;) {
      const extent = measure(sent, offset);
      if (typeof extent === 'string') throw new Error('not a message');
      const operation = decodeRequest(sent.subarray(offset, extent.end))?.operation;
      if (operation?.kind === 'bind') methods.push(operation.simple === undefined ? 'sasl' : `simple bind as ${operation.name}`);
      offset = extent.end;
    }
    return methods;
  };

  test('plain ldapts starts a SASL bind', async () => {
    const server = await start(sending('service bind', result(0)));
    await outcomeOf(plainClient(server).bind('EXTERNAL', WRONG_PASSWORD));
    expect(methodsOf(server)).toEqual(['sasl']);
  });

  test('this service binds by that very name', async () => {
    const server = await start({ step: 'search', action: send(series(entry('EXTERNAL'), result(0)), 'resume') });
    expect(await serviceAt([server])(WRONG_PASSWORD)).toMatchObject({ status: 5, attempted: true });
    expect(methodsOf(server)).toEqual([`simple bind as ${OPENLDAP_SERVICE.dn}`, 'simple bind as EXTERNAL']);
  });
});

describe('a search finds two, and the size limit of the server is one', () => {
  const firstOfTwo = sending('search', series(entry(ALICE), result(4)));

  test('plain ldapts returns the first and no error', async () => {
    const client = plainClient(await start(firstOfTwo));
    await client.bind(OPENLDAP_SERVICE.dn, SERVICE_PASSWORD);
    const found = await client.search(BASE, { scope: 'sub', filter: '(cn=*)', sizeLimit: 2 });
    expect(found.searchEntries.map(({ dn }) => dn)).toEqual([ALICE]);
  });

  test('this service binds as neither', async () => {
    const server = await start(firstOfTwo);
    expect(await serviceAt([server])()).toMatchObject({ reason: 'ambiguous-user', attempted: false });
    expect(server.count('user bind')).toBe(0);
  });
});

describe.each<[string, Plan]>([
  ['accepts and says nothing', { step: 'connect', action: silence }],
  ['answers with what is no LDAP', sending('service bind', text('HTTP/1.1 400 Bad Request\r\n\r\n'))],
])('a server %s', (_name, plan) => {
  test('plain ldapts as it comes waits on', async () => {
    const client = new Client({ url: (await start(plan)).url });
    clients.push(client);
    const settled = outcomeOf(client.bind(OPENLDAP_SERVICE.dn, SERVICE_PASSWORD));
    const ourPatience = new Promise((resolve) => setTimeout(resolve, 1500, 'pending'));
    expect(await Promise.race([settled, ourPatience])).toBe('pending');
  });

  test('this service answers when its deadline has passed', async () => {
    const login = serviceAt([await start(plan)], { LDAP_DEADLINE_MS: '900' });
    expect(await login()).toMatchObject({ status: 5, attempted: false });
  });
});

describe('20,000 tiny messages arrive at once', () => {
  const tiny = sending('service bind', flood(20_000, bytes('30 05 02 01 63 61 00')));

  test('plain ldapts takes its process down', async () => {
    const { url } = await start(tiny);
    const args = [path.join(import.meta.dirname, 'tiny-messages.mjs'), url, OPENLDAP_SERVICE.dn, SERVICE_PASSWORD];
    const { code, said } = await new Promise<{ readonly code: number | null; readonly said: string }>((resolve) => {
      const child = execFile(process.execPath, args, (_error, stdout, stderr) => resolve({ code: child.exitCode, said: stdout + stderr }));
    });
    expect(said).toContain('RangeError');
    expect(code).not.toBe(0);
  });

  test('this service answers that it does not know', async () => {
    expect(await serviceAt([await start(tiny)])()).toMatchObject({ reason: 'directory-protocol-error', attempted: false });
  });
});

describe('an empty password', () => {
  test('is sent by plain ldapts', async () => {
    const server = await start();
    await outcomeOf(plainClient(server).bind(ALICE, ''));
    expect(server.count('service bind')).toBe(1);
  });

  test('never leaves this service', async () => {
    const server = await start();
    expect(await serviceAt([server])('')).toMatchObject({ status: 4, http: 400 });
    expect(server.opened()).toBe(0);
  });
});
