import { describe, expect, test } from '@jest/globals';

import type { Row } from '../../src/doctor/check.ts';
import { examineWith, rowOf } from '../doctor/support/examine.ts';
import { type Ask, makeService } from '../support/ask.ts';
import type { Settings } from '../support/demo.ts';
import { startRelay } from '../support/relay.ts';
import { running } from '../support/running.ts';
import type { Credentials, StartedDirectory } from '../support/servers/server.ts';
import { SERVICE_REFUSED, summarise, UNKNOWN, WRONG_PASSWORD } from './verdicts.ts';

/** A directory with alice, bob and an account whose rights come and go. */
export type Scene = {
  readonly directory: StartedDirectory;
  /** It may see people, and never the base itself; and its own entry, which the user filter finds. */
  readonly account: Credentials & { readonly login: string };
  /** Takes it the right to see others, while the server runs. */
  readonly revoke: () => Promise<void>;
  readonly grant: () => Promise<void>;
  readonly removeAlice: () => Promise<void>;
  readonly close: () => Promise<void>;
  /** A filter that finds nobody below `ou=services` but the service account itself. */
  readonly withoutPeople: Readonly<Record<string, string>>;
};

const WRONG = { username: 'alice', password: 'wrong' } as const;

/** "No such user" only where somebody was shown to the service account on this very connection. */
export function describeProof(name: string, start: () => Promise<Scene>): void {
  describe(`the proof that the service account can see people, on ${name}`, () => {
    const scene = running(start);
    const relay = running(() => startRelay(scene().directory.url));
    const service = (changes: Settings = {}): Ask => makeService({ ...scene().directory.environment, ...relay().settings, ...changes });
    const account = (): Settings => ({ LDAP_BIND_DN: scene().account.dn, LDAP_BIND_PASSWORD: scene().account.password });
    const limited = (changes: Settings = {}): Ask => service({ ...account(), ...changes });
    const answers = async (ask: Ask, ...names: readonly string[]): Promise<readonly object[]> => {
      const all: object[] = [];
      for (const username of names) all.push(summarise(await ask(username, 'wrong')));
      return all;
    };

    test('whoever sees people need not see the base: unknown is unknown, cold and warm', async () => {
      expect(await answers(limited(), 'nobody', 'nobody', 'alice', 'nobody')).toEqual([UNKNOWN, UNKNOWN, WRONG_PASSWORD, UNKNOWN]);
    });

    test('the doctor’s row "base" is this proof, and names LDAP_BIND_DN without it', async () => {
      const row = async (): Promise<Row> => rowOf(await examineWith({ ...scene().directory.environment, ...account() }), 'base');
      expect(await row()).toMatchObject({ status: 'pass' });
      await scene().revoke();
      try {
        expect(await row()).toMatchObject({
          status: 'fail',
          hint: expect.stringMatching(/^directory: LDAP_BIND_DN sees no other user/),
        });
      } finally {
        await scene().grant();
      }
    });

    test('rights that are taken away: nobody is called unknown any more, at once; nor where it sees itself alone', async () => {
      const warm = limited();
      const uniform = limited({ AUTH_DISCLOSURE: 'uniform', AUTH_UNIFORM_FLOOR_MS: '0' });
      expect(await answers(warm, 'alice', 'nobody')).toEqual([WRONG_PASSWORD, UNKNOWN]);
      await uniform('nobody', 'wrong');
      await scene().revoke();
      try {
        const refused = [SERVICE_REFUSED, SERVICE_REFUSED, SERVICE_REFUSED];
        expect(await answers(warm, 'alice', 'nobody', 'bob')).toEqual(refused);
        expect(await answers(limited(), 'nobody', 'alice', 'nobody')).toEqual(refused);
        expect(await answers(uniform, 'nobody', 'alice', scene().account.login)).toEqual(refused);
      } finally {
        await scene().grant();
      }
      expect(await answers(warm, 'nobody', 'alice')).toEqual([UNKNOWN, WRONG_PASSWORD]);
    });

    test('a base without people cannot be proved, nor one that is not there', async () => {
      for (const base of ['services', 'nowhere']) {
        const ask = service({
          LDAP_BASE_DN: `ou=${base},${scene().directory.environment['LDAP_BASE_DN'] ?? ''}`,
          ...scene().withoutPeople,
        });
        expect(await answers(ask, 'nobody', 'nobody')).toEqual([SERVICE_REFUSED, SERVICE_REFUSED]);
      }
    });

    test('what is sent for a known and an unknown name, in a cold and in a warm process', async () => {
      const ask = service();
      const during = (username: string): Promise<readonly string[]> => relay().during(() => ask(username, 'wrong'));
      expect([await during('nobody'), await during('nobody'), await during('alice')]).toEqual([
        ['bind', 'who', 'sub', 'sub', 'unbind'],
        ['bind', 'sub', 'base', 'unbind'],
        ['bind', 'sub', 'bind', 'unbind'],
      ]);
      const other = service();
      expect(await relay().during(() => other(WRONG.username, WRONG.password))).toEqual(['bind', 'who', 'sub', 'bind', 'unbind']);
      expect(await relay().during(() => other('nobody', 'wrong'))).toEqual(['bind', 'sub', 'base', 'unbind']);
    });

    test('under uniform the proof comes first, for every name', async () => {
      const ask = service({ AUTH_DISCLOSURE: 'uniform', AUTH_UNIFORM_FLOOR_MS: '0' });
      const during = (username: string): Promise<readonly string[]> => relay().during(() => ask(username, 'wrong'));
      expect([await during('alice'), await during('alice'), await during('nobody')]).toEqual([
        ['bind', 'who', 'sub', 'sub', 'bind', 'unbind'],
        ['bind', 'base', 'sub', 'bind', 'unbind'],
        ['bind', 'base', 'sub', 'unbind'],
      ]);
    });

    test('with LDAP_USER_SCOPE=one, and where whoever proved it last has gone', async () => {
      const flat = service({ LDAP_USER_SCOPE: 'one' }); // nobody lies directly below the base
      expect(await answers(flat, 'nobody')).toEqual([SERVICE_REFUSED]);
      const ask = service();
      await ask(WRONG.username, WRONG.password); // alice is remembered
      await scene().removeAlice();
      expect(await relay().during(() => ask('nobody', 'wrong'))).toEqual(['bind', 'sub', 'base', 'sub', 'unbind']);
      expect(await relay().during(() => ask('nobody', 'wrong'))).toEqual(['bind', 'sub', 'base', 'unbind']);
      expect(await answers(ask, 'nobody', 'alice')).toEqual([UNKNOWN, UNKNOWN]);
    });
  });
}
