import { once } from 'node:events';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';

import { afterEach, describe, expect, test } from '@jest/globals';

import { Authority } from '../../tools/demo-directory/certificates.ts';
import { BASE_DN, demoEntries, SERVICE_DN } from '../../tools/demo-directory/people.ts';
import { startDirectory } from '../../tools/demo-directory/server.ts';
import { freeAddress } from '../support/servers/sandbox.ts';
import { type NameServer, startNameServer } from './name-server.ts';
import { canMount, hear, logins, startNode } from './own-resolver.ts';

const DOMAIN = 'corp.example.test';
const SERVICE_PASSWORD = 'service';
const TYPE_SRV = 33;

const ended: (() => Promise<unknown> | undefined)[] = [];

afterEach(async () => {
  for (const end of ended.splice(0).toReversed()) await end();
});

type Scene = { readonly nameServer: NameServer; readonly settings: Readonly<Record<string, string>>; readonly port: number };

/** A directory whose certificate is for this name, and a name server that knows nothing yet but its address. */
async function setScene(certificateName: string): Promise<Scene> {
  const address = await freeAddress([53, 636]);
  const authority = await Authority.create('Our authority');
  const certificate = await authority.issue({ commonName: 'x', dnsNames: [certificateName] });
  const directory = await startDirectory({ entries: demoEntries(SERVICE_PASSWORD), certificate, host: address });
  const nameServer = await startNameServer(address, address);
  ended.push(
    () => directory.close(),
    () => nameServer.close(),
  );
  const settings = {
    LDAP_URL: `ldaps+srv://${DOMAIN}`,
    LDAP_TLS_CA: authority.pem,
    LDAP_BIND_DN: SERVICE_DN,
    LDAP_BIND_PASSWORD: SERVICE_PASSWORD,
    LDAP_BASE_DN: BASE_DN,
  };
  return { nameServer, settings, port: Number(new URL(directory.secureUrl.replace('ldaps', 'http')).port) };
}

function logIn({ nameServer, settings }: Scene, count: number, changes: Readonly<Record<string, string>> = {}) {
  const { child, end } = startNode(logins(count), { ...settings, ...changes }, nameServer);
  ended.push(end);
  return hear(child);
}

/** A row of the doctor's. Of the records: the servers in their order, or a hint. */
async function doctorsRow(
  id: 'srv' | 'tls',
  { nameServer, settings }: Scene,
  changes: Readonly<Record<string, string>> = {},
): Promise<object> {
  const program = `const { handler } = await import(${JSON.stringify(new URL('../../src/handlers/doctor.ts', import.meta.url))});
    process.stdout.write(JSON.stringify((await handler({}, { getRemainingTimeInMillis: () => 20000 })).checks.find(({ id }) => id === '${id}')));
    process.exit();`;
  const { child, end } = startNode(['--input-type=module', '-e', program], { ...settings, ...changes }, nameServer);
  ended.push(end);
  return JSON.parse(await text(child.stdout)) as object;
}

/** A port that counts connections and ends them at once. */
async function startDeadEnd(host: string): Promise<{ readonly port: number; readonly connections: () => number }> {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  server.listen(0, host);
  await once(server, 'listening');
  ended.push(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, connections: () => connections };
}

const RIGHT = { 'right: authenticated': 10, 'wrong: wrong-password': 10 };

