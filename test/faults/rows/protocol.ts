import type { Payload } from '../../support/faults/fault.ts';
import { OPERATIONS, PROTECTED, type Row, type Spread, spread, VERDICT_STEPS } from './row.ts';

const PASSWORD_POLICY = '1.3.6.1.4.1.42.2.27.8.5.1';

function sent(fault: string, payload: Payload, others: Partial<Spread> = {}): Spread {
  return {
    fault,
    action: { kind: 'send', payload, then: 'hang' },
    answer: 'directory-protocol-error',
    ...others,
  };
}

const UNDECODABLE: readonly Spread[] = [
  sent('garbage', { kind: 'text', text: 'HTTP/1.1 400 Bad Request\r\n\r\n' }),
  sent(
    'garbage before the answer',
    { kind: 'hex', hex: '00' },
    { action: { kind: 'send', payload: { kind: 'hex', hex: '00' }, then: 'truth' } },
  ),
  sent('garbage with the head of a message', { kind: 'hex', hex: '30 05 ff ff ff ff ff' }),
  sent('an empty message', { kind: 'hex', hex: '30 00' }),
  sent('a length of two gigabytes', { kind: 'hex', hex: '30 84 7f ff ff ff' }),
  sent('a length of indefinite form', { kind: 'hex', hex: '30 80 02 01 02' }),
  sent('a length of eight octets', { kind: 'hex', hex: '30 88 00 00 00 00 00 00 00 01' }),
  sent('an empty answer', { kind: 'hollow', hex: '' }),
  sent('an answer that ends behind its code', { kind: 'hollow', hex: '0a0100' }),
  sent('a result code without a value', { kind: 'hollow', hex: '0a0004000400' }),
  sent('an inner length past the end', { kind: 'hollow', hex: '0a01000400047f' }),
  sent('bytes behind the result', { kind: 'hollow', hex: '0a010004000400ff' }),
];

const UNASKED: readonly Spread[] = [
  sent('the message id of the next request', { kind: 'result', code: 0, id: 'of the next one' }),
  sent('the message id of the request before', { kind: 'result', code: 0, id: 'of the one before' }),
  sent('message id 0, no notice', { kind: 'result', code: 0, id: 'zero' }, { answer: 'directory-unreachable' }),
  {
    fault: 'the answer twice',
    action: { kind: 'repeat' },
    answer: 'directory-protocol-error',
    except: { 'user bind': 'the true answer', proof: 'the true answer' }, // nothing is asked after it
  },
  {
    fault: 'the next answer before its request',
    action: { kind: 'append', payload: { kind: 'result', as: 'bind', code: 0, id: 'of the next one' } },
    answer: 'directory-protocol-error',
    except: { 'user bind': 'the true answer', proof: 'the true answer' },
  },
  {
    fault: 'half of the next answer before its request',
    action: { kind: 'append', payload: { kind: 'hex', hex: '30 0c 02 01 04 61' } },
    answer: 'directory-protocol-error',
    except: { 'user bind': 'the true answer', proof: 'the true answer' },
  },
  ...[2, 8].map((code) => notice(code, 'directory-unreachable', 'close')),
  ...[51, 52].map((code) => notice(code, 'directory-busy', 'close')),
  notice(52, 'directory-busy', 'hang'),
];

function notice(code: number, answer: Row['answer'], then: 'close' | 'hang'): Spread {
  const fault = `Notice of Disconnection ${String(code)}${then === 'hang' ? ', connection left open' : ''}`;
  return { fault, action: { kind: 'send', payload: { kind: 'notice', code }, then }, answer };
}

const FLOODS: readonly Spread[] = [
  sent('20,000 empty messages', { kind: 'flood', of: { kind: 'hex', hex: '30 00' }, times: 20_000 }),
  sent('20,000 answers to something else', { kind: 'flood', of: { kind: 'result', code: 0, id: 'of the next one' }, times: 20_000 }),
  sent('20,000 references', { kind: 'flood', of: { kind: 'reference', uri: 'ldap://x/' }, times: 20_000 }),
  sent(
    '5,000 entries',
    { kind: 'flood', of: { kind: 'entry', dn: 'uid=x,dc=example,dc=org' }, times: 5000 },
    { except: { search: 'ambiguous-user', proof: 'directory-timeout' }, waitsAt: ['proof'] }, // the proof is heard to its end
  ),
  sent('12 MB in messages of 1.5 MB', { kind: 'flood', of: { kind: 'long reference', bytes: 1_500_000 }, times: 8 }),
  sent('a message of 3 MB', { kind: 'long reference', bytes: 3_000_000 }),
];

const BELOW_TLS: readonly Spread[] = [
  {
    fault: 'bytes in clear inside the TLS stream',
    action: { kind: 'send below tls', payload: { kind: 'result', code: 0 } },
    answer: 'directory-tls-failure',
  },
];

function search(fault: string, payload: Payload, answer: Row['answer'], then: 'truth' | 'hang' = 'truth'): Spread {
  return {
    fault,
    action: { kind: 'send', payload, then },
    answer,
  };
}

const OTHER_ENTRY = { kind: 'entry', dn: 'uid=bob,ou=people,dc=example,dc=org' } as const;

const SEARCHES: readonly Spread[] = [
  search('a second entry', OTHER_ENTRY, 'ambiguous-user'),
  search('two entries and no end', { kind: 'flood', of: OTHER_ENTRY, times: 2 }, 'ambiguous-user', 'hang'),
  search('an entry and result 4', { kind: 'series', of: [OTHER_ENTRY, { kind: 'result', code: 4 }] }, 'ambiguous-user', 'hang'),
  search(
    'an entry without a name',
    {
      kind: 'series',
      of: [
        { kind: 'entry', dn: '' },
        { kind: 'result', code: 0 },
      ],
    },
    'directory-protocol-error',
    'hang',
  ),
  search(
    'no entry and a reference elsewhere',
    {
      kind: 'series',
      of: [
        { kind: 'reference', uri: 'ldap://other.example.org/dc=example,dc=org' },
        { kind: 'result', code: 0 },
      ],
    },
    'directory-protocol-error',
    'hang',
  ),
  search('an entry of a name that is not UTF-8', { kind: 'hex', hex: '30 0a 02 01 03 64 05 04 01 ff 30 00' }, 'directory-protocol-error'),
];

const POLICIES: readonly Spread[] = [
  sent('a password policy that cannot be read', { kind: 'control', code: 0, type: PASSWORD_POLICY, hex: '3003810001' }),
  sent('an unknown password policy error', { kind: 'control', code: 0, type: PASSWORD_POLICY, hex: '300381017f' }),
];

export const PROTOCOL_ROWS: readonly Row[] = [
  ...spread(OPERATIONS, PROTECTED, [...UNDECODABLE, ...UNASKED, ...FLOODS, ...BELOW_TLS]),
  ...spread(VERDICT_STEPS, PROTECTED, [sent('an answer of another type', { kind: 'result', as: 'extended', code: 0 })]),
  ...spread(['who am I'], PROTECTED, [sent('an answer of another type', { kind: 'result', as: 'bind', code: 0 })]),
  ...spread(['search'], PROTECTED, SEARCHES),
  ...spread(['service bind', 'user bind'], PROTECTED, POLICIES),
];
