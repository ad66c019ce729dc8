import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import * as tls from 'node:tls';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { startDirectory } from '../../../tools/demo-directory/server.ts';
import { hex, message, resultFields, tlv } from '../../ldap/bytes.ts';
import { type Garden, BASE, SERVICE, plant, resultOf, withClient } from './garden.ts';

let garden: Garden;
beforeAll(async () => {
  garden = await plant([]);
});
afterAll(() => garden.close());

async function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  return socket;
}

/** What comes until the server hangs up, as text. */
async function heard(socket: Socket): Promise<string> {
  const received: Buffer[] = [];
  socket.on('data', (chunk) => received.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(received).toString('latin1');
}

/** The answer to bytes in clear. */
async function answerTo(bytes: Buffer): Promise<string> {
  const socket = await open(garden.url);
  socket.write(bytes);
  return heard(socket);
}

function startTls(id: number): Buffer {
  return message(id, tlv(0x77, tlv(0x80, '1.3.6.1.4.1.1466.20037')));
}

function serviceBind(id: number): Buffer {
  return message(id, tlv(0x60, hex('020103'), tlv(4, SERVICE.dn), tlv(0x80, SERVICE.password)));
}

function unbind(id: number): Buffer {
  return message(id, tlv(0x42));
}

/** A search with so many negations. */
function deepSearch(depth: number): Buffer {
  let filter = tlv(0x87, 'uid');
  for (let level = 0; level < depth; level += 1) filter = tlv(0xa2, filter);
  return message(1, tlv(0x63, tlv(4), hex('0a0100 0a0100 020100 020100 010100'), filter, tlv(0x30)));
}

const NOTICE = '1.3.6.1.4.1.1466.20036';

/** The body of every LDAPResult that says so. */
const SUCCESS = resultFields(0).toString('latin1');

async function works(): Promise<boolean> {
  return withClient(garden.url, async (client) => {
    await client.bind(SERVICE.dn, SERVICE.password);
    return (await client.search(BASE, { scope: 'base' })).searchEntries.length === 1;
  });
}

// That a certificate is shown, and which clients believe it: test/contract/embedded.test.ts.
describe('TLS', () => {
  test('by StartTLS, once', async () => {
    await withClient(garden.url, async (client) => {
      await client.startTLS({ ca: garden.ca, servername: 'ldap.example.org' });
      await client.bind(SERVICE.dn, SERVICE.password);
      expect((await client.search(BASE, { scope: 'sub' })).searchEntries.length).toBe(4);
      expect(await resultOf(client.exop('1.3.6.1.4.1.1466.20037'))).toBe(1);
    });
  });

  test('by StartTLS: a request sent along with it in clear is not answered', async () => {
    const bindsBefore = garden.counts.binds;
    expect(await answerTo(Buffer.concat([startTls(1), serviceBind(2)]))).toContain(NOTICE);
    expect(garden.counts.binds).toBe(bindsBefore);
  });

  test('by StartTLS: a request in clear behind the answer is not answered either', async () => {
    const bindsBefore = garden.counts.binds;
    const socket = await open(garden.url);
    socket.write(startTls(1));
    await once(socket, 'data');
    socket.write(serviceBind(2));
    expect(await heard(socket)).not.toContain(SUCCESS);
    expect(garden.counts.binds).toBe(bindsBefore);
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('speaks %s', async (version) => {
    const { hostname, port } = new URL(garden.secureUrl);
    const socket = tls.connect({ host: hostname, port: Number(port), ca: garden.ca, minVersion: version, maxVersion: version });
    await once(socket, 'secureConnect');
    expect([socket.authorized, socket.getProtocol()]).toEqual([true, version]);
    socket.destroy();
  });
});

describe('bytes that are no request', () => {
  test.each([
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['an indefinite length', hex('3080020101420000')],
    ['a length of 4 GiB', hex('3084ffffffff')],
    ['more than may be sent', hex('308400100000')],
    ['an empty message', hex('3000')],
    ['message id 0', unbind(0)],
    ['a message id that is too long', hex('300a0206010203040506420000')],
    ['a response', message(1, tlv(0x61, resultFields(0)))],
    ['an operation that is not offered', message(1, tlv(0x4a, SERVICE.dn))],
    ['an inner length beyond the message', hex('300c02010160070201030480ffff')],
    ['a name that is not UTF-8', hex('300d020101600802010304 01ff 8000')],
    ['a filter nested too deep', deepSearch(5_000)],
  ])('%s: the server says so and hangs up', async (_name, bytes) => {
    expect(await answerTo(bytes)).toContain(NOTICE);
    expect(await works()).toBe(true);
  });

  test('never end the server, whatever they are', async () => {
    const requests = [serviceBind(1), startTls(1), unbind(1), deepSearch(3)];
    const damaged = fc
      .tuple(fc.constantFrom(...requests), fc.nat(), fc.nat(255), fc.uint8Array({ maxLength: 8 }))
      .map(([request, at, byte, tail]) => {
        const copy = Buffer.concat([request, tail]);
        copy.writeUInt8(byte, at % copy.length);
        return copy;
      });
    const stream = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      damaged,
    );
    await fc.assert(
      fc.asyncProperty(fc.array(stream, { maxLength: 4 }), fc.constantFrom('url', 'secureUrl'), async (chunks, address) => {
        const socket = await open(garden[address]);
        socket.on('error', () => undefined).resume();
        for (const chunk of chunks) socket.write(chunk);
        const closed = once(socket, 'close');
        socket.end();
        await closed;
        expect(await works()).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('nor does a reset, in the middle of a request or of a handshake', async () => {
    for (const [url, bytes] of [
      [garden.url, serviceBind(1).subarray(0, 9)],
      [garden.secureUrl, hex('160301')],
    ] as const) {
      const socket = await open(url);
      socket.on('error', () => undefined).write(bytes);
      socket.resetAndDestroy();
      await once(socket, 'close');
    }
    expect(await works()).toBe(true);
  });
});

describe('a connection', () => {
  test('may send requests byte by byte, and many at once', async () => {
    const socket = await open(garden.url);
    const said = heard(socket.setNoDelay(true));
    for (const byte of serviceBind(1)) socket.write(Buffer.from([byte]));
    socket.write(Buffer.concat([...Array.from({ length: 20_000 }, () => serviceBind(2)), unbind(3)]));
    expect((await said).split(SUCCESS).length - 1).toBe(20_001);
  });

  test('is counted, and so is what it asks', async () => {
    const nothing = { connections: 0, openConnections: 0, binds: 0, searches: 0, startTls: 0, unbinds: 0, notices: 0 };
    const other = await plant([]);
    const socket = await open(other.url);
    socket.write(Buffer.concat([serviceBind(1), serviceBind(2), deepSearch(0)]));
    await once(socket, 'data');
    expect(other.counts).toEqual({ ...nothing, connections: 1, openConnections: 1, binds: 2, searches: 1 });
    socket.write(unbind(4));
    await once(socket.resume(), 'close');
    await other.close();
    expect(other.counts).toEqual({ ...nothing, connections: 1, binds: 2, searches: 1, unbinds: 1 });
  });

  test('ends when the directory is closed, whatever state it is in', async () => {
    const other = await plant([]);
    const sockets = await Promise.all([open(other.url), open(other.secureUrl), open(other.url)]);
    sockets[2].write(startTls(1));
    await once(sockets[2], 'data');
    const secure = tls.connect({ port: Number(new URL(other.secureUrl).port), host: '127.0.0.1', ca: other.ca });
    await once(secure, 'secureConnect');
    const closed = Promise.all([...sockets, secure].map((socket) => once(socket.on('error', () => undefined).resume(), 'close')));
    expect(other.counts.openConnections).toBe(4);
    await other.close();
    await other.close();
    await closed;
    expect(other.counts.openConnections).toBe(0);
  });
});

test('a port that is taken is an error, and leaves nothing open', async () => {
  const port = Number(new URL(garden.url).port);
  const certificate = { cert: '', key: '' };
  await expect(startDirectory({ entries: [], certificate, securePort: port })).rejects.toThrow();
});
