import { execFile } from 'node:child_process';
import net from 'node:net';
import tls from 'node:tls';
import { promisify } from 'node:util';

import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';

import type { Server } from '../../src/config/config.ts';
import { Deadline } from '../../src/core/deadline.ts';
import { Secret } from '../../src/core/secret.ts';
import { Trace } from '../../src/core/trace.ts';
import { Authority, type Issued } from '../../tools/demo-directory/certificates.ts';
import { secure, type TlsIdentity } from '../../src/ldap/connect.ts';
import { dial as dialPlace, type Opened } from '../../src/ldap/dial.ts';
import { detailOf, type Failure } from '../../src/ldap/failure.ts';
import { Session } from '../../src/ldap/session.ts';
import { closeServer, listen, staySilent } from '../support/listen.ts';

let ours: Authority;
let theirs: Authority;
let certificate: Issued;

beforeAll(async () => {
  ours = await Authority.create('Our authority');
  theirs = await Authority.create('Another authority');
  certificate = await ours.issue({ commonName: 'ldap', dnsNames: ['ldap.example.test'], ipAddresses: ['127.0.0.1'] });
});

const open: net.Server[] = [];

const OTHER_NAME: Failure = {
  reason: 'directory-tls-failure',
  step: 'tls',
  cause: { kind: 'socket', code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
};

afterEach(async () => {
  await Promise.all(open.splice(0).map(closeServer));
});

function serve(server: net.Server): Promise<number> {
  open.push(server);
  return listen(server);
}

function serveTls(): Promise<number> {
  return serve(tls.createServer(certificate, staySilent));
}

/** TCP, and TLS where the server's URL asks for it. */
async function connectTo(server: Server, address: string, identity: TlsIdentity, deadline: Deadline, trace: Trace): Promise<Opened> {
  const opened = await dialPlace({ server, address }, deadline, trace).done;
  return opened.ok ? await secure(opened.socket, server, identity, deadline, trace) : opened;
}

function trust(authority: Authority, servername?: string): TlsIdentity {
  return { secureContext: tls.createSecureContext({ ca: authority.pem }), servername };
}

function serverAt(host: string, port: number, transport: Server['transport'] = 'tls'): Server {
  return { name: 'test', host, port, transport };
}

async function dial(server: Server, identity: TlsIdentity) {
  const connected = await connectTo(server, '127.0.0.1', identity, Deadline.in(2000), new Trace());
  if (connected.ok) connected.socket.destroy();
  return connected.ok ? 'connected' : connected.failure;
}

describe('certificates', () => {
  const rows = [
    ['a name, which is asked for by SNI', 'ldap.example.test', 'ldap.example.test'],
    ['an address, which never is', '127.0.0.1', false],
  ] as const;

  test.each(rows)('of our authority are accepted for %s', async (_name, host, sni) => {
    const server = tls.createServer(certificate, staySilent);
    const port = await serve(server);
    const accepted = new Promise<tls.TLSSocket>((resolve) => server.once('secureConnection', resolve));
    const connected = await connectTo(serverAt(host, port), '127.0.0.1', trust(ours), Deadline.in(2000), new Trace());
    expect(connected).toMatchObject({ ok: true });
    expect((await accepted).servername).toBe(sni);
    if (connected.ok) connected.socket.destroy();
  });

  test('with another name are refused', async () => {
    const failure = await dial(serverAt('127.0.0.1', await serveTls()), trust(ours, 'other.example.test'));
    expect(failure).toEqual(OTHER_NAME);
  });

  test.each<[string, readonly string[], readonly string[]]>([
    ['no subjectAltName', [], []],
    ['addresses alone in it', [], ['127.0.0.1']],
  ])('with %s are refused, whatever their common name', async (_case, dnsNames, ipAddresses) => {
    const named = await ours.issue({ commonName: 'ldap.example.test', dnsNames, ipAddresses });
    const port = await serve(tls.createServer(named, staySilent));
    expect(await dial(serverAt('ldap.example.test', port), trust(ours))).toEqual(OTHER_NAME);
  });

  test('of another authority are refused', async () => {
    const failure = await dial(serverAt('127.0.0.1', await serveTls()), trust(theirs));
    expect(failure).toMatchObject({ reason: 'directory-tls-failure' });
  });

  // In a process of its own: Jest gives its tests a copy of the environment, which Node does not look at.
  test('are checked even where the environment turns the checks off', async () => {
    const environment = {
      ...process.env,
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
      NODE_NO_WARNINGS: '1',
      LDAP_URL: `ldaps://127.0.0.1:${String(await serveTls())}`,
      LDAP_TLS_CA: theirs.pem,
      LDAP_USER_DN_TEMPLATE: 'uid={username},dc=example,dc=org',
      LOG_LEVEL: 'SILENT',
    };
    const program = `
      import { handler } from './src/handlers/auth.ts';
      import tls from 'node:tls';
      const socket = tls.connect(${environment.LDAP_URL.split(':')[2] ?? ''}, '127.0.0.1', () => socket.destroy());
      socket.on('error', () => console.log('the environment had no effect'));
      const { body } = await handler({ httpMethod: 'POST', path: '/auth', headers: { 'content-type': 'application/json' }, body: '{"username":"a","password":"b"}' });
      console.log(JSON.parse(body).reason);`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { env: environment });
    expect(stdout.trim()).toBe('directory-tls-failure');
  });
});

/** A connection to a server that says something of its own accord. */
async function connectionTo(transport: 'plain' | 'tls', speak: (socket: net.Socket) => void): Promise<net.Socket> {
  const greet = (socket: net.Socket): void => {
    staySilent(socket);
    speak(socket);
  };
  const server = transport === 'plain' ? net.createServer(greet) : tls.createServer(certificate, greet);
  const place = serverAt('ldap.example.test', await serve(server), transport);
  const connected = await connectTo(place, '127.0.0.1', trust(ours), Deadline.in(60_000), new Trace());
  if (!connected.ok) throw new Error(detailOf(connected.failure));
  return connected.socket;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function arrived(socket: net.Socket): Promise<void> {
  while (socket.bytesRead === 0) await turn();
  for (let more = 0; more < 50; more += 1) await turn();
}

describe.each(['plain', 'tls'] as const)('a server that speaks first: %s', (transport) => {
  test('one that hung up before there was a session is not waited for', async () => {
    const socket = await connectionTo(transport, (peer) => void peer.end(Buffer.alloc(30_000)));
    await arrived(socket);
    const session = new Session(socket, new Trace());
    const reply = await session.bind('cn=somebody', new Secret('secret'), [], Deadline.in(60_000));
    expect(reply).toMatchObject({ ok: false });
    await session.close();
  });

  test('one that talks without end to nobody fills no memory', async () => {
    const endless = Buffer.alloc(64 * 1024);
    const socket = await connectionTo(transport, (peer) => {
      const talk = (): void => {
        while (peer.write(endless));
      };
      peer.on('drain', talk);
      talk();
    });
    await arrived(socket);
    const before = socket.bytesRead;
    expect(before).toBeLessThan(1024 * 1024);
    await arrived(socket);
    expect(socket.bytesRead).toBe(before);
    socket.destroy();
  });
});
