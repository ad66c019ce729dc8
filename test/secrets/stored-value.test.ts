import { describe, expect, test } from '@jest/globals';

import { Deadline } from '../../src/core/deadline.ts';
import { Secret } from '../../src/core/secret.ts';
import { type Fetch, type Fetched, passwordIn, StoredValue } from '../../src/secrets/stored-value.ts';

const GOOD: Fetched = { ok: true, value: new Secret('value') };

describe('requests that need a stored value at once', () => {
  test('share one fetch', async () => {
    let fetches = 0;
    const fetch: Fetch = () => {
      fetches += 1;
      return Promise.resolve(GOOD);
    };
    const stored = new StoredValue(fetch, () => 0);
    const all = await Promise.all(Array.from({ length: 5 }, () => stored.current(Deadline.in(1000))));
    expect([fetches, all.every(({ ok }) => ok)]).toEqual([1, true]);
  });

  test('wait no longer than their own deadline, whoever asked first', async () => {
    const first = Promise.withResolvers<Fetched>();
    const stored = new StoredValue(
      () => first.promise,
      () => 0,
    );
    const patient = stored.current(Deadline.in(60_000));
    expect(await stored.current(Deadline.in(30))).toEqual({ ok: false, detail: 'TimeoutError' });
    first.resolve(GOOD);
    expect(await patient).toBe(GOOD);
  });

  test('ask once more for themselves where the first one had too little time', async () => {
    const answers: Fetched[] = [{ ok: false, detail: 'AbortError' }, GOOD];
    const stored = new StoredValue(
      () => Promise.resolve(answers.shift() ?? GOOD),
      () => 0,
    );
    const both = await Promise.all([stored.current(Deadline.in(30)), stored.current(Deadline.in(60_000))]);
    expect(both.map(({ ok }) => ok)).toEqual([false, true]);
  });
});

test('a fetch that throws is not remembered: the next request fetches anew', async () => {
  const answers = [Promise.reject<Fetched>(new Error('the module could not be loaded')), Promise.resolve(GOOD)];
  const stored = new StoredValue(
    () => answers.shift() ?? Promise.resolve(GOOD),
    () => 0,
  );
  await expect(stored.current(Deadline.in(1000))).rejects.toThrow('could not be loaded');
  expect(await stored.current(Deadline.in(1000))).toBe(GOOD);
});

describe('the password in a secret', () => {
  test.each([
    ['plain text', 'pass word', 'pass word'],
    ['text that only looks like JSON', '{broken', '{broken'],
    ['digits', '12345', '12345'],
    ['an object', '{"username":"u","password":"p"}', 'p'],
    ['an object without one', '{"username":"u"}', ''],
    ['an object with a number', '{"password":1}', ''],
    ['an array', '["p"]', '["p"]'],
  ])('%s', (_case, text, password) => {
    expect(passwordIn(new Secret(text)).reveal()).toBe(password);
  });
});
