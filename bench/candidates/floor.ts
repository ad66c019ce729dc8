import net from 'node:net';
import tls from 'node:tls';

import type { Candidate, Login, Setting } from '../setting.ts';

/**
 * The least that a login can cost in Node: one connection, one TLS handshake with a context made once, the same requests as
 * everybody's as bytes made before the clock starts, no more reading than it takes to find a result code. It has no
 * deadline, believes every server, and must never be deployed.
 */
export function makeCandidate(setting: Setting, more: tls.SecureContextOptions = {}): Promise<Candidate> {
  const url = new URL(setting.url);
  const options = { ca: setting.ca, minVersion: 'TLSv1.2', ...more } as const;
  const secureContext = setting.transport === 'ldaps' ? tls.createSecureContext(options) : undefined;
  const target = { host: url.hostname, port: Number(url.port), secureContext };
  return Promise.resolve({
    prepare: (login) => {
      const requests = setting.mode === 'direct-bind' ? [bind(2, login.dn, login.password)] : searchAndBind(setting, login);
      return () => run(target, requests, unbind(requests.length + 2));
    },
  });
}

type Target = { readonly host: string; readonly port: number; readonly secureContext: tls.SecureContext | undefined };

function run({ host, port, secureContext }: Target, requests: readonly Buffer[], goodbye: Buffer): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = secureContext === undefined ? net.connect({ host, port }) : tls.connect({ host, port, secureContext });
    const waiting = requests[Symbol.iterator]();
    let rest: Buffer = Buffer.alloc(0);
    const sendNext = (): void => {
      const { value } = waiting.next();
      if (value === undefined) finish(true);
      else socket.write(value);
    };
    const finish = (accepted: boolean): void => {
      socket.end(goodbye, () => {
        socket.destroy();
        resolve(accepted);
      });
    };
    socket.setNoDelay(true);
    socket.on('error', reject).on(secureContext === undefined ? 'connect' : 'secureConnect', sendNext);
    socket.on('data', (chunk: Buffer) => {
      const { code, left } = resultIn(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]));
      rest = left;
      if (code === 0) sendNext();
      else if (code !== undefined) finish(false);
    });
  });
}

const BIND_RESPONSE = 0x61;
const SEARCH_DONE = 0x65;

/** The result code of the response that ends an operation, once it is there. Entries are stepped over. */
function resultIn(bytes: Buffer): { readonly code: number | undefined; readonly left: Buffer } {
  let offset = 0;
  while (offset + 2 <= bytes.length) {
    const message = head(bytes, offset);
    const end = message.start + message.length;
    if (end > bytes.length) break;
    const operation = head(bytes, head(bytes, message.start).start + 1); // the message id has one octet
    if (operation.tag === BIND_RESPONSE || operation.tag === SEARCH_DONE)
      return { code: bytes[operation.start + 2], left: bytes.subarray(end) };
    offset = end;
  }
  return { code: undefined, left: bytes.subarray(offset) };
}

function head(bytes: Buffer, offset: number): { readonly tag: number; readonly start: number; readonly length: number } {
  const tag = bytes[offset] ?? 0;
  const first = bytes[offset + 1] ?? 0;
  if (first < 0x80) return { tag, start: offset + 2, length: first };
  const octets = first & 0x7f;
  return { tag, start: offset + 2 + octets, length: bytes.readUIntBE(offset + 2, octets) };
}

function searchAndBind(setting: Setting, login: Login): readonly Buffer[] {
  return [bind(2, setting.bindDn, setting.bindPassword), search(3, setting.base, login.username), bind(4, login.dn, login.password)];
}

// RFC 4511, 4.2, 4.3 and 4.5: requests as bytes.

function tlv(tag: number, ...parts: readonly (string | Buffer)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const length = content.length < 0x80 ? [content.length] : [0x82, content.length >> 8, content.length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...length), content]);
}

function integer(value: number): Buffer {
  return tlv(0x02, Buffer.of(value));
}
function enumerated(value: number): Buffer {
  return tlv(0x0a, Buffer.of(value));
}
function message(id: number, operation: Buffer): Buffer {
  return tlv(0x30, integer(id), operation);
}

function bind(id: number, dn: string, password: string): Buffer {
  return message(id, tlv(0x60, integer(3), tlv(0x04, dn), tlv(0x80, password)));
}

function search(id: number, base: string, username: string): Buffer {
  const filter = tlv(0xa3, tlv(0x04, 'uid'), tlv(0x04, username));
  const [sub, never] = [enumerated(2), enumerated(0)];
  const typesOnly = tlv(0x01, Buffer.of(0));
  return message(id, tlv(0x63, tlv(0x04, base), sub, never, integer(2), integer(6), typesOnly, filter, tlv(0x30, tlv(0x04, 'uid'))));
}

function unbind(id: number): Buffer {
  return message(id, tlv(0x42));
}
