import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { PASSWORD_POLICY, type PolicyReport, readPolicy } from '../../src/directory/policy.ts';
import { hex } from '../ldap/bytes.ts';

const EXPIRED = '2.16.840.1.113730.3.4.4';
const EXPIRING = '2.16.840.1.113730.3.4.5';
const QUIET: PolicyReport = { mustChange: false, unreadable: false };

function behera(value: string): PolicyReport {
  return readPolicy([{ type: PASSWORD_POLICY, value: hex(value) }]);
}
function expiring(value: string): PolicyReport {
  return readPolicy([{ type: EXPIRING, value: Buffer.from(value) }]);
}

describe('the password policy response of draft-behera', () => {
  test.each<[string, string, Partial<PolicyReport>]>([
    ['nothing to report', '30 00', {}],
    ['seconds left', '30 05 a0 03 80 01 3c', { secondsToExpiration: 60 }],
    ['many seconds left', '30 07 a0 05 80 03 01 51 80', { secondsToExpiration: 86_400 }],
    ['grace logins', '30 05 a0 03 81 01 02', { graceLogins: 2 }],
    ['no grace login more', '30 05 a0 03 81 01 00', { graceLogins: 0 }],
    ['passwordExpired', '30 03 81 01 00', { error: 0 }],
    ['accountLocked', '30 03 81 01 01', { error: 1 }],
    ['changeAfterReset', '30 03 81 01 02', { error: 2 }],
    ['a warning and an error', '30 08 a0 03 81 01 02 81 01 02', { graceLogins: 2, error: 2 }],
    ['long lengths', '30 84 00 00 00 03 81 01 01', { error: 1 }],
  ])('%s', (_case, value, expected) => {
    expect(behera(value)).toEqual({ ...QUIET, ...expected });
  });

  test('a control without a value reports nothing', () => {
    expect(readPolicy([{ type: PASSWORD_POLICY, value: undefined }])).toEqual(QUIET);
  });

  test.each([
    ['nothing', ''],
    ['another type', '04 00'],
    ['bytes behind it', '30 00 00'],
    ['a length past the end', '30 05 81 01'],
    ['an empty warning', '30 02 a0 00'],
    ['a warning of another kind', '30 05 a0 03 82 01 01'],
    ['two warnings in one', '30 08 a0 06 80 01 01 81 01 01'],
    ['an empty error', '30 02 81 00'],
    ['a negative error', '30 03 81 01 ff'],
    ['the error first', '30 08 81 01 01 a0 03 81 01 01'],
    ['an error that is enumerated', '30 03 0a 01 01'],
    ['two errors', '30 06 81 01 00 81 01 01'],
    ['the indefinite form', '30 80 81 01 01 00 00'],
    ['letters', '70 70 6f 6c 69 63 79'],
  ])('%s cannot be read', (_case, value) => {
    expect(behera(value)).toEqual({ ...QUIET, unreadable: true });
  });

  test('an obstacle in a second one is not overlooked', () => {
    const [quiet, locked] = ['30 00', '30 03 81 01 01'].map((value) => ({ type: PASSWORD_POLICY, value: hex(value) }));
    const report = readPolicy([quiet, locked].filter((control) => control !== undefined));
    expect(report.unreadable || report.error === 1).toBe(true);
  });

  test('any bytes are a report or unreadable, never a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        const { unreadable, error, ...others } = readPolicy([{ type: PASSWORD_POLICY, value: Buffer.from(bytes) }]);
        if (unreadable) expect([error, others]).toEqual([undefined, { mustChange: false }]);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the controls of Netscape and its kin', () => {
  test('"password expired" means a change is due, with a value or without', () => {
    expect(readPolicy([{ type: EXPIRED, value: Buffer.from('0') }])).toEqual({ ...QUIET, mustChange: true });
    expect(readPolicy([{ type: EXPIRED, value: undefined }])).toEqual({ ...QUIET, mustChange: true });
  });

  test.each([
    ['0', 0],
    ['3600', 3600],
    ['2591999', 2_591_999],
  ])('"password expiring" in %s seconds', (value, secondsToExpiration) => {
    expect(expiring(value)).toEqual({ ...QUIET, secondsToExpiration });
  });

  test.each(['', ' ', '-1', '1.5', '0x10', '1e3', 'soon', 'NaN', 'Infinity', '99999999999999999999'])(
    '"password expiring" in %j seconds says nothing',
    (value) => {
      expect(expiring(value)).toEqual(QUIET);
    },
  );

  test('draft-behera’s own number counts for more', () => {
    const controls = [
      { type: EXPIRING, value: Buffer.from('5') },
      { type: PASSWORD_POLICY, value: hex('30 05 a0 03 80 01 3c') },
    ];
    expect(readPolicy(controls)).toEqual({ ...QUIET, secondsToExpiration: 60 });
  });

  test.each([[[]], [[{ type: '1.2.3', value: Buffer.from('5') }]]])('without any of them there is nothing to report: %j', (controls) => {
    expect(readPolicy(controls)).toEqual(QUIET);
  });
});
