import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';

import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';

import { Deadline } from '../../src/core/deadline.ts';
import { Secret } from '../../src/core/secret.ts';
import { Trace } from '../../src/core/trace.ts';
import { Authority, type Issued } from '../../src/dev/certificates.ts';
import { connectTo } from '../../src/directory/connect.ts';
import type { Channel } from '../../src/directory/reception.ts';
import { Session } from '../../src/directory/session.ts';

let authority: Authority;
let certificate: Issued;

beforeAll(async () => {
  authority = await Authority.create('Our authority');
  certificate = await authority.issue({ commonName: 'ldap', dnsNames: ['ldap.example.test'] });
});

const ended: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

type Transport = 'plain' | 'tls';

/** A channel to a server that says something of its own accord. */
const channelTo = async (transport: Transport, speak: (socket: net.Socket) => void): Promise<Channel> => {
  const greet = (socket: net.Socket): void => {
    socket.on('error', () => undefined);
    speak(socket);
  };
  const server =
    transport === 'plain' ? net.createServer(greet) : tls.createServer({ key: certificate.key, cert: certificate.cert }, greet);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  const identity = { secureContext: tls.createSecureContext({ ca: authority.pem }), servername: undefined };
  const place = { name: 'test', host: 'ldap.example.test', port, transport } as const;
  const connected = await connectTo(place, '127.0.0.1', identity, Deadline.in(5000), new Trace());
  if (!connected.ok) throw new Error(connected.failure.detail);
  ended.push(async () => {
    connected.socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return connected;
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const ending = async ({ socket }: Channel): Promise<void> => {
  if (!socket.readableEnded) await once(socket, 'end');
};

const arrived = async ({ socket }: Channel): Promise<void> => {
  while (socket.bytesRead === 0) await turn();
  for (let more = 0; more < 50; more += 1) await turn();
};

/** Bytes that no two reads have in common: chunk n is full of n. */
const patterned = (bytes: number): Buffer => Buffer.from(Uint8Array.from({ length: bytes }, (_, at) => Math.floor(at / 1000) % 251));

const CREDENTIALS = [new Secret('secret'), []] as const;

describe.each<Transport>(['plain', 'tls'])('%s', (transport) => {
  test('everything is heard, in order, and what was heard is not overwritten by the next read', async () => {
    const sent = patterned(200_000);
    const channel = await channelTo(transport, (socket) => void socket.end(sent));
    const heard: Buffer[] = [];
    channel.hear((chunk) => heard.push(chunk));
    await ending(channel);
    expect(heard.length).toBeGreaterThan(10);
    expect(Buffer.concat(heard).equals(sent)).toBe(true);
  });

  test('what comes before anybody hears is kept', async () => {
    const sent = patterned(30_000);
    const channel = await channelTo(transport, (socket) => void socket.end(sent));
    await arrived(channel);
    const heard: Buffer[] = [];
    channel.hear((chunk) => heard.push(chunk));
    await ending(channel);
    expect(Buffer.concat(heard).equals(sent)).toBe(true);
  });

  test('a server that hung up before there was a session is not waited for', async () => {
    const channel = await channelTo(transport, (socket) => void socket.end(Buffer.alloc(30_000)));
    await arrived(channel);
    const deaf = (): void => undefined;
    const session = new Session({ ...channel, hear: () => channel.hear(deaf) }, new Trace());
    await ending(channel);
    const reply = await session.bind('cn=somebody', ...CREDENTIALS, Deadline.in(60_000));
    expect(reply).toEqual({ ok: false, sent: false, failure: { reason: 'directory-unreachable', detail: 'session: closed' } });
  });

  test('a server that talks without end to nobody fills no memory', async () => {
    const endless = Buffer.alloc(64 * 1024);
    const channel = await channelTo(transport, (socket) => {
      const talk = (): void => {
        while (socket.write(endless));
      };
      socket.on('drain', talk);
      talk();
    });
    await arrived(channel);
    const before = channel.socket.bytesRead;
    expect(before).toBeLessThan(256 * 1024);
    await arrived(channel);
    expect(channel.socket.bytesRead).toBe(before);
    const heard = new Promise<number>((resolve) => {
      let bytes = 0;
      channel.hear((chunk) => {
        bytes += chunk.length;
        if (bytes > 1024 * 1024) resolve(bytes);
      });
    });
    expect(await heard).toBeGreaterThan(1024 * 1024);
  });
});
