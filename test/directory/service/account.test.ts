import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';

import { Deadline } from '../../../src/core/deadline.ts';
import { type Failure, socketFailure, timedOut } from '../../../src/ldap/failure.ts';
import { ServiceAccount, type ServiceBind, type ServiceBindAttempt } from '../../../src/directory/service/account.ts';

const REFUSAL: Failure = {
  reason: 'directory-refused-service-account',
  step: 'service bind',
  cause: { kind: 'state', state: 'wrong-password' },
};
const ACCEPTED: ServiceBind = { kind: 'accepted' };
const REFUSED: ServiceBind = { kind: 'refused', failure: REFUSAL };
const FAULT: ServiceBind = { kind: 'fault', failure: socketFailure('session', undefined) };
const SILENCE = timedOut('bind');
const UNANSWERED: ServiceBindAttempt = { kind: 'unanswered', failure: SILENCE };
const UNKNOWN: ServiceBind = { kind: 'fault', failure: SILENCE };
const RESTS: ServiceBind = { kind: 'refused', failure: SILENCE };
const TOO_LATE: ServiceBind = {
  kind: 'fault',
  failure: { reason: 'directory-timeout', step: 'service bind', cause: { kind: 'time', of: 'another request' } },
};

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0); // whoever waited has said that it does not any more
  jest.runAllTimers();
  jest.useRealTimers();
});

/** An account, and binds that are answered when the test says so. */
function stage(): {
  readonly account: ServiceAccount;
  readonly bind: (deadlineMs?: number, endpoint?: string) => Promise<ServiceBind>;
  readonly sent: () => number;
  /** Of the bind that was sent first among those without an answer. */
  readonly answer: (result: ServiceBindAttempt | Error) => Promise<void>;
  readonly pass: (ms: number) => Promise<void>;
} {
  const account = new ServiceAccount(() => Date.now());
  const pending: PromiseWithResolvers<ServiceBindAttempt>[] = [];
  let sent = 0;
  const attempt = (): Promise<ServiceBindAttempt> => {
    sent += 1;
    const answer = Promise.withResolvers<ServiceBindAttempt>();
    pending.push(answer);
    return answer.promise;
  };
  return {
    account,
    bind: (deadlineMs = 5000, endpoint = 'A') => account.bind(endpoint, attempt, Deadline.in(deadlineMs)),
    sent: () => sent,
    answer: async (result) => {
      const next = pending.shift();
      if (result instanceof Error) next?.reject(result);
      else next?.resolve(result);
      await jest.advanceTimersByTimeAsync(0);
    },
    pass: (ms) => jest.advanceTimersByTimeAsync(ms),
  };
}

describe('a service account of which nothing is known', () => {
  test('is used by one request after the other', async () => {
    const { bind, sent, answer, pass } = stage();
    const binds = [bind(), bind(), bind()];
    await pass(10);
    expect(sent()).toBe(1);
    await answer(ACCEPTED);
    expect(sent()).toBe(2); // the next one, on its own connection
    await answer(ACCEPTED);
    expect(sent()).toBe(3);
    await answer(ACCEPTED);
    expect(await Promise.all(binds)).toEqual([ACCEPTED, ACCEPTED, ACCEPTED]);
  });

  test('refused, it is not tried by the others', async () => {
    const { account, bind, sent, answer } = stage();
    const binds = [bind(), bind(), bind()];
    await answer(REFUSED);
    expect(await Promise.all(binds)).toEqual([REFUSED, REFUSED, REFUSED]);
    expect([sent(), account.refusal]).toEqual([1, REFUSAL]);
  });

  test('after a fault it is tried by the next, still one at a time', async () => {
    const { bind, sent, answer } = stage();
    const binds = [bind(), bind(), bind()];
    await answer(FAULT);
    expect(sent()).toBe(2);
    await answer(FAULT);
    expect(sent()).toBe(3);
    await answer(REFUSED);
    expect(await Promise.all(binds)).toEqual([FAULT, FAULT, REFUSED]);
  });

  test('a bind that throws is the business of its own request', async () => {
    const { bind, sent, answer } = stage();
    const first = bind();
    const second = bind();
    const rejected = expect(first).rejects.toThrow('a bug');
    await answer(new Error('a bug'));
    await rejected;
    expect(sent()).toBe(2);
    await answer(ACCEPTED);
    expect(await second).toEqual(ACCEPTED);
  });

  test('a request waits for another’s bind no longer than its own deadline', async () => {
    const { bind, sent, answer, pass } = stage();
    const [first, second, third] = [bind(), bind(100), bind(200)];
    await pass(101);
    expect(await second).toEqual(TOO_LATE);
    await pass(98);
    await answer(ACCEPTED);
    await answer(ACCEPTED);
    expect(await Promise.all([first, third])).toEqual([ACCEPTED, ACCEPTED]);
    expect(sent()).toBe(2);
  });
});

