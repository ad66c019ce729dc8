import { execFile } from 'node:child_process';
import dns from 'node:dns';
import net from 'node:net';
import tls from 'node:tls';
import { promisify } from 'node:util';

import { afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { wallClock } from '../../src/core/clock.ts';
import type { Server } from '../../src/core/config.ts';
import { Deadline } from '../../src/core/deadline.ts';
import { Trace } from '../../src/core/trace.ts';
import { Authority, type Issued } from '../../src/dev/certificates.ts';
import { connectTo, resolve, type TlsIdentity } from '../../src/directory/connect.ts';
import { askAddresses, type Attempt } from '../../src/directory/failover.ts';
import { PenaltyBox } from '../../src/directory/penalty-box.ts';

let ours: Authority;
let theirs: Authority;
let certificate: Issued;

beforeAll(async () => {
  ours = await Authority.create('Our authority');
  theirs = await Authority.create('Another authority');
  certificate = await ours.issue({ commonName: 'ldap', dnsNames: ['ldap.example.test'], ipAddresses: ['127.0.0.1'] });
});

const open: net.Server[] = [];

afterEach(async () => {
  jest.restoreAllMocks();
  for (const server of open.splice(0)) await new Promise((resolve) => server.close(resolve));
});

const listen = async (server: net.Server, host = '127.0.0.1'): Promise<number> => {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

const makeTlsServer = (): tls.Server =>
  tls.createServer({ key: certificate.key, cert: certificate.cert }, (socket) => void socket.on('error', () => undefined).resume());

const listenTls = (): Promise<number> => listen(makeTlsServer());

const trust = (authority: Authority, servername?: string): TlsIdentity => ({
  secureContext: tls.createSecureContext({ ca: authority.pem }),
  servername,
});

const serverAt = (host: string, port: number, transport: Server['transport'] = 'tls'): Server => ({ name: 'test', host, port, transport });

const dial = async (server: Server, identity: TlsIdentity) => {
  const connected = await connectTo(server, '127.0.0.1', identity, Deadline.in(2000), new Trace());
  if (connected.ok) connected.socket.destroy();
  return connected.ok ? 'connected' : connected.failure;
};

const CONNECTED: Attempt = { kind: 'answer', outcome: { kind: 'valid', identity: { username: 'somebody' } } };

/** Connecting to a name's addresses, as a request does. */
const dialName = async (port: number, trace = new Trace(), box = new PenaltyBox(wallClock)): Promise<Attempt> => {
  const server = serverAt('ldap.example.test', port);
  return await askAddresses(server, box, Deadline.in(1000), async (address, share) => {
    const connected = await connectTo(server, address, trust(ours), share, trace);
    if (connected.ok) connected.socket.destroy();
    return connected.ok ? CONNECTED : { kind: 'failed', failure: connected.failure };
  });
};

const resolveTo = (...addresses: readonly string[]): void => {
  const lookup = (_host: string, _options: unknown, callback: (error: null, found: object) => void): void => {
    callback(
      null,
      addresses.map((address) => ({ address, family: 4 })),
    );
  };
  Object.defineProperty(lookup, '__promisify__', { value: undefined });
  jest.spyOn(dns, 'lookup').mockImplementation(lookup as unknown as typeof dns.lookup);
};

describe('certificates', () => {
  const rows = [
    ['a name, which is asked for by SNI', 'ldap.example.test', 'ldap.example.test'],
    ['an address, which never is', '127.0.0.1', false],
  ] as const;

  test.each(rows)('of our authority are accepted for %s', async (_name, host, sni) => {
    const server = makeTlsServer();
    const port = await listen(server);
    const accepted = new Promise<tls.TLSSocket>((resolve) => server.once('secureConnection', resolve));
    const connected = await connectTo(serverAt(host, port), '127.0.0.1', trust(ours), Deadline.in(2000), new Trace());
    expect(connected).toMatchObject({ ok: true });
    expect((await accepted).servername).toBe(sni);
    if (connected.ok) connected.socket.destroy();
  });

  test('with another name are refused', async () => {
    const failure = await dial(serverAt('127.0.0.1', await listenTls()), trust(ours, 'other.example.test'));
    expect(failure).toEqual({ reason: 'directory-tls-failure', detail: 'tls: ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  test.each<[string, readonly string[], readonly string[]]>([
    ['no subjectAltName', [], []],
    ['addresses alone in it', [], ['127.0.0.1']],
  ])('with %s are refused, whatever their common name', async (_case, dnsNames, ipAddresses) => {
    const named = await ours.issue({ commonName: 'ldap.example.test', dnsNames, ipAddresses });
    const port = await listen(tls.createServer(named, (socket) => void socket.on('error', () => undefined).resume()));
    expect(await dial(serverAt('ldap.example.test', port), trust(ours))).toEqual({
      reason: 'directory-tls-failure',
      detail: 'tls: ERR_TLS_CERT_ALTNAME_INVALID',
    });
  });

  test('of another authority are refused', async () => {
    const failure = await dial(serverAt('127.0.0.1', await listenTls()), trust(theirs));
    expect(failure).toMatchObject({ reason: 'directory-tls-failure' });
  });

  // In a process of its own: Jest gives its tests a copy of the environment, which Node does not look at.
  test('are checked even where the environment turns the checks off', async () => {
    const environment = {
      ...process.env,
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
      NODE_NO_WARNINGS: '1',
      LDAP_URL: `ldaps://127.0.0.1:${String(await listenTls())}`,
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

describe('a name with several addresses', () => {
  test('the others are tried when the first one refuses', async () => {
    const port = await listenTls();
    resolveTo('127.0.0.9', '127.0.0.1');
    const trace = new Trace();
    expect(await dialName(port, trace)).toBe(CONNECTED);
    expect(trace.connections).toBe(2);
  });

  test('one that failed lately is tried last', async () => {
    const port = await listenTls();
    resolveTo('127.0.0.9', '127.0.0.1');
    const box = new PenaltyBox(wallClock);
    const traces = [new Trace(), new Trace()];
    for (const trace of traces) await dialName(port, trace, box);
    expect(traces.map(({ connections }) => connections)).toEqual([2, 1]);
  });

  test('a silent first one leaves the second its time', async () => {
    const silent = net.createServer((socket) => void socket.on('error', () => undefined).resume());
    const port = await listen(silent, '127.0.0.9');
    const good = makeTlsServer();
    open.push(good);
    await new Promise<void>((resolve) => good.listen(port, '127.0.0.1', resolve));
    resolveTo('127.0.0.9', '127.0.0.1');
    expect(await dialName(port)).toBe(CONNECTED);
  });

  test('no address at all', async () => {
    resolveTo();
    expect(await dialName(1)).toEqual({ kind: 'failed', failure: { reason: 'directory-unreachable', detail: 'dns: no address' } });
  });
});

test('a look-up that does not end is left at the deadline', async () => {
  jest.spyOn(dns, 'lookup').mockImplementation(() => undefined);
  const failure = { reason: 'directory-timeout', detail: 'no time left: dns' };
  expect(await resolve('ldap.example.test', Deadline.in(50))).toEqual({ ok: false, failure });
});
