import fs from 'node:fs';

import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';

import { startDirectory, type EmbeddedDirectory } from '../../tools/demo-directory/server.ts';
import { type Action, bytes, close, cut, type Ending, hollow, mangle, notice } from '../support/faults/actions.ts';
import { reference, repeat, reset, result, send, series, silence, text } from '../support/faults/actions.ts';
import type { Operation } from '../support/faults/conversation.ts';
import { type FaultyDirectory, startFaulty } from '../support/faults/directory.ts';
import type { ResponseName } from '../support/faults/messages.ts';
import { makeCertificates, type Certificates } from '../support/faults/wrong-certificates.ts';
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
  server = await startFaulty({ upstream: addressOf(embedded.url), front: 'plain', keep: 'counts' });
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
const ending: fc.Arbitrary<Ending> = fc.constantFrom('close', 'close', 'close', 'reset', 'hang');

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
    await fc.assert(
      fc.asyncProperty(step, fc.uint8Array({ maxLength: 300 }), ending, password, (at, sent, then, which) =>
        isHonest(at, send(bytes(Buffer.from(sent)), then), which),
      ),
      { numRuns: 300 },
    );
  });

  test('any bytes at all before the true answer', async () => {
    await fc.assert(
      fc.asyncProperty(step, fc.uint8Array({ minLength: 1, maxLength: 20 }), password, (at, sent, which) =>
        isHonest(at, send(bytes(Buffer.from(sent)), 'truth'), which),
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
      fc.asyncProperty(step, mangling, ending, password, (at, how, then, which) => isHonest(at, mangle(how, then), which)),
      { numRuns: 600 },
    );
  });

  test('any sequence of messages that are well-formed and out of place', async () => {
    await fc.assert(
      fc.asyncProperty(step, fc.array(message, { minLength: 1, maxLength: 6 }), ending, password, (at, messages, then, which) => {
        const outOfPlace = messages.filter((each) => !isAnAnswer(at, each)).map(({ payload }) => payload);
        return isHonest(at, send(series(...outOfPlace), then), which);
      }),
      { numRuns: 400 },
    );
  });
});

test('and the steps were really reached', () => {
  for (const each of STEPS) expect(server.count(each)).toBeGreaterThan(50);
});

const results = fc.record({
  as: fc.constantFrom<ResponseName>('bind', 'done', 'extended', 'entry', 'reference'),
  code: fc.oneof(fc.constantFrom(0, 1, 4, 8, 10, 14, 19, 32, 49, 50, 51, 53, 80), fc.nat(200)),
  diagnostic: fc.constantFrom('', 'data 52e', 'Account inactivated', 'Exceed password retry limit', 'password expired!'),
  id: fc.constantFrom(0 as const, -1 as const, 1 as const, 'zero' as const),
});
const contents = fc.constantFrom('', '0a', '0a00', '0a0100', '0a01000400', '0a010004000400ff');

const message = fc.oneof(
  results.map((spec) => ({ spec, payload: result(spec.code, spec) })),
  fc.nat(90).map((code) => ({ spec: undefined, payload: notice(code) })),
  fc.constantFrom('ldap://x/', 'x', '').map((uri) => ({ spec: undefined, payload: reference(uri) })),
  contents.map((content) => ({ spec: undefined, payload: hollow(content) })),
);

type Sent = typeof message extends fc.Arbitrary<infer T> ? T : never;

/** A result that answers the very request, so that a server may well say it: only its word could be doubted. */
function isAnAnswer(at: Operation, { spec }: Sent): boolean {
  const expected = at === 'search' || at === 'proof' ? 'done' : 'bind';
  return spec?.id === 0 && spec.as === expected && ![1, 8, 10, 14, 51, 80].includes(spec.code);
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
    ...[silence, reset, close, cut('close'), repeat],
    // A server that says the password back.
    ...[0, 1, 8, 19, 49, 51, 53, 80].map((code) => send(result(code, { diagnostic: secret }), 'close')),
    send(result(49, { diagnostic: `80090308: LdapErr: x, data ${secret}, v1` }), 'close'),
    send(text(secret), 'close'),
    send(reference(`ldap://x/${secret}`), 'truth'),
    send(hollow(Buffer.from(secret).toString('hex')), 'close'),
  ];

  test('into a log line, an error or an answer, whatever the password and the fault', async () => {
    const secret = fc
      .string({ minLength: 12, maxLength: 60, unit: 'grapheme' })
      .filter((typed) => typed.isWellFormed() && !typed.includes('\0'));
    await fc.assert(
      fc.asyncProperty(step, fc.nat(), secret, async (at, index, typed) => {
        const all = actions(typed);
        server.arm({ step: at, action: all[index % all.length] ?? silence });
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
