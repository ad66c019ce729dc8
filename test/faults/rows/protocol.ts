import {
  append,
  bytes,
  control,
  entry,
  flood,
  hollow,
  notice,
  type Payload,
  reference,
  repeat,
  result,
  send,
  sendBelowTls,
  series,
  text,
} from '../../support/faults/actions.ts';
import { answered, OPERATIONS, PROTECTED, type Row, type Spread, spread, VERDICT_STEPS } from './row.ts';

function sent(fault: string, payload: Payload, others: Partial<Spread> = {}): Spread {
  return { ...answered(fault, payload, 'directory-protocol-error'), ...others };
}

const UNDECODABLE: readonly Spread[] = [
  sent('garbage', text('HTTP/1.1 400 Bad Request\r\n\r\n')),
  sent('garbage before the answer', bytes('00'), { action: send(bytes('00'), 'truth') }),
  sent('garbage with the head of a message', bytes('30 05 ff ff ff ff ff')),
  sent('an empty message', bytes('30 00')),
  sent('a length of two gigabytes', bytes('30 84 7f ff ff ff')),
  sent('a length of indefinite form', bytes('30 80 02 01 02')),
  sent('a length of eight octets', bytes('30 88 00 00 00 00 00 00 00 01')),
  sent('an empty answer', hollow('')),
  sent('an answer that ends behind its code', hollow('0a0100')),
  sent('a result code without a value', hollow('0a0004000400')),
  sent('an inner length past the end', hollow('0a01000400047f')),
  sent('bytes behind the result', hollow('0a010004000400ff')),
];

const NEXT = { id: 1 } as const;
/** Of the last request nothing is asked after it. */
const UNLESS_LAST = { except: { 'user bind': 'the true answer', proof: 'the true answer' } } as const;
const unaskedFor = { answer: 'directory-protocol-error', ...UNLESS_LAST } as const;

const UNASKED: readonly Spread[] = [
  sent('the message id of the next request', result(0, NEXT)),
  sent('the message id of the request before', result(0, { id: -1 })),
  sent('message id 0, no notice', result(0, { id: 'zero' }), { answer: 'directory-unreachable' }),
  { fault: 'the answer twice', action: repeat, ...unaskedFor },
  { fault: 'the next answer before its request', action: append(result(0, { as: 'bind', ...NEXT })), ...unaskedFor },
  { fault: 'half of the next answer before its request', action: append(bytes('30 0c 02 01 04 61')), ...unaskedFor },
  ...[2, 8].map((code) => noticed(code, 'directory-unreachable', 'close')),
  ...[51, 52].map((code) => noticed(code, 'directory-busy', 'close')),
  noticed(52, 'directory-busy', 'hang'),
];

function noticed(code: number, answer: Row['answer'], then: 'close' | 'hang'): Spread {
  const fault = `Notice of Disconnection ${String(code)}${then === 'hang' ? ', connection left open' : ''}`;
  return { fault, action: send(notice(code), then), answer };
}

const FLOODS: readonly Spread[] = [
  sent('20,000 empty messages', flood(20_000, bytes('30 00'))),
  sent('20,000 answers to something else', flood(20_000, result(0, NEXT))),
  sent('20,000 references', flood(20_000, reference('ldap://x/'))),
  sent('5,000 entries', flood(5000, entry('uid=x,dc=example,dc=org')), {
    except: { search: 'ambiguous-user', proof: 'directory-timeout' },
    waitsAt: ['proof'], // the proof is heard to its end
  }),
  sent('12 MB in messages of 1.5 MB', flood(8, reference('x'.repeat(1_500_000)))),
  sent('a message of 3 MB', reference('x'.repeat(3_000_000))),
];

const BELOW_TLS: Spread = {
  fault: 'bytes in clear inside the TLS stream',
  action: sendBelowTls(result(0)),
  answer: 'directory-tls-failure',
};

const BOB = entry('uid=bob,ou=people,dc=example,dc=org');

const NOT_UTF8 = bytes('30 0a 02 01 03 64 05 04 01 ff 30 00');

const SEARCHES: readonly Spread[] = [
  { fault: 'a second entry', action: send(BOB, 'truth'), answer: 'ambiguous-user' },
  answered('two entries and no end', flood(2, BOB), 'ambiguous-user'),
  answered('an entry and result 4', series(BOB, result(4)), 'ambiguous-user'),
  sent('an entry without a name', series(entry(''), result(0))),
  sent('no entry and a reference elsewhere', series(reference('ldap://other.example.org/dc=example,dc=org'), result(0))),
  sent('an entry of a name that is not UTF-8', NOT_UTF8, { action: send(NOT_UTF8, 'truth') }),
];

const PASSWORD_POLICY = '1.3.6.1.4.1.42.2.27.8.5.1';

const POLICIES: readonly Spread[] = [
  sent('a password policy that cannot be read', control(0, PASSWORD_POLICY, '3003810001')),
  sent('an unknown password policy error', control(0, PASSWORD_POLICY, '300381017f')),
];

export const PROTOCOL_ROWS: readonly Row[] = [
  ...spread(OPERATIONS, PROTECTED, [...UNDECODABLE, ...UNASKED, ...FLOODS, BELOW_TLS]),
  ...spread(VERDICT_STEPS, PROTECTED, [sent('an answer of another type', result(0, { as: 'extended' }))]),
  ...spread(['who am I'], PROTECTED, [sent('an answer of another type', result(0, { as: 'bind' }))]),
  ...spread(['search'], PROTECTED, SEARCHES),
  ...spread(['service bind', 'user bind'], PROTECTED, POLICIES),
];
