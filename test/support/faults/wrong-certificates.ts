import { webcrypto } from 'node:crypto';

import { Authority, type Issued } from '../../../tools/demo-directory/certificates.ts';

export type CertificateKind =
  'good' | 'unknown authority' | 'self-signed' | 'wrong name' | 'expired' | 'not yet valid' | 'for localhost only' | 'a common name alone';

/** A server certificate of every kind, and the authority that a client is to trust. */
export type Certificates = { readonly ca: string; readonly of: Readonly<Record<CertificateKind, Issued>> };

/** Several addresses of one host, for servers that are to be told apart by address. */
export const ADDRESSES = ['127.0.0.1', '127.0.0.2', '127.0.0.3'] as const;

const DAY_MS = 86_400_000;

export async function makeCertificates(): Promise<Certificates> {
  const trusted = await Authority.create('Test authority');
  const stranger = await Authority.create('Test authority'); // of the same name: only its key tells it apart
  const names = { commonName: 'directory.example.org', dnsNames: ['directory.example.org', 'localhost'], ipAddresses: ADDRESSES };
  return {
    ca: trusted.pem,
    of: {
      good: await trusted.issue(names),
      'unknown authority': await stranger.issue(names),
      'self-signed': await selfSigned(),
      'wrong name': await trusted.issue({ commonName: '127.0.0.1', dnsNames: ['other.example.org'] }), // the common name counts for nothing
      'for localhost only': await trusted.issue({ commonName: 'localhost', dnsNames: ['localhost'] }),
      'a common name alone': await trusted.issue({ commonName: 'localhost' }),
      expired: await trusted.issue({ ...names, notBefore: daysFromNow(-30), notAfter: daysFromNow(-1) }),
      'not yet valid': await trusted.issue({ ...names, notBefore: daysFromNow(1), notAfter: daysFromNow(30) }),
    },
  };
}

function daysFromNow(days: number): Date {
  return new Date(Date.now() + days * DAY_MS);
}

const SIGNING = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** Loaded late: the package needs what `Authority.create` sets up. */
async function selfSigned(): Promise<Issued> {
  const x509 = await import('@peculiar/x509');
  const keys = await webcrypto.subtle.generateKey(SIGNING, true, ['sign', 'verify']);
  const extensions = [new x509.SubjectAlternativeNameExtension(ADDRESSES.map((value) => ({ type: 'ip', value }) as const))];
  const validity = { notBefore: daysFromNow(-1), notAfter: daysFromNow(30) };
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    { name: 'CN=127.0.0.1', keys, signingAlgorithm: SIGNING, extensions, serialNumber: '01', ...validity },
    webcrypto,
  );
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return { cert: certificate.toString('pem'), key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n` };
}
