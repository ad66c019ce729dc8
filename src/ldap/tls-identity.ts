import { X509Certificate } from 'node:crypto';
import tls from 'node:tls';

import type { TlsSettings } from '../config/config.ts';
import type { Deadline } from '../core/deadline.ts';
import type { ConfigProblem } from '../config/environment.ts';
import { readGivenFile } from '../config/given-file.ts';
import type { Secret } from '../core/secret.ts';
import type { StoredValue } from '../secrets/stored-value.ts';
import type { TlsIdentity } from './connect.ts';
import type { Failure, Step } from './failure.ts';

/** What TLS is made of, in PEM: as it was given, or as a store told it. */
type TlsMaterial = { readonly ca: string | undefined; readonly cert: string | undefined; readonly key: Secret | undefined };

export type TlsIdentityResult =
  | { readonly ok: true; readonly identity: TlsIdentity }
  | { readonly ok: false; readonly why: 'unavailable' | 'misconfigured'; readonly failure: Failure };

/** The parts that lie in a store; those that are undefined are in the settings, or nowhere. */
export type StoredTls = { readonly ca: StoredValue | undefined; readonly key: StoredValue | undefined };

/**
 * Where a request gets the context for its connection: made once at cold start, or, where a part of it lies in a store, when it is
 * first needed, and again only when the store has changed its mind.
 */
export class TlsIdentitySource {
  readonly #settings: TlsSettings;
  readonly #stored: StoredTls;
  #made: { readonly ca: Secret | undefined; readonly key: Secret | undefined; readonly identity: TlsIdentity } | undefined;

  /** With a problem there is nothing to connect with. */
  constructor(settings: TlsSettings, stored: StoredTls, problems: ConfigProblem[]) {
    this.#settings = settings;
    this.#stored = stored;
    const given = givenMaterial(settings, problems);
    if (problems.length > 0 || stored.ca !== undefined || stored.key !== undefined) return;
    const identity = makeIdentity(settings, given, problems);
    if (identity !== undefined) this.#made = { ca: undefined, key: undefined, identity };
  }

