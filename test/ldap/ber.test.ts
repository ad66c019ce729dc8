import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { BerCursor, MalformedBer, readHeader, TAG } from '../../src/ldap/ber.ts';
import { hex, tlv } from './bytes.ts';

describe('the head of a value', () => {
  test.each<[string, string, object | undefined]>([
    ['a short length', '30 05', { tag: 0x30, size: 2, length: 5 }],
    ['the longest short length', '04 7f', { tag: 4, size: 2, length: 127 }],
    ['a long length of one octet', '04 81 80', { tag: 4, size: 3, length: 128 }],
    ['a long length that could be short', '30 84 00 00 00 10', { tag: 0x30, size: 6, length: 16 }],
    ['the longest length', '30 84 ff ff ff ff', { tag: 0x30, size: 6, length: 4_294_967_295 }],
    ['nothing', '', undefined],
    ['a tag', '30', undefined],
    ['half a length', '30 82 01', undefined],
  ])('%s', (_case, bytes, expected) => {
    expect(readHeader(hex(bytes), 0, hex(bytes).length)).toEqual(expected);
  });

  test.each([
    ['the indefinite form', '30 80 00 00'],
    ['five octets of length', '30 85 00 00 00 00 01'],
    ['the reserved form', '30 ff'],
  ])('%s is not LDAP', (_case, bytes) => {
    expect(() => readHeader(hex(bytes), 0, hex(bytes).length)).toThrow(MalformedBer);
  });

  test('what lies behind the end is not looked at', () => {
    expect(readHeader(hex('30 05'), 0, 1)).toBeUndefined();
    expect(readHeader(hex('04 82 01 00'), 0, 3)).toBeUndefined();
  });
});

describe('a cursor', () => {
  test('reads one value after the other, and knows when it is at the end', () => {
    const cursor = new BerCursor(hex('04 01 61 02 01 05'));
    expect([cursor.atEnd, cursor.nextTag]).toEqual([false, TAG.octetString]);
    expect(cursor.text()).toBe('a');
    expect([cursor.atEnd, cursor.nextTag]).toEqual([false, TAG.integer]);
    expect(() => {
      cursor.finish();
    }).toThrow(MalformedBer);
    expect(cursor.unsigned(TAG.integer)).toBe(5);
    expect([cursor.atEnd, cursor.nextTag]).toEqual([true, undefined]);
    cursor.finish();
  });

  test.each<[string, string]>([
    ['another tag', '05 01 61'],
    ['a length past the end', '04 02 61'],
    ['no length', '04'],
    ['nothing', ''],
  ])('refuses %s', (_case, bytes) => {
    expect(() => new BerCursor(hex(bytes)).bytes()).toThrow(MalformedBer);
  });

  test('never reads past what encloses it, even where there are bytes', () => {
    const inner = new BerCursor(hex('30 03 04 05 61 62 63 64 65')).enter(TAG.sequence);
    expect(() => inner.bytes()).toThrow(MalformedBer);
  });

  test.each<[string, number]>([
    ['02 01 00', 0],
    ['02 01 7f', 127],
    ['02 02 00 80', 128],
    ['02 04 7f ff ff ff', 2_147_483_647],
    ['02 84 00 00 00 01 07', 7],
  ])('reads the integer %s as %d', (bytes, expected) => {
    expect(new BerCursor(hex(bytes)).unsigned(TAG.integer)).toBe(expected);
  });

  test.each([
    ['no octets: not 0, "success"', '02 00'],
    ['a negative one', '02 01 ff'],
    ['the most negative one', '02 04 80 00 00 00'],
    ['five octets', '02 05 00 00 00 00 01'],
  ])('refuses an integer of %s', (_case, bytes) => {
    expect(() => new BerCursor(hex(bytes)).unsigned(TAG.integer)).toThrow(MalformedBer);
  });

  test.each(['ff', 'c3', 'c0 af', 'ed a0 80', 'f4 90 80 80'])('refuses text that is not UTF-8: %s', (bytes) => {
    expect(() => new BerCursor(tlv(4, hex(bytes))).text()).toThrow(MalformedBer);
  });

  test('gives any text back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(new BerCursor(tlv(4, text)).text()).toBe(text);
      }),
    );
  });
});
