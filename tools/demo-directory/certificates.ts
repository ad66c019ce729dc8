import { X509Certificate, randomBytes, webcrypto } from 'node:crypto';

import type { Extension, X509Certificate as Certificate } from '@peculiar/x509';

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

/**
 * A throwaway certificate authority for development and tests, EC P-256. Its key never leaves the process and is
 * forgotten with it.
 */
export class Authority {
  /** The authority's own certificate, PEM: what a client must trust. */
  readonly pem: string;
  readonly #certificate: Certificate;
  readonly #keys: webcrypto.CryptoKeyPair;

  private constructor(certificate: Certificate, keys: webcrypto.CryptoKeyPair) {
    this.#certificate = certificate;
    this.#keys = keys;
    this.pem = pemOf(certificate);
  }

  /** A new self-signed authority; two of the same name are told apart by their keys. */
  static async create(commonName: string, validity: Validity = {}): Promise<Authority> {
    const x509 = await loadX509();
    const keys = await generateKeys();
    const extensions = [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
    ];
    const certificate = await x509.X509CertificateGenerator.createSelfSigned(
      { name: [{ CN: [commonName] }], keys, signingAlgorithm: SIGNING, extensions, ...common(validity) },
      webcrypto,
    );
    return new Authority(certificate, keys);
  }

  /**
   * A certificate signed by this authority, good for servers and for clients, with a key of its own. Names are checked
   * against `dnsNames` and `ipAddresses` alone: no client of today looks at the common name.
   */
  async issue(options: IssueOptions): Promise<Issued> {
    const x509 = await loadX509();
    const keys = await generateKeys();
    const certificate = await x509.X509CertificateGenerator.create(
      {
        subject: [{ CN: [options.commonName] }],
        issuer: this.#certificate.subjectName,
        publicKey: keys.publicKey,
        signingKey: this.#keys.privateKey,
        signingAlgorithm: SIGNING,
        extensions: await this.#leafExtensions(keys.publicKey, options),
        ...common(options),
      },
      webcrypto,
    );
    return { cert: pemOf(certificate), key: await pemOfKey(keys.privateKey) };
  }

  async #leafExtensions(publicKey: webcrypto.CryptoKey, options: IssueOptions): Promise<Extension[]> {
    const x509 = await loadX509();
    const names = [
      ...(options.dnsNames ?? []).map((value) => ({ type: 'dns', value }) as const),
      ...(options.ipAddresses ?? []).map((value) => ({ type: 'ip', value }) as const),
    ];
    return [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      await x509.SubjectKeyIdentifierExtension.create(publicKey, false, webcrypto),
      await x509.AuthorityKeyIdentifierExtension.create(this.#keys.publicKey, false, webcrypto),
      // An empty list of names would be malformed (RFC 5280 4.2.1.6).
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
    ];
  }
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

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(SIGNING, true, ['sign', 'verify']);
}

function common(validity: Validity): { readonly notBefore: Date; readonly notAfter: Date; readonly serialNumber: string } {
  const serial = randomBytes(16);
  serial[0] = 0x40 | (serial.readUInt8(0) & 0x3f); // positive, and never shortened by DER
  return {
    notBefore: validity.notBefore ?? new Date(Date.now() - HOUR_MS),
    notAfter: validity.notAfter ?? new Date(Date.now() + 30 * 24 * HOUR_MS),
    serialNumber: serial.toString('hex'),
  };
}

function pemOf(certificate: Certificate): string {
  return new X509Certificate(Buffer.from(certificate.rawData)).toString();
}

async function pemOfKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${(der.match(/.{1,64}/g) ?? []).join('\n')}\n-----END PRIVATE KEY-----\n`;
}
