import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { formatGuid, formatSid } from '../../../src/directory/names/security-id.ts';
import { hex } from '../../ldap/bytes.ts';

describe('a SID', () => {
  test.each([
    ['0100 000000000000', 'S-1-0'],
    ['0101 000000000005 12000000', 'S-1-5-18'],
    ['0105 000000000005 15000000 dcf4dc3b 833d2b46 828ba628 00020000', 'S-1-5-21-1004336348-1177238915-682003330-512'],
    ['0101 000000000005 ffffffff', 'S-1-5-4294967295'],
  ])('%s is %s', (bytes, expected) => {
    expect(formatSid(hex(bytes))).toBe(expected);
  });

  test.each([
    ...['', '01', '0201 000000000005 12000000', '0101 000000000005 120000'],
    ...['0101 000000000005 12000000 00', `0110 000000000005 ${'00'.repeat(64)}`],
  ])('%j is none', (bytes) => {
    expect(formatSid(hex(bytes))).toBeUndefined();
  });
});

describe('a GUID', () => {
  test('has its first three fields turned round', () => {
    expect(formatGuid(hex('00112233 4455 6677 8899 aabbccddeeff'))).toBe('33221100-5544-7766-8899-aabbccddeeff');
  });

  test.each(['', '0011', '00112233445566778899aabbccddeeff00'])('%j is none', (bytes) => {
    expect(formatGuid(hex(bytes))).toBeUndefined();
  });
});

test('any bytes are an identifier or none, never a throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (array) => {
      const bytes = Buffer.from(array);
      expect(formatGuid(bytes) === undefined).toBe(bytes.length !== 16);
      expect(formatSid(bytes) ?? 'S-1').toMatch(/^S-1/);
    }),
  );
});
