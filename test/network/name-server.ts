import { createSocket, type RemoteInfo } from 'node:dgram';

/** A record that tells a server (RFC 2782). */
export type Service = { readonly priority: number; readonly weight: number; readonly port: number; readonly target: string };

/** A name server on loopback that counts what it is asked. Every name has the one address, which may change; some are services. */
export type NameServer = {
  readonly address: string;
  /** Packets that came, by the type of the question: 1 is A, 28 is AAAA (RFC 1035, 3.2.2; RFC 3596, 2.1). */
  readonly asked: ReadonlyMap<number, number>;
  /** From now on the name tells these servers; without it there is no such record. */
  readonly setServices: (name: string, services: readonly Service[]) => void;
  /** From now on the name has this address. */
  readonly setAddress: (address: string) => void;
  readonly close: () => Promise<void>;
};

const TYPE_A = 1;
const TYPE_SRV = 33; // RFC 2782
const HEADER_BYTES = 12;

/** On port 53 of its own loopback address: getaddrinfo(3) knows no other port. Needs root. */
export async function startNameServer(address: string, target: string): Promise<NameServer> {
  const socket = createSocket('udp4');
  const asked = new Map<number, number>();
  const services = new Map<string, readonly Service[]>();
  let answer = target;
  socket.on('message', (query: Buffer, from: RemoteInfo) => {
    const type = query.readUInt16BE(endOfName(query, HEADER_BYTES));
    asked.set(type, (asked.get(type) ?? 0) + 1);
    const told = type === TYPE_SRV ? (services.get(nameIn(query)) ?? []).map(serviceRecord) : [];
    socket.send(respond(query, type, type === TYPE_A ? [addressRecord(answer)] : told), from.port, from.address);
  });
  await new Promise<void>((resolve) => {
    socket.bind(53, address, resolve);
  });
  return {
    address,
    asked,
    setServices: (name, told) => {
      services.set(name, told);
    },
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

function nameIn(packet: Buffer): string {
  const labels: string[] = [];
  for (let at = HEADER_BYTES; (packet[at] ?? 0) !== 0; at += 1 + (packet[at] ?? 0))
    labels.push(packet.toString('latin1', at + 1, at + 1 + (packet[at] ?? 0)));
  return labels.join('.').toLowerCase();
}

function respond(query: Buffer, type: number, answers: readonly Buffer[]): Buffer {
  const questionEnd = endOfName(query, HEADER_BYTES) + 4;
  const header = Buffer.from(query.subarray(0, HEADER_BYTES));
  const isMissing = type === TYPE_SRV && answers.length === 0;
  header.writeUInt16BE(isMissing ? 0x8583 : 0x8580, 2); // authoritative: no such name, or no error; recursion desired and available
  header.writeUInt16BE(answers.length, 6);
  header.writeUInt32BE(0, 8); // no authority, nothing additional (an EDNS record of the question is dropped)
  const question = query.subarray(HEADER_BYTES, questionEnd);
  return Buffer.concat([header, question, ...answers.map((data) => record(type, data))]);
}

/** Of the name that was asked for, with a time to live of 0. */
function record(type: number, data: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0xc0, 0x0c, 0, type, 0, 1, 0, 0, 0, 0, 0, data.length]), data]);
}

function addressRecord(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}

function serviceRecord({ priority, weight, port, target }: Service): Buffer {
  const numbers = Buffer.alloc(6);
  [priority, weight, port].forEach((value, index) => numbers.writeUInt16BE(value, 2 * index));
  const labels = target.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  return Buffer.concat([numbers, ...labels, Buffer.from([0])]);
}
