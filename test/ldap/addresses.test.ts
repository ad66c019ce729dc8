import { afterEach, expect, jest, test } from '@jest/globals';

import { Deadline } from '../../src/core/deadline.ts';
import { AddressBook } from '../../src/ldap/addresses.ts';
import { timedOut } from '../../src/ldap/failure.ts';
import { resolveTo } from '../support/resolver.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

const HOST = 'ldap.example.test';

function makeBook(): { readonly book: AddressBook; readonly pass: (ms: number) => void; readonly ask: () => Promise<string> } {
  let now = 0;
  const book = new AddressBook(() => now);
  return {
    book,
    pass: (ms) => {
      now += ms;
    },
    ask: async () => {
      const found = await book.of(HOST, Deadline.in(60_000));
      return found.ok ? found.list.join(' ') : found.failure.reason;
    },
  };
}

test('a name is looked up once in 30 s, and requests at once share one look-up', async () => {
  const asked = resolveTo(['192.0.2.1'], ['192.0.2.2']);
  const { ask, pass } = makeBook();
  expect(await Promise.all([ask(), ask(), ask()])).toEqual(['192.0.2.1', '192.0.2.1', '192.0.2.1']);
  pass(29_999);
  expect([await ask(), asked()]).toEqual(['192.0.2.1', 1]);
  pass(1);
  expect([await ask(), asked()]).toEqual(['192.0.2.2', 2]);
});

test('an IP address is its own, without a look-up', async () => {
  const asked = resolveTo('never');
  const { book } = makeBook();
  for (const address of ['192.0.2.1', '2001:db8::1']) {
    expect(await book.of(address, Deadline.in(60_000))).toEqual({ ok: true, list: [address] });
  }
  expect(asked()).toBe(0);
});

test('a look-up that fails uses the last good list for another 30 s; without one it is a failure', async () => {
  const asked = resolveTo(['192.0.2.1'], 'ENOTFOUND', 'ENOTFOUND', ['192.0.2.2']);
  const { ask, pass, book } = makeBook();
  await ask();
  pass(30_000);
  expect([await ask(), await ask(), asked()]).toEqual(['192.0.2.1', '192.0.2.1', 2]);
  book.forget(HOST); // none of its addresses answered
  expect(await ask()).toBe('directory-unreachable');
  expect(await ask()).toBe('192.0.2.2');
});

test('a look-up that does not end is left at the deadline', async () => {
  resolveTo('never');
  const failure = timedOut('dns');
  expect(await makeBook().book.of(HOST, Deadline.in(50))).toEqual({ ok: false, failure });
});

test('a look-up that does not end leaves half of the time for the last good list, and the next requests do not wait', async () => {
  resolveTo(['192.0.2.1'], 'never');
  const last = { ok: true, list: ['192.0.2.1'] };
  const { book, ask, pass } = makeBook();
  await ask();
  pass(30_000);
  const deadline = Deadline.in(4000);
  expect(await book.of(HOST, deadline)).toEqual(last);
  expect(deadline.expired).toBe(false);
  pass(29_999);
  const nextTurn = new Promise((resolve) => setImmediate(resolve, 'waits'));
  expect(await Promise.race([book.of(HOST, Deadline.in(1000)), nextTurn])).toEqual(last);
});