describe(canMount ? 'servers that SRV records tell' : 'servers that SRV records tell (only as root on Linux)', () => {
  if (!canMount) {
    test.todo('not run: needs root on Linux');
    return;
  }

  test('are asked by priority; one that fails is passed over, and the records are looked up once for many logins', async () => {
    const scene = await setScene(DOMAIN);
    const deadEnd = await startDeadEnd(scene.nameServer.address);
    const good = { weight: 0, port: scene.port, target: `dc1.${DOMAIN}` };
    const bad = { weight: 100, port: deadEnd.port, target: `dc2.${DOMAIN}` };
    scene.nameServer.setServices(`_ldap._tcp.${DOMAIN}`, [{ ...bad, priority: 20 }, { ...good, priority: 10 }]); // prettier-ignore
    expect(await logIn(scene, 20)).toEqual(RIGHT);
    expect([deadEnd.connections(), scene.nameServer.asked.get(TYPE_SRV)]).toEqual([0, 2]); // _ldaps, then _ldap
    scene.nameServer.setServices(`_ldap._tcp.${DOMAIN}`, [{ ...bad, priority: 5 }, { ...good, priority: 10 }]); // prettier-ignore
    expect(await logIn(scene, 20)).toEqual(RIGHT);
    expect(deadEnd.connections()).toBe(1);
  });

  test('bear a certificate for the domain of LDAP_URL: the name that DNS has told proves nothing', async () => {
    const host = 'dc.attacker.example';
    const scene = await setScene(host);
    scene.nameServer.setServices(`_ldaps._tcp.${DOMAIN}`, [{ priority: 0, weight: 0, port: scene.port, target: host }]);
    const refused = { 'right: directory-tls-failure': 1, 'wrong: directory-tls-failure': 1 };
    expect(await logIn(scene, 2)).toEqual(refused);
    expect(await logIn(scene, 2, { LDAP_TLS_SERVERNAME: DOMAIN })).toEqual(refused);
    // Nor does the doctor propose the name that the certificate has.
    const hint = expect.stringMatching(
      /^LDAP_URL: the certificate is for "dc\.attacker\.example", not for "corp\.example\.test";(?!.*SERVERNAME)/,
    );
    expect(await doctorsRow('tls', scene)).toMatchObject({ status: 'fail', hint });
    expect(await logIn(scene, 20, { LDAP_TLS_SERVERNAME: host })).toEqual(RIGHT); // an operator's word
  });

  test('come with the ports of TLS, and a name of a site is looked up as it is', async () => {
    const scene = await setScene(DOMAIN);
    const site = `_ldap._tcp.Berlin._sites.dc._msdcs.${DOMAIN}`;
    const told = [3268, 389, 1636].map((port, priority) => ({ port, priority, weight: 0, target: `dc${String(priority)}.${DOMAIN}` }));
    const unusable = [[389, ''], [0, `dc9.${DOMAIN}`], [389, 'dc 9\n{"level":"INFO"}']] as const; // prettier-ignore
    const rest = unusable.map(([port, target]) => ({ port, priority: 9, weight: 0, target }));
    scene.nameServer.setServices(site.toLowerCase(), [...told.slice(0, 2), ...rest, ...told.slice(2)]);
    const names = (scheme: string, ports: readonly number[]): string =>
      ports.map((port, index) => `${scheme}://dc${String(index)}.${DOMAIN}:${String(port)}`).join(' ');
    expect(await doctorsRow('srv', scene, { LDAP_URL: `ldaps+srv://${site}` })).toMatchObject({
      status: 'pass',
      title: `SRV records: ${names('ldaps', [3269, 636, 1636])}`,
    });
    const startTls = { LDAP_URL: `ldap+srv://${site}`, LDAP_STARTTLS: 'true' };
    expect(await doctorsRow('srv', scene, startTls)).toMatchObject({ title: `SRV records: ${names('ldap', [3268, 389, 1636])}` });
    scene.nameServer.setServices(site.toLowerCase(), [{ priority: 0, weight: 0, port: scene.port, target: `dc1.${DOMAIN}` }]);
    expect(await logIn(scene, 20, { LDAP_URL: `ldaps+srv://${site}` })).toEqual(RIGHT); // by the domain's certificate
  });

  test('are tried once, in however many records they are', async () => {
    const scene = await setScene(DOMAIN);
    const told = [389, 636, 389, 389, 636].map((port, priority) => ({ port, priority, weight: 0, target: `dc1.${DOMAIN}` }));
    scene.nameServer.setServices(`_ldap._tcp.${DOMAIN}`, [...told, { port: 389, priority: 9, weight: 0, target: `dc2.${DOMAIN}` }]);
    expect(await doctorsRow('srv', scene)).toMatchObject({ title: `SRV records: ldaps://dc1.${DOMAIN}:636 ldaps://dc2.${DOMAIN}:636` });
  });

  test('are asked four for each login, those that failed lately last', async () => {
    const scene = await setScene(DOMAIN);
    const deadEnd = await startDeadEnd(scene.nameServer.address);
    const told = [1, 2, 3, 4, 5].map((dc) => ({ weight: 0, priority: dc, port: deadEnd.port, target: `dc${String(dc)}.${DOMAIN}` }));
    scene.nameServer.setServices(`_ldaps._tcp.${DOMAIN}`, [...told, { weight: 0, priority: 6, port: scene.port, target: `dc6.${DOMAIN}` }]);
    expect(await logIn(scene, 2)).toEqual({ 'right: directory-unreachable': 1, 'wrong: wrong-password': 1 });
    expect(deadEnd.connections()).toBe(5); // the fifth, and then the sixth
  });

  test('of one priority take turns by weight', async () => {
    const scene = await setScene(DOMAIN);
    const service = (weight: number, target: string) => ({ priority: 0, weight, port: 636, target: `${target}.${DOMAIN}` });
    scene.nameServer.setServices(`_ldaps._tcp.${DOMAIN}`, [service(1, 'light'), service(60_000, 'heavy')]);
    expect(await doctorsRow('srv', scene)).toMatchObject({ title: `SRV records: ldaps://heavy.${DOMAIN}:636 ldaps://light.${DOMAIN}:636` });
  });

  test('are not there: unknown, and the doctor names LDAP_URL', async () => {
    const scene = await setScene(DOMAIN);
    expect(await logIn(scene, 2)).toEqual({ 'right: directory-unreachable': 1, 'wrong: directory-unreachable': 1 });
    expect(await doctorsRow('srv', scene)).toMatchObject({
      status: 'fail',
      hint: expect.stringMatching(/^LDAP_URL: .*_ldaps\._tcp\.corp/),
    });
  });
});
