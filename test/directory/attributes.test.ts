import { describe, expect, test } from '@jest/globals';

import { formatAttributes, formatValues } from '../../src/directory/attributes.ts';
import { hex } from '../ldap/bytes.ts';

describe('values as strings', () => {
  test.each<[string, string, readonly Buffer[], readonly string[]]>([
    ['text as it is', 'cn', [Buffer.from('Jörg'), Buffer.from('张伟')], ['Jörg', '张伟']],
    ['no values', 'cn', [], []],
    ['an empty value', 'cn', [Buffer.alloc(0)], ['']],
    ['what is not UTF-8 in base64', 'cn', [hex('ff')], ['/w==']],
    ['what holds a NUL in base64', 'cn', [hex('6100')], ['YQA=']],
    ['all of them in base64 if one is', 'cn', [Buffer.from('a'), hex('ff')], ['YQ==', '/w==']],
    ['a photograph in base64, even if it looks like text', 'jpegPhoto', [Buffer.from('JFIF')], ['SkZJRg==']],
    ['a certificate with its option', 'userCertificate;binary', [Buffer.from('a')], ['YQ==']],
    ['whatever is asked for as binary', 'cn;BINARY', [Buffer.from('a')], ['YQ==']],
    ['a SID', 'objectSid', [hex('0101 000000000005 12000000')], ['S-1-5-18']],
    ['a SID that is none, in base64', 'objectSid', [hex('00')], ['AA==']],
    ['a GUID', 'OBJECTGUID', [hex('00112233 4455 6677 8899 aabbccddeeff')], ['33221100-5544-7766-8899-aabbccddeeff']],
    ['an attribute that is called like a method', 'constructor', [Buffer.from('a')], ['a']],
  ])('%s', (_case, name, values, expected) => {
    expect(formatValues(name, values)).toEqual(expected);
  });

  test('none configured: none told; some found: told by their configured names', () => {
    expect(formatAttributes(new Map())).toEqual({});
    expect(formatAttributes(new Map([['Mail', [Buffer.from('a@x')]]]))).toEqual({ attributes: { Mail: ['a@x'] } });
  });
});
