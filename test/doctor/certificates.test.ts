import { createServer, type TlsOptions, type Server } from 'node:tls';

import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';

import { wallClock } from '../../src/core/clock.ts';
import { Deadline } from '../../src/core/deadline.ts';
import { examine } from '../../src/doctor/run.ts';
import { prepare } from '../../src/wiring.ts';
import { BASE_DN, SERVICE_DN } from '../../tools/demo-directory/people.ts';
import { type Demo, type Settings, startDemo } from '../support/demo.ts';
import { type CertificateKind, type Certificates, makeCertificates } from '../support/faults/wrong-certificates.ts';
import { listen, staySilent } from '../support/listen.ts';
import { makeChain } from './support/chain.ts';
import { examineWith, QUIET, rowOf } from './support/examine.ts';

let certificates: Certificates;
let directory: Demo | undefined;
const servers: Server[] = [];

beforeAll(async () => {
  certificates = await makeCertificates();
});
afterEach(async () => {
  await directory?.close();
  directory = undefined;
  for (const server of servers.splice(0)) server.close();
});

async function start(kind: CertificateKind): Promise<Demo> {
  directory = await startDemo({ certificate: certificates.of[kind] });
  return { ...directory, settings: { ...directory.settings, LDAP_TLS_CA: certificates.ca } };
}

/** What the certificate is, which variable is named, and the cause. */
const WRONG: readonly (readonly [CertificateKind, string, RegExp])[] = [
  ['expired', 'LDAP_URL', /the certificate of "127\.0\.0\.1" expired on \d{4}-\d\d-\d\d; renew it on the server/],
  ['not yet valid', 'LDAP_URL', /is valid only from \d{4}-\d\d-\d\d on; correct the server's or this machine's clock/],
  [
    'wrong name',
    'LDAP_TLS_SERVERNAME',
    /for "other\.example\.org", not for "127\.0\.0\.1"; .* set LDAP_TLS_SERVERNAME=other\.example\.org$/,
  ],
  ['self-signed', 'LDAP_TLS_CA', /"127\.0\.0\.1" is signed by itself/],
  [
    'unknown authority',
    'LDAP_TLS_CA',
    /signed by "Test authority", (?:which LDAP_TLS_CA does not hold|but not with the key of the authority)/,
  ],
];

describe.each(['ldaps', 'StartTLS'])('over %s', (transport) => {
  test.each(WRONG)('a certificate that is %s: %s is named', async (kind, variable, cause) => {
    const { url, settings, counts } = await start(kind);
    const byStartTls = transport === 'ldaps' ? {} : { LDAP_URL: url, LDAP_STARTTLS: 'true' };
    const { status, hint } = rowOf(await examineWith({ ...settings, ...byStartTls }), 'tls');
    expect({ status, hint }).toEqual({ status: 'fail', hint: expect.stringMatching(cause) });
    expect(hint).toMatch(new RegExp(`^${variable}: `));
    // The look at a certificate that was refused sends nothing.
    expect({ binds: counts.binds, searches: counts.searches }).toEqual({ binds: 0, searches: 0 });
  });
});

test('a common name alone is no name: the doctor says what the login does', async () => {
  const { settings } = await start('a common name alone');
  const { status, hint } = rowOf(await examineWith({ ...settings, LDAP_TLS_SERVERNAME: 'localhost' }), 'tls');
  expect({ status, hint }).toEqual({
    status: 'fail',
    hint: 'LDAP_TLS_SERVERNAME: the certificate is for no name (its common name "localhost" does not count), not for "localhost"; the server needs a certificate with a subject alternative name',
  });
});

