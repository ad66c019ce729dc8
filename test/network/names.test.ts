import { afterEach, describe, expect, test } from '@jest/globals';

import { Authority } from '../../tools/demo-directory/certificates.ts';
import { demoEntries, SERVICE_DN, BASE_DN } from '../../tools/demo-directory/people.ts';
import { type EmbeddedDirectory, startDirectory } from '../../tools/demo-directory/server.ts';
import { freeAddress } from '../support/servers/sandbox.ts';
import { type NameServer, startNameServer } from './name-server.ts';
import { canMount, type Child, hear, logins, startNode } from './own-resolver.ts';

const HOST = 'directory.example.test';
const SERVICE_PASSWORD = 'service';
const TYPE = { A: 1, AAAA: 28 } as const;

const ended: (() => Promise<unknown> | undefined)[] = [];

afterEach(async () => {
  for (const end of ended.splice(0).toReversed()) await end();
});

async function serve(host: string, port = 0): Promise<EmbeddedDirectory & { readonly port: number }> {
  const authority = await Authority.create('Our authority');
  const certificate = await authority.issue({ commonName: HOST, dnsNames: [HOST] });
  const directory = await startDirectory({ entries: demoEntries(SERVICE_PASSWORD), certificate, host, port });
  ended.push(() => directory.close());
  return { ...directory, port: Number(new URL(directory.url).port) };
}

async function nameServerFor(target: string): Promise<NameServer> {
  const nameServer = await startNameServer(await freeAddress([53]), target);
  ended.push(() => nameServer.close());
  return nameServer;
}

function logIn(count: number, nameServer: NameServer, port: number): Child {
  const environment = {
    LDAP_URL: `ldap://${HOST}:${String(port)}`,
    LDAP_ALLOW_PLAINTEXT: 'true',
    LDAP_BIND_DN: SERVICE_DN,
    LDAP_BIND_PASSWORD: SERVICE_PASSWORD,
    LDAP_BASE_DN: BASE_DN,
  };
  const { child, end } = startNode(logins(count), environment, nameServer);
  ended.push(end);
  return child;
}

// Elsewhere test/ldap/addresses.test.ts is what there is.

describe(canMount ? 'names, asked of a real resolver' : 'names (only as root on Linux)', () => {
  if (!canMount) {
    test.todo('not run: needs root on Linux');
    return;
  }

  test('1,000 warm logins by name ask the name server as often as 30 s of them need', async () => {
    const directory = await serve('127.0.0.1');
    const nameServer = await nameServerFor('127.0.0.1');
    const startedAt = performance.now();
    const counted = await hear(logIn(1000, nameServer, directory.port));
    const lookUps = Math.ceil((performance.now() - startedAt) / 30_000); // one, unless the machine is very slow
    expect(counted).toEqual({ 'right: authenticated': 500, 'wrong: wrong-password': 500 });
    expect(nameServer.asked.get(TYPE.A)).toBeLessThanOrEqual(lookUps);
    expect(nameServer.asked.get(TYPE.AAAA) ?? 0).toBeLessThanOrEqual(lookUps);
  });

  test('an address that changes under load gives no wrong answer, and the new one is found', async () => {
    const [before, after] = [await freeAddress([53]), await freeAddress([53])];
    const first = await serve(before);
    await serve(after, first.port);
    const nameServer = await nameServerFor(before);
    const child = logIn(100_000, nameServer, first.port);
    let closing: Promise<void> | undefined;
    const counted = await hear(child, (lines) => {
      if (lines === 200) {
        nameServer.setAddress(after);
        closing = first.close();
      }
      if (lines === 1000) child.stdin?.end();
    });
    await closing;
    const { 'right: authenticated': right = 0, 'wrong: wrong-password': wrong = 0, ...others } = counted;
    expect(right + wrong).toBeGreaterThan(900);
    expect(Object.keys(others).filter((answer) => !/: directory-(?:unreachable|timeout)$/.test(answer))).toEqual([]);
  });
});
