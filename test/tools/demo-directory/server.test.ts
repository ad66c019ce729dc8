import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import * as tls from 'node:tls';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BerWriter, Client } from 'ldapts';

import { startDirectory } from '../../../tools/demo-directory/server.ts';
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

/** Sends bytes in clear and returns what came back until the server hung up. */
async function converse(...chunks: readonly Buffer[]): Promise<Buffer> {
  const socket = await open(garden.url);
  const received: Buffer[] = [];
  socket.on('data', (chunk) => received.push(chunk));
  for (const chunk of chunks) socket.write(chunk);
  await once(socket, 'close');
  return Buffer.concat(received);
}

function message(id: number, write: (writer: BerWriter) => void): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  write(writer);
  writer.endSequence();
  return writer.buffer;
}

function startTls(id: number): Buffer {
  return message(id, (writer) => {
    writer.startSequence(0x77);
    writer.writeString('1.3.6.1.4.1.1466.20037', 0x80);
    writer.endSequence();
  });
}

function serviceBind(id: number): Buffer {
  return message(id, (writer) => {
    writer.startSequence(0x60);
    writer.writeInt(3);
    writer.writeString(SERVICE.dn);
    writer.writeString(SERVICE.password, 0x80);
    writer.endSequence();
  });
}

function unbind(id: number): Buffer {
  return message(id, (writer) => writer.writeBuffer(Buffer.alloc(0), 0x42));
}

const NOTICE = '1.3.6.1.4.1.1466.20036';

/** Code 0 and two empty texts: the body of every LDAPResult that says so. */
const SUCCESS = Buffer.from('0a010004000400', 'hex');

async function works(): Promise<boolean> {
  return withClient(garden.url, async (client) => {
    await client.bind(SERVICE.dn, SERVICE.password);
    return (await client.search(BASE, { scope: 'base' })).searchEntries.length === 1;
  });
}

describe('TLS', () => {
  test('from the start: the certificate is verified', async () => {
    const client = new Client({ url: garden.secureUrl, tlsOptions: { ca: garden.ca } });
    await client.bind(SERVICE.dn, SERVICE.password);
    expect((await client.search(BASE, { scope: 'base' })).searchEntries.length).toBe(1);
    await client.unbind();
  });

  test('from the start: another authority is refused, and the directory goes on', async () => {
    const client = new Client({ url: garden.secureUrl });
    await expect(client.bind(SERVICE.dn, SERVICE.password)).rejects.toThrow(/certificate/);
    expect(await works()).toBe(true);
  });

  test('by StartTLS, once', async () => {
    await withClient(garden.url, async (client) => {
      await client.startTLS({ ca: garden.ca, servername: 'ldap.example.org' });
      await client.bind(SERVICE.dn, SERVICE.password);
      expect((await client.search(BASE, { scope: 'sub' })).searchEntries.length).toBe(4);
      expect(await resultOf(client.exop('1.3.6.1.4.1.1466.20037'))).toBe(1);
    });
  });

  test('by StartTLS, with the wrong name', async () => {
    const client = new Client({ url: garden.url });
    await expect(client.startTLS({ ca: garden.ca, servername: 'other.example.org' })).rejects.toThrow(/altnames/);
    expect(await works()).toBe(true);
  });

  test('by StartTLS: a request sent along with it in clear is not answered', async () => {
    const bindsBefore = garden.counts.binds;
    const reply = await converse(Buffer.concat([startTls(1), serviceBind(2)]));
    expect(reply.toString('latin1')).toContain(NOTICE);
    expect(garden.counts.binds).toBe(bindsBefore);
  });

  test('by StartTLS: a request in clear behind the answer is not answered either', async () => {
    const bindsBefore = garden.counts.binds;
    const socket = await open(garden.url);
    socket.write(startTls(1));
    await once(socket, 'data');
    const received: Buffer[] = [];
    socket.on('data', (chunk) => received.push(chunk));
    socket.write(serviceBind(2));
    await once(socket, 'close');
    expect(garden.counts.binds).toBe(bindsBefore);
    expect(Buffer.concat(received).toString('latin1')).not.toContain(SUCCESS.toString('latin1'));
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
    ['an indefinite length', Buffer.from('3080020101420000', 'hex')],
    ['a length of 4 GiB', Buffer.from('3084ffffffff', 'hex')],
    ['more than may be sent', Buffer.from('308400100000', 'hex')],
    ['an empty message', Buffer.from('3000', 'hex')],
    ['message id 0', unbind(0)],
    ['a message id that is too long', Buffer.from('300a0206010203040506420000', 'hex')],
    ['a response', message(1, (writer) => writer.writeBuffer(Buffer.from('0a010004000400', 'hex'), 0x61))],
    ['an inner length beyond the message', Buffer.from('300c02010160070201030480ffff', 'hex')],
    ['a name that is not UTF-8', Buffer.from('300d020101600802010304 01ff 8000'.replaceAll(' ', ''), 'hex')],
    ['a filter nested too deep', deepSearch(5_000)],
  ])('%s: the server says so and hangs up', async (_name, bytes) => {
    expect((await converse(bytes)).toString('latin1')).toContain(NOTICE);
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
    for (const url of [garden.url, garden.secureUrl]) {
      const socket = await open(url);
      socket.on('error', () => undefined);
      socket.write(url === garden.url ? serviceBind(1).subarray(0, 9) : Buffer.from('160301', 'hex'));
      socket.resetAndDestroy();
      await once(socket, 'close');
    }
    expect(await works()).toBe(true);
  });
});