  async current(deadline: Deadline): Promise<TlsIdentityResult> {
    const [ca, key] = await Promise.all([this.#stored.ca?.current(deadline), this.#stored.key?.current(deadline)]);
    if (ca?.ok === false) return unavailable('LDAP_TLS_CA_PARAMETER', ca.detail);
    if (key?.ok === false) return unavailable('LDAP_TLS_KEY_SECRET', key.detail);
    const made = this.#identityOf(ca?.value, key?.value);
    return made.ok ? made : ((await this.#mended(ca?.value, key?.value, deadline)) ?? made);
  }

  /** What cannot be used is asked for again soon, as a service password is that was refused. */
  async #mended(ca: Secret | undefined, key: Secret | undefined, deadline: Deadline): Promise<TlsIdentityResult | undefined> {
    const [otherCa, otherKey] = await Promise.all([
      ca === undefined ? undefined : this.#stored.ca?.newer(ca, deadline),
      key === undefined ? undefined : this.#stored.key?.newer(key, deadline),
    ]);
    return otherCa === undefined && otherKey === undefined ? undefined : this.#identityOf(otherCa ?? ca, otherKey ?? key);
  }

  #identityOf(ca: Secret | undefined, key: Secret | undefined): TlsIdentityResult {
    const made = this.#made;
    if (made !== undefined && isSame(made.ca, ca) && isSame(made.key, key)) return { ok: true, identity: made.identity };
    const problems: ConfigProblem[] = [];
    const given = givenMaterial(this.#settings, problems);
    const identity = makeIdentity(this.#settings, { cert: given.cert, ca: ca?.reveal() ?? given.ca, key: key ?? given.key }, problems);
    if (identity === undefined) {
      const failure: Failure = { reason: 'directory-tls-failure', step: 'tls', cause: { kind: 'settings', problems } };
      return { ok: false, why: 'misconfigured', failure };
    }
    this.#made = { ca, key, identity };
    return { ok: true, identity };
  }
}

function unavailable(step: Step, error: string): TlsIdentityResult {
  return { ok: false, why: 'unavailable', failure: { reason: 'secret-unavailable', step, cause: { kind: 'store', error } } };
}

function isSame(one: Secret | undefined, other: Secret | undefined): boolean {
  return one === undefined || other === undefined ? one === other : one.equals(other);
}

/** What the environment itself holds, read from its files. */
function givenMaterial({ ca, client }: TlsSettings, problems: ConfigProblem[]): TlsMaterial {
  const key = client?.key.kind === 'given' ? client.key.value : undefined;
  return {
    ca: ca?.kind === 'given' ? readCertificates('LDAP_TLS_CA', ca.pem, problems) : undefined,
    cert: client === undefined ? undefined : readCertificates('LDAP_TLS_CERT', client.cert, problems),
    key: key?.map((pem) => readPem('LDAP_TLS_KEY', pem, problems) ?? ''),
  };
}

/** A context made once: parsing certificates for each connection costs more than a login. Undefined: see the problems. */
export function makeIdentity(settings: TlsSettings, { ca, cert, key }: TlsMaterial, problems: ConfigProblem[]): TlsIdentity | undefined {
  const known = problems.length;
  if (settings.ca?.kind === 'parameter') requireCertificates('LDAP_TLS_CA_PARAMETER', ca, problems);
  if (problems.length > known) return undefined;
  try {
    const secureContext = makeContext({
      minVersion: settings.minVersion,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined || key === undefined ? {} : { cert, key: key.reveal() }),
    });
    return { secureContext, servername: settings.servername };
  } catch {
    // OpenSSL's message can quote what it could not read.
    const variable = settings.client?.key.kind === 'secret' ? 'LDAP_TLS_KEY_SECRET' : 'LDAP_TLS_KEY';
    problems.push({ variable, expected: 'the private key of LDAP_TLS_CERT, in PEM, without a passphrase' });
    return undefined;
  }
}

/**
 * OpenSSL's own key-exchange groups in its own order (SSL_CTX_set1_groups_list(3)), with a key made beforehand for X25519 alone. By default
 * one for X25519MLKEM768 is made and sent as well, with each connection: a twelfth of a login's CPU and a ClientHello of
 * two packets, for something that directories do not speak yet. One that does asks for it, which costs a round trip.
 */
const KEY_EXCHANGE_GROUPS = '?X25519MLKEM768/?*X25519:?secp256r1/?X448:?secp384r1:?secp521r1/?ffdhe2048:?ffdhe3072';

function makeContext(options: tls.SecureContextOptions): tls.SecureContext {
  try {
    return tls.createSecureContext({ ...options, ecdhCurve: KEY_EXCHANGE_GROUPS });
  } catch {
    return tls.createSecureContext(options); // an OpenSSL before 3.5 cannot read the list, and does without it
  }
}

/** PEM text as it is, or with `\n` for line ends as some deployment tools leave it; anything else is a path. */
function readPem(variable: string, value: string, problems: ConfigProblem[]): string | undefined {
  if (value.includes('-----BEGIN')) return value.replaceAll('\\n', '\n');
  const text = readGivenFile(value); // on Lambda certs/ is in the zip
  if (text === undefined) problems.push({ variable, expected: 'PEM text, or the path of a PEM file that can be read' });
  return text;
}

function readCertificates(variable: string, value: string, problems: ConfigProblem[]): string | undefined {
  const pem = readPem(variable, value, problems);
  requireCertificates(variable, pem, problems);
  return pem;
}

function requireCertificates(variable: string, pem: string | undefined, problems: ConfigProblem[]): void {
  if (pem === undefined) return;
  const blocks = pem.match(/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^]*?-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0 || !blocks.every(isCertificate)) problems.push({ variable, expected: 'one or more certificates in PEM' });
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
