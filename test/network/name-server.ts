import { createSocket, type RemoteInfo } from 'node:dgram';

/** A name server on loopback that counts what it is asked. It knows one name, with one address that may change; of no kind but A. */
export type NameServer = {
  readonly address: string;
  /** Packets that came, by the type of the question: 1 is A, 28 is AAAA (RFC 1035, 3.2.2; RFC 3596, 2.1). */
  readonly asked: ReadonlyMap<number, number>;
  /** From now on the name has this address. */
  readonly setAddress: (address: string) => void;
  readonly close: () => Promise<void>;
};

const TYPE_A = 1;
const HEADER_BYTES = 12;

/** On port 53 of its own loopback address: getaddrinfo(3) knows no other port. Needs root. */
export async function startNameServer(address: string, target: string): Promise<NameServer> {
  const socket = createSocket('udp4');
  const asked = new Map<number, number>();
  let answer = target;
  socket.on('message', (query: Buffer, from: RemoteInfo) => {
    const type = query.readUInt16BE(endOfName(query, HEADER_BYTES));
    asked.set(type, (asked.get(type) ?? 0) + 1);
    socket.send(respond(query, type, answer), from.port, from.address);
  });
  await new Promise<void>((resolve) => {
    socket.bind(53, address, resolve);
  });
  return {
    address,
    asked,
    setAddress: (changed) => {
      answer = changed;
    },
    close: () =>
      new Promise((resolve) => {
        socket.close(resolve);
      }),
  };
}

/** Labels with their lengths in front of them, and a zero (RFC 1035, 3.1). */
function endOfName(packet: Buffer, start: number): number {
  let at = start;
  while ((packet[at] ?? 0) !== 0) at += 1 + (packet[at] ?? 0);
  return at + 1;
}

function respond(query: Buffer, type: number, address: string): Buffer {
  const questionEnd = endOfName(query, HEADER_BYTES) + 4;
  const header = Buffer.from(query.subarray(0, HEADER_BYTES));
  header.writeUInt16BE(0x8580, 2); // an authoritative answer without an error, recursion desired and available
  header.writeUInt16BE(type === TYPE_A ? 1 : 0, 6);
  header.writeUInt32BE(0, 8); // no authority, nothing additional (an EDNS record of the question is dropped)
  const question = query.subarray(HEADER_BYTES, questionEnd);
  if (type !== TYPE_A) return Buffer.concat([header, question]);
  const record = Buffer.from([0xc0, 0x0c, 0, TYPE_A, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]); // TTL 0
  return Buffer.concat([header, question, record]);
}
