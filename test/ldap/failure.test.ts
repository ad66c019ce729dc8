import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import type { Fault } from '../../src/core/outcome.ts';
import { type Cause, detailOf, protocolError, resultFailure, type SocketPhase, socketFailure, type Step } from '../../src/ldap/failure.ts';
import { type BindVerdict, understandBind } from '../../src/directory/verdict.ts';
import type { PolicyReport } from '../../src/directory/policy.ts';

const NO_POLICY: PolicyReport = { mustChange: false, unreadable: false };

function verdictOf(code: number, diagnostic = '', policy: Partial<PolicyReport> = {}): BindVerdict {
  return understandBind({ code, diagnostic }, { ...NO_POLICY, ...policy });
}

/** `refused: reason`, `fault: reason` or `accepted`. */
function told(verdict: BindVerdict): string {
  if (verdict.kind === 'refused') return `refused: ${verdict.reason}`;
  return verdict.kind === 'fault' ? `fault: ${verdict.failure.reason}` : 'accepted';
}

const PROTOCOL_ERROR = 'fault: directory-protocol-error';

/** RFC 4511, appendix A.1; -1 and the like cannot be decoded. */
const RESULT_CODES: readonly (readonly [number, string, Fault])[] = [
  [1, 'operationsError', 'directory-protocol-error'],
  [2, 'protocolError', 'directory-protocol-error'],
  [3, 'timeLimitExceeded', 'directory-timeout'],
  [4, 'sizeLimitExceeded', 'directory-protocol-error'],
  [5, 'compareFalse', 'directory-protocol-error'],
  [6, 'compareTrue', 'directory-protocol-error'],
  [7, 'authMethodNotSupported', 'directory-protocol-error'],
  [8, 'strongerAuthRequired', 'directory-tls-failure'],
  [10, 'referral', 'directory-protocol-error'],
  [11, 'adminLimitExceeded', 'directory-busy'],
  [12, 'unavailableCriticalExtension', 'directory-protocol-error'],
  [13, 'confidentialityRequired', 'directory-tls-failure'],
  [14, 'saslBindInProgress', 'directory-protocol-error'],
  [16, 'noSuchAttribute', 'directory-protocol-error'],
  [19, 'constraintViolation', 'directory-protocol-error'],
  [32, 'noSuchObject', 'directory-refused-service-account'],
  [34, 'invalidDNSyntax', 'directory-protocol-error'],
  [48, 'inappropriateAuthentication', 'directory-protocol-error'],
  [50, 'insufficientAccessRights', 'directory-refused-service-account'],
  [51, 'busy', 'directory-busy'],
  [52, 'unavailable', 'directory-busy'],
  [53, 'unwillingToPerform', 'directory-protocol-error'],
  [54, 'loopDetect', 'directory-protocol-error'],
  [71, 'affectsMultipleDSAs', 'directory-protocol-error'],
  [80, 'other', 'directory-protocol-error'],
  [4096, 'nothing registered', 'directory-protocol-error'],
];

describe('a result that is not success', () => {
  test.each(RESULT_CODES)('%d %s is %s', (code, _name, reason) => {
    const failure = resultFailure('search', { code, diagnostic: 'text of the server' });
    expect(failure).toEqual({ reason, step: 'search', cause: { kind: 'result', code } });
    // A bind has no base: what 32 and 50 say of one, they do not say of the user.
    const ofBind = reason === 'directory-refused-service-account' ? 'directory-protocol-error' : reason;
    expect(told(verdictOf(code, 'text of the server'))).toBe(`fault: ${ofBind}`);
  });

  test('none at all, because the server went on with entries, is a protocol error', () => {
    expect(resultFailure('range', undefined)).toEqual(protocolError('range', 'more entries than asked for'));
  });
});

