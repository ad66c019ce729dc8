import { BerWriter } from 'ldapts';

/**
 * Responses as bytes, right ones and wrong ones. Written with ldapts's writer and the raw tags of RFC 4511, appendix B, so that a
 * mistake in our own decoder cannot hide in the test.
 */
export const RESPONSE_TAG = { bind: 0x61, entry: 0x64, done: 0x65, reference: 0x73, extended: 0x78 } as const;

export type ResponseName = keyof typeof RESPONSE_TAG;

const NOTICE_OF_DISCONNECTION = '1.3.6.1.4.1.1466.20036';

/** Any response that is an LDAPResult. */
export function resultMessage(id: number, response: ResponseName, code: number, diagnostic = ''): Buffer {
  return message(id, (writer) => {
    writer.startSequence(RESPONSE_TAG[response]);
    writer.writeEnumeration(code);
    writer.writeString('');
    writer.writeString(diagnostic);
    writer.endSequence();
  });
}

/** A bind response with one control. */
export function bindWithControl(id: number, code: number, type: string, value: Buffer): Buffer {
  return message(id, (writer) => {
    writer.startSequence(RESPONSE_TAG.bind);
    writer.writeEnumeration(code);
    writer.writeString('');
    writer.writeString('');
    writer.endSequence();
    writer.startSequence(0xa0);
    writer.startSequence();
    writer.writeString(type);
    writer.writeBuffer(value, 0x04);
    writer.endSequence();
    writer.endSequence();
  });
}

/** RFC 4511, 4.4.1. */
export function noticeOfDisconnection(code: number): Buffer {
  return message(0, (writer) => {
    writer.startSequence(RESPONSE_TAG.extended);
    writer.writeEnumeration(code);
    writer.writeString('');
    writer.writeString('shutting down');
    writer.writeString(NOTICE_OF_DISCONNECTION, 0x8a);
    writer.endSequence();
  });
}

export function entryMessage(id: number, dn: string, valueBytes = 8, attributes: readonly string[] = ['uid']): Buffer {
  return message(id, (writer) => {
    writer.startSequence(RESPONSE_TAG.entry);
    writer.writeString(dn);
    writer.startSequence();
    for (const attribute of attributes) {
      writer.startSequence();
      writer.writeString(attribute);
      writer.startSequence(0x31);
      writer.writeBuffer(Buffer.alloc(valueBytes, 'x'), 0x04);
      writer.endSequence();
      writer.endSequence();
    }
    writer.endSequence();
    writer.endSequence();
  });
}

/** An entry with these values. */
export function entryOf(id: number, dn: string, attributes: Readonly<Record<string, readonly (string | Buffer)[]>>): Buffer {
  return message(id, (writer) => {
    writer.startSequence(RESPONSE_TAG.entry);
    writer.writeString(dn);
    writer.startSequence();
    for (const [attribute, values] of Object.entries(attributes)) {
      writer.startSequence();
      writer.writeString(attribute);
      writer.startSequence(0x31);
      for (const value of values) writer.writeBuffer(Buffer.from(value), 0x04);
      writer.endSequence();
      writer.endSequence();
    }
    writer.endSequence();
    writer.endSequence();
  });
}

/** The answer to "Who am I?" (RFC 4532, 2.2). */
export function identityMessage(id: number, identity: string): Buffer {
  return message(id, (writer) => {
    writer.startSequence(RESPONSE_TAG.extended);
    writer.writeEnumeration(0);
    writer.writeString('');
    writer.writeString('');
    writer.writeString(identity, 0x8b);
    writer.endSequence();
  });
}

export function referenceMessage(id: number, uri: string): Buffer {
  return message(id, (writer) => {
    writer.startSequence(RESPONSE_TAG.reference);
    writer.writeString(uri);
    writer.endSequence();
  });
}

/** A response with these bytes for its content, whatever they are. */
export function hollowMessage(id: number, response: ResponseName, content: Buffer): Buffer {
  return message(id, (writer) => {
    writer.startSequence(RESPONSE_TAG[response]);
    for (const byte of content) writer.writeByte(byte);
    writer.endSequence();
  });
}

function message(id: number, write: (writer: BerWriter) => void): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  write(writer);
  writer.endSequence();
  return writer.buffer;
}
