import { once } from 'node:events';
import net from 'node:net';

import { afterEach, expect, test } from '@jest/globals';
import { EqualityFilter } from 'ldapts';

import { Deadline } from '../../src/core/deadline.ts';
import { Trace } from '../../src/core/trace.ts';
import { Session } from '../../src/ldap/session.ts';

const open: net.Server[] = [];

afterEach(async () => {
  for (const server of open.splice(0)) await new Promise((resolve) => server.close(resolve));
});

test('a request that cannot be written leaves no connection behind', async () => {
  const server = net.createServer((socket) => void socket.on('error', () => undefined).resume());
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  const socket = net.connect({ port, host: '127.0.0.1' });
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
});
