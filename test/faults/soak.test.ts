import { afterEach, describe, expect, jest, test } from '@jest/globals';

import { toldBy } from './expectation.ts';
import { isHonest, passwordOf, randomFaults, seededRandom, soak, SoakStage, USERS } from './soak.ts';
import { WRONG_PASSWORD } from './stage.ts';

let stage: SoakStage | undefined;

afterEach(async () => {
  jest.restoreAllMocks();
  await stage?.close();
  stage = undefined;
});

const REQUESTS = 10_000;

test(`${String(REQUESTS)} requests in one process, a fault in every twentieth connection`, async () => {
  const random = seededRandom(2026);
  const warm = await SoakStage.start('ldap');
  stage = warm;
  warm.arm(randomFaults(random, 5));
  const ask = warm.service({ LDAP_DEADLINE_MS: '3000', LDAP_CONNECT_TIMEOUT_MS: '1500' });
  const figures = await soak(ask, REQUESTS, 32, random, () => warm.close());
  process.stdout.write(`soak: ${JSON.stringify(figures)}\n`);
  expect(figures).toMatchObject({ requests: REQUESTS, wrong: [], incidents: [], socketsLeft: 0 });
  expect(figures.atTheEnd.heap).toBeLessThan(figures.afterTheFirstThousand.heap + 20); // 2 kB a request would be more
  expect(figures.answers['authenticated']).toBeGreaterThan(REQUESTS / 3);
  expect(figures.answers['wrong-password']).toBeGreaterThan(REQUESTS / 3);
});

describe('many at once', () => {
  test('200 requests for 20 users, right and wrong passwords mixed: no verdict crosses over', async () => {
    const warm = await SoakStage.start('ldaps');
    stage = warm;
    const ask = warm.service();
    const random = seededRandom(200);
    const requests = Array.from({ length: 200 }, (_, index) => ({ username: USERS[index % USERS.length] ?? '', isRight: random() < 0.5 }));
    const answers = await Promise.all(
      requests.map(async ({ username, isRight }) => {
        const { body } = await ask(username, isRight ? passwordOf(username) : WRONG_PASSWORD);
        return { body, username, isRight };
      }),
    );
    expect(answers.filter(({ body, username, isRight }) => !isHonest(body, username, isRight))).toEqual([]);
    expect(answers.filter(({ body }) => body['status'] === 5)).toEqual([]);
  });

  test('200 requests with faults in every fifth connection: each is answered honestly', async () => {
    const warm = await SoakStage.start('ldaps');
    stage = warm;
    const ask = warm.service({ LDAP_DEADLINE_MS: '3000' });
    const random = seededRandom(5);
    warm.arm(randomFaults(random, 20));
    const requests = Array.from({ length: 200 }, (_, index) => ({ username: USERS[index % USERS.length] ?? '', isRight: index % 2 === 0 }));
    const answers = await Promise.all(
      requests.map(async ({ username, isRight }) => {
        const { body } = await ask(username, isRight ? passwordOf(username) : WRONG_PASSWORD);
        return { body, username, isRight };
      }),
    );
    expect(answers.filter(({ body, username, isRight }) => !isHonest(body, username, isRight))).toEqual([]);
  });
});

describe('frozen and thawed', () => {
  const HOUR_MS = 3_600_000;

  test.each([
    ['an hour later', HOUR_MS],
    ['a day later', 24 * HOUR_MS],
    ['with a clock set back', -HOUR_MS],
  ])('%s, with every socket dead, the next request works', async (_name, jumpMs) => {
    const warm = await SoakStage.start('ldaps');
    stage = warm;
    const ask = warm.service();
    const [user = ''] = USERS;
    expect((await ask(user, passwordOf(user))).http).toBe(200);
    for (const server of warm.servers) server.resetAll();
    const jumped = Date.now() + jumpMs;
    jest.spyOn(Date, 'now').mockImplementation(() => jumped);
    expect((await ask(user, passwordOf(user))).http).toBe(200);
    expect((await ask(user, WRONG_PASSWORD)).http).toBe(401);
  });

  test('in the middle of a request: that one is unknown, the next one works', async () => {
    const warm = await SoakStage.start('ldaps');
    stage = warm;
    const ask = warm.service();
    const [user = ''] = USERS;
    warm.arm(() => ({ step: 'user bind', action: { kind: 'silence' } }));
    const frozen = ask(user, passwordOf(user));
    while (warm.servers.every(({ journal }) => journal.count('user bind') === 0)) await new Promise(setImmediate);
    const jumped = Date.now() + HOUR_MS;
    jest.spyOn(Date, 'now').mockImplementation(() => jumped);
    for (const server of warm.servers) server.resetAll();
    expect(toldBy(await frozen)).toMatchObject({ reason: 'directory-unreachable', attempted: true, retryAfter: false });
    warm.arm(() => undefined);
    expect((await ask(user, passwordOf(user))).http).toBe(200);
  });
});
