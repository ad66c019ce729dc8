import { ALL, OPERATIONS, PROTECTED, type Row, spread } from './row.ts';

const CONNECTING: readonly Row[] = [
  { fault: 'connection refused', step: 'connect', over: ALL, cause: { kind: 'refuses' }, answer: 'directory-unreachable', pace: 'at once' },
  { fault: 'connection never accepted', step: 'connect', over: ALL, cause: { kind: 'deaf' }, answer: 'directory-timeout', pace: 'waits' },
  {
    fault: 'host name unknown',
    step: 'connect',
    over: ALL,
    cause: { kind: 'no such name' },
    answer: 'directory-unreachable',
    pace: 'at once',
  },
  ...spread(['connect'], ALL, [
    { fault: 'accepted, then silence', action: { kind: 'silence' }, answer: 'directory-timeout', pace: 'waits' },
    { fault: 'accepted, nothing read', action: { kind: 'stop reading' }, answer: 'directory-timeout', pace: 'waits' },
    { fault: 'accepted, then reset', action: { kind: 'reset' }, answer: 'directory-unreachable' },
    { fault: 'accepted, then closed', action: { kind: 'close' }, answer: 'directory-unreachable' },
  ]),
  ...spread(['connect'], PROTECTED, [
    {
      fault: 'another protocol answers',
      action: { kind: 'send', payload: { kind: 'text', text: '220 mail.example.org ESMTP\r\n' }, then: 'hang' },
      answer: 'directory-tls-failure',
    },
  ]),
  ...spread(
    ['connect'],
    ['ldap'],
    [
      {
        fault: 'another protocol answers in clear',
        action: { kind: 'send', payload: { kind: 'text', text: '220 mail.example.org ESMTP\r\n' }, then: 'hang' },
        answer: 'directory-protocol-error',
      },
    ],
  ),
];

const TALKING = spread(OPERATIONS, PROTECTED, [
  { fault: 'request swallowed', when: 'request', action: { kind: 'silence' }, answer: 'directory-timeout', pace: 'waits' },
  { fault: 'nothing read any more', when: 'request', action: { kind: 'stop reading' }, answer: 'directory-timeout', pace: 'waits' },
  { fault: 'reset at the request', when: 'request', action: { kind: 'reset' }, answer: 'directory-unreachable' },
  { fault: 'closed at the request', when: 'request', action: { kind: 'close' }, answer: 'directory-unreachable' },
  { fault: 'answer swallowed', action: { kind: 'silence' }, answer: 'directory-timeout', pace: 'waits' },
  { fault: 'reset instead of the answer', action: { kind: 'reset' }, answer: 'directory-unreachable' },
  { fault: 'closed instead of the answer', action: { kind: 'close' }, answer: 'directory-unreachable' },
  { fault: 'answer late, in time', action: { kind: 'delay', ms: 60 }, answer: 'the true answer' },
  { fault: 'answer later than anybody waits', action: { kind: 'delay', ms: 60_000 }, answer: 'directory-timeout', pace: 'waits' },
  { fault: 'answer dripping fast', action: { kind: 'drip', everyMs: 1 }, answer: 'the true answer' },
  { fault: 'answer dripping a byte a second', action: { kind: 'drip', everyMs: 1000 }, answer: 'directory-timeout', pace: 'waits' },
  { fault: 'half an answer, then silence', action: { kind: 'cut', then: 'hang' }, answer: 'directory-timeout', pace: 'waits' },
  { fault: 'half an answer, then closed', action: { kind: 'cut', then: 'close' }, answer: 'directory-unreachable' },
  { fault: 'half an answer, then reset', action: { kind: 'cut', then: 'reset' }, answer: 'directory-unreachable' },
]);

/** The answer is known by then: nothing that happens to the goodbye may change it or hold it up. */
const LEAVING = spread(['unbind'], PROTECTED, [
  { fault: 'goodbye not answered', action: { kind: 'silence' }, answer: 'the true answer' },
  { fault: 'goodbye not read', action: { kind: 'stop reading' }, answer: 'the true answer' },
  { fault: 'reset at the goodbye', action: { kind: 'reset' }, answer: 'the true answer' },
]);

export const NETWORK_ROWS: readonly Row[] = [...CONNECTING, ...TALKING, ...LEAVING];
