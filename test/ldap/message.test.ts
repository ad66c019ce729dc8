import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { decodeMessage, type Message } from '../../src/ldap/message.ts';
import { control, hex, message, resultFields, tlv, tlvOfActiveDirectory } from './bytes.ts';

const BIND = 0x61;
const ENTRY = 0x64;
const DONE = 0x65;
const REFERENCE = 0x73;
const EXTENDED = 0x78;

const DIAGNOSTIC = '80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data 52e, v4563\0';

function attribute(description: string, ...values: readonly (string | Buffer)[]): Buffer {
  return tlv(0x30, tlv(4, description), tlv(0x31, ...values.map((value) => tlv(4, value))));
}

function entry(dn: string | Buffer, ...attributes: readonly Buffer[]): Buffer {
  return tlv(ENTRY, tlv(4, dn), tlv(0x30, ...attributes));
}

const success = { code: 0, diagnostic: '' };

describe('a message that is what it should be', () => {
  test.each<[string, Buffer, Message]>([
    ['a bind response', message(2, tlv(BIND, resultFields(0))), { id: 2, op: 'bind-response', result: success, controls: [] }],
    [
      'a refusal with its text',
      message(2, tlv(BIND, resultFields(49, DIAGNOSTIC))),
      { id: 2, op: 'bind-response', result: { code: 49, diagnostic: DIAGNOSTIC }, controls: [] },
    ],
    [
      'a matched DN',
      message(2, tlv(BIND, hex('0a0120'), tlv(4, 'dc=org'), tlv(4, 'no'))),
      { id: 2, op: 'bind-response', result: { code: 32, diagnostic: 'no' }, controls: [] },
    ],
    [
      'a referral, which is not followed',
      message(2, tlv(DONE, resultFields(10), tlv(0xa3, tlv(4, 'ldap://b/')))),
      { id: 2, op: 'search-done', result: { code: 10, diagnostic: '' }, controls: [] },
    ],
    [
      'SASL credentials',
      message(2, tlv(BIND, resultFields(0), tlv(0x87, 'x'))),
      { id: 2, op: 'bind-response', result: success, controls: [] },
    ],
    [
      'controls with, without a value, and with a criticality',
      message(
        2,
        tlv(BIND, resultFields(0)),
        tlv(0xa0, control('1.2', hex('3000')), control('1.3'), tlv(0x30, tlv(4, '1.4'), hex('010100'), tlv(4, 'v'))),
      ),
      {
        id: 2,
        op: 'bind-response',
        result: success,
        controls: [
          { type: '1.2', value: hex('3000') },
          { type: '1.3', value: undefined },
          { type: '1.4', value: Buffer.from('v') },
        ],
      },
    ],
    [
      'an entry',
      message(3, entry('uid=jörg,dc=org', attribute('uid', 'jörg', 'joerg'), attribute('cn;lang-de'), attribute('photo', hex('ff00')))),
      {
        id: 3,
        op: 'search-entry',
        entry: {
          dn: 'uid=jörg,dc=org',
          attributes: [
            { description: 'uid', values: [Buffer.from('jörg'), Buffer.from('joerg')] },
            { description: 'cn;lang-de', values: [] },
            { description: 'photo', values: [hex('ff00')] },
          ],
        },
      },
    ],
    [
      'references',
      message(3, tlv(REFERENCE, tlv(4, 'ldap://a/dc=a'), tlv(4, 'ldap://b/dc=a'))),
      { id: 3, op: 'search-reference', uris: ['ldap://a/dc=a', 'ldap://b/dc=a'] },
    ],
    [
      'the end of a search',
      message(127, tlv(DONE, resultFields(4, 'size limit'))),
      { id: 127, op: 'search-done', result: { code: 4, diagnostic: 'size limit' }, controls: [] },
    ],
    [
      'the answer to StartTLS',
      message(1, tlv(EXTENDED, resultFields(0), tlv(0x8a, '1.3.6.1.4.1.1466.20037'), tlv(0x8b, 'x'))),
      { id: 1, op: 'extended-response', result: success, name: '1.3.6.1.4.1.1466.20037', value: Buffer.from('x') },
    ],
    [
      'an extended response without a name',
      message(0, tlv(EXTENDED, resultFields(52))),
      { id: 0, op: 'extended-response', result: { code: 52, diagnostic: '' }, name: undefined, value: undefined },
    ],
    [
      'lengths as Active Directory writes them',
      tlvOfActiveDirectory(0x30, hex('020102'), tlvOfActiveDirectory(BIND, hex('0a0131'), hex('0400'), tlv(4, DIAGNOSTIC))),
      { id: 2, op: 'bind-response', result: { code: 49, diagnostic: DIAGNOSTIC }, controls: [] },
    ],
    [
      'an id of four octets',
      tlv(0x30, hex('02 04 00 00 01 00'), tlv(BIND, resultFields(0))),
      { id: 256, op: 'bind-response', result: success, controls: [] },
    ],
  ])('%s', (_case, bytes, expected) => {
    expect(decodeMessage(bytes)).toEqual(expected);
  });
});

