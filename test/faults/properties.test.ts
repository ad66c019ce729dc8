import fs from 'node:fs';

import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';

import { startDirectory, type EmbeddedDirectory } from '../../tools/demo-directory/server.ts';
import { makeCertificates, type Certificates } from '../support/faults/wrong-certificates.ts';
import { FaultyDirectory } from '../support/faults/directory.ts';
import type { Action, FinalEnding, Operation, Payload } from '../support/faults/fault.ts';
import type { ResponseName } from '../support/faults/messages.ts';
import { toldBy } from './expectation.ts';
import { addressOf, PASSWORDS, PEOPLE_ENTRIES, SERVICE_ENTRIES, SERVICE_PASSWORD, serviceFor, WRONG_PASSWORD } from './stage.ts';

/** Whatever a server says, at whichever step: nobody is let in or turned away by it, and nothing secret comes out. */

const STEPS = ['service bind', 'search', 'proof', 'user bind'] as const satisfies readonly Operation[];

/** So short that what never ends, ends soon. An answer that comes too late for it is as honest as one that never came. */
const SHORT = { LDAP_DEADLINE_MS: '150', LDAP_CONNECT_TIMEOUT_MS: '100' } as const;

let certificates: Certificates;
let embedded: EmbeddedDirectory;
let server: FaultyDirectory;

beforeAll(async () => {
  certificates = await makeCertificates();
  embedded = await startDirectory({ entries: [...SERVICE_ENTRIES, ...PEOPLE_ENTRIES], certificate: certificates.of.good });
  server = await FaultyDirectory.start({ upstream: addressOf(embedded.url), front: 'plain', keep: 'counts' });
});

afterEach(() => {
  jest.restoreAllMocks();
});

afterAll(async () => {
  await server.close();
  await embedded.close();
});

const step = fc.constantFrom(...STEPS);
const password = fc.constantFrom('right', 'wrong');
const ending: fc.Arbitrary<FinalEnding> = fc.constantFrom('close', 'close', 'close', 'reset', 'hang');

/** Whether the answer is the true one, or unknown. */
async function isHonest(at: Operation, action: Action, which: string): Promise<boolean> {
  server.arm({ step: at, action });
  const ask = serviceFor({ certificates }, 'ldap', [server.url], SHORT);
  const username = at === 'proof' ? 'nobody' : 'alice';
  const { status } = toldBy(await ask(username, which === 'right' ? PASSWORDS.alice : WRONG_PASSWORD));
  const truth = at === 'proof' ? 1 : which === 'right' ? 0 : 2;
  return status === 5 || status === truth;
}

describe('whatever bytes a server sends, at any step, the answer is the true one or unknown', () => {
  test('any bytes at all', async () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(step, bytes, ending, password, (at, sent, then, which) =>
        isHonest(at, { kind: 'send', payload: { kind: 'bytes', bytes: Buffer.from(sent) }, then }, which),
      ),
      { numRuns: 300 },
    );
  });

  test('any bytes at all before the true answer', async () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(step, bytes, password, (at, sent, which) =>
        isHonest(at, { kind: 'send', payload: { kind: 'bytes', bytes: Buffer.from(sent) }, then: 'truth' }, which),
      ),
      { numRuns: 200 },
    );
  });

  test('the true answer with one byte of its structure changed', async () => {
    const mangling = fc.record({
      how: fc.constantFrom('overwritten', 'inserted', 'deleted'),
      at: fc.nat(200),
      byte: fc.oneof(fc.constantFrom(0x00, 0x02, 0x04, 0x0a, 0x30, 0x31, 0x61, 0x64, 0x65, 0x73, 0x78, 0x80, 0x84, 0xff), fc.nat(255)),
    });
    await fc.assert(
      fc.asyncProperty(step, mangling, ending, password, (at, how, then, which) =>
        isHonest(at, { kind: 'mangle', mangling: how, then }, which),
      ),
      { numRuns: 600 },
    );
  });

  test('any sequence of messages that are well-formed and out of place', async () => {
    await fc.assert(
      fc.asyncProperty(step, fc.array(message, { minLength: 1, maxLength: 6 }), ending, password, (at, messages, then, which) => {
        const payload: Payload = { kind: 'series', of: messages.filter((each) => !isAnAnswer(at, each)) };
        return isHonest(at, { kind: 'send', payload, then }, which);
      }),
      { numRuns: 400 },
    );
  });
});