describe('in the log', () => {
  test.each<[Step, Cause, string]>([
    ['search', { kind: 'result', code: 32 }, 'search: noSuchObject (32)'],
    ['search', { kind: 'result', code: 4096 }, 'search: result 4096'],
    ['proof', { kind: 'result', code: 32 }, 'proof: noSuchObject (32), look at LDAP_BASE_DN'],
    ['bind', { kind: 'sub-code', text: '54e' }, 'bind: invalidCredentials (49), data 54e'],
    ['bind', { kind: 'sub-code', text: undefined }, 'bind: invalidCredentials (49) without a sub-code'],
    ['service bind', { kind: 'state', state: 'account-locked' }, 'service bind: account-locked'],
    ['session', { kind: 'disconnected', code: 52 }, 'notice of disconnection, unavailable (52)'],
    ['connect', { kind: 'socket', code: 'ECONNREFUSED' }, 'connect: ECONNREFUSED'],
    ['bind', { kind: 'time' }, 'no time left: bind'],
    ['service bind', { kind: 'time', of: 'another request' }, 'no time left: service bind of another request'],
    ['connect', { kind: 'time', of: 'everything' }, 'no time left: nothing was asked'],
    ['connect', { kind: 'outrun' }, 'connect: another place was ready first'],
    ['dns', { kind: 'no address' }, 'dns: no address'],
    ['search', { kind: 'elsewhere' }, 'search: references to other servers'],
    ['proof', { kind: 'alias' }, 'proof: the base is an alias'],
    ['proof', { kind: 'nobody shown' }, 'proof: nobody was shown'],
    ['groups', { kind: 'hidden', what: 'the primary group cannot be read' }, 'groups: the primary group cannot be read'],
    ['service password', { kind: 'store', error: 'AccessDeniedException' }, 'service password: AccessDeniedException'],
    ['service password', { kind: 'empty' }, 'service password: empty in its store'],
    ['LDAP_TLS_KEY_SECRET', { kind: 'store', error: 'TimeoutError' }, 'LDAP_TLS_KEY_SECRET: TimeoutError'],
    ['tls', { kind: 'settings', problems: [{ variable: 'LDAP_TLS_CA', expected: 'PEM' }] }, 'LDAP_TLS_CA: PEM'],
    ['search', { kind: 'protocol', what: 'too many references' }, 'search: too many references'],
    ['session', { kind: 'protocol', what: 'an answer that nobody asked for' }, 'an answer that nobody asked for'],
  ])('%s, %j is %j', (step, cause, text) => {
    expect(detailOf({ reason: 'directory-protocol-error', step, cause })).toBe(text);
  });
});

describe('result 49', () => {
  const ofActiveDirectory = (subcode: string): string =>
    `80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data ${subcode}, v4563`;

  test.each([
    ['525', 'user-not-found'],
    ['52e', 'wrong-password'],
    ['52f', 'logon-not-permitted'],
    ['530', 'logon-not-permitted'],
    ['531', 'logon-not-permitted'],
    ['532', 'password-expired'],
    ['533', 'account-disabled'],
    ['569', 'logon-not-permitted'],
    ['701', 'account-expired'],
    ['773', 'password-must-change'],
    ['775', 'account-locked'],
    ['2030', 'user-not-found'], // AD LDS
  ])('with data %s is %s, in either case, with or without a NUL', (subcode, reason) => {
    const spellings = [subcode, subcode.toUpperCase(), `0${subcode}`, subcode.padStart(8, '0')];
    for (const text of spellings.map(ofActiveDirectory)) {
      expect(told(verdictOf(49, text))).toBe(`refused: ${reason}`);
      expect(told(verdictOf(49, `${text}\0`))).toBe(`refused: ${reason}`);
    }
    expect(told(verdictOf(49, `8009030C: LdapErr: DSID-0, comment: AcceptSecurityContext error, data ${subcode}\0`))).toBe(
      `refused: ${reason}`,
    );
  });

  test.each(['54e', '51f', '54b', '57', '0', '52', '52e0', '1525', '775775', 'ffffffff', '52e52e52e', '80090308'])(
    'with data %s is the server’s trouble',
    (subcode) => {
      expect(told(verdictOf(49, ofActiveDirectory(subcode)))).toBe(PROTOCOL_ERROR);
    },
  );

  test('says the sub-code in the log, in lower case, and nothing else of the text', () => {
    expect(verdictOf(49, ofActiveDirectory('54E'))).toEqual({
      kind: 'fault',
      failure: { reason: 'directory-protocol-error', step: 'bind', cause: { kind: 'sub-code', text: '54e' } },
    });
  });

  test.each([
    '80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error',
    '80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data',
    'AcceptSecurityContext error, data xyz, v4563',
    'AcceptSecurityContext error, data 775, v4563',
    '80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data 775, v4563 or so',
    'uid=x 80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data 775, v4563',
  ])('of Active Directory without a sub-code is the server’s trouble: %s', (text) => {
    expect(told(verdictOf(49, text))).toBe(PROTOCOL_ERROR);
  });

  test.each(['', 'Invalid Credentials', 'password expired', '\0', 'invalid credentials 52e', 'uid=x, data 775', 'no such x, data 533, v1'])(
    'bare, with the text %j, is a wrong password',
    (text) => {
      expect(told(verdictOf(49, text))).toBe('refused: wrong-password');
    },
  );

  test('whatever the text, is never accepted', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(verdictOf(49, text).kind).not.toBe('accepted');
      }),
    );
  });
});

