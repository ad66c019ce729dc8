import { once } from 'node:events';
import net from 'node:net';

import { expect, test } from '@jest/globals';
import { EqualityFilter } from 'ldapts';

import { Deadline } from '../../src/core/deadline.ts';
import { Trace } from '../../src/core/trace.ts';
import { Session } from '../../src/ldap/session.ts';
import { closeServer, listen, staySilent } from '../support/listen.ts';

test('a request that cannot be written leaves no connection behind', async () => {
  const server = net.createServer(staySilent);
  const socket = net.connect({ port: await listen(server), host: '127.0.0.1' });
  await once(socket, 'connect');
  const session = new Session(socket, new Trace());
  class Unwritable extends EqualityFilter {
    override writeFilter(): void {
      throw new Error('no such filter');
    }
  }
  const search = { base: 'dc=x', scope: 'sub', filter: new Unwritable(), attributes: [], mostEntries: 1 } as const;
  expect(() => session.search(search, Deadline.in(1000))).toThrow('no such filter');
  await session.close();
  expect([socket.destroyed, session.isUsable]).toEqual([true, false]);
  await closeServer(server);
});