describe('a message that is not', () => {
  test.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['an empty sequence', hex('3000')],
    ['an id alone', message(2)],
    ['no id', tlv(0x30, tlv(BIND, resultFields(0)))],
    ['an empty id', tlv(0x30, hex('0200'), tlv(BIND, resultFields(0)))],
    ['a negative id', tlv(0x30, hex('0201ff'), tlv(BIND, resultFields(0)))],
    ['a bind response without content: not success', message(2, tlv(BIND))],
    ['an absent result code: not success', message(2, tlv(BIND, tlv(4), tlv(4)))],
    ['an empty result code: not success', message(2, tlv(BIND, hex('0a00'), tlv(4), tlv(4)))],
    ['a result code that is an integer', message(2, tlv(BIND, hex('020100'), tlv(4), tlv(4)))],
    ['a negative result code', message(2, tlv(BIND, hex('0a0180'), tlv(4), tlv(4)))],
    ['a result code alone', message(2, tlv(BIND, hex('0a0100')))],
    ['no diagnostic message', message(2, tlv(BIND, hex('0a0100'), tlv(4)))],
    ['bytes behind the result', message(2, tlv(BIND, resultFields(0), hex('0400')))],
    ['SASL credentials at the end of a search', message(2, tlv(DONE, resultFields(0), tlv(0x87, 'x')))],
    ['bytes behind the operation', message(2, tlv(BIND, resultFields(0)), hex('0400'))],
    ['bytes behind the message', Buffer.concat([message(2, tlv(BIND, resultFields(0))), hex('00')])],
    ['a second message', Buffer.concat([message(2, tlv(BIND, resultFields(0))), message(2, tlv(BIND, resultFields(0)))])],
    ['a message cut short', message(2, tlv(BIND, resultFields(0))).subarray(0, -1)],
    ['a length past the end of the response', message(2, hex('61 07 0a0100 0400 0405'))],
    ['the indefinite form', hex('3080 020102 6107 0a0100 0400 0400 0000')],
    ['a request', message(2, tlv(0x60, hex('020103'), tlv(4), tlv(0x80)))],
    ['an operation nobody asked for', message(2, tlv(0x67, resultFields(0)))],
    ['an intermediate response', message(2, tlv(0x79, tlv(0x80, '1.2')))],
    ['a DN that is not UTF-8', message(3, entry(hex('ff')))],
    ['an entry without attributes', message(3, tlv(ENTRY, tlv(4, 'dc=org')))],
    ['values that are no set', message(3, entry('dc=org', tlv(0x30, tlv(4, 'uid'), tlv(0x30, tlv(4, 'a')))))],
    ['bytes behind an attribute', message(3, entry('dc=org', tlv(0x30, tlv(4, 'uid'), tlv(0x31), tlv(4))))],
    ['bytes behind an entry', message(3, tlv(ENTRY, tlv(4, 'dc=org'), tlv(0x30), tlv(4)))],
    ['a reference that is not UTF-8', message(3, tlv(REFERENCE, tlv(4, hex('ff'))))],
    ['a reference to nowhere (RFC 4511, 4.5.3: SIZE (1..MAX))', message(3, tlv(REFERENCE))],
    ['controls that are no sequence', message(2, tlv(BIND, resultFields(0)), tlv(0xa0, tlv(4, '1.2')))],
    ['a control without a type', message(2, tlv(BIND, resultFields(0)), tlv(0xa0, tlv(0x30)))],
    ['bytes behind a control', message(2, tlv(BIND, resultFields(0)), tlv(0xa0, tlv(0x30, tlv(4, '1.2'), tlv(4, 'v'), tlv(4))))],
    ['bytes behind the controls', message(2, tlv(BIND, resultFields(0)), tlv(0xa0), hex('0400'))],
  ])('%s', (_case, bytes) => {
    expect(decodeMessage(bytes)).toBeUndefined();
  });

  test('any bytes are a message or none, never a throw', () => {
    const bytes = fc.uint8Array({ maxLength: 80 }).map((array) => Buffer.from(array));
    const wrapped = fc
      .tuple(fc.constantFrom(BIND, ENTRY, DONE, REFERENCE, EXTENDED), bytes)
      .map(([tag, content]) => message(2, tlv(tag, content)));
    const results = bytes.map((tail) => message(2, tlv(BIND, resultFields(0)), tail));
    fc.assert(
      fc.property(fc.oneof(bytes, wrapped, results), (candidate) => {
        const decoded = decodeMessage(candidate);
        expect(decoded === undefined || typeof decoded.op === 'string').toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('a refusal with one bit wrong anywhere is never a success', () => {
    const refusal = message(2, tlv(BIND, resultFields(49, DIAGNOSTIC)));
    const successes = new Set<number>();
    for (let at = 0; at < refusal.length; at += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        const damaged = Buffer.from(refusal);
        damaged.writeUInt8(damaged.readUInt8(at) ^ (1 << bit), at);
        const decoded = decodeMessage(damaged);
        if (decoded !== undefined && 'result' in decoded && decoded.result.code === 0) successes.add(at);
      }
    }
    expect([...successes]).toEqual([]);
  });
});