describe('the texts of 389 Directory Server', () => {
  test.each([
    [19, 'Exceed password retry limit. Please try later.', 'refused: account-locked'],
    [19, 'Exceed password retry limit', 'refused: account-locked'],
    [53, 'Account inactivated. Contact system administrator.', 'refused: account-disabled'],
    [19, '', PROTOCOL_ERROR],
    [19, 'Account inactivated', PROTOCOL_ERROR],
    [53, 'Exceed password retry limit', PROTOCOL_ERROR],
    [53, 'Minimum SSF not met.', PROTOCOL_ERROR],
    [53, 'operation restricted', PROTOCOL_ERROR],
    [53, 'unauthenticated bind (DN with no password) disallowed', PROTOCOL_ERROR],
    [53, 'the server says: Account inactivated', PROTOCOL_ERROR],
    [51, 'Exceed password retry limit', 'fault: directory-busy'],
  ])('%d %j is %s', (code, text, expected) => {
    expect(told(verdictOf(code, text))).toBe(expected);
  });
});

describe('what the password policy reports', () => {
  test.each<[string, number, Partial<PolicyReport>, string]>([
    ['nothing', 0, {}, 'accepted'],
    ['changeAfterReset', 0, { error: 2 }, 'refused: password-must-change'],
    ['passwordExpired', 0, { error: 0 }, 'refused: password-expired'],
    ['accountLocked', 0, { error: 1 }, 'refused: account-locked'],
    ['an error of changing passwords', 0, { error: 3 }, PROTOCOL_ERROR],
    ['an unknown error', 0, { error: 9 }, PROTOCOL_ERROR],
    ['Netscape’s "expired"', 0, { mustChange: true }, 'refused: password-must-change'],
    ['what cannot be read', 0, { unreadable: true }, PROTOCOL_ERROR],
    ['grace logins and an error', 0, { graceLogins: 2, error: 2 }, 'refused: password-must-change'],
    ['passwordExpired', 49, { error: 0 }, 'refused: password-expired'],
    ['accountLocked', 49, { error: 1 }, 'refused: account-locked'],
    ['changeAfterReset', 49, { error: 2 }, 'refused: password-must-change'],
    ['insufficientPasswordQuality', 49, { error: 5 }, PROTOCOL_ERROR],
    ['Netscape’s "expired"', 49, { mustChange: true }, 'refused: password-expired'],
    ['what cannot be read', 49, { unreadable: true }, PROTOCOL_ERROR],
    ['accountLocked', 51, { error: 1 }, 'fault: directory-busy'],
    ['accountLocked', 52, { error: 1 }, 'fault: directory-busy'],
    ['accountLocked', 80, { error: 1 }, PROTOCOL_ERROR],
    ['accountLocked', 19, { error: 1 }, 'refused: account-locked'],
    ['accountLocked', 50, { error: 1 }, 'refused: account-locked'],
    ['accountLocked', 53, { error: 1 }, 'refused: account-locked'],
    ['passwordExpired', 53, { error: 0 }, 'refused: password-expired'],
    ['changeAfterReset', 53, { error: 2 }, 'refused: password-must-change'],
    ['insufficientPasswordQuality', 53, { error: 5 }, PROTOCOL_ERROR],
    ['accountLocked', 32, { error: 1 }, PROTOCOL_ERROR],
    ['an unknown error, beside 1', 1, { error: 200 }, PROTOCOL_ERROR],
  ])('%s with result %d', (_case, code, policy, expected) => {
    expect(told(verdictOf(code, '', policy))).toBe(expected);
  });

  test('less exactly than a text that is known: 389DS, of a disabled account', () => {
    expect(told(verdictOf(53, 'Account inactivated. Contact system administrator.', { error: 1 }))).toBe('refused: account-disabled');
  });

  test('warnings come with the acceptance', () => {
    expect(verdictOf(0, '', { secondsToExpiration: 0 })).toEqual({ kind: 'accepted', passwordExpiresInSeconds: 0 });
    expect(verdictOf(0, '', { graceLogins: 3 })).toEqual({ kind: 'accepted', graceLoginsRemaining: 3 });
    expect(verdictOf(0)).toEqual({ kind: 'accepted' });
  });

  test('only result 0 without an obstacle is ever accepted', () => {
    const policies = fc.record(
      { mustChange: fc.boolean(), unreadable: fc.boolean(), error: fc.nat(12) },
      { requiredKeys: ['mustChange', 'unreadable'] },
    );
    fc.assert(
      fc.property(fc.nat(130), fc.string(), policies, (code, diagnostic, policy) => {
        const clean = code === 0 && !policy.mustChange && !policy.unreadable && policy.error === undefined;
        expect(understandBind({ code, diagnostic }, policy).kind === 'accepted').toBe(clean);
      }),
    );
  });
});

