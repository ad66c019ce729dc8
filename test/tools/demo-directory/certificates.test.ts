import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import * as tls from 'node:tls';

import { beforeAll, describe, expect, test } from '@jest/globals';

import { Authority, type Issued } from '../../../tools/demo-directory/certificates.ts';

const DAY_MS = 24 * 3_600_000;

type Attempt = { readonly server: Issued; readonly ca: string; readonly servername: string; readonly client?: Issued };

/** What the client's handshake comes to: `verified`, or the code it was refused with. */
async function handshake(attempt: Attempt): Promise<string> {
  const mutual = attempt.client === undefined ? {} : { requestCert: true, rejectUnauthorized: true, ca: attempt.ca };
  const server = tls.createServer({ ...attempt.server, ...mutual }, (socket) => socket.on('error', () => undefined).end('hello'));
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const socket = tls.connect({ host: '127.0.0.1', port, ca: attempt.ca, servername: attempt.servername, ...attempt.client });
  try {
    return await new Promise((resolve) => {
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      // Data, not the handshake alone: under TLS 1.3 the server refuses a client certificate only afterwards.
      socket.once('data', () => resolve(socket.authorized ? 'verified' : 'unverified'));
    });
  } finally {
    socket.destroy();
    server.close();
    await once(server, 'close');
  }
}

describe('a throwaway authority', () => {
  let authority: Authority;
  let good: Issued;

  beforeAll(async () => {
    authority = await Authority.create('Test, "Authority" + ü');
    good = await authority.issue({ commonName: 'directory', dnsNames: ['ldap.example.org'], ipAddresses: ['127.0.0.1', '::1'] });
  });

  test.each(['ldap.example.org', 'LDAP.example.org'])('is believed for %s', async (servername) => {
    expect(await handshake({ server: good, ca: authority.pem, servername })).toBe('verified');
  });

  test('refuses another name', async () => {
    expect(await handshake({ server: good, ca: authority.pem, servername: 'other.example.org' })).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  test('is not taken for another authority of the same name', async () => {
    const other = await Authority.create('Test, "Authority" + ü');
    expect(await handshake({ server: good, ca: other.pem, servername: 'ldap.example.org' })).toMatch(
      /UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_SIGNATURE_FAILURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY/,
    );
  });

  test.each([
    ['expired', { notBefore: new Date(Date.now() - 2 * DAY_MS), notAfter: new Date(Date.now() - DAY_MS) }, 'CERT_HAS_EXPIRED'],
    ['not yet valid', { notBefore: new Date(Date.now() + DAY_MS) }, 'CERT_NOT_YET_VALID'],
  ])('refuses a certificate that is %s', async (_state, validity, code) => {
    const server = await authority.issue({ commonName: 'directory', dnsNames: ['ldap.example.org'], ...validity });
    expect(await handshake({ server, ca: authority.pem, servername: 'ldap.example.org' })).toBe(code);
  });

  test('issues certificates that a server takes from a client', async () => {
    const client = await authority.issue({ commonName: 'client' });
    expect(await handshake({ server: good, ca: authority.pem, servername: 'ldap.example.org', client })).toBe('verified');
  });

  test('marks what is an authority and what is not, and links them', () => {
    const root = new X509Certificate(authority.pem);
    const leaf = new X509Certificate(good.cert);
    expect([root.ca, leaf.ca]).toEqual([true, false]);
    expect(leaf.checkIssued(root)).toBe(true);
    expect(leaf.verify(root.publicKey)).toBe(true);
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
    expect(leaf.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(leaf.checkIP('127.0.0.2')).toBeUndefined();
  });

  test('never repeats a serial number', async () => {
    const issued = await Promise.all(Array.from({ length: 8 }, () => authority.issue({ commonName: 'x' })));
    expect(new Set(issued.map(({ cert }) => new X509Certificate(cert).serialNumber)).size).toBe(8);
  });
});