describe('a service account that was refused', () => {
  const refuse = async (): Promise<ReturnType<typeof stage>> => {
    const staged = stage();
    const bind = staged.bind();
    await staged.answer(REFUSED);
    expect(await bind).toEqual(REFUSED);
    return staged;
  };

  test('rests for 30 s: nothing is sent, the same answer is given', async () => {
    const { account, bind, sent, pass } = await refuse();
    await pass(29_999);
    expect([await bind(), sent(), account.refusal]).toEqual([REFUSED, 1, REFUSAL]);
  });

  test('is tried again after 30 s, by one request', async () => {
    const { account, bind, sent, answer, pass } = await refuse();
    await pass(30_000);
    expect(account.refusal).toBeUndefined();
    const binds = [bind(), bind()];
    expect(sent()).toBe(2);
    await answer(REFUSED);
    expect(await Promise.all(binds)).toEqual([REFUSED, REFUSED]);
    await pass(29_999);
    expect([await bind(), sent()]).toEqual([REFUSED, 2]);
  });

  test('is as good as new once it is accepted', async () => {
    const { account, bind, sent, answer, pass } = await refuse();
    await pass(30_000);
    const trial = bind();
    await answer(ACCEPTED);
    expect([await trial, account.refusal]).toEqual([ACCEPTED, undefined]);
    const binds = [bind(), bind()];
    expect(sent()).toBe(3); // still one at a time
    await answer(ACCEPTED);
    await answer(ACCEPTED);
    expect(await Promise.all(binds)).toEqual([ACCEPTED, ACCEPTED]);
  });

  test('does not wait for ever on a clock that was set back', async () => {
    const { account, pass } = await refuse();
    jest.setSystemTime(Date.now() - 3_600_000);
    await pass(0);
    expect(account.refusal).toBeUndefined();
  });
});

describe('a service account that was accepted before', () => {
  test('rests as soon as it is refused, and is no longer trusted', async () => {
    const { account, bind, sent, answer, pass } = stage();
    const first = bind();
    await answer(ACCEPTED);
    await first;
    const changed = bind();
    await answer(REFUSED);
    expect([await changed, account.refusal, sent()]).toEqual([REFUSED, REFUSAL, 2]);
    await pass(30_000);
    const binds = [bind(), bind()];
    expect(sent()).toBe(3);
    await answer(REFUSED);
    expect(await Promise.all(binds)).toEqual([REFUSED, REFUSED]);
  });

  test('keeps its trust through a fault', async () => {
    const { bind, sent, answer } = stage();
    const first = bind();
    await answer(ACCEPTED);
    await first;
    const binds = [bind(), bind()];
    await answer(FAULT);
    await answer(ACCEPTED);
    expect(await Promise.all(binds)).toEqual([FAULT, ACCEPTED]);
    expect(sent()).toBe(3);
  });
});

