import { append, bytes, close, cut, cutHandshake, delay, drip, flood, hollow, notice } from '../../support/faults/actions.ts';
import { type Payload, repeat, reset, result, send, silence, strip, text } from '../../support/faults/actions.ts';
import type { CertificateKind } from '../../support/faults/wrong-certificates.ts';
import { answered, cutOff, faulty, harmless, type Row, spread, type Spread, type Transport, unanswered } from './row.ts';

const HANDSHAKES: readonly { readonly step: Row['step']; readonly over: readonly Transport[] }[] = [
  { step: 'tls handshake', over: ['ldaps'] },
  { step: 'handshake after starttls', over: ['starttls'] },
];

function bad(fault: string, flawOf: Parameters<typeof faulty>[1], environment: Row['environment'] = {}): readonly Row[] {
  const serve = faulty(undefined, flawOf);
  return HANDSHAKES.map(({ step, over }) => ({ fault, step, over, serve, environment, answer: 'directory-tls-failure', pace: 'at once' }));
}

function certificate(fault: string, kind: CertificateKind): readonly Row[] {
  return bad(fault, ({ certificates }) => ({ certificate: certificates.of[kind] }));
}

const BAD_SERVERS: readonly Row[] = [
  ...certificate('certificate of an unknown authority', 'unknown authority'),
  ...certificate('self-signed certificate', 'self-signed'),
  ...certificate('certificate for another name', 'wrong name'),
  ...certificate('certificate expired', 'expired'),
  ...certificate('certificate not yet valid', 'not yet valid'),
  ...bad('TLS 1.1 and no newer', () => ({ maxVersion: 'TLSv1.1' })),
  ...bad('TLS 1.2 where 1.3 is demanded', () => ({ maxVersion: 'TLSv1.2' }), { LDAP_TLS_MIN_VERSION: 'TLSv1.3' }),
  ...bad('client certificate demanded', () => ({ clientCertificate: 'demanded' })),
];

/** RFC 8446, 6: a fatal handshake_failure. */
const FATAL_ALERT = bytes('15 03 03 00 02 02 28');

const BROKEN_HANDSHAKES: readonly Spread[] = [
  unanswered('silence after the ClientHello', silence),
  unanswered('stall in the middle of the handshake', cutHandshake('hang')),
  cutOff('reset in the middle of the handshake', cutHandshake('reset')),
  cutOff('reset at the ClientHello', reset),
  cutOff('closed at the ClientHello', close),
  sent('fatal alert', FATAL_ALERT),
  sent('LDAP in clear instead of TLS', result(0, { as: 'bind' })),
];

const BROKEN_STARTTLS: readonly Spread[] = [
  unanswered('request swallowed', silence, 'request'),
  cutOff('reset at the request', reset, 'request'),
  cutOff('closed at the request', close, 'request'),
  unanswered('half an answer, then silence', cut('hang')),
  cutOff('half an answer, then closed', cut('close')),
  unanswered('answer dripping a byte a second', drip(1000)),
  harmless('answer late, in time', delay(60)),
  ...[1, 2, 7, 8, 13, 50, 53, 80, 123].map((code) => sent(`refused with result ${String(code)}`, result(code))),
  ...[51, 52].map((code) => answered(`refused with result ${String(code)}`, result(code), 'directory-busy')),
  { fault: 'agreed to, and on in clear', action: strip, answer: 'directory-tls-failure' },
  { fault: 'bytes in clear behind the answer', action: append(result(0, { as: 'bind', id: 1 })), answer: 'directory-tls-failure' },
  { fault: 'a single byte in clear behind the answer', action: append(bytes('30')), answer: 'directory-tls-failure' },
  { fault: 'answered twice', action: repeat, answer: 'directory-tls-failure' },
  sent('another message id', result(0, { id: 1 })),
  sent('an answer of another type', result(0, { as: 'bind' })),
  sent('an empty answer', hollow('')),
  sent('garbage', text('HTTP/1.1 400 Bad Request\r\n\r\n')),
  sent('a length of two gigabytes', bytes('30 84 7f ff ff ff')),
  sent('20,000 tiny messages', flood(20_000, bytes('30 00'))),
  cutOff('Notice of Disconnection', send(notice(2), 'close')),
];

function sent(fault: string, payload: Payload): Spread {
  return answered(fault, payload, 'directory-tls-failure');
}

export const TLS_ROWS: readonly Row[] = [
  ...BAD_SERVERS,
  ...HANDSHAKES.flatMap(({ step, over }) => spread([step], over, BROKEN_HANDSHAKES)),
  ...spread(['starttls'], ['starttls'], BROKEN_STARTTLS),
];