const NOTHING = { connections: 0, openConnections: 0, binds: 0, searches: 0, startTls: 0, unbinds: 0, notices: 0 };

describe('a connection', () => {
  test('may send requests byte by byte, and many at once', async () => {
    const socket = await open(garden.url);
    const received: Buffer[] = [];
    socket.on('data', (chunk) => received.push(chunk));
    socket.setNoDelay(true);
    for (const byte of serviceBind(1)) socket.write(Buffer.from([byte]));
    socket.write(Buffer.concat([...Array.from({ length: 20_000 }, () => serviceBind(2)), unbind(3)]));
    await once(socket, 'close');
    expect(Buffer.concat(received).toString('hex').split(SUCCESS.toString('hex')).length - 1).toBe(20_001);
  });

  test('is counted, and so is what it asks', async () => {
    const other = await plant([]);
    const socket = await open(other.url);
    socket.write(Buffer.concat([serviceBind(1), serviceBind(2), deepSearch(0)]));
    await once(socket, 'data');
    expect(other.counts).toEqual({ ...NOTHING, connections: 1, openConnections: 1, binds: 2, searches: 1 });
    socket.write(unbind(4));
    await once(socket.resume(), 'close');
    await other.close();
    expect(other.counts).toEqual({ ...NOTHING, connections: 1, binds: 2, searches: 1, unbinds: 1 });
  });

  test('ends when the directory is closed, whatever state it is in', async () => {
    const other = await plant([]);
    const sockets = await Promise.all([open(other.url), open(other.secureUrl), open(other.url)]);
    sockets[2].write(startTls(1));
    await Promise.all(sockets.slice(2).map((socket) => once(socket, 'data')));
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

/** A search with so many negations. */
function deepSearch(depth: number): Buffer {
  let filter: Buffer = Buffer.from('8703756964', 'hex');
  for (let level = 0; level < depth; level += 1) {
    const writer = new BerWriter();
    writer.writeBuffer(filter, 0xa2);
    filter = writer.buffer;
  }
  return message(1, (writer) => {
    writer.startSequence(0x63);
    writer.writeString('');
    writer.writeEnumeration(0);
    writer.writeEnumeration(0);
    writer.writeInt(0);
    writer.writeInt(0);
    writer.writeBoolean(false);
    for (const byte of filter) writer.writeByte(byte);
    writer.startSequence();
    writer.endSequence();
    writer.endSequence();
  });
}
