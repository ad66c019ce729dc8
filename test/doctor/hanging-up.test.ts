import { once } from 'node:events';
import net from 'node:net';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { check, type Known, pass, type Visit } from '../../src/doctor/check.ts';
import { Authority } from '../../tools/demo-directory/certificates.ts';
import { BASE_DN, demoEntries, SERVICE_DN } from '../../tools/demo-directory/people.ts';
import { type EmbeddedDirectory, startDirectory } from '../../tools/demo-directory/server.ts';
import { examineWith, failed } from './support/examine.ts';

const PASSWORD = 'service-P@ssw0rd';

let directory: EmbeddedDirectory;

beforeAll(async () => {
  const authority = await Authority.create('Throwaway test authority');
  const certificate = await authority.issue({ commonName: 'x', dnsNames: ['x.example.org'], ipAddresses: ['127.0.0.1'] });
  directory = await startDirectory({ entries: demoEntries(PASSWORD), certificate });
});
afterAll(() => directory.close());

/** Passes on so many answers of a directory in clear text on each connection, and hangs up. */
async function hangUpAfter(answers: number, upstream: string): Promise<{ readonly url: string; readonly close: () => void }> {
  const { hostname, port } = new URL(upstream);
  const server = net.createServer((client) => {
    const to = net.connect({ host: hostname, port: Number(port) });
    let passed = 0;
    client.on('error', () => undefined).on('close', () => to.destroy());
    to.on('error', () => undefined).on('close', () => client.destroy());
    client.pipe(to);
    to.on('data', (chunk) => {
      passed += 1; // the directory writes each answer at once
      if (passed < answers) client.write(chunk);
      else if (passed === answers) client.end(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `ldap://127.0.0.1:${String(address.port)}`, close: () => server.close() };
}

describe('a server that hangs up', () => {
  // The bind, who is bound, the root DSE, the base, the user: as many answers as a run has.
  test.each([1, 2, 3, 4])('after %i answers: one row says so, and never "all is well"', async (answers) => {
    const { url, close } = await hangUpAfter(answers, directory.url);
    try {
      const report = await examineWith(
        {
          ...{ LDAP_URL: url, LDAP_ALLOW_PLAINTEXT: 'true', LDAP_BASE_DN: BASE_DN },
          ...{ LDAP_BIND_DN: SERVICE_DN, LDAP_BIND_PASSWORD: PASSWORD },
        },
        { username: 'alice' },
      );
      expect(failed(report).map(({ hint }) => hint)).toEqual([expect.stringMatching(/^LDAP_\w+: /)]);
      expect(report.ok).toBe(false);
    } finally {
      close();
    }
  });

  test('between two rows: the next one says so, once', async () => {
    const row = check({ id: 'x', title: 'x', needs: ['connection'], run: () => pass() });
    const ofUser = check({ id: 'y', title: 'y', needs: ['connection', 'username'], run: () => pass() });
    const known = { connection: { session: { isUsable: false } } } as unknown as Known;
    const visit = {} as Visit;
    expect(await ofUser.run(known, visit)).toMatchObject({ status: 'skip' });
    const { status, learned } = await row.run(known, visit);
    expect(status).toBe('fail');
    expect(await row.run({ ...known, ...learned }, visit)).toMatchObject({ status: 'skip' });
  });
});
