import { writeFileSync } from 'node:fs';

import { Authority } from '../../../tools/demo-directory/certificates.ts';
import type { Sandbox } from './sandbox.ts';

/** Files that a server reads. */
export type CertificateFiles = { readonly ca: string; readonly cert: string; readonly key: string; readonly caPem: string };

/** A throwaway authority and a certificate for this address and name, written into the sandbox. */
export async function writeCertificate(sandbox: Sandbox, address: string, dnsName: string): Promise<CertificateFiles> {
  const authority = await Authority.create('Throwaway test authority');
  const issued = await authority.issue({ commonName: dnsName, dnsNames: [dnsName], ipAddresses: [address] });
  const files = { ca: sandbox.path('ca.pem'), cert: sandbox.path('server.pem'), key: sandbox.path('server.key') };
  writeFileSync(files.ca, authority.pem);
  writeFileSync(files.cert, issued.cert);
  writeFileSync(files.key, issued.key, { mode: 0o600 }); // Samba refuses any other mode
  return { ...files, caPem: authority.pem };
}
