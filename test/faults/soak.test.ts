import { afterEach, describe, expect, jest, test } from '@jest/globals';

import { silence } from '../support/faults/actions.ts';
import { toldBy } from './expectation.ts';
import { laterBy } from './setting.ts';
import { isHonest, passwordOf, randomFaults, seededRandom, soak, SoakStage, USERS } from './soak.ts';
import { WRONG_PASSWORD } from './stage.ts';

const stages: SoakStage[] = [];

afterEach(async () => {
  jest.restoreAllMocks();
  for (const stage of stages.splice(0)) await stage.close();
});

async function start(transport: 'ldap' | 'ldaps'): Promise<SoakStage> {
  const stage = await SoakStage.start(transport);
  stages.push(stage);
  return stage;
}

const REQUESTS = 10_000;

test(`${String(REQUESTS)} requests in one process, a fault in every twentieth connection`, async () => {
  const random = seededRandom(2026);
  const warm = await start('ldap');
  warm.arm(randomFaults(random, 5));
  const ask = warm.service({ LDAP_DEADLINE_MS: '3000', LDAP_CONNECT_TIMEOUT_MS: '1500' });
  const figures = await soak(ask, REQUESTS, 32, random, () => warm.close());
  process.stdout.write(`soak: ${JSON.stringify(figures)}\n`);
  expect(figures).toMatchObject({ requests: REQUESTS, wrong: [], incidents: [], socketsLeft: 0 });
  expect(figures.atTheEnd.heap).toBeLessThan(figures.afterTheFirstThousand.heap + 20); // 2 kB a request would be more
  expect(figures.answers['authenticated']).toBeGreaterThan(REQUESTS / 3);
  expect(figures.answers['wrong-password']).toBeGreaterThan(REQUESTS / 3);
});

describe('200 requests at once for 20 users, right and wrong passwords mixed', () => {
  /** Answers that are not honest, and how many are unknown. */
  const askAtOnce = async (warm: SoakStage, environment: Readonly<Record<string, string>> = {}) => {
    const ask = warm.service(environment);
    const random = seededRandom(200);
    const answers = Array.from({ length: 200 }, async (_, index) => {
      const [username, isRight] = [USERS[index % USERS.length] ?? '', random() < 0.5];
      const { body } = await ask(username, isRight ? passwordOf(username) : WRONG_PASSWORD);
      return { body, isHonest: isHonest(body, username, isRight) };
    });
    const all = await Promise.all(answers);
    return { dishonest: all.filter((one) => !one.isHonest), unknown: all.filter(({ body }) => body['status'] === 5).length };
  };

  test('no verdict crosses over', async () => {
    expect(await askAtOnce(await start('ldaps'))).toEqual({ dishonest: [], unknown: 0 });
  });

  test('with faults in every fifth connection each is answered honestly', async () => {
    const warm = await start('ldaps');
    warm.arm(randomFaults(seededRandom(5), 20));
    expect(await askAtOnce(warm, { LDAP_DEADLINE_MS: '3000' })).toMatchObject({ dishonest: [] });
  });
});

describe('frozen and thawed', () => {
  const HOUR_MS = 3_600_000;
  const [user = ''] = USERS;

  test.each([
    ['an hour later', HOUR_MS],
    ['a day later', 24 * HOUR_MS],
    ['with a clock set back', -HOUR_MS],
  ])('%s, with every socket dead, the next request works', async (_name, jumpMs) => {
    const warm = await start('ldaps');
    const ask = warm.service();
    expect((await ask(user, passwordOf(user))).http).toBe(200);
    for (const server of warm.servers) server.resetAll();
    laterBy(jumpMs);
    expect((await ask(user, passwordOf(user))).http).toBe(200);
    expect((await ask(user, WRONG_PASSWORD)).http).toBe(401);
  });

  test('in the middle of a request: that one is unknown, the next one works', async () => {
    const warm = await start('ldaps');
    const ask = warm.service();
    warm.arm(() => ({ step: 'user bind', action: silence }));
    const frozen = ask(user, passwordOf(user));
    while (warm.servers.every(({ count }) => count('user bind') === 0)) await new Promise(setImmediate);
    laterBy(HOUR_MS);
    for (const server of warm.servers) server.resetAll();
    expect(toldBy(await frozen)).toMatchObject({ reason: 'directory-unreachable', attempted: true, retryAfter: false });
    warm.arm(() => undefined);
    expect((await ask(user, passwordOf(user))).http).toBe(200);
  });
});
