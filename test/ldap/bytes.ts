/** BER by hand, so that what a decoder is given owes nothing to an encoder of ours. */

export function tlv(tag: number, ...contents: readonly (Buffer | string)[]): Buffer {
  const content = Buffer.concat(contents.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.of(tag), lengthOf(content.length), content]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(length);
  return longForm(octets.subarray(octets.findIndex((octet) => octet !== 0)));
}

function longForm(octets: Buffer): Buffer {
  return Buffer.concat([Buffer.of(0x80 | octets.length), octets]);
}

/** As Active Directory writes it: every length in five octets. */
export function tlvOfActiveDirectory(tag: number, ...contents: readonly (Buffer | string)[]): Buffer {
  const content = Buffer.concat(contents.map((part) => Buffer.from(part)));
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(content.length);
  return Buffer.concat([Buffer.of(tag), longForm(octets), content]);
}

export function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
}

/** A number from 0 to 32,767, in as few octets as it takes. */
function number(tag: number, value: number): Buffer {
  return tlv(tag, value < 0x80 ? Buffer.of(value) : Buffer.of(value >> 8, value & 0xff));
}

/** LDAPMessage around an operation. */
export function message(id: number, ...contents: readonly Buffer[]): Buffer {
  return tlv(0x30, number(0x02, id), ...contents);
}

/** The three fields of every LDAPResult. */
export function resultFields(code: number, diagnostic = ''): Buffer {
  return Buffer.concat([number(0x0a, code), tlv(0x04), tlv(0x04, diagnostic)]);
}

export function control(type: string, value?: Buffer): Buffer {
  return tlv(0x30, tlv(0x04, type), ...(value === undefined ? [] : [tlv(0x04, value)]));
}
