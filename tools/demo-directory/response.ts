import { BerWriter } from 'ldapts';

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

export type Result = {
  readonly code: (typeof ResultCode)[keyof typeof ResultCode];
  readonly message?: string;
  readonly matchedDn?: string;
};

/** Tags of the responses. */
export const BIND_RESPONSE = 0x61;
export const SEARCH_RESULT_DONE = 0x65;
export const EXTENDED_RESPONSE = 0x78;

export const PASSWORD_POLICY_CONTROL = '1.3.6.1.4.1.42.2.27.8.5.1';
export const START_TLS = '1.3.6.1.4.1.1466.20037';
/** "Who am I?" (RFC 4532). */
export const WHO_AM_I = '1.3.6.1.4.1.4203.1.11.3';
const NOTICE_OF_DISCONNECTION = '1.3.6.1.4.1.1466.20036';

/** The error of draft-behera-ldap-password-policy: accountLocked, changeAfterReset. */
export type PasswordPolicyError = 1 | 2;

export type ReturnedAttribute = { readonly name: string; readonly values: readonly Buffer[] };

type Extra = { readonly responseName?: string; readonly responseValue?: string; readonly passwordPolicyError?: PasswordPolicyError };

/** Any response that is an LDAPResult. */
export function encodeResult(id: number, tag: number, result: Result, extra: Extra = {}): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(tag);
  writer.writeEnumeration(result.code);
  writer.writeString(result.matchedDn ?? '');
  writer.writeString(result.message ?? '');
  if (extra.responseName !== undefined) writer.writeString(extra.responseName, 0x8a);
  if (extra.responseValue !== undefined) writer.writeString(extra.responseValue, 0x8b);
  writer.endSequence();
  if (extra.passwordPolicyError !== undefined) writePasswordPolicy(writer, extra.passwordPolicyError);
  writer.endSequence();
  return writer.buffer;
}

/** Says why the server hangs up (RFC 4511 4.4.1). */
export function encodeNoticeOfDisconnection(message: string): Buffer {
  return encodeResult(0, EXTENDED_RESPONSE, { code: ResultCode.protocolError, message }, { responseName: NOTICE_OF_DISCONNECTION });
}

/** A SearchResultEntry. */
export function encodeEntry(id: number, dn: string, attributes: readonly ReturnedAttribute[]): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(0x64);
  writer.writeString(dn);
  writer.startSequence();
  for (const { name, values } of attributes) {
    writer.startSequence();
    writer.writeString(name);
    writer.startSequence(0x31);
    for (const value of values) writer.writeBuffer(value, 0x04);
    writer.endSequence();
    writer.endSequence();
  }
  writer.endSequence();
  writer.endSequence();
  writer.endSequence();
  return writer.buffer;
}

function writePasswordPolicy(writer: BerWriter, error: PasswordPolicyError): void {
  const value = new BerWriter();
  value.startSequence();
  value.writeEnumeration(error, 0x81);
  value.endSequence();
  writer.startSequence(0xa0);
  writer.startSequence();
  writer.writeString(PASSWORD_POLICY_CONTROL);
  writer.writeBuffer(value.buffer, 0x04);
  writer.endSequence();
  writer.endSequence();
}