test('a certificate that ends within a month passes, and says so', async () => {
  const { settings } = await start('good'); // good for 30 days, of which a moment has passed
  const { status, title, hint } = rowOf(await examineWith(settings), 'tls');
  expect(status).toBe('pass');
  expect(title).toMatch(/certificate for directory\.example\.org, localhost, 127\.0\.0\.1 and 2 more by "Test authority", 29 days left$/);
  expect(hint).toMatch(/^warning: the server's certificate ends on \d{4}-\d\d-\d\d/);
});

test('days are counted by the clock', async () => {
  const { settings } = await start('good');
  const twentyDaysOn = () => wallClock() + 20 * 86_400_000;
  const report = await examine(prepare(settings), {}, Deadline.in(10_000), QUIET, twentyDaysOn);
  expect(rowOf(report, 'tls').title).toMatch(/ 9 days left$/);
});

describe('a handshake that fails for another reason', () => {
  const serve = async (options: TlsOptions): Promise<Settings> => {
    const server = createServer({ ...certificates.of.good, ...options }, staySilent);
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    servers.push(server);
    const LDAP_URL = `ldaps://127.0.0.1:${String(await listen(server))}`;
    return { LDAP_URL, LDAP_TLS_CA: certificates.ca, LDAP_BIND_DN: SERVICE_DN, LDAP_BIND_PASSWORD: 'x', LDAP_BASE_DN: BASE_DN };
  };

  test('no TLS version in common: LDAP_TLS_MIN_VERSION', async () => {
    const settings = await serve({ maxVersion: 'TLSv1.2' });
    const { status, hint } = rowOf(await examineWith({ ...settings, LDAP_TLS_MIN_VERSION: 'TLSv1.3' }), 'tls');
    expect({ status, hint }).toEqual({ status: 'fail', hint: expect.stringMatching(/^LDAP_TLS_MIN_VERSION: /) });
  });

  // TLS 1.3 refuses it after the handshake: TLS itself looks well.
  test.each(['TLSv1.2', 'TLSv1.3'] as const)('a client certificate is demanded, over %s: LDAP_TLS_CERT', async (maxVersion) => {
    const settings = await serve({ maxVersion, requestCert: true, rejectUnauthorized: true, ca: certificates.ca });
    const { status, hint } = rowOf(await examineWith(settings), 'tls');
    expect({ status, hint }).toEqual({ status: 'fail', hint: expect.stringMatching(/^LDAP_TLS_CERT: /) });
  });
});

describe('an authority in between', () => {
  const examineChain = async (sent: 'leaf' | 'leaf and issuing', trusted: 'none' | 'issuing' | 'root' | 'issuing and root') => {
    const { root, issuing, leaf } = await makeChain();
    const cert = sent === 'leaf' ? leaf.cert : leaf.cert + issuing;
    directory = await startDemo({ certificate: { cert, key: leaf.key } });
    const ca = { none: '', issuing, root, 'issuing and root': issuing + root }[trusted];
    return rowOf(await examineWith({ ...directory.settings, LDAP_TLS_CA: ca }), 'tls');
  };
  const REST = 'in PEM, and those above it up to the self-signed root';
  const SIGNED = "LDAP_TLS_CA: the server's certificate is signed by";

  test('both are named, the one to trust at the end', async () => {
    expect(await examineChain('leaf and issuing', 'none')).toMatchObject({
      status: 'fail',
      hint: `${SIGNED} "Issuing CA" under "Root CA", which the system's roots do not hold; set LDAP_TLS_CA to the certificate of "Root CA", ${REST}`,
    });
  });

  test('that the server does not send is asked for', async () => {
    expect(await examineChain('leaf', 'root')).toMatchObject({
      status: 'fail',
      hint: `${SIGNED} "Issuing CA", which LDAP_TLS_CA does not hold, or holds with another key, and which the server does not send; put there the certificate of "Issuing CA", ${REST}`,
    });
  });

  test.each(['leaf', 'leaf and issuing'] as const)('trusted without its root, %s sent: the root is asked for', async (sent) => {
    expect(await examineChain(sent, 'issuing')).toMatchObject({
      status: 'fail',
      hint: 'LDAP_TLS_CA: it holds an authority above the server\'s certificate (signed by "Issuing CA"), and not the self-signed root at the top; add the root',
    });
  });

  test.each([
    ['leaf', 'issuing and root', 'by "Issuing CA"'],
    ['leaf and issuing', 'root', 'by "Issuing CA" under "Root CA"'],
  ] as const)('%s sent, %s trusted: what was sent is told', async (sent, trusted, signed) => {
    const { status, title } = await examineChain(sent, trusted);
    expect({ status, title }).toEqual({ status: 'pass', title: `TLS: ldaps, TLSv1.3, certificate for 127.0.0.1 ${signed}, 364 days left` });
  });
});
