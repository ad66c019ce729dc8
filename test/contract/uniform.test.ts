import { describe, expect, test } from '@jest/globals';

import { type Answer, makeService } from '../support/ask.ts';
import { running } from '../support/running.ts';
import { startOpenldap } from '../support/servers/openldap.ts';
import { describeWhere } from './availability.ts';
import { BASE, peopleEntries } from './entries.ts';
import { AMBIGUOUS_MAIL } from './people.ts';

const FLOOR_MS = 300;

/** How well the times tell is measured in bench/uniform.ts: no test depends on how fast the machine is. */
describeWhere('openldap', () => {
  describe('AUTH_DISCLOSURE=uniform on OpenLDAP', () => {
    const directory = running(async () => {
      const started = await startOpenldap({ entries: peopleEntries(BASE, 'openldap') });
      const uniform = { AUTH_DISCLOSURE: 'uniform', AUTH_UNIFORM_FLOOR_MS: String(FLOOR_MS) };
      const filter = { LDAP_USER_FILTER: '(|(uid={username})(mail={username}))' };
      return { ...started, ask: makeService({ ...started.environment, ...filter, ...uniform }) };
    });

    const timed = async (username: string, password: string): Promise<{ readonly answer: Answer; readonly ms: number }> => {
      const startedAt = performance.now();
      const answer = await directory().ask(username, password);
      return { answer, ms: performance.now() - startedAt };
    };

    test('400 refusals, of unknown names, wrong passwords and an ambiguous name, are one answer, none before the floor', async () => {
      const names = ['alice', 'nobody', 'no password', AMBIGUOUS_MAIL, '*', 'CORP\\alice'];
      const refusals = await Promise.all(Array.from({ length: 400 }, (_, index) => timed(names[index % names.length] ?? '', 'wrong')));
      const [{ answer }] = refusals as [(typeof refusals)[number]];
      expect([answer.http, answer.body]).toEqual([401, { status: 2, message: 'invalid credentials', reason: 'invalid-credentials' }]);
      expect(
        new Set(refusals.map((refusal) => JSON.stringify([refusal.answer.http, refusal.answer.headers, refusal.answer.text]))).size,
      ).toBe(1);
      expect(Math.min(...refusals.map(({ ms }) => ms))).toBeGreaterThanOrEqual(FLOOR_MS);
    });

    test('a valid answer does not wait for the floor, and says who', async () => {
      const { answer } = await timed('alice', 'Passw0rd-alice');
      expect(answer.body).toMatchObject({ status: 0, user: { username: 'alice' } });
    });

    test('a floor beyond the deadline could not be kept: it is misconfigured', async () => {
      const deadline = { ...directory().environment, AUTH_DISCLOSURE: 'uniform', LDAP_DEADLINE_MS: '300' };
      for (const impatient of [deadline, { ...deadline, AUTH_UNIFORM_FLOOR_MS: '280' }])
        expect((await makeService(impatient)('nobody', 'wrong')).body).toMatchObject({ status: 7, reason: 'misconfigured' });
    });

    test('a directory that is not there is told as before', async () => {
      const alone = makeService({ ...directory().environment, LDAP_URL: 'ldaps://127.0.0.1:1', AUTH_DISCLOSURE: 'uniform' });
      expect((await alone('alice', 'wrong')).body).toMatchObject({ status: 5, reason: 'directory-unreachable' });
    });
  });
});
