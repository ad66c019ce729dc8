import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { DIRECTORY_KINDS } from '../../src/config/directory-kinds.ts';
import { Deadline, pause } from '../../src/core/deadline.ts';
import { makeTable } from '../../src/gate/aws.ts';
import { countOf, tellsLock } from '../../src/gate/failure-count.ts';
import { withPass } from '../../src/gate/pass.ts';
import type { Gate } from '../../src/gate/take.ts';
import { WaitingLine } from '../../src/gate/waiting-line.ts';
import { watchTable } from '../../src/gate/watched-table.ts';
import type { SearchEntry } from '../../src/ldap/message.ts';
import { describeWhere } from '../contract/availability.ts';
import type { StartedDirectory } from '../support/servers/server.ts';
import { Client } from './client.ts';
import { type Dynamo, startDynamo, TABLE } from './dynamo.ts';
import { PASSWORD, type Place, PLACES, THRESHOLD, WINDOW } from './places.ts';

const MINUTES = 300_000;

function describeCount(place: Place): void {
  const { name } = place;
  const user = place.dnOf('alice');
  const { failureCounter: counter, counterAttributes } = DIRECTORY_KINDS[place.kind];
  describe(`${name}: our count is the server's`, () => {
    const started: { server?: StartedDirectory; client?: Client; dynamo?: Dynamo } = {};
    beforeAll(async () => {
      started.dynamo = await startDynamo();
      started.server = await place.start();
      started.client = new Client(started.server);
    }, MINUTES);
    afterAll(async () => {
      started.client?.close();
      await started.server?.stop();
      await started.dynamo?.close();
    });
    const parts = (): { readonly server: StartedDirectory; readonly client: Client } => {
      const { server, client } = started;
      if (server === undefined || client === undefined) throw new Error(`${name} did not start`);
      return { server, client };
    };
    const readEntry = async (): Promise<SearchEntry> => {
      const { server, client } = parts();
      const service = { dn: server.environment['LDAP_BIND_DN'] ?? '', password: server.environment['LDAP_BIND_PASSWORD'] ?? '' };
      return await client.read(service, user, counterAttributes);
    };
    const look = async (laterSeconds = 0): Promise<{ readonly count: number; readonly kept: number; readonly locked: boolean }> => {
      const { server, client } = parts();
      const entry = await readEntry();
      const { attribute, read } = place.counter;
      const whole = await client.read(server.administrator, user, [attribute]);
      const kept = whole.attributes.flatMap(({ values }) => values.map(String));
      const nowMs = Date.now() + laterSeconds * 1000;
      const count = countOf(counter, entry, { nowMs, windowSeconds: place.windowSeconds });
      return { count: count.kind === 'told' ? count.failures : 0, kept: read(kept), locked: tellsLock(counter, entry, nowMs) };
    };
    const bind = (password: string): Promise<number> => parts().client.bind({ dn: user, password });

    test(
      'nobody has failed, then one after the other, then a success',
      async () => {
        expect(await look()).toEqual({ count: 0, kept: 0, locked: false });
        for (let failure = 1; failure < THRESHOLD; failure += 1) {
          expect(await bind('wrong')).toBe(49);
          expect(await look()).toEqual({ count: failure, kept: failure, locked: false });
        }
        expect(await bind(PASSWORD)).toBe(0);
        expect(await look()).toEqual({ count: 0, kept: 0, locked: false });
      },
      MINUTES,
    );

    test(
      'two failures elsewhere, then 50 wrong passwords at the same moment, all with the count as it was: two are sent',
      async () => {
        await bind('wrong');
        await bind('wrong');
        const entry = await readEntry();
        const limit = THRESHOLD - 1;
        const gate: Gate = {
          counter,
          rules: { limit, windowSeconds: place.windowSeconds, success: 'clears' },
          table: watchTable(Promise.resolve(makeTable(TABLE))),
          line: new WaitingLine(limit),
          disclosure: 'distinct',
          clock: () => Date.now(),
          pause,
        };
        const readAgain = async (): Promise<{ readonly ok: true; readonly entry: SearchEntry }> => ({ ok: true, entry: await readEntry() });
        const codes: number[] = [];
        const use = async (): Promise<{ readonly end: 'refused'; readonly value: undefined }> => {
          codes.push(await bind('wrong'));
          return { end: 'refused', value: undefined };
        };
        const all = await Promise.all(Array.from({ length: 50 }, () => withPass(gate, { entry, readAgain }, Deadline.in(MINUTES), use)));
        expect([codes, all.filter(({ kind }) => kind === 'throttled').length]).toEqual([[49, 49], 48]);
        expect(await look()).toEqual({ count: limit, kept: limit, locked: false });
        expect(await bind(PASSWORD)).toBe(0);
      },
      MINUTES,
    );

    test(
      'failures that lock; what is stored outlives its window, the count does not',
      async () => {
        for (let failure = 1; failure <= THRESHOLD; failure += 1) await bind('wrong');
        expect(await look()).toEqual({ count: THRESHOLD, kept: THRESHOLD, locked: place.tellsLock });
        expect(await bind(PASSWORD)).not.toBe(0); // it is locked
        expect(await look()).toEqual({ count: THRESHOLD, kept: THRESHOLD, locked: place.tellsLock }); // and counts no more
        const never = place.windowSeconds === 0;
        expect(await look(WINDOW - 60)).toMatchObject({ count: THRESHOLD });
        expect(await look(WINDOW + 1)).toMatchObject({ count: never ? THRESHOLD : 0, kept: THRESHOLD });
      },
      MINUTES,
    );
  });
}

for (const place of PLACES) {
  describeWhere(place.server, () => {
    describeCount(place);
  });
}
