import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import tls from 'node:tls';

import { wallClock } from './core/clock.ts';
import { type Config, readConfig, type StoredSetting, type TlsSettings } from './core/config.ts';
import { Deadline } from './core/deadline.ts';
import { uniformly } from './core/disclosure.ts';
import type { ConfigProblem, Environment } from './core/environment.ts';
import type { LoginRequest, Outcome } from './core/outcome.ts';
import { Secret } from './core/secret.ts';
import { type Fetch, passwordIn, StoredValue } from './core/stored-value.ts';
import type { Trace } from './core/trace.ts';
import { authenticate, type Directory, type Lookup } from './directory/authenticate.ts';
import type { TlsIdentity } from './directory/connect.ts';
import { parseDnTemplate } from './directory/dn-template.ts';
import { parseUserFilter } from './directory/filter.ts';
import { dnsDomainOf } from './directory/login-name.ts';
import { PenaltyBox } from './directory/penalty-box.ts';
import { type PasswordSource, ServiceCredentials } from './directory/service-credentials.ts';
import { Sightings } from './directory/sightings.ts';
import { makeRecorder, type Recorder } from './observe/record.ts';

/** What a handler needs: somebody who answers, and somebody who writes it down. */
export type Service = {
  /** `leftMs`: what the invocation has left. Never rejects for anything that a directory does. */
  readonly authenticate: (login: LoginRequest, leftMs: number, trace: Trace) => Promise<Outcome>;
  readonly record: Recorder;
  /** Empty, unless the service is misconfigured. */
  readonly problems: readonly ConfigProblem[];
};

/** What closing the connection and writing the answer may take after the deadline, within the invocation. */
const ANSWER_MS = 300;

/**
 * The environment as a service, once at cold start. A wrong environment is a service as well: it answers "misconfigured"
 * to everybody and logs every problem, by variable, without a value.
 */
export const wire = (environment: Environment): Service => {
  const { config, problems, directory } = prepare(environment);
  if (directory !== undefined) {
    return {
      authenticate: (login, leftMs, trace) => {
        const deadline = Deadline.in(Math.min(config.deadlineMs, Math.max(0, leftMs - ANSWER_MS)));
        const ask = (): Promise<Outcome> => authenticate(directory, login, deadline, trace);
        return config.disclosure === 'uniform' ? uniformly(config.uniformFloorMs, deadline, trace, ask) : ask();
      },
      record: makeRecorder(config.logLevel, writeLine),
      problems: [],
    };
  }
  return {
    authenticate: () => Promise.resolve({ kind: 'out-of-order', reason: 'misconfigured' }),
    record: makeRecorder(config.logLevel, writeLine),
    problems,
  };
};

const writeLine = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** What the login is made of, as far as the environment allows, and every problem with it. The doctor looks at the parts. */
export type Parts = {
  readonly config: Config;
  readonly problems: readonly ConfigProblem[];
  /** Undefined where an authority, a certificate or a key cannot be used. */
  readonly identity: TlsIdentity | undefined;
  /** What a login asks; undefined while there is any problem. */
  readonly directory: Directory | undefined;
};

export const prepare = (environment: Environment): Parts => {
  const { config, problems: known } = readConfig(environment);
  const ofLookup: ConfigProblem[] = [];
  const ofTls: ConfigProblem[] = [];
  const lookup = makeLookup(config, ofLookup);
  const secureContext = makeSecureContext(config.tls, ofTls);
  const identity = secureContext === undefined ? undefined : { secureContext, servername: config.tls.servername };
  const problems = [...known, ...ofLookup, ...ofTls];
  const isWhole = lookup !== undefined && identity !== undefined && problems.length === 0;
  return { config, problems, identity, directory: isWhole ? { config, identity, lookup, box: new PenaltyBox(wallClock) } : undefined };
};

