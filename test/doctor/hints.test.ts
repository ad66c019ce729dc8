import { describe, expect, test } from '@jest/globals';

import type { Server } from '../../src/config/config.ts';
import type { Failure } from '../../src/ldap/failure.ts';
import { dnsHint, handshakeHint, isAboutCertificate, type Spoken, tcpHint } from '../../src/doctor/hints-connection.ts';

function server(transport: Server['transport']): Server {
  return { name: 'x', host: 'dc1.example.org', port: 389, transport };
}

/** `step: code` of Node's, `step: result n` of the server's, or `step: time`. */
function failure(told: string, reason: Failure['reason'] = 'directory-tls-failure'): Failure {
  const { step = '', code = '' } = /^(?<step>\w+): (?<code>.*)$/.exec(told)?.groups ?? {};
  if (step !== 'dns' && step !== 'connect' && step !== 'tls' && step !== 'starttls') throw new Error(`no step: ${step}`);
  if (code === 'time') return { reason, step, cause: { kind: 'time' } };
  const result = /^result (\d+)$/.exec(code)?.[1];
  return { reason, step, cause: result === undefined ? { kind: 'socket', code } : { kind: 'result', code: Number(result) } };
}

describe('what the tests against servers do not reach', () => {
  test.each([
    ['dns: ENOTFOUND', /^LDAP_URL: there is no host "dc1\.example\.org"; .*Route 53/],
    ['dns: EAI_AGAIN', /^LDAP_URL: .*could not be looked up \(dns: EAI_AGAIN\)/],
    ['dns: time', /^LDAP_URL: .*could not be looked up \(no time left: dns\)/],
  ])('%s', (detail, hint) => {
    expect(dnsHint(server('tls'), failure(detail))).toMatch(hint);
  });

  test.each([
    ['connect: EHOSTUNREACH', /^LDAP_URL: 10\.0\.0\.1 port 389: there is no route to it/],
    ['connect: ECONNRESET', /^LDAP_URL: 10\.0\.0\.1 port 389: the connection was cut off/],
    ['connect: EMFILE', /^LDAP_URL: 10\.0\.0\.1 port 389: connect: EMFILE$/],
  ])('%s', (detail, hint) => {
    expect(tcpHint(server('tls'), '10.0.0.1', failure(detail, 'directory-unreachable'), 2000)).toMatch(hint);
  });

  test.each<[string, Server['transport'], Spoken, RegExp]>([
    ['starttls: result 2', 'starttls', 'plain LDAP', /^LDAP_STARTTLS: port 389 speaks LDAP, but does not announce StartTLS/],
    ['starttls: result 52', 'starttls', 'plain LDAP with StartTLS', /^LDAP_STARTTLS: StartTLS failed on port 389/],
    ['tls: ERR_SSL_WRONG_VERSION_NUMBER', 'tls', 'unknown', /^LDAP_URL: port 389 does not speak TLS \(tls: ERR_SSL_WRONG_VERSION_NUMBER\)/],
    ['tls: ERR_SSL_UNSUPPORTED_PROTOCOL', 'tls', 'unknown', /^LDAP_TLS_MIN_VERSION: /],
    ['tls: ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'tls', 'unknown', /^LDAP_TLS_CERT: /],
  ])('%s over %s, where %s is spoken', (detail, transport, spoken, hint) => {
    expect(handshakeHint(server(transport), failure(detail), spoken)).toMatch(hint);
  });
});

test.each<[string, boolean]>([
  ['tls: UNABLE_TO_VERIFY_LEAF_SIGNATURE', true],
  ['tls: ERR_TLS_CERT_ALTNAME_INVALID', true],
  ['tls: HOSTNAME_MISMATCH', true],
  ['tls: CRL_HAS_EXPIRED', true],
  ['tls: ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', false],
  ['tls: ECONNRESET', false],
  ['tls: EPROTO', false],
  ['tls: closed', false],
  ['starttls: result 2', false],
])('%s is about a certificate: %s', (detail, expected) => {
  expect(isAboutCertificate(failure(detail))).toBe(expected);
});