describe('a service bind without an answer', () => {
  const staySilent = async (staged: ReturnType<typeof stage>, endpoint: string): Promise<void> => {
    const bind = staged.bind(5000, endpoint);
    await staged.answer(UNANSWERED);
    expect(await bind).toEqual(UNKNOWN);
  };

  test('may be followed by one at another server; two of them rest like a refusal', async () => {
    const staged = stage();
    await staySilent(staged, 'A');
    expect(staged.account.refusal).toBeUndefined();
    await staySilent(staged, 'B');
    expect([staged.account.refusal, await staged.bind(5000, 'C'), staged.sent()]).toEqual([SILENCE, RESTS, 2]);
    await staged.pass(29_999);
    expect([await staged.bind(), staged.sent()]).toEqual([RESTS, 2]);
    await staged.pass(1);
    expect(staged.account.refusal).toBeUndefined();
    const trial = staged.bind();
    await staged.answer(ACCEPTED);
    expect(await trial).toEqual(ACCEPTED);
  });

  test('is the only one of 30 s: another one later is the first again', async () => {
    const staged = stage();
    await staySilent(staged, 'A');
    await staged.pass(30_000);
    await staySilent(staged, 'A');
    expect(staged.account.refusal).toBeUndefined();
  });

  test('is forgotten with a success', async () => {
    const staged = stage();
    for (let round = 0; round < 3; round += 1) {
      await staySilent(staged, 'A');
      const next = staged.bind(5000, 'B');
      await staged.answer(ACCEPTED);
      expect(await next).toEqual(ACCEPTED);
      await staged.pass(1000);
    }
    expect(staged.account.refusal).toBeUndefined();
  });

  test('where an answer came, but no verdict, is none of them', async () => {
    const { account, bind, answer } = stage();
    for (let round = 0; round < 3; round += 1) {
      const busy = bind();
      await answer(FAULT);
      expect(await busy).toEqual(FAULT);
    }
    expect(account.refusal).toBeUndefined();
  });

  test('is the answer to all who were at that server by then; they can go to the next one', async () => {
    const { account, bind, sent, answer, pass } = stage();
    const atFirst = [bind(1000), bind(2000), bind(3000)];
    await pass(900);
    await answer(UNANSWERED);
    expect(await Promise.all(atFirst)).toEqual([UNKNOWN, TOO_LATE, TOO_LATE]);
    expect([sent(), account.refusal]).toEqual([1, undefined]);
    const next = bind(1000, 'B');
    await answer(ACCEPTED);
    expect(await next).toEqual(ACCEPTED);
  });

  test('is the answer also to who turned to that server before it and comes to the bind after it', async () => {
    const { account, bind, sent, answer, pass } = stage();
    const slow = Deadline.in(3000);
    const first = bind(2000);
    await pass(2000);
    await answer(UNANSWERED);
    expect(await first).toEqual(UNKNOWN);
    await pass(500);
    expect(await account.bind('A', () => Promise.resolve(ACCEPTED), slow)).toEqual(TOO_LATE);
    const later = bind(1000); // which knows that the server may be sick, and has no better one
    await answer(ACCEPTED);
    expect([await later, sent()]).toEqual([ACCEPTED, 2]);
  });

  test('does not hold up those who bind at another server', async () => {
    const { bind, sent, answer, pass } = stage();
    const hanging = bind(5000, 'A');
    const healthy = bind(5000, 'B');
    await pass(0);
    expect(sent()).toBe(2);
    await answer(UNANSWERED);
    await answer(ACCEPTED);
    expect(await Promise.all([hanging, healthy])).toEqual([UNKNOWN, ACCEPTED]);
  });
});

test('a refusal rests even where another server accepts the same password a moment later', async () => {
  const { account, bind, answer } = stage();
  const binds = [bind(5000, 'A'), bind(5000, 'B')];
  await answer(REFUSED);
  await answer(ACCEPTED);
  expect(await Promise.all(binds)).toEqual([REFUSED, ACCEPTED]);
  expect(account.refusal).toEqual(REFUSAL);
});
