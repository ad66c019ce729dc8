import { close, cut, delay, drip, reset, silence, stopReading, text } from '../../support/faults/actions.ts';
import { ALL, answered, cutOff, deaf, harmless, noSuchName, OPERATIONS, PROTECTED, refuses, type Row, spread, unanswered } from './row.ts';

const AT_CONNECT = { step: 'connect', over: ALL } as const;
const MAIL = text('220 mail.example.org ESMTP\r\n');

const CONNECTING: readonly Row[] = [
  { ...AT_CONNECT, fault: 'connection refused', serve: refuses, answer: 'directory-unreachable', pace: 'at once' },
  { ...AT_CONNECT, fault: 'connection never accepted', serve: deaf, answer: 'directory-timeout', pace: 'waits' },
  { ...AT_CONNECT, fault: 'host name unknown', serve: noSuchName, answer: 'directory-unreachable', pace: 'at once' },
  ...spread(['connect'], ALL, [
    unanswered('accepted, then silence', silence),
    unanswered('accepted, nothing read', stopReading),
    cutOff('accepted, then reset', reset),
    cutOff('accepted, then closed', close),
  ]),
  ...spread(['connect'], PROTECTED, [answered('another protocol answers', MAIL, 'directory-tls-failure')]),
  ...spread(['connect'], ['ldap'], [answered('another protocol answers in clear', MAIL, 'directory-protocol-error')]),
];

const TALKING = spread(OPERATIONS, PROTECTED, [
  unanswered('request swallowed', silence, 'request'),
  unanswered('nothing read any more', stopReading, 'request'),
  cutOff('reset at the request', reset, 'request'),
  cutOff('closed at the request', close, 'request'),
  unanswered('answer swallowed', silence),
  cutOff('reset instead of the answer', reset),
  cutOff('closed instead of the answer', close),
  harmless('answer late, in time', delay(60)),
  unanswered('answer later than anybody waits', delay(60_000)),
  harmless('answer dripping fast', drip(1)),
  unanswered('answer dripping a byte a second', drip(1000)),
  unanswered('half an answer, then silence', cut('hang')),
  cutOff('half an answer, then closed', cut('close')),
  cutOff('half an answer, then reset', cut('reset')),
]);

/** The answer is known by then: nothing that happens to the goodbye may change it or hold it up. */
const LEAVING = spread(['unbind'], PROTECTED, [
  harmless('goodbye not answered', silence),
  harmless('goodbye not read', stopReading),
  harmless('reset at the goodbye', reset),
]);

export const NETWORK_ROWS: readonly Row[] = [...CONNECTING, ...TALKING, ...LEAVING];
