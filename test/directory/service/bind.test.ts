import { afterEach, expect, jest, test } from '@jest/globals';

import { Deadline } from '../../../src/core/deadline.ts';
import { Secret } from '../../../src/core/secret.ts';
import { type Step, Trace } from '../../../src/core/trace.ts';
import type { Conversation } from '../../../src/directory/conversation.ts';
import { ServiceAccount } from '../../../src/directory/service/account.ts';
import { bindService } from '../../../src/directory/service/bind.ts';
import type { Credential } from '../../../src/directory/service/credentials.ts';
import type { ServiceSearcher } from '../../../src/directory/service/searcher.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

const BIND_MS = 2;
const STORE_MS = 300;

function credentialOf(password: string): Credential {
  return { password: new Secret(password), account: new ServiceAccount(() => 0) };
}

/** The steps of a conversation in which each bind is refused and a store is asked, and which is closed after that. */
async function stepsWith(newer: Credential | undefined): Promise<readonly Step[]> {
  let now = 0;
  const pass = <T>(ms: number, result: T): Promise<T> => {
    now += ms;
    return Promise.resolve(result);
  };
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  const trace = new Trace();
  const refused = { ok: true, result: { code: 49, diagnostic: '' }, controls: [] };
  const searcher = {
    bindDn: 'cn=service',
    credentials: { usable: () => pass(0, { ok: true, credential: credentialOf('an old one') }), newer: () => pass(STORE_MS, newer) },
  };
  const conversation = {
    endpoint: '127.0.0.1 389',
    session: { bind: () => pass(BIND_MS, refused) },
    slice: Deadline.in(3000),
    trace,
    bindControls: [],
  };
  await bindService(searcher as unknown as ServiceSearcher, conversation as unknown as Conversation);
  await trace.during('close', () => Promise.resolve());
  return trace.steps;
}

test('what a store takes is no step of the directory', async () => {
  expect(await stepsWith(undefined)).toEqual([
    { step: 'service bind', ms: BIND_MS },
    { step: 'close', ms: 0 },
  ]);
  expect(await stepsWith(credentialOf('a new one'))).toEqual([
    { step: 'service bind', ms: BIND_MS },
    { step: 'service bind', ms: BIND_MS },
    { step: 'close', ms: 0 },
  ]);
});
