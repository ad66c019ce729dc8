import { element, integer } from './ber.ts';

/** The result codes that this server gives (RFC 4511 Appendix A). */
export const ResultCode = {
  success: 0,
  operationsError: 1,
  protocolError: 2,
  sizeLimitExceeded: 4,
  authMethodNotSupported: 7,
  unavailableCriticalExtension: 12,
  noSuchObject: 32,
  invalidDNSyntax: 34,
  invalidCredentials: 49,
  unwillingToPerform: 53,
} as const;

export type Result = { readonly code: (typeof ResultCode)[keyof typeof ResultCode]; readonly message?: string };

export const PASSWORD_POLICY_CONTROL = '1.3.6.1.4.1.42.2.27.8.5.1';
export const START_TLS = '1.3.6.1.4.1.1466.20037';
/** "Who am I?" (RFC 4532). */
export const WHO_AM_I = '1.3.6.1.4.1.4203.1.11.3';
export const NOTICE_OF_DISCONNECTION = '1.3.6.1.4.1.1466.20036';

/** The error of draft-behera-ldap-password-policy: accountLocked, changeAfterReset. */
export type PasswordPolicyError = 1 | 2;

export type ReturnedAttribute = { readonly name: string; readonly values: readonly Buffer[] };

type Extra = { readonly responseName?: string; readonly responseValue?: string; readonly passwordPolicyError?: PasswordPolicyError };

/** Tags of the responses that are an LDAPResult. */
export const RESPONSE_TAG = { bind: 0x61, search: 0x65, extended: 0x78 } as const;

/** Any response that is an LDAPResult. */
export function encodeResult(id: number, tag: number, { code, message = '' }: Result, extra: Extra = {}): Buffer {
  const { responseName, responseValue, passwordPolicyError } = extra;
  const fields = [
    ...[integer(code, 0x0a), element(0x04), element(0x04, message)],
    ...(responseName === undefined ? [] : [element(0x8a, responseName)]),
    ...(responseValue === undefined ? [] : [element(0x8b, responseValue)]),
  ];
  const controls = passwordPolicyError === undefined ? [] : [element(0xa0, policyControl(passwordPolicyError))];
  return element(0x30, integer(id), element(tag, ...fields), ...controls);
}

/** A SearchResultEntry. */
export function encodeEntry(id: number, dn: string, attributes: readonly ReturnedAttribute[]): Buffer {
  const encoded = attributes.map(({ name, values }) =>
    element(0x30, element(0x04, name), element(0x31, ...values.map((value) => element(0x04, value)))),
  );
  return element(0x30, integer(id), element(0x64, element(0x04, dn), element(0x30, ...encoded)));
}

function policyControl(error: PasswordPolicyError): Buffer {
  return element(0x30, element(0x04, PASSWORD_POLICY_CONTROL), element(0x04, element(0x30, integer(error, 0x81))));
}