describe('a socket that failed', () => {
  test.each<[SocketPhase, string, Fault]>([
    ['connect', 'ECONNREFUSED', 'directory-unreachable'],
    ['connect', 'EHOSTUNREACH', 'directory-unreachable'],
    ['connect', 'ETIMEDOUT', 'directory-timeout'],
    ['connect', 'EUNHEARDOF', 'directory-unreachable'],
    ['dns', 'ENOTFOUND', 'directory-unreachable'],
    ['dns', 'EAI_AGAIN', 'directory-unreachable'],
    ['tls', 'ECONNRESET', 'directory-unreachable'],
    ['tls', 'ETIMEDOUT', 'directory-timeout'],
    ['tls', 'CERT_HAS_EXPIRED', 'directory-tls-failure'],
    ['tls', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'directory-tls-failure'],
    ['tls', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'directory-tls-failure'],
    ['tls', 'ERR_TLS_CERT_ALTNAME_INVALID', 'directory-tls-failure'],
    ['tls', 'ERR_SSL_WRONG_VERSION_NUMBER', 'directory-tls-failure'],
    ['tls', 'EPROTO', 'directory-tls-failure'],
    ['session', 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'directory-tls-failure'],
    ['session', 'ECONNRESET', 'directory-unreachable'],
    ['session', 'EPIPE', 'directory-unreachable'],
    ['starttls', 'ECONNRESET', 'directory-unreachable'],
  ])('%s: %s is %s', (phase, code, reason) => {
    const error = Object.assign(new Error('text with a secret'), { code });
    expect(socketFailure(phase, error)).toEqual({ reason, step: phase, cause: { kind: 'socket', code } });
  });

  test.each([undefined, null, 'text', new Error('no code'), Object.assign(new Error(), { code: 5 })])(
    'without a code is closed: %p',
    (error) => {
      expect(socketFailure('session', error)).toEqual({
        reason: 'directory-unreachable',
        step: 'session',
        cause: { kind: 'socket', code: 'closed' },
      });
    },
  );
});