test('and the steps were really reached', () => {
  for (const each of STEPS) expect(server.journal.count(each)).toBeGreaterThan(50);
});

const message: fc.Arbitrary<Payload> = fc.oneof(
  fc.record({
    kind: fc.constant('result' as const),
    as: fc.constantFrom<ResponseName>('bind', 'done', 'extended', 'entry', 'reference'),
    code: fc.oneof(fc.constantFrom(0, 1, 4, 8, 10, 14, 19, 32, 49, 50, 51, 53, 80), fc.nat(200)),
    diagnostic: fc.constantFrom('', 'data 52e', 'Account inactivated', 'Exceed password retry limit', 'password expired!'),
    id: fc.constantFrom('of the request', 'of the one before', 'of the next one', 'zero'),
  }),
  fc.record({ kind: fc.constant('notice' as const), code: fc.nat(90) }),
  fc.record({ kind: fc.constant('reference' as const), uri: fc.constantFrom('ldap://x/', 'x', '') }),
  fc.record({ kind: fc.constant('hollow' as const), hex: fc.constantFrom('', '0a', '0a00', '0a0100', '0a01000400', '0a010004000400ff') }),
);

/** A result that answers the very request, so that a server may well say it: only its word could be doubted. */
function isAnAnswer(at: Operation, sent: Payload): boolean {
  const expected = at === 'search' || at === 'proof' ? 'done' : 'bind';
  return sent.kind === 'result' && sent.id === 'of the request' && sent.as === expected && ![1, 8, 10, 14, 51, 80].includes(sent.code);
}

describe('no password comes out', () => {
  /** Everything that is written while `work` runs. */
  const written = async (work: () => Promise<void>): Promise<string> => {
    const chunks: string[] = [];
    const take = (chunk: unknown): boolean => {
      chunks.push(String(chunk));
      return true;
    };
    jest.spyOn(fs, 'writeSync').mockImplementation((_descriptor: number, chunk: unknown) => {
      take(chunk);
      return Buffer.byteLength(String(chunk));
    });
    for (const stream of [process.stdout, process.stderr]) jest.spyOn(stream, 'write').mockImplementation(take);
    for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) jest.spyOn(console, method).mockImplementation(take);
    try {
      await work();
    } finally {
      jest.restoreAllMocks();
    }
    return chunks.join('');
  };

  /** The forms in which text is found again. */
  const formsOf = (secret: string): readonly string[] => [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    Buffer.from(secret).toString('hex'),
  ];

  const actions = (secret: string): readonly Action[] => [
    { kind: 'silence' },
    { kind: 'reset' },
    { kind: 'close' },
    { kind: 'cut', then: 'close' },
    { kind: 'repeat' },
    // A server that says the password back.
    ...[0, 1, 8, 19, 49, 51, 53, 80].map((code): Action => ({
      kind: 'send',
      payload: { kind: 'result', code, diagnostic: secret },
      then: 'close',
    })),
    { kind: 'send', payload: { kind: 'result', code: 49, diagnostic: `80090308: LdapErr: x, data ${secret}, v1` }, then: 'close' },
    { kind: 'send', payload: { kind: 'text', text: secret }, then: 'close' },
    { kind: 'send', payload: { kind: 'reference', uri: `ldap://x/${secret}` }, then: 'truth' },
    { kind: 'send', payload: { kind: 'hollow', hex: Buffer.from(secret).toString('hex') }, then: 'close' },
  ];

  test('into a log line, an error or an answer, whatever the password and the fault', async () => {
    const secret = fc
      .string({ minLength: 12, maxLength: 60, unit: 'grapheme' })
      .filter((text) => text.isWellFormed() && !text.includes('\0'));
    await fc.assert(
      fc.asyncProperty(step, fc.nat(), secret, async (at, index, typed) => {
        const all = actions(typed);
        server.arm({ step: at, action: all[index % all.length] ?? { kind: 'silence' } });
        const ask = serviceFor({ certificates }, 'ldap', [server.url], { ...SHORT, LOG_LEVEL: 'DEBUG' });
        let answered = '';
        const logged = await written(async () => {
          answered = JSON.stringify(await ask(at === 'proof' ? 'nobody' : 'alice', typed));
        });
        expect(logged).toContain('"reason"');
        for (const form of [...formsOf(typed), ...formsOf(SERVICE_PASSWORD)]) {
          expect(logged).not.toContain(form);
          expect(answered).not.toContain(form);
        }
      }),
      { numRuns: 300 },
    );
  });
});