const makeLookup = (config: Config, problems: ConfigProblem[]): Lookup | undefined => {
  if (config.lookup.kind === 'direct-bind') {
    const parsed = parseDnTemplate(config.lookup.template);
    if (parsed.ok) return { kind: 'direct-bind', template: parsed.template };
    problems.push({ variable: 'LDAP_USER_DN_TEMPLATE', expected: parsed.expected });
    return undefined;
  }
  const parsed = parseUserFilter(config.lookup.userFilter);
  if (!parsed.ok) {
    problems.push({ variable: 'LDAP_USER_FILTER', expected: parsed.expected });
    return undefined;
  }
  const dnsDomain = config.directory === 'active-directory' ? dnsDomainOf(config.lookup.baseDn) : undefined;
  const search = {
    settings: config.lookup,
    filter: parsed.filter,
    names: { netbiosDomain: config.lookup.netbiosDomain, dnsDomain },
    credentials: new ServiceCredentials(passwordSource(config.lookup.bindPassword), wallClock),
    sightings: new Sightings(wallClock),
  };
  return { kind: 'search-and-bind', search };
};

const passwordSource = (setting: StoredSetting): PasswordSource =>
  setting.kind === 'given'
    ? { kind: 'given', password: setting.value }
    : { kind: 'stored', value: new StoredValue(fetchFrom(setting), wallClock) };

/** The SDK is imported when it is first needed, and not before. */
const fetchFrom =
  (setting: Exclude<StoredSetting, { readonly kind: 'given' }>): Fetch =>
  async (deadline) => {
    const { fetchParameter, fetchSecret } = await import('./secrets/aws.ts');
    const stored = setting.kind === 'parameter' ? await fetchParameter(setting.name, deadline) : await fetchSecret(setting.id, deadline);
    if (!stored.ok) return stored;
    const value = new Secret(stored.text);
    return { ok: true, value: setting.kind === 'secret' ? passwordIn(value) : value };
  };

/** Made once: parsing certificates for each connection costs more than a login. */
const makeSecureContext = (settings: TlsSettings, known: ConfigProblem[]): tls.SecureContext | undefined => {
  const problems: ConfigProblem[] = [];
  const context = buildSecureContext(settings, problems);
  known.push(...problems);
  return context;
};

const buildSecureContext = (settings: TlsSettings, problems: ConfigProblem[]): tls.SecureContext | undefined => {
  const ca = settings.ca === undefined ? undefined : readPem('LDAP_TLS_CA', settings.ca, problems);
  const cert = settings.client === undefined ? undefined : readPem('LDAP_TLS_CERT', settings.client.cert, problems);
  const key = settings.client === undefined ? undefined : readPem('LDAP_TLS_KEY', settings.client.key.reveal(), problems);
  requireCertificates('LDAP_TLS_CA', ca, problems);
  requireCertificates('LDAP_TLS_CERT', cert, problems);
  if (problems.length > 0) return undefined;
  try {
    return tls.createSecureContext({
      minVersion: settings.minVersion,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
    });
  } catch {
    // OpenSSL's message can quote what it could not read.
    problems.push({ variable: 'LDAP_TLS_KEY', expected: 'the private key of LDAP_TLS_CERT, in PEM, without a passphrase' });
    return undefined;
  }
};

/** PEM text as it is, or with `\n` for line ends as some deployment tools leave it; anything else is a path. */
const readPem = (variable: string, value: string, problems: ConfigProblem[]): string | undefined => {
  if (value.includes('-----BEGIN')) return value.replaceAll('\\n', '\n');
  const folders = [process.cwd(), process.env['LAMBDA_TASK_ROOT'] ?? '.', import.meta.dirname];
  for (const folder of folders) {
    try {
      return readFileSync(path.resolve(folder, value), 'utf8');
    } catch {
      // the next folder; in the end, a problem
    }
  }
  problems.push({ variable, expected: 'PEM text, or the path of a PEM file that can be read' });
  return undefined;
};

const requireCertificates = (variable: string, pem: string | undefined, problems: ConfigProblem[]): void => {
  if (pem === undefined) return;
  const blocks = pem.match(/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^]*?-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0 || !blocks.every(isCertificate)) problems.push({ variable, expected: 'one or more certificates in PEM' });
};

const isCertificate = (pem: string): boolean => {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
};
