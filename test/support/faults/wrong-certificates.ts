import { Authority, type Issued, selfSigned } from '../../../tools/demo-directory/certificates.ts';

export type CertificateKind =
  'good' | 'unknown authority' | 'self-signed' | 'wrong name' | 'expired' | 'not yet valid' | 'for localhost only' | 'a common name alone';

/** A server certificate of every kind, and the authority that a client is to trust. */
export type Certificates = { readonly ca: string; readonly of: Readonly<Record<CertificateKind, Issued>> };

/** Several addresses of one host, for servers that are to be told apart by address. */
const ADDRESSES = ['127.0.0.1', '127.0.0.2', '127.0.0.3'] as const;

export async function makeCertificates(): Promise<Certificates> {
  const trusted = await Authority.create('Test authority');
  const stranger = await Authority.create('Test authority'); // of the same name: only its key tells it apart
  const names = { commonName: 'directory.example.org', dnsNames: ['directory.example.org', 'localhost'], ipAddresses: ADDRESSES };
  return {
    ca: trusted.pem,
    of: {
      good: await trusted.issue(names),
      'unknown authority': await stranger.issue(names),
      'self-signed': await selfSigned({ commonName: '127.0.0.1', ipAddresses: ADDRESSES }),
      'wrong name': await trusted.issue({ commonName: '127.0.0.1', dnsNames: ['other.example.org'] }), // the common name counts for nothing
      'for localhost only': await trusted.issue({ commonName: 'localhost', dnsNames: ['localhost'] }),
      'a common name alone': await trusted.issue({ commonName: 'localhost' }),
      expired: await trusted.issue({ ...names, notBefore: daysFromNow(-30), notAfter: daysFromNow(-1) }),
      'not yet valid': await trusted.issue({ ...names, notBefore: daysFromNow(1), notAfter: daysFromNow(30) }),
    },
  };
}

function daysFromNow(days: number): Date {
  return new Date(Date.now() + days * 86_400_000);
}
