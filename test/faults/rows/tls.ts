import type { CertificateKind } from '../../support/faults/wrong-certificates.ts';
import { type BadServer, type Row, spread, type Spread, type Transport } from './row.ts';

const HANDSHAKES = [
  { step: 'tls handshake', over: ['ldaps'] },
  { step: 'handshake after starttls', over: ['starttls'] },
] as const satisfies readonly { readonly step: Row['step']; readonly over: readonly Transport[] }[];

function bad(fault: string, cause: BadServer): readonly Row[] {
  return HANDSHAKES.map(({ step, over }) => ({ fault, step, over, cause, answer: 'directory-tls-failure', pace: 'at once' }));
}

function certificate(fault: string, kind: CertificateKind): readonly Row[] {
  return bad(fault, { kind: 'certificate', certificate: kind });
}

const BAD_SERVERS: readonly Row[] = [
  ...certificate('certificate of an unknown authority', 'unknown authority'),
  ...certificate('self-signed certificate', 'self-signed'),
  ...certificate('certificate for another name', 'wrong name'),
  ...certificate('certificate expired', 'expired'),
  ...certificate('certificate not yet valid', 'not yet valid'),
  ...bad('TLS 1.1 and no newer', { kind: 'tls version', newest: 'TLSv1.1' }),
  ...bad('TLS 1.2 where 1.3 is demanded', { kind: 'tls version', newest: 'TLSv1.2', demanded: 'TLSv1.3' }),
  ...bad('client certificate demanded', { kind: 'client certificate demanded' }),
];

/** RFC 8446, 6: a fatal handshake_failure. */
const FATAL_ALERT = '15 03 03 00 02 02 28';

const BROKEN_HANDSHAKES: readonly Spread[] = [
  { fault: 'silence after the ClientHello', action: { kind: 'silence' }, answer: 'directory-timeout', pace: 'waits' },
  { fault: 'stall in the middle of the handshake', action: { kind: 'cut', then: 'hang' }, answer: 'directory-timeout', pace: 'waits' },
  { fault: 'reset in the middle of the handshake', action: { kind: 'cut', then: 'reset' }, answer: 'directory-unreachable' },
  { fault: 'reset at the ClientHello', action: { kind: 'reset' }, answer: 'directory-unreachable' },
  { fault: 'closed at the ClientHello', action: { kind: 'close' }, answer: 'directory-unreachable' },
  {
    fault: 'fatal alert',
    action: { kind: 'send', payload: { kind: 'hex', hex: FATAL_ALERT }, then: 'hang' },
    answer: 'directory-tls-failure',
  },
  {
    fault: 'LDAP in clear instead of TLS',
    action: { kind: 'send', payload: { kind: 'result', as: 'bind', code: 0 }, then: 'hang' },
    answer: 'directory-tls-failure',
  },
];

const BROKEN_STARTTLS: readonly Spread[] = [
  { fault: 'request swallowed', when: 'request', action: { kind: 'silence' }, answer: 'directory-timeout', pace: 'waits' },
  { fault: 'reset at the request', when: 'request', action: { kind: 'reset' }, answer: 'directory-unreachable' },
  { fault: 'closed at the request', when: 'request', action: { kind: 'close' }, answer: 'directory-unreachable' },
  { fault: 'half an answer, then silence', action: { kind: 'cut', then: 'hang' }, answer: 'directory-timeout', pace: 'waits' },
  { fault: 'half an answer, then closed', action: { kind: 'cut', then: 'close' }, answer: 'directory-unreachable' },
  { fault: 'answer dripping a byte a second', action: { kind: 'drip', everyMs: 1000 }, answer: 'directory-timeout', pace: 'waits' },
  { fault: 'answer late, in time', action: { kind: 'delay', ms: 60 }, answer: 'the true answer' },
  ...[1, 2, 7, 8, 13, 50, 53, 80, 123].map((code) => refused(code, 'directory-tls-failure')),
  ...[51, 52].map((code) => refused(code, 'directory-busy')),
  { fault: 'agreed to, and on in clear', action: { kind: 'strip' }, answer: 'directory-tls-failure' },
  {
    fault: 'bytes in clear behind the answer',
    action: { kind: 'append', payload: { kind: 'result', as: 'bind', code: 0, id: 'of the next one' } },
    answer: 'directory-tls-failure',
  },
  {
    fault: 'a single byte in clear behind the answer',
    action: { kind: 'append', payload: { kind: 'hex', hex: '30' } },
    answer: 'directory-tls-failure',
  },
  { fault: 'answered twice', action: { kind: 'repeat' }, answer: 'directory-tls-failure' },
  sent('another message id', { kind: 'result', code: 0, id: 'of the next one' }),
  sent('an answer of another type', { kind: 'result', as: 'bind', code: 0 }),
  sent('an empty answer', { kind: 'hollow', hex: '' }),
  sent('garbage', { kind: 'text', text: 'HTTP/1.1 400 Bad Request\r\n\r\n' }),
  sent('a length of two gigabytes', { kind: 'hex', hex: '30 84 7f ff ff ff' }),
  sent('20,000 tiny messages', { kind: 'flood', of: { kind: 'hex', hex: '30 00' }, times: 20_000 }),
  {
    fault: 'Notice of Disconnection',
    action: { kind: 'send', payload: { kind: 'notice', code: 2 }, then: 'close' },
    answer: 'directory-unreachable',
  },
];

function refused(code: number, answer: Row['answer']): Spread {
  return {
    fault: `refused with result ${String(code)}`,
    action: { kind: 'send', payload: { kind: 'result', code }, then: 'hang' },
    answer,
  };
}

function sent(fault: string, payload: Extract<Spread['action'], { readonly kind: 'send' }>['payload']): Spread {
  return { fault, action: { kind: 'send', payload, then: 'hang' }, answer: 'directory-tls-failure' };
}

export const TLS_ROWS: readonly Row[] = [
  ...BAD_SERVERS,
  ...HANDSHAKES.flatMap(({ step, over }) => spread([step], over, BROKEN_HANDSHAKES)),
  ...spread(['starttls'], ['starttls'], BROKEN_STARTTLS),
];
