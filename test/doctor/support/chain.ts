import { webcrypto } from 'node:crypto';

import { Authority, type Issued } from '../../../tools/demo-directory/certificates.ts';

/** A root, an authority that it signed, and a server's certificate for 127.0.0.1 that that one signed. */
export type Chain = { readonly root: string; readonly issuing: string; readonly leaf: Issued };

const SIGNING = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const YEAR_MS = 365 * 86_400_000;

export async function makeChain(): Promise<Chain> {
  await Authority.create('sets up what the package needs');
  const x509 = await import('@peculiar/x509');
  const newKeys = () => webcrypto.subtle.generateKey(SIGNING, true, ['sign', 'verify']);
  const [rootKeys, issuingKeys, leafKeys] = [await newKeys(), await newKeys(), await newKeys()];
  const authority = () => [new x509.BasicConstraintsExtension(true, undefined, true)];
  const common = { signingAlgorithm: SIGNING, notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + YEAR_MS) };
  const root = await x509.X509CertificateGenerator.createSelfSigned(
    { ...common, name: 'CN=Root CA', keys: rootKeys, extensions: authority(), serialNumber: '01' },
    webcrypto,
  );
  const issuing = await x509.X509CertificateGenerator.create(
    {
      ...common,
      ...{ subject: 'CN=Issuing CA', issuer: root.subject, publicKey: issuingKeys.publicKey, signingKey: rootKeys.privateKey },
      ...{ extensions: authority(), serialNumber: '02' },
    },
    webcrypto,
  );
  const names = new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }]);
  const leaf = await x509.X509CertificateGenerator.create(
    {
      ...common,
      ...{ subject: 'CN=dc1', issuer: issuing.subject, publicKey: leafKeys.publicKey, signingKey: issuingKeys.privateKey },
      ...{ extensions: [names], serialNumber: '03' },
    },
    webcrypto,
  );
  const pem = (certificate: { readonly toString: (format: 'pem') => string }): string => `${certificate.toString('pem')}\n`;
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', leafKeys.privateKey)).toString('base64');
  return {
    root: pem(root),
    issuing: pem(issuing),
    leaf: { cert: pem(leaf), key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n` },
  };
}
