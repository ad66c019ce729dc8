import { control, message, resultFields, tlv } from '../../ldap/bytes.ts';

/** Responses as bytes, right ones and wrong ones, by the raw tags of RFC 4511, appendix B: a mistake in our own decoder cannot hide. */
const TAG = { bind: 0x61, entry: 0x64, done: 0x65, reference: 0x73, extended: 0x78 } as const;

export type ResponseName = keyof typeof TAG;

/** Any response that is an LDAPResult. */
export function resultMessage(id: number, response: ResponseName, code: number, diagnostic = ''): Buffer {
  return message(id, tlv(TAG[response], resultFields(code, diagnostic)));
}

/** A bind response with one control. */
export function bindWithControl(id: number, code: number, type: string, value: Buffer): Buffer {
  return message(id, tlv(TAG.bind, resultFields(code)), tlv(0xa0, control(type, value)));
}

/** RFC 4511, 4.4.1. */
export function noticeOfDisconnection(code: number): Buffer {
  return message(0, tlv(TAG.extended, resultFields(code, 'shutting down'), tlv(0x8a, '1.3.6.1.4.1.1466.20036')));
}

/** The answer to "Who am I?" (RFC 4532, 2.2). */
export function identityMessage(id: number, identity: string): Buffer {
  return message(id, tlv(TAG.extended, resultFields(0), tlv(0x8b, identity)));
}

/** An entry with these values. */
export function entryOf(id: number, dn: string, attributes: Readonly<Record<string, readonly (string | Buffer)[]>>): Buffer {
  const encoded = Object.entries(attributes).map(([name, values]) =>
    tlv(0x30, tlv(0x04, name), tlv(0x31, ...values.map((value) => tlv(0x04, value)))),
  );
  return message(id, tlv(TAG.entry, tlv(0x04, dn), tlv(0x30, ...encoded)));
}

/** An entry with these attributes, all of one made-up value. */
export function entryMessage(id: number, dn: string, attributes: readonly string[] = ['uid']): Buffer {
  return entryOf(id, dn, Object.fromEntries(attributes.map((name) => [name, ['xxxxxxxx']])));
}

export function referenceMessage(id: number, uri: string): Buffer {
  return message(id, tlv(TAG.reference, tlv(0x04, uri)));
}

/** A response with these bytes for its content, whatever they are. */
export function hollowMessage(id: number, response: ResponseName, content: Buffer): Buffer {
  return message(id, tlv(TAG[response], content));
}
