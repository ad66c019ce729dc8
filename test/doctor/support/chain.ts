import { Authority, type Issued } from '../../../tools/demo-directory/certificates.ts';

/** A root, an authority that it signed, and a server's certificate for 127.0.0.1 that that one signed. */
export type Chain = { readonly root: string; readonly issuing: string; readonly leaf: Issued };

const DAY_MS = 86_400_000;

export async function makeChain(): Promise<Chain> {
  const forAYear = { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + 365 * DAY_MS) };
  const root = await Authority.create('Root CA', forAYear);
  const issuing = await Authority.create('Issuing CA', forAYear, root);
  const leaf = await issuing.issue({ commonName: 'dc1', ipAddresses: ['127.0.0.1'], ...forAYear });
  return { root: root.pem, issuing: issuing.pem, leaf };
}
