import { X509Certificate } from 'node:crypto';
import * as tls from 'node:tls';

import { beforeAll, expect, test } from '@jest/globals';

import { Authority, type Issued, type Validity } from '../../../tools/demo-directory/certificates.ts';
import { closeServer, listen } from '../../support/listen.ts';

const DAY_MS = 24 * 3_600_000;
const NAME = 'ldap.example.org';

let authority: Authority;
let other: Authority;
let good: Issued;

beforeAll(async () => {
  authority = await Authority.create('Test, "Authority" + ü');
  other = await Authority.create('Test, "Authority" + ü');
  good = await authority.issue({ commonName: 'directory', dnsNames: [NAME], ipAddresses: ['127.0.0.1', '::1'] });
});

/** What the client's handshake comes to: `verified`, or the code it was refused with. */
async function handshake(shown: Issued, ca: string, servername = NAME, client?: Issued): Promise<string> {
  const mutual = client === undefined ? {} : { requestCert: true, rejectUnauthorized: true, ca };
  const server = tls.createServer({ ...shown, ...mutual }, (socket) => socket.on('error', () => undefined).end('hello'));
  server.on('tlsClientError', () => undefined);
  const socket = tls.connect({ host: '127.0.0.1', port: await listen(server), ca, servername, ...client });
  try {
    return await new Promise((resolve) => {
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      // Data, not the handshake alone: under TLS 1.3 the server refuses a client certificate only afterwards.
      socket.once('data', () => resolve(socket.authorized ? 'verified' : 'unverified'));
    });
  } finally {
    socket.destroy();
    await closeServer(server);
  }
}

test.each([
  [NAME, 'verified'],
  ['LDAP.example.org', 'verified'],
  ['other.example.org', 'ERR_TLS_CERT_ALTNAME_INVALID'],
])('a certificate, asked for as %s, is %s', async (servername, result) => {
  expect(await handshake(good, authority.pem, servername)).toBe(result);
});

test('an authority is not taken for another one of the same name', async () => {
  expect(await handshake(good, other.pem)).toMatch(
    /UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_SIGNATURE_FAILURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY/,
  );
});

test.each<[string, Validity, string]>([
  ['expired', { notBefore: new Date(Date.now() - 2 * DAY_MS), notAfter: new Date(Date.now() - DAY_MS) }, 'CERT_HAS_EXPIRED'],
  ['not yet valid', { notBefore: new Date(Date.now() + DAY_MS) }, 'CERT_NOT_YET_VALID'],
])('a certificate that is %s is refused', async (_state, validity, code) => {
  expect(await handshake(await authority.issue({ commonName: 'directory', dnsNames: [NAME], ...validity }), authority.pem)).toBe(code);
});

test('a certificate is one for clients too', async () => {
  expect(await handshake(good, authority.pem, NAME, await authority.issue({ commonName: 'client' }))).toBe('verified');
});

test('what is an authority and what is not is marked and linked', () => {
  const root = new X509Certificate(authority.pem);
  const leaf = new X509Certificate(good.cert);
  expect([root.ca, leaf.ca]).toEqual([true, false]);
  expect(leaf.checkIssued(root)).toBe(true);
  expect(leaf.verify(root.publicKey)).toBe(true);
  expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
  expect(leaf.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(leaf.checkIP('127.0.0.2')).toBeUndefined();
});

test('no serial number is given twice', async () => {
  const issued = await Promise.all(Array.from({ length: 8 }, () => authority.issue({ commonName: 'x' })));
  expect(new Set(issued.map(({ cert }) => new X509Certificate(cert).serialNumber)).size).toBe(8);
});
