import { KeyObject, webcrypto } from 'node:crypto';

import type { Extension, X509Certificate } from '@peculiar/x509';

/** A certificate and its private key, both PEM; the key is PKCS#8. */
export type Issued = { readonly cert: string; readonly key: string };

/** When a certificate is valid; by default from an hour ago (clocks differ) for 30 days. */
export type Validity = { readonly notBefore?: Date; readonly notAfter?: Date };

export type IssueOptions = Validity & {
  readonly commonName: string;
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
};

const HOUR_MS = 3_600_000;
const SIGNING = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

type Signer = { readonly certificate: X509Certificate; readonly keys: webcrypto.CryptoKeyPair };

/**
 * A throwaway certificate authority for development and tests, EC P-256. Its key never leaves the process and is
 * forgotten with it.
 */
export class Authority {
  /** The authority's own certificate, PEM: what a client must trust. */
  readonly pem: string;
  readonly #signer: Signer;

  private constructor(signer: Signer) {
    this.#signer = signer;
    this.pem = pemOf(signer);
  }

  /** A new authority, signed by itself or by another one; two of the same name are told apart by their keys. */
  static async create(commonName: string, validity: Validity = {}, above?: Authority): Promise<Authority> {
    const { BasicConstraintsExtension, KeyUsagesExtension, KeyUsageFlags } = await loadX509();
    const extensions = [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ];
    return new Authority(await certify({ commonName, ...validity }, extensions, above && above.#signer));
  }

  /**
   * A certificate signed by this authority, good for servers and for clients, with a key of its own. Names are checked
   * against `dnsNames` and `ipAddresses` alone: no client of today looks at the common name.
   */
  async issue(options: IssueOptions): Promise<Issued> {
    return issue(options, this.#signer);
  }
}

/** The same without an authority: nobody has a reason to trust it. */
export async function selfSigned(options: IssueOptions): Promise<Issued> {
  return issue(options);
}

async function issue(options: IssueOptions, signer?: Signer): Promise<Issued> {
  const x509 = await loadX509();
  const names = [
    ...(options.dnsNames ?? []).map((value) => ({ type: 'dns', value }) as const),
    ...(options.ipAddresses ?? []).map((value) => ({ type: 'ip', value }) as const),
  ];
  const extensions = [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
    // An empty list of names would be malformed (RFC 5280 4.2.1.6).
    ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
  ];
  const issued = await certify(options, extensions, signer);
  return { cert: pemOf(issued), key: String(KeyObject.from(issued.keys.privateKey).export({ type: 'pkcs8', format: 'pem' })) };
}

async function certify({ commonName, ...validity }: IssueOptions, extensions: readonly Extension[], signer?: Signer): Promise<Signer> {
  const x509 = await loadX509();
  const keys = await webcrypto.subtle.generateKey(SIGNING, true, ['sign', 'verify']);
  const { publicKey, privateKey } = signer?.keys ?? keys;
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject: [{ CN: [commonName] }],
      issuer: signer?.certificate.subjectName ?? [{ CN: [commonName] }],
      publicKey: keys.publicKey,
      signingKey: privateKey,
      signingAlgorithm: SIGNING,
      notBefore: validity.notBefore ?? new Date(Date.now() - HOUR_MS),
      notAfter: validity.notAfter ?? new Date(Date.now() + 30 * 24 * HOUR_MS),
      extensions: [
        ...extensions,
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
        await x509.AuthorityKeyIdentifierExtension.create(publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return { certificate, keys };
}

/**
 * tsyringe, inside @peculiar/x509, throws while it is loaded unless `Reflect.getMetadata` exists; the classes it wires
 * have no constructor parameters, so "no metadata" is the whole truth. The import is a late one because Jest runs a
 * CommonJS module before the ES modules that are imported above it.
 */
async function loadX509(): Promise<typeof import('@peculiar/x509')> {
  if (!('getMetadata' in Reflect)) {
    const none = (): undefined => undefined;
    Object.assign(Reflect, { getMetadata: none, getOwnMetadata: none, defineMetadata: none });
  }
  return import('@peculiar/x509');
}

function pemOf({ certificate }: Signer): string {
  return `${certificate.toString('pem')}\n`;
}
